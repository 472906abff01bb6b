"""The builder's forms: a field of a kind of record, and a type of record."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from cms_models.accounts.models import User
from cms_models.fields.own import designing, services
from cms_models.fields.own.domain import (
    SEARCHED,
    WITH_CHOICES,
    Choice,
    FieldDefinition,
    FieldKind,
    Refused,
    is_empty,
    read_text,
    say,
)
from cms_models.fields.own.models import CustomField, RecordType
from cms_models.fields.own.selectors import staff_roles
from theme.admin.forms import RecordForm
from theme.admin.own_fields.form_fields import AmountField
from theme.admin.own_fields.kinds import kinds_linked

# Settings that only some kinds of field have.
ONLY_OF = {
    "choices": WITH_CHOICES,
    "unit": {FieldKind.NUMBER},
    "decimals": {FieldKind.NUMBER},
    "least": {FieldKind.NUMBER, FieldKind.MONEY},
    "most": {FieldKind.NUMBER, FieldKind.MONEY},
    "link_to": {FieldKind.LINK},
    "in_search": SEARCHED,
    "default_text": frozenset(FieldKind) - {FieldKind.LINK, FieldKind.FILE, FieldKind.LOCATION},
}


def role_ticks(**kwargs: Any) -> forms.MultipleChoiceField:
    """Return a field that ticks roles."""
    ticks = forms.CheckboxSelectMultiple(attrs={"class": "theme-ticks"})
    return forms.MultipleChoiceField(widget=ticks, required=False, **kwargs)


def offer_roles(form: RecordForm) -> None:
    """Offer the council's roles wherever roles are ticked."""
    roles = staff_roles(form.user.authority)
    for field in form.fields.values():
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = roles


class CustomFieldForm(RecordForm):
    """One field: what it holds, where it is shown, who sees and changes it."""

    choices = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line, in order. Records keep a short code made of the words; to choose "
        "it yourself write code | words. A line you take out is retired, and stays readable.",
    )
    default_text = forms.CharField(
        label="Default",
        required=False,
        max_length=500,
        help_text="What a new record begins with, written as in a file.",
    )
    see = role_ticks(label="Seen by", help_text="None ticked: every role that sees the record.")
    edit = role_ticks(
        label="Changed by",
        help_text="None ticked: every role that sees the field and may change the record.",
    )
    link_to = forms.ChoiceField(label="Links to", required=False)

    class Meta(RecordForm.Meta):
        model = CustomField
        fields: ClassVar = [
            "label",
            "key",
            "help",
            "group",
            "choices",
            "link_to",
            "unit",
            "decimals",
            "least",
            "most",
            "required",
            "see",
            "edit",
            "in_list",
            "in_filter",
            "in_search",
            "in_export",
            "to_providers",
        ]

    field_order: ClassVar = [
        "label",
        "help",
        "group",
        "choices",
        "link_to",
        "unit",
        "decimals",
        "least",
        "most",
        "required",
        "default_text",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        before = self.instance.definition
        offer_roles(self)
        for name, kinds in ONLY_OF.items():
            if before.kind not in kinds:
                del self.fields[name]
        if before.kind == FieldKind.MONEY:
            for name in ("least", "most"):
                label = f"{name.capitalize()}, in pounds"
                self.fields[name] = AmountField(decimal_places=2, required=False, label=label)
                bound = getattr(before, name)
                self.initial[name] = None if bound is None else int(bound)
        if "link_to" in self.fields:
            self.fields["link_to"].choices = [("", "–"), *kinds_linked(self.user)]
        self.fields["key"].disabled = self.instance.pk is not None
        if self.instance.pk is not None and "link_to" in self.fields:
            self.fields["link_to"].disabled = True
        self.initial["choices"] = designing.write_choices(before.choices)
        self.initial["default_text"] = default_words(before)

    def clean_choices(self) -> list[dict[str, Any]]:
        """Return the choices as they are kept: those taken out are retired."""
        before = self.instance.definition.choices
        try:
            found = designing.read_choices(self.cleaned_data["choices"], before=before)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return [kept_choice(one) for one in found]

    def clean(self) -> dict[str, Any]:
        """Refuse a field that could not be used, beside the setting that is wrong."""
        data = super().clean()
        if self.errors:
            return data
        data["key"] = data.get("key") or designing.key_from(data["label"])
        designed = self._designed(data)
        if "default_text" in self.fields:
            try:
                text = data.get("default_text", "")
                data["default"] = read_text(designed, text) if text else None
            except Refused as refusal:
                self.add_error("default_text", str(refusal))
        for name, sentence in designing.design_refusals(designed):
            self.add_error(name if name in self.fields else None, sentence)
        return data

    def _designed(self, data: dict[str, Any]) -> FieldDefinition:
        stated = {name: data[name] for name in self.Meta.fields if name in data}
        stated["see"], stated["edit"] = frozenset(data["see"]), frozenset(data["edit"])
        if "choices" in data:
            stated["choices"] = tuple(
                Choice(one["code"], one["label"], retired=one.get("retired", False))
                for one in data["choices"]
            )
        return replace(self.instance.definition, default=None, **stated)

    def _post_clean(self) -> None:
        super()._post_clean()
        if "default" in self.cleaned_data:
            self.instance.default = self.cleaned_data["default"]

    def save_as(self, *, actor: User) -> models.Model:
        """Save through the builder's service."""
        return services.save_field(
            actor=actor, field=self.instance, expected_version=self.expected_version()
        )


def kept_choice(one: Choice) -> dict[str, Any]:
    """Return a choice as its field keeps it."""
    kept: dict[str, Any] = {"code": one.code, "label": one.label}
    return {**kept, "retired": True} if one.retired else kept


def default_words(definition: FieldDefinition) -> str:
    """Return a field's default as it is typed."""
    value = definition.default
    if is_empty(value):
        return ""
    if definition.kind == FieldKind.MONEY:
        return f"{Decimal(value) / 100:.2f}"
    if definition.kind == FieldKind.NUMBER:
        return str(value)
    if definition.kind == FieldKind.CHOICES:
        return "; ".join(definition.label_of(code) for code in value)
    return say(definition, value)


class RecordTypeForm(RecordForm):
    """A type of record: its words, its icon, who sees and who changes its records."""

    see = role_ticks(label="Seen by", help_text="Whoever changes them sees them too.")
    change = role_ticks(label="Added and changed by")

    class Meta(RecordForm.Meta):
        model = RecordType
        fields: ClassVar = [
            "name",
            "plural",
            "description",
            "title_label",
            "icon",
            "see",
            "change",
            "to_providers",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_roles(self)

    def save_as(self, *, actor: User) -> models.Model:
        """Save through the builder's service."""
        return services.save_record_type(
            actor=actor, record_type=self.instance, expected_version=self.expected_version()
        )
