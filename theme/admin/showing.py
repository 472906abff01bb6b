"""A record's page, its history, and the buttons that act on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Table
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import HeaderButton

from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.publication.models import Publishable
from theme.admin.actions import REFUSALS, Action, in_words, media_of
from theme.admin.cells import Cell, Moment
from theme.admin.own_fields.columns import own_details
from theme.admin.own_fields.history import Told
from theme.admin.reads import note_reads
from theme.admin.review.words import review_url
from theme.admin.scope import Scoped

HISTORY_SHOWN = 8


@dataclass(frozen=True)
class Related:
    """A table of related records on a record's page; `rows` come scoped and ready to show."""

    title: str
    cells: Sequence[Cell]
    rows: Sequence[models.Model]
    empty: str
    url: Callable[[models.Model], str | None] = lambda row: None
    add_url: str = ""

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows as the template takes them: values with their class, and where they lead."""
        return [
            {
                "values": [(cell.get_value(row), cell.classname) for cell in self.cells],
                "url": self.url(row),
            }
            for row in self.rows
        ]


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
        note_reads(self.request, person_of=self.person_of, records=[self.object])
        context["details"] = [(cell.label, cell.get_value(self.object)) for cell in self.cells]
        context["own_details"] = own_details(self.own_fields, self.object)
        context["locked_because"] = self.locked_because(self.object)
        context["may_change"] = self.user.may("change", self.model)
        context["record_buttons"] = self.viewset.buttons(self.user, self.object)
        context["media"] = media_of(context["record_buttons"])
        context["related"] = self.viewset.related(self.user, self.object)
        context["history"] = history_of(self.object, user=self.user)[:HISTORY_SHOWN]
        context["may_read_trail"] = self.user.may_view(AuditEntry)
        context["as_at_url"] = reverse(self.viewset.get_url_name("as_at_record"), args=[self.pk])
        context["review_url"] = _review_url(self.object)
        context["history_url"] = reverse(self.viewset.get_url_name("history"), args=[self.pk])
        context.update(self.viewset.more(self.user, self.object))
        return context


def _review_url(record: models.Model) -> str:
    """Return where a version of the configuration is reviewed; empty for any other record."""
    return review_url(record) if isinstance(record, Publishable) else ""


def history_cells(told: Told) -> list[Cell]:
    """Return the columns of a history, its changes as one user may read them."""
    return [
        Moment("at", "When"),
        Cell("actor", "Who"),
        Cell("action", "What", lambda row: capfirst(row.action.replace("_", " "))),
        Cell("changes", "Changes", told.words),
        Cell("reason", "Reason"),
    ]


class RecordHistoryView(Scoped, BaseListingView):
    """A record's history out of the audit chain, newest first."""

    paginate_by = 50
    pk_url_kwarg = "pk"
    index_url_name: str | None = None
    inspect_url_name = ""
    page_title = "History"
    header_icon = "history"
    table_class = Table

    @cached_property
    def columns(self) -> list[Any]:
        """When, who, what, and the changes in words."""
        return list(history_cells(Told(self.user)))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the record, if it is of the user's council."""
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(self.rows(), pk=self.kwargs[self.pk_url_kwarg])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a role that does not read the trail."""
        if not self.user.may_view(AuditEntry):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Note whose personal data the changes show."""
        note_reads(self.request, person_of=self.person_of, records=[self.object])
        return super().get_context_data(*args, **kwargs)

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

    model: type[models.Model] | None = None
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
                problems = [
                    f"{form.fields[name].label or capfirst(name)}: {' '.join(errors)}"
                    for name, errors in form.errors.items()
                ]
                messages.error(self.request, f"{action.label}: {' '.join(problems)}")
                return
            data = form.cleaned_data
        try:
            messages.success(self.request, action.run(self.user, record, data))
        except REFUSALS as refusal:
            messages.error(self.request, in_words(refusal))
