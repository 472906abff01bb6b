"""Records of the types a council made: one set of screens, the type is in the address."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst

from cms_models.accounts.models import User
from cms_models.fields.own import services
from cms_models.fields.own.models import Entry, RecordType
from cms_models.fields.own.selectors import record_type_of
from theme.admin.as_at import RecordAsAtPage, RecordListAsAtView
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment
from theme.admin.editing import RecordCreateView, RecordDeleteView, RecordEditView
from theme.admin.forms import RecordForm
from theme.admin.listing import RecordIndexView
from theme.admin.own_fields.reading import OwnFields
from theme.admin.showing import RecordHistoryView, RecordInspectView

TITLE = "title"


class EntryForm(RecordForm):
    """An entry's title; its own fields follow from its type."""

    class Meta(RecordForm.Meta):
        model = Entry
        fields: ClassVar = [TITLE]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[TITLE].label = self.instance.record_type.title_label

    def save_as(self, *, actor: User) -> models.Model:
        """Save through the types' own service, which asks the type who may."""
        self.own.put(actor)
        return services.save_entry(
            actor=actor, entry=self.instance, expected_version=self.expected_version()
        )


class OfType:
    """Of a view of entries: the type's words, fields and permissions are the type's."""

    request: HttpRequest
    kwargs: dict[str, Any]
    changes = False

    @cached_property
    def record_type(self) -> RecordType:
        """The type in the address, or that of the entry in it; 404 for roles that do not see it."""
        user = self.user  # type: ignore[attr-defined]
        if "slug" in self.kwargs:
            found = record_type_of(user, self.kwargs["slug"])
            if found is None:
                raise Http404
            return found
        rows = Entry.objects.visible_to(user).select_related("record_type")
        return get_object_or_404(rows, pk=self.kwargs["pk"]).record_type

    @cached_property
    def own_fields(self) -> OwnFields:
        """The fields of the type."""
        return OwnFields.of_kind(self.user, self.record_type.label)  # type: ignore[attr-defined]

    @property
    def may_change(self) -> bool:
        """Whether the user's role adds and changes such entries."""
        return self.record_type.changed_by(self.user)  # type: ignore[attr-defined]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a role that does not change such entries where the view changes one."""
        if self.changes and not self.may_change:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def rows(self) -> QuerySet:
        """Return the type's entries."""
        rows = super().rows()  # type: ignore[misc]
        return rows.filter(record_type=self.record_type).select_related("record_type")

    def names(self) -> tuple[str, str]:
        """Return what one of them is called, and several."""
        return self.record_type.name, self.record_type.plural

    def list_url(self) -> str:
        """Return the address of the type's list."""
        return reverse("entry:index", args=[self.record_type.slug])

    def as_at_url(self) -> str:
        """Return the address of the type's list as at another day."""
        return reverse("entry:as_at", args=[self.record_type.slug])

    def get_page_title(self) -> str:
        """Name the type."""
        return capfirst(self.record_type.name)

    def get_success_message(self, instance: Any = None) -> str:
        """Say what became of the entry."""
        done = "deleted" if isinstance(self, RecordDeleteView) else "saved"
        return f"{self.record_type.name} “{instance or self.object}” {done}."  # type: ignore[attr-defined]


class EntryIndexView(OfType, RecordIndexView):
    """The list of a type's entries."""

    @cached_property
    def verbose_name(self) -> str:
        """What one of them is called."""
        return self.names()[0]

    @cached_property
    def verbose_name_plural(self) -> str:
        """What several are called."""
        return self.names()[1]

    def get_page_title(self) -> str:
        """Name the list."""
        return capfirst(self.record_type.plural)

    @cached_property
    def shown_cells(self) -> list[Cell]:
        """The columns, the title called what the type calls it."""
        return titled(self.record_type, super().shown_cells)

    @cached_property
    def exported_cells(self) -> list[Cell]:
        """The columns of an export."""
        return titled(self.record_type, super().exported_cells)

    @cached_property
    def add_item_label(self) -> str:
        """What the button says."""
        return f"Add {self.record_type.name.lower()}"

    def get_index_url(self) -> str:
        """Return the list's address."""
        return self.list_url()

    def get_index_results_url(self) -> str:
        """Return the address of its rows alone."""
        return reverse("entry:index_results", args=[self.record_type.slug])

    def get_add_url(self) -> str | None:
        """Return where one is added, for the roles that add them, unless the type is retired."""
        if not self.may_change or self.record_type.retired:
            return None
        return reverse("entry:add", args=[self.record_type.slug])

    def get_edit_url(self, instance: models.Model) -> str | None:
        """Return the form's address for the roles that change them."""
        return super().get_edit_url(instance) if self.may_change else None

    def get_delete_url(self, instance: models.Model) -> str | None:
        """Return the deletion's address for the roles that change them."""
        return super().get_delete_url(instance) if self.may_change else None

    def get_filename(self) -> str:
        """Name the export after the type."""
        return self.record_type.slug

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Say what these records are, in the council's words."""
        context = super().get_context_data(*args, **kwargs)
        retired = " Retired: none is added any more." if self.record_type.retired else ""
        return {**context, "introduction": f"{self.record_type.description}{retired}"}


def titled(record_type: RecordType, cells: Sequence[Cell]) -> list[Cell]:
    """Return cells with the title under the type's name for it."""
    own = Cell(TITLE, record_type.title_label, sort_key=TITLE)
    return [own if cell.name == TITLE else cell for cell in cells]


class EntryCreateView(OfType, RecordCreateView):
    """A new entry."""

    changes = True

    def get_initial_form_instance(self) -> Entry:
        """Return an empty entry of the type."""
        if self.record_type.retired:
            raise Http404
        return Entry(authority=self.user.authority, record_type=self.record_type)

    def get_add_url(self) -> str:
        """Return this page's address."""
        return reverse("entry:add", args=[self.record_type.slug])

    def get_page_subtitle(self) -> str:
        """Name what is added."""
        return f"New: {self.record_type.name}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return crumbs(self, f"New: {self.record_type.name}")


class EntryEditView(OfType, RecordEditView):
    """An entry's form."""

    changes = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return crumbs(self, str(self.object))


class EntryDeleteView(OfType, RecordDeleteView):
    """Deleting an entry."""

    changes = True

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return crumbs(self, f"Delete: {self.object}")


class EntryInspectView(OfType, RecordInspectView):
    """An entry's page."""

    def get_edit_url(self) -> str | None:
        """Return the form's address for the roles that change them."""
        return super().get_edit_url() if self.may_change else None

    def get_delete_url(self) -> str | None:
        """Return the deletion's address for the roles that change them."""
        return super().get_delete_url() if self.may_change else None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list."""
        return crumbs(self, str(self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Call the title what the type calls it."""
        self.cells = titled(self.record_type, self.cells)
        return super().get_context_data(**kwargs)


class EntryHistoryView(OfType, RecordHistoryView):
    """An entry's history."""

    def get_index_results_url(self) -> None:
        """Return none: a history is neither searched nor filtered."""
        return

    def get_page_title(self) -> str:
        """Name the page."""
        return "History"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the entry."""
        page = {"url": reverse("entry:inspect", args=[self.object.pk]), "label": str(self.object)}
        return [*crumbs(self, "History")[:-1], page, {"url": "", "label": "History"}]


class EntryListAsAtView(OfType, RecordListAsAtView):
    """A type's entries as they stood on a day."""

    def get_page_title(self) -> str:
        """Name the list."""
        return f"{self.record_type.plural} as at a day"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list as it is now."""
        return crumbs(self, self.get_page_title())


class EntryAsAtPage(OfType, RecordAsAtPage):
    """An entry as it stood on a day."""

    def get_page_title(self) -> str:
        """Name the page."""
        return f"{self.record_type.name} as at a day"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list as it is now."""
        return crumbs(self, self.get_page_title())


def crumbs(view: Any, here: str) -> list[dict[str, Any]]:
    """Return the way from home over a type's list to a page."""
    listing = {"url": view.list_url(), "label": capfirst(view.record_type.plural)}
    return [*view.breadcrumbs_items, listing, {"url": "", "label": here}]


class EntryViewSet(RecordViewSet):
    """Entries of every type there is."""

    model = Entry
    icon = "clipboard-list"
    record_form = EntryForm
    index_view_class = EntryIndexView
    add_view_class = EntryCreateView
    edit_view_class = EntryEditView
    delete_view_class = EntryDeleteView
    inspect_view_class = EntryInspectView
    history_view_class = EntryHistoryView
    cells: Sequence[Cell] = (
        Cell(TITLE, "Title", sort_key=TITLE),
        Moment("created_at", "Added", sort_key="created_at"),
    )
    search_fields = [TITLE]

    @property
    def as_at_list_view(self) -> Callable[..., HttpResponse]:
        """The list as it stood on another day."""
        return self.construct_view(EntryListAsAtView, cells=self.cells)

    @property
    def as_at_record_view(self) -> Callable[..., HttpResponse]:
        """An entry as it stood on another day."""
        return self.construct_view(EntryAsAtPage, cells=self.cells)

    def get_urlpatterns(self) -> list[URLPattern]:
        """Put the type into the addresses that name no entry."""
        of_no_type = {"index", "index_results", "add", "as_at", "do"}
        kept = [found for found in super().get_urlpatterns() if found.name not in of_no_type]
        return [
            *kept,
            path("of/<slug:slug>/", self.index_view, name="index"),
            path("of/<slug:slug>/results/", self.index_results_view, name="index_results"),
            path("of/<slug:slug>/new/", self.add_view, name="add"),
            path("of/<slug:slug>/as-at/", self.as_at_list_view, name="as_at"),
        ]
