"""The base of every record's screens: one council's rows, the audit's saves, the roles' buttons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ProtectedError, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Table, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseListingView, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit, delete_record
from theme.admin.actions import REFUSALS, Action, Button, in_words
from theme.admin.cells import Cell, Moment
from theme.admin.forms import RecordForm

HISTORY_SHOWN = 8


def no_lock(record: models.Model) -> str:
    """Return no reason: the record may be edited."""
    return ""


@dataclass(frozen=True)
class Related:
    """A table of related records on a record's page; `rows` come scoped and ready to show."""

    title: str
    cells: Sequence[Cell]
    rows: Sequence[models.Model]
    empty: str
    url: Callable[[models.Model], str | None] = lambda row: None
    add_url: str = ""
    more_url: str = ""


class Scoped:
    """Of a view of one kind of record: rows of another council do not exist (404).

    Wagtail's generic views ask a policy about the model only (wagtail#13314), so every view that
    reads rows takes them from here.
    """

    viewset: "RecordViewSet | None" = None
    related_fields: Sequence[str] = ()
    heavy_fields: Sequence[str] = ()
    locked_because: Callable[[models.Model], str] = staticmethod(no_lock)

    @property
    def user(self) -> User:
        """The user who asks."""
        return self.request.user

    def rows(self) -> QuerySet:
        """Return the rows the user may see, without their heavy columns."""
        rows = self.model.objects.visible_to(self.user)
        return rows.select_related(*self.related_fields).defer(*self.heavy_fields)

    def get_queryset(self) -> QuerySet:
        """Return the rows Django's single-object views choose from."""
        return self.rows()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a role that does not see this kind of record at all."""
        if not self.user.may_view(self.model):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class ScopedFilterSet(WagtailFilterSet):
    """Filters whose choices are rows of the user's own council."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in self.filters.values():
            if isinstance(item, django_filters.ModelChoiceFilter):
                item.queryset = item.queryset.model.objects.visible_to(self.request.user)


class RecordIndexView(Scoped, generic.IndexView):
    """The list: scoped, filtered, searched, exported without formulae."""

    template_name = "theme/admin/index.html"
    results_template_name = "theme/admin/index_results.html"
    base_filterset_class = ScopedFilterSet
    cells: Sequence[Cell] = ()
    export_cells: Sequence[Cell] = ()
    introduction = ""
    empty = ""
    list_actions: Sequence[Action] = ()
    record_url: Callable[[User, models.Model], str | None] | None = None

    def get_base_queryset(self) -> QuerySet:
        """Return the rows of the user's council."""
        return self.rows()

    def get_queryset(self) -> QuerySet:
        """Return the rows ordered, filtered and searched (Wagtail's own, not the mixin's)."""
        return generic.IndexView.get_queryset(self)

    @cached_property
    def columns(self) -> list[Any]:
        """The title, linked to the record, and the cells beside it."""
        first, *others = self.cells
        title = self._get_title_column_class(TitleColumn)(
            first.name,
            label=first.label,
            accessor=first.get_value,
            sort_key=first.sort_key,
            get_url=self.url_of,
        )
        return [title, *others]

    def url_of(self, record: models.Model) -> str | None:
        """Return where a row leads: the record's own page, its form, or its details."""
        own = self.record_url(self.user, record) if self.record_url else None
        return own or self.get_inspect_url(record)

    def get_edit_url(self, instance: models.Model) -> str | None:
        """Return the form's address unless the record is locked."""
        return None if self.locked_because(instance) else super().get_edit_url(instance)

    def get_delete_url(self, instance: models.Model) -> str | None:
        """Return the deletion's address unless the record is locked."""
        return None if self.locked_because(instance) else super().get_delete_url(instance)

    @property
    def list_export(self) -> list[str]:
        """The names of the exported cells."""
        return [cell.name for cell in self.export_cells]

    def to_row_dict(self, item: models.Model) -> dict[str, Any]:
        """Return a row of the export."""
        return {cell.name: cell.export(item) for cell in self.export_cells}

    def get_heading(self, queryset: QuerySet, field: str) -> str:
        """Return the heading of an exported cell."""
        return next(cell.label for cell in self.export_cells if cell.name == field)

    @cached_property
    def no_results_message(self) -> str:
        """What to say, and where to go on, when there is nothing."""
        if self.is_searching or self.is_filtering:
            return f"No {self.verbose_name_plural} match. Clear the search or the filters."
        return self.empty or f"There are no {self.verbose_name_plural} yet."

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the introduction and the buttons above the list."""
        context = super().get_context_data(*args, **kwargs)
        context["introduction"] = self.introduction
        context["list_buttons"] = self.viewset.buttons(self.user, None) if self.viewset else []
        return context


class KeepsVersions:
    """Of the create and edit views: saves go through the audit, a lost race shows both versions."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand the form its user."""
        return {**super().get_form_kwargs(), "for_user": self.user}

    def form_valid(self, form: RecordForm) -> HttpResponse:
        """Save, or show both versions (409), or put a refusal on the form."""
        try:
            return super().form_valid(form)
        except StaleEdit:
            return self.both_versions(form)
        except REFUSALS as refusal:
            form.add_error(None, in_words(refusal))
            self.produced_error_message = "Not saved: the reasons are below."
            return self.form_invalid(form)

    def save_instance(self) -> models.Model:
        """Save through the audit."""
        return self.form.save_as(actor=self.user)

    def both_versions(self, form: RecordForm) -> HttpResponse:
        """Show what was typed beside what is stored now; nothing is overwritten."""
        stored = get_object_or_404(self.rows(), pk=form.instance.pk)
        theirs = type(form)(instance=stored, for_user=self.user)
        names = [field.name for field in theirs.visible_fields()]
        pairs = [
            (
                theirs.fields[name].label or capfirst(name.replace("_", " ")),
                theirs.said(name, theirs.get_initial_for_field(theirs.fields[name], name)),
                form.said(name, form.cleaned_data.get(name)),
            )
            for name in names
        ]
        context = {
            "record": stored,
            "pairs": [(label, one, two, one != two) for label, one, two in pairs],
            "edit_url": self.request.path,
            "last": history_of(stored, user=self.user).first(),
            "header_title": f"{stored} was changed meanwhile",
        }
        return render(self.request, "theme/admin/stale.html", context, status=409)

    def get_success_buttons(self) -> list[Any]:
        """Offer no second button: the page it leads to is the record itself."""
        return []

    def get_success_url(self) -> str:
        """Return to the record's page."""
        return reverse(self.inspect_url_name, args=[self.object.pk])


class RecordCreateView(KeepsVersions, Scoped, generic.CreateView):
    """A new record of the user's council."""

    inspect_url_name = ""


class RecordEditView(KeepsVersions, Scoped, generic.EditView):
    """An existing record; a locked one says why and stays as it is."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send a locked record's editor to its page, with the reason."""
        if self.user.may("change", self.model):
            record = self.get_object()
            because = self.locked_because(record)
            if because:
                messages.warning(request, because)
                return redirect(self.inspect_url_name, record.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_last_updated_info(self) -> None:
        """Leave Wagtail's own log alone: the audit is the record's history."""
        return


class RecordDeleteView(Scoped, generic.DeleteView):
    """Deleting through the audit; what still needs the record is named."""

    inspect_url_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse to delete a locked record, with the reason."""
        because = self.locked_because(self.object)
        if because and self.user.may("delete", self.model):
            messages.warning(request, because)
            return redirect(self.inspect_url_name, self.object.pk)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete, or say what still needs the record."""
        try:
            delete_record(actor=self.user, record_=self.object)
        except ProtectedError as refusal:
            messages.error(self.request, f"{self.object} was not deleted. {in_words(refusal)}")
            return redirect(self.inspect_url_name, self.object.pk)
        messages.success(self.request, self.get_success_message())
        return redirect(self.index_url_name)


class RecordInspectView(Scoped, generic.InspectView):
    """A record's page: its values, what hangs on it, its buttons and its history."""

    template_name = "theme/admin/inspect.html"
    cells: Sequence[Cell] = ()

    def get_object(self, queryset: QuerySet | None = None) -> models.Model:
        """Return the record, if it is of the user's council."""
        return get_object_or_404(self.rows(), pk=self.pk)

    def get_page_title(self) -> str:
        """Name the kind of record."""
        return capfirst(self.model._meta.verbose_name)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        plural = capfirst(self.model._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": plural},
            {"url": "", "label": str(self.object)},
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Edit and delete where the role and the record allow it."""
        if self.locked_because(self.object):
            return []
        buttons = []
        if self.get_edit_url():
            buttons.append(HeaderButton("Edit", url=self.get_edit_url(), icon_name="edit"))
        if self.get_delete_url():
            buttons.append(HeaderButton("Delete", url=self.get_delete_url(), icon_name="bin"))
        return buttons

    header_more_buttons: ClassVar[list[Any]] = []

    def get_fields(self) -> list[str]:
        """Leave Wagtail's own field list alone: the cells say what is shown."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the values, the tables, the buttons and the history."""
        context = super().get_context_data(**kwargs)
        context["details"] = [(cell.label, cell.get_value(self.object)) for cell in self.cells]
        context["locked_because"] = self.locked_because(self.object)
        context["may_change"] = self.user.may("change", self.model)
        context["record_buttons"] = self.viewset.buttons(self.user, self.object)
        context["related"] = self.viewset.related(self.user, self.object)
        context["history"] = history_of(self.object, user=self.user)[:HISTORY_SHOWN]
        context["may_read_trail"] = self.user.may_view(AuditEntry)
        context["history_url"] = reverse(self.viewset.get_url_name("history"), args=[self.pk])
        context.update(self.viewset.more(self.user, self.object))
        return context


HISTORY_CELLS = (
    Moment("at", "When"),
    Cell("actor", "Who"),
    Cell("action", "What", lambda row: capfirst(row.action.replace("_", " "))),
    Cell("changes", "Changes", lambda row: changes_words(row)),
    Cell("reason", "Reason"),
)


def changes_words(entry: AuditEntry) -> str:
    """Return what an entry changed in one line: field, before, after."""
    names = {**entry.before, **entry.after}
    parts = [
        f"{name.replace('_', ' ')}: {entry.before[name]} → {entry.after.get(name)}"
        if name in entry.before
        else f"{name.replace('_', ' ')}: {entry.after[name]}"
        for name in names
    ]
    return "; ".join(parts)[:400]


class RecordHistoryView(Scoped, WagtailAdminTemplateMixin, BaseListingView):
    """A record's history out of the audit chain, newest first."""

    paginate_by = 50
    pk_url_kwarg = "pk"
    index_url_name: str | None = None
    inspect_url_name = ""
    page_title = "History"
    header_icon = "history"
    columns: ClassVar[list[Any]] = list(HISTORY_CELLS)
    table_class = Table

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the record, if it is of the user's council."""
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(self.rows(), pk=self.kwargs[self.pk_url_kwarg])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a role that does not read the trail."""
        if not self.user.may_view(AuditEntry):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Name the record."""
        return str(self.object)

    def get_index_url(self) -> str:
        """Return this page's own address, for its pages."""
        return self.request.path

    def get_queryset(self) -> QuerySet:
        """Return the record's entries."""
        return history_of(self.object, user=self.user)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the record."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": self.model._meta.verbose_name_plural},
            {"url": reverse(self.inspect_url_name, args=[self.object.pk]), "label": self.object},
            {"url": "", "label": "History"},
        ]


class RecordActionView(Scoped, PermissionCheckedMixin, View):
    """Presses one button: check, call the service, say what happened in words, go back."""

    model: type[models.Model]
    inspect_url_name = ""
    index_url_name = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse: a button changes something, so it is never a link."""
        return HttpResponseNotAllowed(["POST"])

    def post(self, request: HttpRequest, name: str, pk: int | None = None) -> HttpResponse:
        """Run the action and answer with a message."""
        record = get_object_or_404(self.rows(), pk=pk) if pk is not None else None
        action = self.viewset.action(name, on_record=pk is not None)
        if action is None:
            raise Http404
        if not action.allowed(self.user, self.model):
            raise PermissionDenied
        self._run(action, record)
        return redirect(self.viewset.after_action(self.user, record))

    def _run(self, action: Action, record: models.Model | None) -> None:
        data: dict[str, Any] = {}
        if action.form_class is not None:
            form = self.viewset.action_form(action, self.user, data=self.request.POST)
            if not form.is_valid():
                problems = [f"{form.fields[name].label or capfirst(name)}: {' '.join(errors)}"
                            for name, errors in form.errors.items()]
                messages.error(self.request, f"{action.label}: {' '.join(problems)}")
                return
            data = form.cleaned_data
        try:
            messages.success(self.request, action.run(self.user, record, data))
        except REFUSALS as refusal:
            messages.error(self.request, in_words(refusal))


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
            found.append(
                Button(action, reverse(name, args=args), self.action_form(action, user))
            )
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
        ]

    def register_admin_url_finder(self) -> None:
        """Register no address finder for records that have no form."""
        if self.record_form is not None:
            super().register_admin_url_finder()


