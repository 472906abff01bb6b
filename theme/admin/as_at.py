"""Any list and any record as it stood on another day."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput

from cms_models.audit.as_at import OWN, Standing, matching, standings
from theme.admin.cells import Cell
from theme.admin.own_fields.columns import own_cells, prime
from theme.admin.own_fields.reading import OwnFields
from theme.admin.pages import date_asked
from theme.admin.reads import note_reads
from theme.admin.scope import Scoped

ROWS_A_PAGE = 100


class AsAtForm(forms.Form):
    """Which day, and what was known by when."""

    on = forms.DateField(label="As at", widget=AdminDateInput)
    known_by = forms.DateField(
        label="As recorded by",
        required=False,
        widget=AdminDateInput,
        help_text="Leave empty for what is known now of that day.",
    )
    q = forms.CharField(label="Containing", required=False, max_length=80)


class AsAtView(Scoped, WagtailAdminTemplateMixin, TemplateView):
    """What both pages share: the day asked for and the records as they stood on it."""

    model: Any = None
    cells: Sequence[Cell] = ()
    index_url_name = ""
    inspect_url_name = ""
    header_icon = "history"

    @cached_property
    def shown_cells(self) -> list[Cell]:
        """The cells of the kind of record, then those of the council's own fields."""
        return [*self.cells, *own_cells(self.own_fields.shown)]

    def asked(self) -> AsAtForm:
        """Return the form as asked, its days as people type them; today where none is named."""
        given = self.request.GET.copy()
        given.setdefault("on", timezone.localdate().isoformat())
        for name in ("on", "known_by"):
            if day := date_asked(given.get(name)):
                given[name] = f"{day:%d/%m/%Y}"
        return AsAtForm(given)

    def found(self, form: AsAtForm, rows: models.QuerySet) -> list[Standing]:
        """Return the records that counted on the day, none while the form is refused."""
        if not form.is_valid():
            return []
        asked = form.cleaned_data
        kind = self.own_fields.record_type
        found = standings(
            rows, user=self.user, on=asked["on"], known_by=asked["known_by"], kind=kind
        )
        prime(self.user, self.shown_cells, [one.record for one in found])
        return found

    def values(self, record: models.Model) -> list[Any]:
        """Return a record's cells as they are shown."""
        return [cell.get_value(record) for cell in self.shown_cells]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the list as it is now."""
        plural = capfirst(self.model._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": plural},
            {"url": "", "label": self.get_page_title()},
        ]


class RecordListAsAtView(AsAtView):
    """A kind of record as it stood on a day: the same columns, searched by any text in them."""

    template_name = "theme/admin/as_at_list.html"

    def get_page_title(self) -> str:
        """Name the kind of record."""
        return f"{capfirst(self.model._meta.verbose_name_plural)} as at a day"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find, search and page the records."""
        form = self.asked()
        found = self.found(form, self.rows())
        text = form.cleaned_data.get("q", "") if form.is_valid() else ""
        chosen = matching(found, text=text, said=self.said)
        page = Paginator(chosen, ROWS_A_PAGE).get_page(self.request.GET.get("p"))
        shown = [one.record for one in page]
        note_reads(self.request, person_of=self.person_of, records=shown)
        asked = self.request.GET.copy()
        asked.pop("p", None)
        return super().get_context_data(
            form=form,
            media=form.media,
            headings=[(cell.label, cell.classname) for cell in self.shown_cells],
            rows=[self.shown(one) for one in page],
            page=page,
            asked=asked.urlencode(),
            **kwargs,
        )

    def said(self, record: models.Model) -> list[str]:
        """Return a record's cells as plain text."""
        return [strip_tags(str(value)) for value in self.values(record)]

    def shown(self, one: Standing) -> dict[str, Any]:
        """Return a row as the template takes it."""
        classes = [cell.classname for cell in self.shown_cells]
        url = reverse(self.viewset.get_url_name("as_at_record"), args=[one.record.pk])
        return {
            "values": list(zip(self.values(one.record), classes, strict=True)),
            "url": "" if one.gone else f"{url}?{self.request.GET.urlencode()}",
            "since": since_words(one, self.own_fields),
        }


def since_words(one: Standing, own: OwnFields) -> str:
    """Return what became of a record since that day."""
    if one.gone:
        return "deleted since"
    words = ["entered later"] if one.entered_later else []
    names = later_words(one.later, own)
    if names:
        words.append(f"changed since: {', '.join(names)}")
    return "; ".join(words)


def later_words(names: Iterable[str], own: OwnFields) -> list[str]:
    """Return what changed since in words: own fields by their label, hidden ones not at all."""
    labels = {f"{OWN}{field.key}": field.label for field in own.shown}
    return [
        labels.get(name, name.replace("_", " "))
        for name in names
        if name in labels or not name.startswith(OWN)
    ]


class RecordAsAtPage(AsAtView):
    """One record as it stood on a day, beside what it says now."""

    template_name = "theme/admin/as_at_record.html"

    def get_page_title(self) -> str:
        """Name the kind of record."""
        return f"{capfirst(self.model._meta.verbose_name)} as at a day"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show then beside now."""
        form, rows = self.asked(), self.rows().filter(pk=self.kwargs["pk"])
        now = rows.first()
        if now is None:
            raise Http404
        note_reads(self.request, person_of=self.person_of, records=[now])
        then = next(iter(self.found(form, rows)), None)
        labels = [cell.label for cell in self.shown_cells]
        prime(self.user, self.shown_cells, [now, then.record] if then else [now])
        current = self.values(now)
        past = self.values(then.record) if then else [None] * len(labels)
        return super().get_context_data(
            form=form,
            media=form.media,
            record=now,
            record_url=reverse(self.inspect_url_name, args=[now.pk]),
            counted=then is not None,
            since=since_words(then, self.own_fields) if then else "",
            pairs=[
                {"label": label, "then": one, "now": two, "differs": then and str(one) != str(two)}
                for label, one, two in zip(labels, past, current, strict=True)
            ],
            **kwargs,
        )
