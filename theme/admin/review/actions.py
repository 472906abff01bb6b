"""The steps of a review as buttons: one set for every kind of configuration that is approved."""

from typing import Any

from django import forms
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.publication import services
from cms_models.publication.models import PublicationState, Publishable
from theme.admin.actions import Action


class RemarkForm(forms.Form):
    """What somebody says with a step, and the version they looked at."""

    text = forms.CharField(
        label="Remark",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the version; may be empty.",
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ReasonForm(RemarkForm):
    """Why: without it the other side would not know what to change."""

    text = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


def _submit(user: User, record: Publishable, data: dict[str, Any]) -> str:
    services.submit(actor=user, version=record, text=data["text"], seen=data["seen"])
    return f"{record} waits for somebody else to approve it."


def _send_back(user: User, record: Publishable, data: dict[str, Any]) -> str:
    services.send_back(actor=user, version=record, text=data["text"], seen=data["seen"])
    return f"{record} is a draft again."


def _approve(user: User, record: Publishable, data: dict[str, Any]) -> str:
    services.approve(actor=user, version=record, text=data["text"], seen=data["seen"])
    return approved_words(record)


def _take_back(user: User, record: Publishable, data: dict[str, Any]) -> str:
    services.withdraw(
        actor=user,
        version=record,
        text=data["text"],
        seen=data["seen"],
        today=timezone.localdate(),
    )
    return f"{record} is a draft again; what it was to replace runs on."


def _is_scheduled(record: Publishable) -> bool:
    today = timezone.localdate()
    begins = record.begins_on
    return record.state == PublicationState.PUBLISHED and begins is not None and today < begins


def approved_words(version: Publishable) -> str:
    """Return what an approval did: in force now, or from which day."""
    begins = version.begins_on
    if begins is None or begins <= timezone.localdate():
        return f"{version} is approved and in force."
    return f"{version} is approved and comes into force on {begins:%d/%m/%Y}."


SUBMIT = Action(
    "submit",
    "Ask for approval",
    _submit,
    form_class=RemarkForm,
    shown=lambda record: record.state == PublicationState.DRAFT,
    explanation="It stays as it is from then on, and somebody else approves it or sends it back.",
)
APPROVE = Action(
    "approve",
    "Approve",
    _approve,
    verb="publish",
    form_class=RemarkForm,
    shown=lambda record: record.state == PublicationState.SUBMITTED,
    explanation="It comes into force on its first day by itself. Not by whoever asked for it.",
)
SEND_BACK = Action(
    "send-back",
    "Send back",
    _send_back,
    form_class=ReasonForm,
    shown=lambda record: record.state == PublicationState.SUBMITTED,
    explanation="It becomes a draft again, to be changed or left.",
)
TAKE_BACK = Action(
    "take-back",
    "Take back",
    _take_back,
    verb="publish",
    form_class=ReasonForm,
    shown=_is_scheduled,
    explanation="Before its first day only: it becomes a draft again, and what it was to replace "
    "runs on.",
    serious=True,
)


def review_actions() -> tuple[Action, ...]:
    """Return the buttons of a review, for a record's page and for the review's own."""
    return (SUBMIT, APPROVE, SEND_BACK, TAKE_BACK)
