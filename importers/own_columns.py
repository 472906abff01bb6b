"""A council's own fields as columns of a file: found by key or label, judged row by row.

A heading that is a built-in column's is always that column's; one that could be two own fields is
nobody's until it is mapped. Every own field can also be headed `own_<key>`, and that heading is
what an export writes where the key alone would not be found again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from cms_models.accounts.models import Authority, User
from cms_models.fields.own.domain import (
    FieldDefinition,
    FieldKind,
    Refused,
    clean_value,
    defaults,
    editable,
    is_empty,
    visible,
)
from cms_models.fields.own.selectors import fields_of
from importers.cells import safe_text
from importers.columns import Column, Layout, plain_words
from importers.own_cells import OwnCells, says

PREFIX = "own_"


def cell_name(definition: FieldDefinition) -> str:
    """Return how a column calls a field: never as something else of the record."""
    return f"{PREFIX}{definition.key}"


@dataclass(frozen=True)
class Judged:
    """What a row states of a record's own fields: changes by key, why some cannot be, both sides.

    `refusals` and `differences` are by column name.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    refusals: Sequence[tuple[str, str]] = ()
    differences: Sequence[tuple[str, str, str]] = ()


class OwnColumns:
    """The own fields of one kind of record in one reading of a file."""

    def __init__(
        self, authority: Authority, record_kind: str, built_in: Sequence[Column] = ()
    ) -> None:
        self.definitions = [
            one
            for one in (fields_of(authority, record_kind) if record_kind else ())
            if not one.retired
        ]
        self.cells = OwnCells(authority)
        self.columns = columns_for(self.definitions, self.cells, built_in)
        self.editable: list[FieldDefinition] = []
        self.stated: list[FieldDefinition] = []
        self._defaults: Mapping[str, Any] = {}

    def shown_to(self, user: User) -> list[Column]:
        """Return the columns a user may fill."""
        names = {cell_name(one) for one in editable(self.definitions, user.role)}
        return [column for column in self.columns if column.name in names]

    def as_sent_by(self, actor: User, layout: Layout) -> tuple[Layout, list[str]]:
        """Return a layout with only what the actor may change, and notes on what is left out."""
        self.cells.actor = actor
        self.editable = editable(self.definitions, actor.role)
        self._defaults = {
            key: value for key, value in defaults(self.editable).items() if self._leads(key, value)
        }
        placed = [one for one in self.definitions if cell_name(one) in layout.placed]
        self.stated = [one for one in placed if one in self.editable]
        locked = [one for one in placed if one not in self.editable]
        if not locked:
            return layout, []
        seen: list[str] = []
        unseen: list[str] = []
        for one in locked:
            heading = f"“{layout.heading_of(cell_name(one))}”"
            # A field somebody may not see is as unknown to them as any other heading.
            (seen if one.seen_by(actor.role) else unseen).append(heading)
        notes = [f"Not yours to change, left as it is: {', '.join(seen)}."] if seen else []
        notes += [f"Not used: {', '.join(unseen)}."] if unseen else []
        return layout.without({cell_name(one) for one in locked}), notes

    def judge(self, values: Mapping[str, Any], kept: Mapping[str, Any] | None) -> Judged:
        """Return what a row would change of what is kept; None is a new record."""
        changed = dict(self._defaults) if kept is None else {}
        refusals, found = [], []
        for one in self.stated:
            before = (kept or {}).get(one.key)
            said = values[cell_name(one)]
            changed.pop(one.key, None)
            if says(one, said, before) and not (kept is None and _demanded(one)):
                continue
            try:
                after = self._taken(one, said, before)
            except Refused as refusal:
                refusals.append((cell_name(one), str(refusal)))
                continue
            if after != before:
                changed[one.key] = after
                found.append((cell_name(one), self._words(one, before), self._words(one, after)))
        return Judged(changed, refusals, found)

    def _taken(self, definition: FieldDefinition, said: Any, before: Any) -> Any:
        if definition.kind == FieldKind.FILE and said is not None:
            raise Refused(f"{definition.label}: a file is attached on the record's form, not here.")
        after = clean_value(definition, said, before=before)
        if after is None and definition.required:
            raise Refused(f"{definition.label} is needed.")
        if not self._leads(definition.key, after):
            raise Refused(f"{definition.label}: there is no such record to link to.")
        return after

    def _leads(self, key: str, value: Any) -> bool:
        """Return whether a value, if it is a link's, leads to a record the actor sees."""
        one = next(one for one in self.definitions if one.key == key)
        if one.kind != FieldKind.LINK or value is None:
            return True
        return value in self.cells.linked(one.link_to).seen

    def _words(self, definition: FieldDefinition, value: Any) -> str:
        return str(self.cells.write(definition, value))

    def lacking(self, layout: Layout, *, new: int) -> list[str]:
        """Return a note on fields new records need that the file has no column for."""
        lacking = [
            f"“{one.label}”"
            for one in self.editable
            if one.required and is_empty(one.default) and cell_name(one) not in layout.placed
        ]
        if not new or not lacking:
            return []
        records = "1 new record comes" if new == 1 else f"{new:,} new records come"
        return [f"{records} without {', '.join(lacking)}, which the file has no column for."]


def _demanded(definition: FieldDefinition) -> bool:
    """Return whether a new record's cell must say something; a file cannot be said in a cell."""
    return definition.required and definition.kind != FieldKind.FILE


def columns_for(
    definitions: Sequence[FieldDefinition], own: OwnCells, built_in: Sequence[Column]
) -> list[Column]:
    """Return a column for each field; words that mean another column too are not its heading."""
    taken = {
        plain_words(words)
        for column in built_in
        for words in (column.heading, column.name, *column.aliases, *column.also)
    }
    taken |= {plain_words(cell_name(one)) for one in definitions}
    claimed = Counter(
        words for one in definitions for words in {plain_words(one.key), plain_words(one.label)}
    )

    def free(words: str) -> bool:
        return plain_words(words) not in taken and claimed[plain_words(words)] == 1

    return [
        Column(
            one.label if free(one.label) else f"{one.label} ({one.key})",
            cell_name(one),
            cell_name(one),
            partial(own.read, one),
            partial(_written, own.write, one),
            required=False,
            blank=None,
            number=one.kind in (FieldKind.NUMBER, FieldKind.MONEY),
            also=(one.key,) if free(one.key) else (),
        )
        for one in definitions
    ]


def _written(write: Callable[[FieldDefinition, Any], Any], one: FieldDefinition, kept: Any) -> str:
    return str(write(one, kept))


class OwnExport:
    """The own fields of a kind of record that a user sees, as columns behind a table's own."""

    def __init__(self, user: User, record_kind: str, built_in: Sequence[Column] = ()) -> None:
        own = OwnColumns(user.authority, record_kind, built_in)
        own.cells.actor = user
        seen = {one.key for one in visible(own.definitions, user.role) if one.in_export}
        pairs = zip(own.definitions, own.columns, strict=True)
        self._pairs = [(one, column) for one, column in pairs if one.key in seen]
        self._cells = own.cells
        self.headings = [
            column.also[0] if column.also else column.name for _, column in self._pairs
        ]

    def cells_of(self, custom: Mapping[str, Any]) -> list[str | Decimal]:
        """Return a record's own values as cells, safe to open in a spreadsheet."""
        written = [self._cells.write(one, custom.get(one.key)) for one, _ in self._pairs]
        return [safe_text(cell) if isinstance(cell, str) else cell for cell in written]
