"""What a report says, before anybody decides whether it becomes a workbook or pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

NOTHING = "–"


class Kind(StrEnum):
    """What a column holds, and so how its numbers are written."""

    TEXT = "text"
    COUNT = "count"
    HOURS = "hours"
    POUNDS = "pounds"
    PERCENT = "percent"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """A column: its heading, what it holds, and whether its numbers are differences (+ and −)."""

    heading: str
    kind: Kind = Kind.TEXT
    signed: bool = False


@dataclass(frozen=True)
class ReportTable:
    """A table; cells are text, counts, whole minutes, integer pence or Decimals by their column.

    An empty cell is None. `total` is the last row, set apart; `note` stands below. `divide_at` are
    the columns before which a page, narrower than a workbook, may go on in another table.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] | None = None
    note: str = ""
    divide_at: Sequence[int] = ()

    def divided(self) -> Iterator["ReportTable"]:
        """Yield the table in parts that pages can hold; each begins with the first column."""
        starts = [1, *self.divide_at, len(self.columns)]
        for part, (start, end) in enumerate(pairwise(starts)):
            chosen = [0, *range(start, end)]
            yield ReportTable(
                title=self.title if part == 0 else f"{self.title}, continued",
                columns=[self.columns[at] for at in chosen],
                rows=[[row[at] for at in chosen] for row in self.rows],
                total=None if self.total is None else [self.total[at] for at in chosen],
                note=self.note if end == len(self.columns) else "",
            )


@dataclass(frozen=True)
class Report:
    """A report of a council: its words, its tables, and how everything was reckoned.

    `facts` are (label, value) in words: the headline. `reckoning` is the same kind of pairs:
    option, day, versions, rules; it closes the report.
    """

    title: str
    council: str
    day: str
    facts: Sequence[tuple[str, str]] = ()
    sentences: Sequence[str] = ()
    tables: Sequence[ReportTable] = ()
    reckoning: Sequence[tuple[str, str]] = field(default=())


def number_of(value: Any, kind: Kind) -> Decimal | int | None:
    """Return a cell's number in the unit people read: hours, pounds; None for nothing."""
    if value is None:
        return None
    if kind == Kind.HOURS:
        return Decimal(value) / 60
    if kind == Kind.POUNDS:
        return Decimal(value) / 100
    return value


def words_of(value: Any, column: Column) -> str:
    """Return a cell as people read it: thousands apart, a true minus sign, pounds to the penny."""
    if value is None:
        return NOTHING
    if column.kind == Kind.TEXT:
        return str(value)
    number = Decimal(number_of(value, column.kind) or 0)
    places = Decimal(1) if column.kind == Kind.COUNT else Decimal("0.01")
    shown = number.quantize(places, rounding=ROUND_HALF_UP)
    sign = "−" if shown < 0 else "+" if column.signed and shown > 0 else ""
    pound = "£" if column.kind == Kind.POUNDS else ""
    percent = " %" if column.kind == Kind.PERCENT else ""
    return f"{sign}{pound}{abs(shown):,}{percent}"
