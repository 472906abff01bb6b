"""The list of a kind of record."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import cached_property
from wagtail.admin.ui.tables import TitleColumn
from wagtail.admin.views import generic

from cms_models.accounts.models import User
from theme.admin.actions import Action, media_of
from theme.admin.cells import Cell
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
        context["media"] += media_of(context["list_buttons"])
        return context
