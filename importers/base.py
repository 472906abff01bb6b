"""The session: read → map → check every row → show the difference → apply in one transaction."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, ClassVar

from cms_models.accounts.models import Authority, TenantModel, User
from cms_models.care.terms import differences
from cms_models.fields.own.registration import Stated, register_own_values
from importers.columns import CellError, Column, Layout, laid_out
from importers.own_columns import Judged, OwnColumns
from importers.sheet_limits import Row
from importers.tables import Table, read_table

Step = Callable[[float, str], None]
STEP_ROWS = 500
KEY_CHARACTERS_MOST = 120


def no_step(fraction: float, note: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Outcome:
    """What one row would do; `terms` is what it states, when it can be read.

    `own` are the values of the council's own fields it would change, by key.
    """

    number: int
    outcome: str
    key: str
    differences: Sequence[Mapping[str, Any]] = ()
    errors: Sequence[Mapping[str, str]] = ()
    cells: Sequence[str] = ()
    terms: Any = None
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Examination:
    """What a whole file would do, and what to know about how it was read."""

    outcomes: Sequence[Outcome]
    notes: Sequence[str] = ()

    @property
    def totals(self) -> dict[str, Any]:
        """Counts of rows (read is the sum of the other four), and notes when there are any."""
        counts = dict.fromkeys(("new", "updated", "unchanged", "rejected"), 0)
        for one in self.outcomes:
            counts[one.outcome] += 1
        notes = {"notes": list(self.notes)} if self.notes else {}
        return {"read": len(self.outcomes), **counts, **notes}

    @property
    def shown(self) -> list[Outcome]:
        """The rows kept for people to look at: all but the unchanged."""
        return [one for one in self.outcomes if one.outcome != "unchanged"]


class Importer(ABC):
    """One kind of file. An instance serves one reading for one council as on one day."""

    kind: ClassVar[str]

    def __init__(self, authority: Authority, *, on: date) -> None:
        self.authority, self.on = authority, on

    @abstractmethod
    def read(self, content: bytes, mapping: Mapping[str, str]) -> Any:
        """Read the bytes, without asking the database; BadFile says why they cannot be."""

    def headings(self, source: Any) -> Sequence[str]:
        """Return the headings of what was read; none for files that are no tables."""
        return ()

    @abstractmethod
    def examine(self, source: Any, *, actor: User, step: Step) -> Examination:
        """Say what each row would do; nothing is written."""

    @abstractmethod
    def apply(self, source: Any, examination: Examination, *, actor: User) -> None:
        """Do what the examination says, in the caller's transaction."""


@dataclass(frozen=True)
class Sheet:
    """A table whose columns are known."""

    table: Table
    layout: Layout
    notes: Sequence[str] = field(default=())


class TableImporter(Importer):
    """A kind of file that is a table: one row a record, read into terms and compared as terms."""

    columns: ClassVar[Sequence[Column]]
    # Sets of column names of which no two rows of a file may hold the same values.
    unique: ClassVar[Sequence[tuple[str, ...]]]
    # What a row is stored as, where the council's own fields of it may be columns too.
    model: ClassVar[type[TenantModel] | None] = None

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        self.own = self.own_columns(authority)

    @classmethod
    def own_columns(cls, authority: Authority) -> OwnColumns:
        """Return a council's own fields of such records, as columns behind the built-in ones."""
        kind = cls.model._meta.label_lower if cls.model else ""
        return OwnColumns(authority, kind, cls.columns)

    def read(self, content: bytes, mapping: Mapping[str, str]) -> Sheet:
        """Read the table and find its columns."""
        table = read_table(content)
        columns = [*self.columns, *self.own.columns]
        layout, notes = laid_out(table.headings, columns, mapping)
        return Sheet(table, layout, [*table.notes, *notes])

    def headings(self, source: Sheet) -> Sequence[str]:
        """Return the file's headings."""
        return source.layout.headings

    @abstractmethod
    def terms(self, values: Mapping[str, Any]) -> Any:
        """Return the values of a row as terms; ValueError for what only shows in several cells."""

    @abstractmethod
    def refusals(self, terms: Any, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Yield (column name, message) for everything about a row the council's records refuse."""

    @abstractmethod
    def stored(self, terms: Sequence[Any]) -> Mapping[Any, Any]:
        """Return what is stored under the keys of some terms."""

    @abstractmethod
    def key(self, terms: Any) -> Any:
        """Return the key under which `stored` keeps a record like this."""

    @abstractmethod
    def register(self, terms: Sequence[Any], *, actor: User) -> None:
        """Write new and changed terms through the product's own service."""

    def rows(self, terms: Sequence[Any]) -> Mapping[Any, TenantModel]:
        """Return the stored records of some terms by key, where they have own fields."""
        return {}

    def compared(self, terms: Any, stored: Any) -> tuple[Any, Any]:
        """Return (terms as stored, terms as they would be); `stored` is a value of `stored()`."""
        return stored, terms

    def stored_refusals(self, terms: Any, stored: Any) -> Iterable[tuple[str, str]]:
        """Yield (column name, message) for a change to a stored record that is not allowed."""
        return ()

    def examine(self, source: Sheet, *, actor: User, step: Step) -> Examination:
        """Read and check every row, then compare what can be read with what is stored."""
        layout, notes = self.own.as_sent_by(actor, source.layout)
        source = replace(source, layout=layout, notes=[*source.notes, *notes])
        read = list(self._read_rows(source, step))
        read = _without_doubles(read, self.unique, source.layout)
        step(0.5, "Comparing with what is stored")
        good = [one.terms for one in read if not one.errors]
        stored = self.stored(good)
        kept = self.rows(good) if self.own.stated else {}
        step(0.7, "Comparing with what is stored")
        outcomes = [self._outcome(one, stored, kept, layout) for one in read]
        new = sum(one.outcome == "new" for one in outcomes)
        return Examination(outcomes, [*source.notes, *self.own.lacking(layout, new=new)])

    def apply(self, source: Sheet, examination: Examination, *, actor: User) -> None:
        """Register the new and the updated rows, then what they state of own fields."""
        wanted = [one for one in examination.outcomes if one.outcome in ("new", "updated")]
        if wanted:
            self.register([one.terms for one in wanted], actor=actor)
        stating = [one for one in wanted if one.own]
        if stating and self.model:
            rows = self.rows([one.terms for one in stating])
            stated = [Stated(rows[self.key(one.terms)].pk, one.own) for one in stating]
            register_own_values(actor=actor, model=self.model, stated=stated)

    def _read_rows(self, source: Sheet, step: Step) -> Iterator["ReadRow"]:
        rows = source.table.rows
        for index, row in enumerate(rows):
            if index % STEP_ROWS == 0:
                step(0.5 * index / len(rows), f"Checking row {row.number:,}")
            yield self._read_row(row, source.layout)

    def _read_row(self, row: Row, layout: Layout) -> "ReadRow":
        values, errors = layout.values(row)
        if errors:
            return ReadRow(row, values, None, errors)
        try:
            terms = self.terms(values)
        except ValueError as refusal:
            return ReadRow(row, values, None, [CellError("", str(refusal))])
        errors = [
            CellError(layout.heading_of(name), message)
            for name, message in self.refusals(terms, values)
        ]
        return ReadRow(row, values, terms, errors)

    def _outcome(
        self,
        one: "ReadRow",
        stored: Mapping[Any, Any],
        rows: Mapping[Any, TenantModel],
        layout: Layout,
    ) -> Outcome:
        key = self._key_text(one.values)
        if one.errors:
            return _rejected(one, key, one.errors)
        before = stored.get(self.key(one.terms))
        record = rows.get(self.key(one.terms))
        own = self.own.judge(one.values, None if before is None else getattr(record, "custom", {}))
        found = [] if before is None else self.stored_refusals(one.terms, before)
        refusals = [
            CellError(layout.heading_of(name), message) for name, message in [*found, *own.refusals]
        ]
        if refusals:
            return _rejected(one, key, refusals)
        if before is None:
            return Outcome(one.row.number, "new", key, terms=one.terms, own=own.values)
        was, terms = self.compared(one.terms, before)
        kept = {column.field: getattr(was, column.field) for column in self._kept(layout, was)}
        terms = replace(terms, **kept) if kept else terms
        if was == terms and not own.values:
            return Outcome(one.row.number, "unchanged", key, terms=terms)
        differing = self._differences(was, terms, layout) + _own_differences(own, layout)
        return Outcome(
            one.row.number, "updated", key, differences=differing, terms=terms, own=own.values
        )

    def _kept(self, layout: Layout, terms: Any) -> list[Column]:
        """Columns the file does not have say nothing: what is stored stays."""
        names = {item.name for item in fields(terms)}
        return [column for column in layout.absent if column.field in names]

    def _differences(self, was: Any, terms: Any, layout: Layout) -> list[dict[str, Any]]:
        changed = {item.field for item in differences(was, terms)}
        return [
            {
                "column": layout.heading_of(column.name),
                "before": column.write(getattr(was, column.field)),
                "after": column.write(getattr(terms, column.field)),
            }
            for column in self.columns
            if column.field in changed
        ]

    def _key_text(self, values: Mapping[str, Any]) -> str:
        text = " ".join(str(values.get(name, "")) for name in self.unique[0])
        return text[:KEY_CHARACTERS_MOST]


@dataclass(frozen=True)
class ReadRow:
    """A row with what was read of it: terms, or the errors why there are none."""

    row: Row
    values: Mapping[str, Any]
    terms: Any
    errors: Sequence[CellError]


def _own_differences(own: Judged, layout: Layout) -> list[dict[str, Any]]:
    return [
        {"column": layout.heading_of(name), "before": before, "after": after}
        for name, before, after in own.differences
    ]


def _rejected(one: ReadRow, key: str, errors: Iterable[CellError]) -> Outcome:
    return Outcome(
        one.row.number,
        "rejected",
        key,
        errors=[{"column": error.column, "message": error.message} for error in errors],
        cells=list(one.row.cells),
    )


def _without_doubles(
    read: list[ReadRow], unique: Sequence[tuple[str, ...]], layout: Layout
) -> list[ReadRow]:
    """Refuse every row whose key another row of the file has too, naming the others."""
    for names in unique:
        rows_of: dict[tuple[Any, ...], list[int]] = {}
        keys = []
        for one in read:
            key = tuple(one.values.get(name) for name in names)
            keys.append(key)
            if all(part not in ("", None) for part in key):
                rows_of.setdefault(key, []).append(one.row.number)
        doubled = {key: numbers for key, numbers in rows_of.items() if len(numbers) > 1}
        if doubled:
            headings = " and ".join(layout.heading_of(name) for name in names)
            read = [
                _doubled(one, doubled.get(key, []), headings)
                for one, key in zip(read, keys, strict=True)
            ]
    return read


def _doubled(one: ReadRow, numbers: Sequence[int], headings: str) -> ReadRow:
    others = [str(number) for number in numbers if number != one.row.number]
    if not others:
        return one
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    message = (
        f"The same {headings} stands in row {', '.join(others[:5])}{more}: "
        "keep one of them in the file."
    )
    return replace(one, errors=[*one.errors, CellError(headings, message)])
