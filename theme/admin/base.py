"""The base of every record's screens: one council's rows, the audit's saves, the roles' buttons."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from wagtail.admin.viewsets.model import ModelViewSet

from cms_models.accounts.models import User
from theme.admin.actions import Action, Button
from theme.admin.as_at import RecordAsAtPage, RecordListAsAtView
from theme.admin.cells import Cell
from theme.admin.editing import RecordCreateView, RecordDeleteView, RecordEditView
from theme.admin.forms import RecordForm
from theme.admin.listing import RecordIndexView
from theme.admin.showing import (
    RecordActionView,
    RecordHistoryView,
    RecordInspectView,
    Related,
)


class RecordViewSet(ModelViewSet):
    """The screens of one kind of record.

    A subclass names the model, `cells` (the list's columns, the first one the title), and where
    wanted `detail_cells`, `list_filter`, `search_fields`, a `record_form` (none: read only),
    `actions` (buttons on a record), `list_actions` (buttons above the list), `locked_because`.
    URL names are `<model_name>:index`, `:add`, `:edit`, `:inspect`, `:delete`, `:history`, `:act`.
    """

    index_view_class = RecordIndexView
    add_view_class = RecordCreateView
    edit_view_class = RecordEditView
    delete_view_class = RecordDeleteView
    inspect_view_class = RecordInspectView
    history_view_class = RecordHistoryView
    action_view_class = RecordActionView

    inspect_view_enabled = True
    copy_view_enabled = False
    add_to_reference_index = False
    list_per_page = 50

    cells: Sequence[Cell] = ()
    detail_cells: Sequence[Cell] = ()
    export_only_cells: Sequence[Cell] = ()
    record_form: type[RecordForm] | None = None
    may_add = True
    may_delete = True
    related_fields: Sequence[str] = ()
    heavy_fields: Sequence[str] = ()
    prefetched: Sequence[Any] = ()
    # From a record to the id of the person whose personal data its pages show, such as "pk".
    person_of = ""
    actions: Sequence[Action] = ()
    list_actions: Sequence[Action] = ()
    introduction = ""
    empty = ""
    search_backend_name = None

    def locked_because(self, record: models.Model) -> str:
        """Return why a record cannot be edited, or nothing when it can."""
        return ""

    def related(self, user: User, record: models.Model) -> list[Related]:
        """Return the tables of a record's page."""
        return []

    def more(self, user: User, record: models.Model) -> dict[str, Any]:
        """Return what else a record's own template shows."""
        return {}

    def record_url(self, user: User, record: models.Model) -> str | None:
        """Return a record's own page where it has a richer one than its details."""
        return None

    def after_action(self, user: User, record: models.Model | None) -> str:
        """Return where a pressed button leads: back to the record, or to the list."""
        if record is None:
            return reverse(self.get_url_name("index"))
        return reverse(self.get_url_name("inspect"), args=[record.pk])

    def action(self, name: str, *, on_record: bool) -> Action | None:
        """Return a declared action."""
        declared = self.actions if on_record else self.list_actions
        return next((action for action in declared if action.name == name), None)

    def action_form(self, action: Action, user: User, data: Any = None) -> Any:
        """Return an action's form, its rows limited to the user's council."""
        if action.form_class is None:
            return None
        form = action.form_class(data=data, auto_id=f"id_{action.name}_%s")
        for field in form.fields.values():
            if hasattr(field, "queryset"):
                field.queryset = field.queryset.model.objects.visible_to(user)
        return form

    def buttons(self, user: User, record: models.Model | None) -> list[Button]:
        """Return the buttons the user may press now."""
        found = []
        for action in self.actions if record is not None else self.list_actions:
            if not action.allowed(user, self.model) or not action.shown(record):
                continue
            name = self.get_url_name("act" if record is not None else "do")
            args = [record.pk, action.name] if record is not None else [action.name]
            form = self.action_form(action, user)
            if record is not None and form is not None and "seen" in form.fields:
                form.initial["seen"] = record.version
            found.append(Button(action, reverse(name, args=args), form))
        return found

    def get_form_class(self, for_update: bool = False) -> type[RecordForm] | None:
        """Return the record's form."""
        return self.record_form

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Hand every view the viewset, its scope and its locks."""
        readonly = self.record_form is None
        common = super().get_common_view_kwargs(**kwargs)
        return {
            **common,
            "viewset": self,
            "related_fields": self.related_fields,
            "heavy_fields": self.heavy_fields,
            "prefetched": self.prefetched,
            "person_of": self.person_of,
            "locked_because": self.locked_because,
            "usage_url_name": None,
            "add_url_name": common["add_url_name"] if self.may_add and not readonly else None,
            "edit_url_name": None if readonly else common["edit_url_name"],
            "delete_url_name": (
                common["delete_url_name"] if self.may_delete and not readonly else None
            ),
        }

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Hand the list its cells."""
        given = super().get_index_view_kwargs(
            cells=self.cells,
            export_cells=[*self.cells, *self.export_only_cells],
            introduction=self.introduction,
            empty=self.empty,
            record_url=self.record_url,
            **kwargs,
        )
        for name in ("list_display", "list_export", "export_headings"):
            given.pop(name)
        return given

    def get_inspect_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Hand the record's page its cells."""
        return super().get_inspect_view_kwargs(cells=self.detail_cells or self.cells, **kwargs)

    @property
    def action_view(self) -> Callable[..., HttpResponse]:
        """The view that presses buttons."""
        return self.construct_view(self.action_view_class)

    @property
    def as_at_list_view(self) -> Callable[..., HttpResponse]:
        """The list as it stood on another day."""
        return self.construct_view(RecordListAsAtView, cells=self.cells)

    @property
    def as_at_record_view(self) -> Callable[..., HttpResponse]:
        """A record as it stood on another day."""
        return self.construct_view(RecordAsAtPage, cells=self.detail_cells or self.cells)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Register only the views this kind of record has: usage and copies are not shown."""
        readonly = self.record_form is None
        left_out = {"usage", "history_results", "reorder", "copy"}
        left_out |= {"add", "edit", "delete"} if readonly else set()
        left_out |= set() if self.may_add else {"add"}
        left_out |= set() if self.may_delete else {"delete"}
        return [
            *(found for found in super().get_urlpatterns() if found.name not in left_out),
            path("act/<int:pk>/<slug:name>/", self.action_view, name="act"),
            path("do/<slug:name>/", self.action_view, name="do"),
            path("as-at/", self.as_at_list_view, name="as_at"),
            path("as-at/<int:pk>/", self.as_at_record_view, name="as_at_record"),
        ]

    def register_admin_url_finder(self) -> None:
        """Register no address finder for records that have no form."""
        if self.record_form is not None:
            super().register_admin_url_finder()
