"""The builder: every kind of record with its fields in order, and the form they make."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.accounts.roles import ROLE_LABELS
from cms_models.fields.own import services
from cms_models.fields.own.domain import (
    KIND_LABELS,
    SEARCHED,
    FieldDefinition,
    FieldKind,
    grouped,
)
from cms_models.fields.own.models import CustomField, RecordType
from cms_models.fields.own.selectors import staff_roles
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment, Number, YesNo
from theme.admin.editing import RecordCreateView, RecordEditView
from theme.admin.own_fields.builder_forms import CustomFieldForm, RecordTypeForm
from theme.admin.own_fields.form_fields import form_field
from theme.admin.own_fields.kinds import Kind, kind_named, kinds_made, kinds_with_fields
from theme.admin.own_fields.reading import field_name
from theme.admin.pages import CouncilPage

ROLE_NAMES: Mapping[str, str] = {role.value: label for role, label in ROLE_LABELS.items()}
KIND_WORDS: dict[FieldKind, str] = {
    FieldKind.TEXT: "One line, at most 200 characters",
    FieldKind.LONG_TEXT: "Several lines",
    FieldKind.NUMBER: "With a unit, bounds and decimals",
    FieldKind.MONEY: "Pounds and pence",
    FieldKind.DATE: "A day",
    FieldKind.YES_NO: "Or nothing said yet",
    FieldKind.CHOICE: "One of a list",
    FieldKind.CHOICES: "Any of a list",
    FieldKind.LINK: "A provider, a lot, one of your own",
    FieldKind.FILE: "A document or a picture",
    FieldKind.LOCATION: "A postcode, or latitude and longitude",
}


class BuilderPage(CouncilPage):
    """A page of the builder, for the roles that see how records are made."""

    model = CustomField
    header_icon = "edit"

    @property
    def user(self) -> User:
        """The user who asks."""
        return self.request.user


class KindsPage(BuilderPage):
    """Every kind of record, with how many own fields it has."""

    template_name = "theme/own_fields/kinds.html"
    page_title = "Fields and record types"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Name the page."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the kinds."""
        rows = CustomField.objects.filter(authority=self.user.authority_id, retired=False)
        numbers = dict(
            rows.order_by().values_list("record_type").annotate(number=models.Count("pk"))
        )
        return super().get_context_data(
            made=[_counted(kind, numbers) for kind in kinds_made(self.user)],
            standing=[_counted(kind, numbers) for kind in kinds_with_fields(self.user)],
            may_change=self.user.may("change", RecordType),
            **kwargs,
        )


def _counted(kind: Kind, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "kind": kind,
        "fields": numbers.get(kind.label, 0),
        "url": reverse("own_fields_of", args=[kind.label]),
    }


class FieldsPage(BuilderPage):
    """A kind of record's own fields in their order, and its form as people will see it."""

    template_name = "theme/own_fields/fields.html"

    @cached_property
    def kind(self) -> Kind:
        """The kind of record of the address."""
        found = kind_named(self.user, self.kwargs["record_type"])
        if found is None:
            raise Http404
        return found

    def get_page_title(self) -> str:
        """Name the kind of record."""
        return f"Fields of {self.kind.plural.lower()}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the kinds."""
        return [*self.breadcrumbs_items, *kinds_crumb(), {"url": "", "label": self.kind.plural}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the fields, the kinds of field there are, and the preview."""
        rows = CustomField.objects.filter(
            authority=self.user.authority_id, record_type=self.kind.label
        )
        live = [row for row in rows if not row.retired]
        made, names = self.kind.record_type, dict(staff_roles(self.user.authority))
        return super().get_context_data(
            kind=self.kind,
            rows=[_row(row, names) for row in live],
            retired=[_row(row, names) for row in rows if row.retired],
            preview=Preview([row.definition for row in live], self.user, made),
            kinds_of_field=[
                {
                    "label": KIND_LABELS[kind],
                    "words": KIND_WORDS[kind],
                    "url": f"{reverse('customfield:add')}?on={self.kind.label}&kind={kind}",
                }
                for kind in FieldKind
            ],
            may_change=self.user.may("change", CustomField),
            sees=role_words(list(dict.fromkeys([*made.see, *made.change])), names) if made else "",
            changes=role_words(made.change, names) if made else "",
            list_url=reverse("entry:index", args=[made.slug])
            if made and made.seen_by(self.user)
            else "",
            **kwargs,
        )


def kinds_crumb() -> list[dict[str, Any]]:
    """Return the way to the builder."""
    return [{"url": reverse("own_fields"), "label": KindsPage.page_title}]


def role_words(roles: Sequence[str], names: Mapping[str, str]) -> str:
    """Return roles by their names."""
    return ", ".join(names.get(role, role) for role in roles) or "nobody"


def _row(row: CustomField, names: Mapping[str, str]) -> dict[str, Any]:
    places = {
        "list": row.in_list,
        "filters": row.in_filter,
        "search": row.in_search and row.kind in SEARCHED,
        "exports": row.in_export,
    }
    shown = [name for name, wanted in places.items() if wanted]
    return {
        "field": row,
        "shown": f"In {', '.join(shown)}" if shown else "On the record's page only",
        "see": role_words(row.see, names) if row.see else "",
        "edit": role_words(row.edit, names) if row.edit else "",
        "retired_choices": [one for one in row.choices if one.get("retired")],
    }


class Preview:
    """The form that a kind of record's own fields make, to look at: it cannot be sent."""

    def __init__(
        self, definitions: list[FieldDefinition], user: User, made: RecordType | None
    ) -> None:
        self.form = forms.Form(prefix="preview")
        if made is not None:
            self.form.fields["title"] = forms.CharField(label=made.title_label)
        for one in definitions:
            self.form.fields[field_name(one)] = form_field(one, user=user)
            self.form.initial[field_name(one)] = one.default
        self.title = self.form["title"] if made is not None else None
        self.groups = [
            (heading, [self.form[field_name(one)] for one in some])
            for heading, some in grouped(definitions)
        ]


class FieldCreateView(RecordCreateView):
    """A new field of a kind of record; what it holds was chosen before."""

    def _asked(self) -> tuple[Kind, FieldKind]:
        kind = kind_named(self.user, self.request.GET.get("on", ""))
        holds = self.request.GET.get("kind", "")
        if kind is None or holds not in {one.value for one in FieldKind}:
            raise Http404
        return kind, FieldKind(holds)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the builder where no kind is asked for: a field is added there."""
        if not request.GET and request.method == "GET" and self.user.may_view(CustomField):
            return redirect("own_fields")
        return super().dispatch(request, *args, **kwargs)

    def get_initial_form_instance(self) -> CustomField:
        """Return an empty field of the kind asked for."""
        kind, holds = self._asked()
        return CustomField(authority=self.user.authority, record_type=kind.label, kind=holds.value)

    def get_add_url(self) -> str:
        """Return this page's address, with what was asked for."""
        kind, holds = self._asked()
        return f"{reverse('customfield:add')}?on={kind.label}&kind={holds}"

    def get_page_subtitle(self) -> str:
        """Name what is added."""
        kind, holds = self._asked()
        return f"New field of {kind.plural.lower()}: {KIND_LABELS[holds].lower()}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the kind's fields."""
        return fields_crumbs(self, self._asked()[0].label, "New field")

    def get_success_url(self) -> str:
        """Return to the kind's fields."""
        return reverse("own_fields_of", args=[self.object.record_type])


class FieldEditView(RecordEditView):
    """A field's settings."""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the kind's fields."""
        return fields_crumbs(self, self.object.record_type, str(self.object))

    def get_success_url(self) -> str:
        """Return to the kind's fields."""
        return reverse("own_fields_of", args=[self.object.record_type])


def fields_crumbs(view: Any, label: str, here: str) -> list[dict[str, Any]]:
    """Return the way from home over a kind's fields to a page."""
    kind = kind_named(view.user, label)
    fields = {
        "url": reverse("own_fields_of", args=[label]),
        "label": kind.plural if kind else label,
    }
    return [*view.breadcrumbs_items, *kinds_crumb(), fields, {"url": "", "label": here}]


def _up(user: User, record: CustomField, data: dict[str, Any]) -> str:
    services.move_field(actor=user, field=record, by=-1)
    return f"{record} moved up."


def _down(user: User, record: CustomField, data: dict[str, Any]) -> str:
    services.move_field(actor=user, field=record, by=1)
    return f"{record} moved down."


def _retire(user: User, record: CustomField, data: dict[str, Any]) -> str:
    services.retire_field(actor=user, field=record)
    return f"{record} is retired: its values stay on the records and in their history."


def _restore(user: User, record: CustomField, data: dict[str, Any]) -> str:
    services.restore_field(actor=user, field=record)
    return f"{record} is back, with the values it had."


class CustomFieldViewSet(RecordViewSet):
    """The council's own fields."""

    model = CustomField
    icon = "edit"
    add_view_class = FieldCreateView
    edit_view_class = FieldEditView
    record_form = CustomFieldForm
    may_delete = False
    cells: Sequence[Cell] = (
        Cell("label", "Field", sort_key="label"),
        Cell("record_type", "Kind of record", sort_key="record_type"),
        Cell("kind", "Holds"),
        Cell("key", "Key", sort_key="key"),
        Cell("group", "Group heading"),
        Number("order", "Order"),
        YesNo("required", "Required"),
        YesNo("retired", "Retired"),
    )
    detail_cells: Sequence[Cell] = (*cells, Cell("help", "Help"), Moment("created_at", "Added"))
    list_filter = ["record_type", "kind", "retired"]
    search_fields = ["label", "key", "help"]
    empty = "No own fields yet. Open “Fields and record types” to add the first."
    actions: Sequence[Action] = (
        Action("up", "Move up", _up),
        Action("down", "Move down", _down),
        Action(
            "retire",
            "Retire",
            _retire,
            shown=lambda row: not row.retired,
            explanation="It leaves forms and lists; its values stay and stay readable.",
        ),
        Action("restore", "Bring back", _restore, shown=lambda row: row.retired),
    )

    def after_action(self, user: User, record: models.Model | None) -> str:
        """Return to the kind's fields."""
        if record is None:
            return reverse("own_fields")
        return reverse("own_fields_of", args=[record.record_type])  # type: ignore[attr-defined]


class TypeCreateView(RecordCreateView):
    """A new type of record."""

    def get_success_url(self) -> str:
        """Go on to its fields."""
        return reverse("own_fields_of", args=[self.object.label])


class TypeEditView(RecordEditView):
    """A type's words and roles."""

    def get_success_url(self) -> str:
        """Return to its fields."""
        return reverse("own_fields_of", args=[self.object.label])


def _retire_type(user: User, record: RecordType, data: dict[str, Any]) -> str:
    services.retire_record_type(actor=user, record_type=record)
    return f"{record.plural} are retired: they stay readable, none is added."


def _restore_type(user: User, record: RecordType, data: dict[str, Any]) -> str:
    services.restore_record_type(actor=user, record_type=record)
    return f"{record.plural} are back in the menu."


class RecordTypeViewSet(RecordViewSet):
    """The types of records the council made."""

    model = RecordType
    icon = "folder-open-inverse"
    add_view_class = TypeCreateView
    edit_view_class = TypeEditView
    record_form = RecordTypeForm
    may_delete = False
    cells: Sequence[Cell] = (
        Cell("plural", "Records", sort_key="plural"),
        Cell("description", "What they are"),
        Cell("slug", "Short name", sort_key="slug"),
        Cell("see", "Seen by", lambda row: role_words(row.see, ROLE_NAMES)),
        Cell("change", "Changed by", lambda row: role_words(row.change, ROLE_NAMES)),
        YesNo("retired", "Retired"),
    )
    search_fields = ["name", "plural", "slug"]
    empty = "No types of record yet. Add the first, then its fields."
    actions: Sequence[Action] = (
        Action(
            "retire",
            "Retire",
            _retire_type,
            shown=lambda row: not row.retired,
            explanation="It leaves the menu; its records stay readable, none is added.",
        ),
        Action("restore", "Bring back", _restore_type, shown=lambda row: row.retired),
    )

    def record_url(self, user: User, record: models.Model) -> str | None:
        """Lead to the type's fields."""
        return reverse("own_fields_of", args=[record.label])  # type: ignore[attr-defined]

    def after_action(self, user: User, record: models.Model | None) -> str:
        """Return to the builder."""
        return reverse("own_fields")
