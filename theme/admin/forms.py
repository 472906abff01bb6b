"""Forms of records: rows of one's own council only, pounds, clock times and lists of codes."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from wagtail.admin.forms.models import WagtailAdminModelForm, formfield_for_dbfield

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.care.patterns import BadPattern, clock, clock_minutes
from cms_models.fields.own.domain import FieldDefinition, say
from theme.admin.actions import in_words
from theme.admin.own_fields.form_fields import OwnPart
from theme.admin.own_fields.reading import OwnFields

BROKEN_RULE = re.compile(r"Constraint “(?P<name>\w+)” is violated\.")
PENNY = Decimal("0.01")
PERIOD = "The last day must come after the first."


class PoundsField(forms.DecimalField):
    """Pounds to the penny, kept as pence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=Decimal("0.01"),
            max_digits=14,
            decimal_places=2,
            **{"help_text": "£", **kwargs},
        )

    def prepare_value(self, value: Any) -> Any:
        """Return stored pence as pounds; typed text stays as typed."""
        return (Decimal(value) / 100).quantize(PENNY) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Return pence, None for an empty field."""
        pounds = super().clean(value)
        return None if pounds is None else int(pounds * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another amount was typed."""
        return super().has_changed(self.prepare_value(initial), data)


class HoursField(forms.DecimalField):
    """Hours, kept as whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=8, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return stored minutes as hours; typed text stays as typed."""
        if isinstance(value, int):
            return (Decimal(value) / 60).quantize(Decimal("0.01"))
        return value

    def clean(self, value: Any) -> int | None:
        """Return minutes half-up, None for an empty field."""
        hours = super().clean(value)
        if hours is None:
            return None
        return int((hours * 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another number was typed."""
        return super().has_changed(self.prepare_value(initial), data)


class ClockField(forms.CharField):
    """A time of day as HH:MM, kept as minutes after midnight (24:00 ends a day)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=5, **{"help_text": "HH:MM, such as 08:30", **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Return stored minutes as HH:MM; typed text stays as typed."""
        return clock(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Return minutes after midnight; a refusal names what was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return clock_minutes(text)
        except BadPattern as refusal:
            raise ValidationError(str(refusal)) from refusal

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether another time was typed."""
        return super().has_changed(self.prepare_value(initial), data)


class CodesField(forms.MultipleChoiceField):
    """Codes ticked from a vocabulary, kept as a list in the vocabulary's order."""

    def __init__(
        self,
        *,
        codes: Callable[[User], Iterable[tuple[str, str]]],
        **kwargs: Any,
    ) -> None:
        super().__init__(
            widget=forms.CheckboxSelectMultiple(attrs={"class": "theme-ticks"}), **kwargs
        )
        self.codes = codes

    def offer(self, user: User, kept: Sequence[str]) -> None:
        """Offer the council's codes, and those kept that are no longer among them."""
        known = list(self.codes(user))
        gone = [(code, f"{code} (no longer in use)") for code in kept if code not in dict(known)]
        self.choices = [*known, *gone]


class RecordForm(WagtailAdminModelForm):
    """The form of a record: it shows only the user's council and saves only through the audit."""

    class Meta:
        # Wagtail's own widgets: date pickers, growing text areas.
        formfield_callback = formfield_for_dbfield

    # Words for the database's own rules, by the name of the constraint.
    broken_rules: ClassVar[dict[str, str]] = {}

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, for_user: User, own_fields: OwnFields | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, for_user=for_user, **kwargs)
        self.user = for_user
        if self.instance.pk is None and hasattr(self.instance, "authority_id"):
            self.instance.authority = for_user.authority
        self.fields["version"].initial = self.instance.version
        self.initial["version"] = self.instance.version
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = self.offered(name, field.queryset.model)
            elif isinstance(field, CodesField):
                field.offer(for_user, self.initial.get(name) or [])
        known = own_fields or OwnFields.of(for_user, self.instance)
        self.own = OwnPart(known, self.instance)
        self.own.add_to(self)

    def offered(self, name: str, model: type[models.Model]) -> models.QuerySet:
        """Return the rows a link may point to: those the user may see."""
        return model.objects.visible_to(self.user)

    def _get_validation_exclusions(self) -> set[str]:
        # The council is set above and never typed, and it is part of nearly every "one … a …".
        return super()._get_validation_exclusions() - {"authority"}

    def _post_clean(self) -> None:
        super()._post_clean()
        self.own.clean(self)

    def _update_errors(self, errors: ValidationError) -> None:
        if hasattr(errors, "error_dict") and NON_FIELD_ERRORS in errors.error_dict:
            errors.error_dict[NON_FIELD_ERRORS] = [
                self._in_words(error) for error in errors.error_dict[NON_FIELD_ERRORS]
            ]
        super()._update_errors(errors)

    def _in_words(self, error: ValidationError) -> ValidationError:
        broken = BROKEN_RULE.search(" ".join(error.messages))
        if broken is None:
            return error
        name = broken["name"]
        known = PERIOD if name.endswith("_period") else " ".join(error.messages)
        return ValidationError(self.broken_rules.get(name, known))

    def refuse(self, refusal: Exception) -> None:
        """Put a refusal beside the fields it names, or above them all."""
        by_name = getattr(refusal, "error_dict", {NON_FIELD_ERRORS: None})
        if set(by_name) <= set(self.fields):
            for name, errors in by_name.items():
                self.add_error(name, errors)
        else:
            self.add_error(None, in_words(refusal))

    def expected_version(self) -> int | None:
        """Return the version the editor opened; None for a new record.

        A form that comes back without one never matches: it must not overwrite anything.
        """
        if self.instance.pk is None:
            return None
        version = self.cleaned_data.get("version")
        return -1 if version is None else version

    def save_as(self, *, actor: User) -> models.Model:
        """Save the record with its audit entry; StaleEdit when somebody saved in between."""
        self.own.put(actor)
        return save_record(
            actor=actor, record_=self.instance, expected_version=self.expected_version()
        )

    def save_own(self, *, actor: User, record: models.Model) -> models.Model:
        """Put the own values on a record that a form's own way of saving wrote without them."""
        self.own.put(actor)
        wanted = self.own.values
        if wanted is None or record.custom == wanted:
            return record
        record.custom = dict(wanted)
        return save_record(actor=actor, record_=record, expected_version=record.version)

    @property
    def fields_of_the_model(self) -> list[forms.BoundField]:
        """The visible fields that are not the council's own."""
        return [field for field in self.visible_fields() if not field.name.startswith("own_")]

    @property
    def own_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The council's own fields under their headings."""
        return self.own.groups(self)

    def said(self, name: str, value: Any) -> str:
        """Return a field's value as people read it, for showing two versions side by side."""
        field = self.fields[name]
        own = self.own.definition_of(name)
        if own is not None:
            return self._said_own(own, name, value)
        if isinstance(value, models.Model) or value in (None, ""):
            return str(value or "–")
        if isinstance(field, forms.ModelChoiceField):
            return str(field.queryset.filter(pk=value).first() or "–")
        if isinstance(field, CodesField):
            return ", ".join(str(dict(field.choices).get(code, code)) for code in value) or "–"
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))
        if isinstance(value, bool):
            return "Yes" if value else "No"
        shown = field.prepare_value(value)
        return f"£{shown:,.2f}" if isinstance(field, PoundsField) else str(shown)

    def _said_own(self, definition: FieldDefinition, name: str, value: Any) -> str:
        if isinstance(self.fields[name], forms.FileField):
            return str(getattr(value, "name", None) or "–")
        stored = {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value
        return say(definition, stored.isoformat() if isinstance(stored, date) else stored)
