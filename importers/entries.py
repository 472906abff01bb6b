"""Records of a type the council made: one row an entry, known by its title."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import make_dataclass
from datetime import date
from functools import partial
from typing import Any, ClassVar

from cms_models.accounts.models import Authority, User
from cms_models.fields.own.domain import (
    FieldDefinition,
    FieldKind,
    Refused,
    is_empty,
    plain,
    read_text,
)
from cms_models.fields.own.models import Entry, RecordType
from cms_models.fields.own.selectors import fields_of, names_of, rows_of_kind
from cms_models.fields.own.services import register_entries
from importers import cells
from importers.base import Examination, Sheet, Step, TableImporter
from importers.columns import Column
from importers.faults import BadFile

TITLE = "title"


def cell_name(definition: FieldDefinition) -> str:
    """Return how a column calls a field: never as something else of the record."""
    return f"own_{definition.key}"


class EntryImporter(TableImporter):
    """Entries of one type. Files are attached on screen: a field that holds one has no column."""

    kind: ClassVar[str] = "entry"
    columns: ClassVar[Sequence[Column]] = ()
    unique: ClassVar[Sequence[tuple[str, ...]]] = ((TITLE,),)

    def __init__(self, authority: Authority, *, on: date, slug: str) -> None:
        super().__init__(authority, on=on)
        self.record_type = RecordType.objects.get(authority=authority, slug=slug)
        self.fields = [
            one
            for one in fields_of(authority, self.record_type.label)
            if not one.retired and one.kind != FieldKind.FILE
        ]
        # The columns are the type's, so they are this one reading's own.
        self.columns = entry_columns(  # type: ignore[misc]
            self.record_type, self.fields, self._numbers
        )
        names = [(column.field, Any) for column in self.columns]
        self.terms_class = make_dataclass("EntryTerms", names, frozen=True)
        self.actor: User | None = None
        self._linked: dict[str, dict[str, int]] = {}

    def _numbers(self, definition: FieldDefinition) -> dict[str, int]:
        """Return the records a link may lead to by name; a name that several have is none's."""
        if definition.key not in self._linked:
            rows = rows_of_kind(self.actor, definition.link_to) if self.actor else None
            found: dict[str, int] = {}
            doubled = set()
            for number, name in (names_of(rows) if rows is not None else {}).items():
                key = name.casefold()
                doubled |= {key} if key in found else set()
                found[key] = number
            self._linked[definition.key] = {
                name: number for name, number in found.items() if name not in doubled
            }
        return self._linked[definition.key]

    def examine(self, source: Sheet, *, actor: User, step: Step) -> Examination:
        """Refuse columns the sender's role may not change, then judge row by row."""
        self.actor = actor
        placed = {column.name for column in source.layout.columns} - {
            column.name for column in source.layout.absent
        }
        locked = [
            one.label
            for one in self.fields
            if cell_name(one) in placed and not one.edited_by(actor.role)
        ]
        if locked:
            raise BadFile(
                f"Your role may not change {', '.join(locked)}: take the column out, or map it to "
                "none.",
                headings=source.layout.headings,
            )
        self.placed = placed
        return super().examine(source, actor=actor, step=step)

    def terms(self, values: Mapping[str, Any]) -> Any:
        """Return a row as an entry's title and values."""
        return self.terms_class(**{column.field: values[column.name] for column in self.columns})

    def refusals(self, terms: Any, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse a row without what every entry needs, and a title that several entries have."""
        known = self._titles().get(terms.title, 0)
        if known > 1:
            yield TITLE, f"{known} records are called “{terms.title}”: change them on screen."
        for one in self.fields:
            stated = cell_name(one) in self.placed or not known
            if one.required and stated and is_empty(getattr(terms, cell_name(one))):
                yield cell_name(one), f"{one.label} is needed."

    def _titles(self) -> dict[str, int]:
        if not hasattr(self, "_known"):
            self._known: dict[str, int] = {}
            rows = Entry.objects.filter(record_type=self.record_type)
            for title in rows.values_list(TITLE, flat=True):
                self._known[title] = self._known.get(title, 0) + 1
        return self._known

    def key(self, terms: Any) -> str:
        """Return the title."""
        return str(terms.title)

    def stored(self, terms: Sequence[Any]) -> Mapping[str, Any]:
        """Return the entries there are under some titles."""
        wanted = {one.title for one in terms}
        rows = Entry.objects.filter(record_type=self.record_type)
        return {
            row.title: self.terms_class(
                title=row.title,
                **{cell_name(one): row.custom.get(one.key) for one in self.fields},
            )
            for row in rows
            if row.title in wanted
        }

    def register(self, terms: Sequence[Any], *, actor: User) -> None:
        """Write through the types' own service."""
        editable = [one for one in self.fields if one.edited_by(actor.role)]
        rows = [
            (one.title, {field.key: getattr(one, cell_name(field)) for field in editable})
            for one in terms
        ]
        register_entries(actor=actor, record_type=self.record_type, rows=rows)


def entry_columns(
    record_type: RecordType,
    fields: Sequence[FieldDefinition],
    numbers: Callable[[FieldDefinition], dict[str, int]],
) -> list[Column]:
    """Return the columns of a type's file: its title, then its fields by label."""
    title = record_type.title_label
    taken = [title, *(one.label for one in fields)]
    return [
        Column(title, TITLE, TITLE, cells.text_of(160), needed=True),
        *(
            Column(
                one.label if taken.count(one.label) == 1 else f"{one.label} ({one.key})",
                cell_name(one),
                cell_name(one),
                partial(_read, one, numbers),
                partial(_write, one, numbers),
                required=False,
                blank=None,
            )
            for one in fields
        ),
    ]


def _read(
    definition: FieldDefinition,
    numbers: Callable[[FieldDefinition], dict[str, int]],
    text: str,
) -> Any:
    known = numbers(definition) if definition.kind == FieldKind.LINK else None
    try:
        return read_text(definition, text, numbers=known)
    except Refused as refusal:
        raise ValueError(str(refusal)) from refusal


def _write(
    definition: FieldDefinition,
    numbers: Callable[[FieldDefinition], dict[str, int]],
    value: Any,
) -> str:
    names = {}
    if definition.kind == FieldKind.LINK:
        names = {number: name for name, number in numbers(definition).items()}
    return str(plain(definition, value, names=names))
