"""The list of a kind of record."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.ui.tables import TitleColumn
from wagtail.admin.views import generic

from cms_models.accounts.models import User
from theme.admin.actions import Action, media_of
from theme.admin.cells import Cell
from theme.admin.own_fields.columns import ordered, own_cells, prime
from theme.admin.own_fields.finding import filtered_by, own_search
from theme.admin.own_fields.saved_views import first_view, tabs
from theme.admin.reads import note_people, note_reads
from theme.admin.scope import Scoped, ScopedFilterSet


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

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Open the view that the user wants first, where the address asks for nothing itself."""
        if not (request.GET or self.results_only):
            first = first_view(self.user, self.own_fields.record_type)
            if first is not None and first.query:
                return redirect(f"{request.path}?{first.query}")
        return super().get(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet:
        """Return the rows of the user's council."""
        return self.rows()

    def get_queryset(self) -> QuerySet:
        """Return the rows ordered, filtered and searched (Wagtail's own, not the mixin's)."""
        return generic.IndexView.get_queryset(self)

    @cached_property
    def shown_cells(self) -> list[Cell]:
        """The columns: those of the kind of record, then the council's own."""
        return [*self.cells, *own_cells(self.own_fields.listed)]

    @cached_property
    def exported_cells(self) -> list[Cell]:
        """The columns of an export."""
        return [*self.export_cells, *own_cells(self.own_fields.exported, short=False)]

    @cached_property
    def columns(self) -> list[Any]:
        """The title, linked to the record, and the cells beside it."""
        first, *others = self.shown_cells
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
        return [cell.name for cell in self.exported_cells]

    def to_row_dict(self, item: models.Model) -> dict[str, Any]:
        """Return a row of the export."""
        return {cell.name: cell.export(item) for cell in self.exported_cells}

    def as_spreadsheet(self, queryset: QuerySet, spreadsheet_format: str) -> HttpResponse:
        """Write the export, noting first whose personal data is in it."""
        if self.person_of:
            note_people(self.request, queryset.values_list(self.person_of, flat=True))
        return super().as_spreadsheet(queryset, spreadsheet_format)

    def get_heading(self, queryset: QuerySet, field: str) -> str:
        """Return the heading of an exported cell."""
        return next(cell.label for cell in self.exported_cells if cell.name == field)

    @cached_property
    def is_searchable(self) -> bool:
        """Whether there is anything to search in, an own field perhaps."""
        return bool(self.search_fields or self.own_fields.searched)

    @cached_property
    def filters(self) -> Any:
        """The filters of the kind of record, then those of the council's own fields."""
        own = self.own_fields.filtered
        made = filtered_by(self.filterset_class, self.model, own, self.user)
        if made is None:
            return None
        filters = made(**self.get_filterset_kwargs())
        return filters if filters.form.fields else None

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """Search the record's own texts and the council's fields together."""
        if not self.is_searching:
            return queryset
        query = own_search(self.own_fields.searched, self.search_query)
        for name in self.search_fields or ():
            query |= Q(**{f"{name}__icontains": self.search_query})
        return queryset.filter(query) if query else queryset.none()

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        """Order by a column, an own field's too."""
        ordering = self.ordering
        if isinstance(ordering, str) and ordering.lstrip("-").startswith("own_"):
            return ordered(queryset, ordering)
        return super().order_queryset(queryset)

    def get_table(self, object_list: Any) -> Any:
        """Name the records that own fields link to, all of the page at once."""
        rows = self.exported_cells if self.is_export else self.columns
        prime(self.user, rows, object_list)
        if not self.is_export:
            note_reads(self.request, person_of=self.person_of, records=object_list)
        return super().get_table(object_list)

    @cached_property
    def no_results_message(self) -> str:
        """What to say, and where to go on, when there is nothing."""
        if self.is_searching or self.is_filtering:
            return f"No {self.verbose_name_plural} match. Clear the search or the filters."
        return self.empty or f"There are no {self.verbose_name_plural} yet."

    def as_at_url(self) -> str:
        """Return the address of the list as at another day."""
        return reverse(self.viewset.get_url_name("as_at"))

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the introduction and the buttons above the list."""
        context = super().get_context_data(*args, **kwargs)
        context["introduction"] = self.introduction
        if not (self.results_only or self.is_export):
            query = self.request.META.get("QUERY_STRING", "")
            context |= tabs(self.user, self.own_fields.record_type, query)
        context["list_buttons"] = self.viewset.buttons(self.user, None) if self.viewset else []
        context["media"] += media_of(context["list_buttons"])
        if self.viewset:
            context["as_at_url"] = self.as_at_url()
        return context
