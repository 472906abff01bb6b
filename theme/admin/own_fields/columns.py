"""Cells of own fields: the same statement serves list, record page and export."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from cms_models.accounts.models import User
from cms_models.audit.models import kind_of
from cms_models.fields.own.domain import (
    NOTHING,
    FieldDefinition,
    FieldKind,
    grouped,
    is_empty,
    plain,
    say,
)
from cms_models.fields.own.selectors import linked_names
from importers.cells import safe_text
from theme.admin.cells import Cell
from theme.admin.own_fields.reading import OwnFields, field_name, own_values_of

LIST_CHARACTERS = 90
NUMBERS = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
# What does not order a list: a text of many lines, several values, a name kept elsewhere.
UNSORTED = frozenset(
    {FieldKind.LONG_TEXT, FieldKind.CHOICES, FieldKind.LINK, FieldKind.FILE, FieldKind.LOCATION}
)


class OwnCell(Cell):
    """One own field's value; the names of linked records are read for a whole page at once."""

    def __init__(self, definition: FieldDefinition, *, short: bool = True) -> None:
        name = field_name(definition)
        sort_key = None if definition.kind in UNSORTED else name
        self.tone = _tone(definition)
        super().__init__(name, definition.label, sort_key=sort_key)
        self.definition, self.short = definition, short
        self.names: Mapping[int, str] = {}

    def raw(self, instance: Any) -> Any:
        """Return the value as stored."""
        return own_values_of(instance).get(self.definition.key)

    def get_value(self, instance: Any) -> Any:
        """Return the value as people read it; a file as a link to it."""
        value = self.raw(instance)
        if is_empty(value):
            return NOTHING
        if self.definition.kind == FieldKind.FILE and instance.pk:
            return file_link(instance, self.definition, value)
        words = say(self.definition, value, names=self.names)
        return Truncator(words).chars(LIST_CHARACTERS) if self.short else words

    def export(self, instance: Any) -> Any:
        """Return what a spreadsheet gets: never a formula."""
        value = plain(self.definition, self.raw(instance), names=self.names)
        return safe_text(value) if isinstance(value, str) else value


def _tone(definition: FieldDefinition) -> str:
    if definition.kind in NUMBERS:
        return "theme-number"
    return "theme-day" if definition.kind == FieldKind.DATE else ""


def file_link(record: models.Model, definition: FieldDefinition, value: Mapping[str, Any]) -> str:
    """Return a link to a record's file, with its size."""
    address = reverse("own_file", args=[kind_of(record), record.pk, definition.key])
    size = max(1, round(int(value.get("size") or 0) / 1024))
    return format_html('<a href="{}">{}</a> ({} KB)', address, value.get("name", "file"), size)


def own_cells(definitions: Sequence[FieldDefinition], *, short: bool = True) -> list[OwnCell]:
    """Return the cells of some fields."""
    return [OwnCell(one, short=short) for one in definitions]


def prime(user: User, cells: Iterable[Any], records: Iterable[models.Model]) -> None:
    """Read the names of all records that some records link to, one query a field."""
    links = [
        cell
        for cell in cells
        if isinstance(cell, OwnCell) and cell.definition.kind == FieldKind.LINK
    ]
    if not links:
        return
    names = linked_names(user, [cell.definition for cell in links], records)
    for cell in links:
        cell.names = names[cell.definition.key]


def ordered(queryset: QuerySet, ordering: str) -> QuerySet:
    """Order rows by an own field, those without a value last."""
    descending = ordering.startswith("-")
    value = F(f"custom__{ordering.removeprefix('-').removeprefix('own_')}")
    by = value.desc(nulls_last=True) if descending else value.asc(nulls_last=True)
    return queryset.order_by(by, "pk")


def own_details(own: OwnFields, record: models.Model) -> list[dict[str, Any]]:
    """Return a record's own values under their headings, as its page shows them."""
    cells = {cell.definition.key: cell for cell in own_cells(own.shown, short=False)}
    prime(own.user, cells.values(), [record])
    return [
        {
            "heading": heading,
            "values": [
                {
                    "label": one.label,
                    "value": cells[one.key].get_value(record),
                    "long": one.kind == FieldKind.LONG_TEXT,
                }
                for one in fields
            ],
        }
        for heading, fields in grouped(own.shown)
    ]
