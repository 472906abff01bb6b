"""Buttons that do something: always a POST, always through a service, always answered in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.audit.services import StaleEdit


class ReasonForm(forms.Form):
    """Why: the reason is kept with the decision."""

    reason = forms.CharField(
        max_length=500, widget=forms.TextInput(attrs={"placeholder": "Kept with the decision"})
    )


class DayForm(forms.Form):
    """Which day."""

    on = forms.DateField(label="Day", widget=AdminDateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate() + timedelta(days=1))


@dataclass(frozen=True)
class Action:
    """A button on a record's page or above a list.

    `verb` is what the role must be granted on `model`; `run(user, record, data)` calls one service
    and returns what to tell the user; `shown(record)` says when the button makes sense.
    """

    name: str
    label: str
    run: Callable[[User, Any, dict[str, Any]], str]
    verb: str = "change"
    form_class: type[forms.Form] | None = None
    shown: Callable[[Any], bool] = lambda record: True
    model: type[models.Model] | None = None
    explanation: str = ""
    serious: bool = False

    def allowed(self, user: User, model: type[models.Model]) -> bool:
        """Return whether the user's role may press this button."""
        return user.may(self.verb, self.model or model)


@dataclass(frozen=True)
class Button:
    """An action as a page shows it: with its address and its empty form."""

    action: Action
    url: str
    form: forms.Form | None


def media_of(buttons: Sequence[Button]) -> forms.Media:
    """Return the scripts that the buttons' forms need, such as the date picker."""
    return sum((button.form.media for button in buttons if button.form), forms.Media())


REFUSALS = (ValidationError, PermissionDenied, ValueError, StaleEdit, models.ProtectedError)


def in_words(refusal: Exception) -> str:
    """Return a refusal as people read it."""
    if isinstance(refusal, models.ProtectedError):
        named = ", ".join(sorted({str(row) for row in refusal.protected_objects})[:5])
        return f"It is still needed by {named}: change those first."
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    return str(refusal)
