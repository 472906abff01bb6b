"""Form fields of own fields, and the part of a record's form they make up."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.urls import reverse
from django.utils.html import escape
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput

from cms_models.accounts.models import User
from cms_models.audit.models import kind_of
from cms_models.fields.own.domain import (
    DECIMALS_MOST,
    LONG_TEXT_LONGEST,
    TEXT_LONGEST,
    FieldDefinition,
    FieldKind,
    clean_values,
    defaults,
    grouped,
)
from cms_models.fields.own.selectors import link_refusals, rows_of_kind
from cms_models.fields.own.services import (
    FILE_BYTES_MOST,
    FILE_ENDINGS,
    file_refusal,
    keep_file,
)
from cms_models.places.domain import BadPlace, tidy_postcode
from cms_models.places.selectors import points_of
from theme.admin.own_fields.linking import found_by, offered
from theme.admin.own_fields.reading import OwnFields, field_name, own_values_of

YES_NO = (("", "–"), ("yes", "Yes"), ("no", "No"))


class LocationWidget(forms.MultiWidget):
    """A postcode, or a latitude and a longitude."""

    template_name = "theme/own_fields/location.html"
    names = ("Postcode", "Latitude", "Longitude")

    def __init__(self) -> None:
        super().__init__(
            {
                name.casefold(): forms.TextInput(attrs={"aria-label": name, "placeholder": name})
                for name in self.names
            }
        )

    def decompress(self, value: Any) -> list[Any]:
        """Return what is kept, piece by piece."""
        if not isinstance(value, Mapping):
            return [None, None, None]
        return [value.get(name.casefold()) for name in self.names]


class LocationField(forms.MultiValueField):
    """A place: looked up by its postcode, or typed in degrees."""

    widget = LocationWidget

    def __init__(self, *, user: User, **kwargs: Any) -> None:
        self.user = user
        parts = [
            forms.CharField(max_length=10, required=False),
            forms.DecimalField(min_value=-90, max_value=90, required=False),
            forms.DecimalField(min_value=-180, max_value=180, required=False),
        ]
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def compress(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """Return the location as it is kept, or why there is none."""
        postcode, latitude, longitude = [*values, None, None, None][:3]
        if latitude is not None and longitude is not None:
            return {"latitude": latitude, "longitude": longitude, "postcode": postcode or ""}
        if latitude is not None or longitude is not None:
            raise ValidationError("Type the latitude and the longitude, or a postcode alone.")
        if not postcode:
            return None
        try:
            found = points_of(self.user.authority, [tidy_postcode(postcode)])
        except BadPlace as refusal:
            raise ValidationError(str(refusal)) from refusal
        if not found:
            raise ValidationError(
                f"{postcode} is not among the council's postcodes: type latitude and longitude."
            )
        ((code, (north, east)),) = found.items()
        return {"latitude": north, "longitude": east, "postcode": code}


class LinkField(forms.Field):
    """A record of the same council: chosen where they are few, else found by name or number."""

    def __init__(
        self, *, definition: FieldDefinition, user: User, kept: Any, **kwargs: Any
    ) -> None:
        self.rows = rows_of_kind(user, definition.link_to)
        self.few, self.kept = offered(self.rows), kept
        if self.few is None:
            hint = "Type its name, or its number."
            kwargs["help_text"] = f"{kwargs['help_text']} {hint}".strip()
            super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **kwargs)
            return
        choices = [("", "–"), *((str(number), name) for number, name in self.few.items())]
        if kept and kept not in self.few:
            choices.append((str(kept), "(gone)"))
        super().__init__(widget=forms.Select(choices=choices), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the linked record's name where it is typed, its number where it is chosen."""
        if self.few is None and isinstance(value, int):
            row = self.rows.filter(pk=value).first()
            return "(gone)" if row is None else f"{row.pk}"
        return value

    def to_python(self, value: Any) -> int | None:
        """Return the record's number, or why there is none."""
        text = str(value or "").strip()
        if not text:
            return None
        if text in (str(self.kept), "(gone)") and self.kept:
            return int(self.kept)
        if self.few is not None:
            known = {str(number): number for number in self.few}
            if text not in known:
                raise ValidationError("Choose one of these records.")
            return known[text]
        found = found_by(self.rows, text)
        if isinstance(found, str):
            raise ValidationError(found)
        return found


class KeptFile:
    """A file a record has, as the browser's widget names it."""

    def __init__(self, record: models.Model, definition: FieldDefinition, value: Mapping[str, Any]):
        self.url = reverse("own_file", args=[kind_of(record), record.pk, definition.key])
        self.name = str(value.get("name", ""))

    def __str__(self) -> str:
        return self.name


class OwnFileField(forms.FileField):
    """A file of a kind and size that is kept; refused before a byte of it is read."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the upload, False to remove the file there is, or what was there."""
        found = super().clean(data, initial)
        if isinstance(found, UploadedFile):
            refusal = file_refusal(str(found.name), found.size or 0)
            if refusal:
                raise ValidationError(refusal)
        return found


class AmountField(forms.DecimalField):
    """Pounds to the penny, kept as pence; below nothing too, where the field's bounds allow it."""

    def prepare_value(self, value: Any) -> Any:
        """Return stored pence as pounds; typed text stays as typed."""
        return Decimal(value) / 100 if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Return pence, None for an empty field."""
        pounds = super().clean(value)
        return None if pounds is None else int(pounds * 100)


def form_field(
    definition: FieldDefinition, *, user: User, kept: Any = None, may_edit: bool = True
) -> forms.Field:
    """Return the form field that takes a field's value; `kept` is the value the record has."""
    said: dict[str, Any] = {
        "label": definition.label,
        "help_text": escape(definition.help),
        "required": definition.required and may_edit,
        "disabled": not may_edit,
        "error_messages": {"required": f"{definition.label} is needed."},
    }
    match definition.kind:
        case FieldKind.LONG_TEXT:
            widget = AdminAutoHeightTextInput()
            return forms.CharField(max_length=LONG_TEXT_LONGEST, widget=widget, **said)
        case FieldKind.NUMBER:
            said["help_text"] = _bounds_words(definition, said["help_text"])
            return forms.DecimalField(decimal_places=DECIMALS_MOST, **said)
        case FieldKind.MONEY:
            said["help_text"] = f"£ {said['help_text']}".strip()
            return AmountField(max_digits=14, decimal_places=2, **said)
        case FieldKind.DATE:
            return forms.DateField(widget=AdminDateInput, **said)
        case FieldKind.YES_NO:
            return forms.ChoiceField(choices=YES_NO, **said)
        case FieldKind.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *_choices(definition, [kept])], **said)
        case FieldKind.CHOICES:
            ticks = forms.CheckboxSelectMultiple(attrs={"class": "theme-ticks"})
            kept_codes = kept if isinstance(kept, list) else []
            return forms.MultipleChoiceField(
                choices=_choices(definition, kept_codes), widget=ticks, **said
            )
        case FieldKind.LINK:
            return LinkField(definition=definition, user=user, kept=kept, **said)
        case FieldKind.FILE:
            most = f"At most {FILE_BYTES_MOST // 2**20} MB: {', '.join(FILE_ENDINGS)}."
            said["help_text"] = f"{said['help_text']} {most}".strip()
            return OwnFileField(max_length=200, **said)
        case FieldKind.LOCATION:
            return LocationField(user=user, **said)
    return forms.CharField(max_length=TEXT_LONGEST, **said)


def _bounds_words(definition: FieldDefinition, help_text: str) -> str:
    least, most = definition.least, definition.most
    bounds = ""
    if least is not None and most is not None:
        bounds = f"{least:g} to {most:g}"
    elif least is not None:
        bounds = f"at least {least:g}"
    elif most is not None:
        bounds = f"at most {most:g}"
    unit = f"{bounds} {escape(definition.unit)}".strip()
    return f"{help_text} {unit[:1].upper()}{unit[1:]}".strip()


def _choices(definition: FieldDefinition, kept: Sequence[Any]) -> list[tuple[str, str]]:
    past = [one for one in definition.choices if one.retired and one.code in kept]
    return [
        *((one.code, one.label) for one in definition.open_choices),
        *((one.code, f"{one.label} (no longer in use)") for one in past),
    ]


def shown_value(definition: FieldDefinition, value: Any, record: models.Model) -> Any:
    """Return a stored value as its form field takes it."""
    if value is None:
        return None
    if definition.kind == FieldKind.YES_NO:
        return "yes" if value else "no"
    if definition.kind == FieldKind.DATE:
        return date.fromisoformat(value)
    if definition.kind == FieldKind.FILE:
        return KeptFile(record, definition, value) if record.pk else None
    return value


class OwnPart:
    """The own fields of one record's form: shown, checked in words, put on the record."""

    def __init__(self, own: OwnFields, record: models.Model) -> None:
        self.own, self.record = own, record
        self.stored = dict(own_values_of(record))
        self.values: dict[str, Any] | None = None
        self.sent: dict[str, UploadedFile] = {}
        self.may_edit = {one.key for one in own.editable}

    def add_to(self, form: forms.BaseForm) -> None:
        """Add the fields the user sees; what they may not change is shown and taken as it is."""
        start = self.stored if self.record.pk else {**defaults(self.own.editable), **self.stored}
        for one in self.own.shown:
            name, kept = field_name(one), start.get(one.key)
            form.fields[name] = form_field(
                one, user=self.own.user, kept=kept, may_edit=one.key in self.may_edit
            )
            form.initial[name] = shown_value(one, kept, self.record)

    def clean(self, form: forms.BaseForm) -> None:
        """Check what was typed; refusals stand beside their fields."""
        fine = [one for one in self.own.editable if field_name(one) not in form.errors]
        values = {one.key: self._typed(one, form.cleaned_data) for one in fine}
        stored = self.stored if self.record.pk else None
        cleaned = clean_values(fine, values, stored=stored)
        changed = {
            key: value for key, value in cleaned.values.items() if value != self.stored.get(key)
        }
        refusals = {**link_refusals(self.own.user, fine, changed), **cleaned.refusals}
        for key, sentence in refusals.items():
            form.add_error(f"own_{key}", sentence)
        own_defaults = defaults(self.own.definitions) if stored is None else {}
        self.values = {**own_defaults, **cleaned.values}

    def _typed(self, definition: FieldDefinition, data: Mapping[str, Any]) -> Any:
        value = data.get(field_name(definition))
        if definition.kind == FieldKind.YES_NO:
            return {"yes": True, "no": False}.get(value or "")
        if definition.kind != FieldKind.FILE:
            return value
        if isinstance(value, UploadedFile):
            self.sent[definition.key] = value
            return {"file": 0, "name": str(value.name), "size": value.size or 0, "sha256": ""}
        return None if value is False else self.stored.get(definition.key)

    def put(self, actor: User) -> None:
        """Put the checked values on the record, keeping sent files, in the caller's transaction."""
        if self.values is None:
            return
        kinds = {one.key: one for one in self.own.definitions}
        for key, upload in self.sent.items():
            self.values[key] = keep_file(
                actor=actor, definition=kinds[key], name=str(upload.name), content=upload.read()
            )
        self.sent = {}
        self.record.custom = dict(self.values)  # type: ignore[attr-defined]

    def definition_of(self, name: str) -> FieldDefinition | None:
        """Return the own field a form field is of, None for one of the model's."""
        return next((one for one in self.own.shown if field_name(one) == name), None)

    def groups(self, form: forms.BaseForm) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the form's own fields under their headings."""
        return [
            (heading, [form[field_name(one)] for one in fields])
            for heading, fields in grouped(self.own.shown)
        ]
