"""Numbers of a report and what each is made of: every number opens to the packages behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

MINUTES_PER_DAY = 24 * 60
# Half-open, by the minute a call may begin at the earliest; the night goes over midnight.
TIME_BANDS: Sequence[tuple[str, str, int, int]] = (
    ("morning", "Morning, 06:00 to 11:00", 6 * 60, 11 * 60),
    ("midday", "Midday, 11:00 to 15:00", 11 * 60, 15 * 60),
    ("afternoon", "Afternoon, 15:00 to 18:00", 15 * 60, 18 * 60),
    ("evening", "Evening, 18:00 to 22:00", 18 * 60, 22 * 60),
    ("night", "Night, 22:00 to 06:00", 22 * 60, 6 * 60),
)
# First day of each band of ages; the last has no end.
AGES: Sequence[tuple[str, str, int]] = (
    ("new", "Less than a day", 0),
    ("day", "1 or 2 days", 1),
    ("days", "3 to 6 days", 3),
    ("weeks", "7 to 27 days", 7),
    ("month", "28 days or more", 28),
)
LONGEST_PERIOD_DAYS = 3 * 366


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    MINUTES = "minutes"
    PENCE = "pence"
    PERCENT = "percent"


class How(StrEnum):
    """How a number comes of its pieces."""

    SUM = "sum"
    MEDIAN = "median"
    NINETIETH = "ninetieth"
    SHARE = "share"


@dataclass(frozen=True)
class Period:
    """The days a report is about, `[first, until)`."""

    first: date
    until: date

    @property
    def last(self) -> date:
        """The last day."""
        return self.until - timedelta(days=1)

    @property
    def words(self) -> str:
        """The period as people read it, both days included."""
        return f"{self.first:%d/%m/%Y} to {self.last:%d/%m/%Y}"

    def holds(self, day: date) -> bool:
        """Return whether a day lies in the period."""
        return self.first <= day < self.until

    def days_of(self, first: date, until: date | None) -> int:
        """Return how many days of `[first, until)` lie in the period."""
        end = self.until if until is None else min(until, self.until)
        return max((end - max(first, self.first)).days, 0)


def period_refusal(first: date, last: date) -> str | None:
    """Return why a period cannot be asked for, None when it can."""
    if last < first:
        return f"The period ends on {last:%d/%m/%Y}, before it begins: turn the two days round."
    if (last - first).days >= LONGEST_PERIOD_DAYS:
        return "A period has three years at most: choose a later first day."
    return None


@dataclass(frozen=True)
class Subject:
    """What adds to a number: a package or a place in a lot, by its key and name."""

    kind: str
    key: int
    name: str


@dataclass(frozen=True)
class Piece:
    """What one subject adds to a number of a table."""

    row: str
    column: str
    amount: int
    subject: Subject
    words: str = ""


@dataclass(frozen=True)
class Column:
    """A column of numbers: out of which pieces, and how. A share is `of` out of `out_of`."""

    key: str
    title: str
    unit: Unit = Unit.COUNT
    how: How = How.SUM
    of: str = ""
    out_of: str = ""

    @property
    def source(self) -> str:
        """The pieces' column it is made of."""
        return self.of or self.key


@dataclass(frozen=True)
class Table:
    """Rows by columns; each number is made of the pieces that carry its row and column.

    `said` are words at the end of each row under the headings `saying`. `charted` is the column the
    chart shows, none where there is no chart.
    """

    key: str
    title: str
    row_title: str
    rows: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    pieces: Sequence[Piece]
    note: str = ""
    charted: str = ""
    totalled: bool = True
    saying: Sequence[str] = ()
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def column(self, key: str) -> Column:
        """Return a column by its key; KeyError for none."""
        return {one.key: one for one in self.columns}[key]

    def pieces_of(self, row: str | None, column: Column) -> list[Piece]:
        """Return what a number is made of; the row None is the total."""
        return [
            piece
            for piece in self.pieces
            if piece.column == column.source and (row is None or piece.row == row)
        ]

    def number(self, row: str | None, column: Column) -> Decimal | int | None:
        """Return a number, None where there is nothing to tell it from."""
        amounts = [piece.amount for piece in self.pieces_of(row, column)]
        if column.how == How.SHARE:
            whole = sum(
                piece.amount
                for piece in self.pieces
                if piece.column == column.out_of and (row is None or piece.row == row)
            )
            return percent(sum(amounts), whole)
        if column.how == How.SUM:
            return sum(amounts)
        return median(amounts) if column.how == How.MEDIAN else ninetieth(amounts)


@dataclass(frozen=True)
class Listing:
    """A table of words, one subject a row."""

    key: str
    title: str
    headings: Sequence[str]
    rows: Sequence[tuple[Subject, Sequence[str]]]
    note: str = ""


@dataclass(frozen=True)
class Findings:
    """What a report found: its tables, its lists, and what it says at the top."""

    tables: Sequence[Table]
    listings: Sequence[Listing] = ()
    sentences: Sequence[str] = ()

    def table(self, key: str) -> Table:
        """Return a table by its key; KeyError for none."""
        return {one.key: one for one in self.tables}[key]


def percent(part: int, whole: int) -> Decimal | None:
    """Return a share in percent, half-up to two decimals; None of nothing."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def median(amounts: Iterable[int]) -> Decimal | None:
    """Return the middle amount, between the middle two of an even count."""
    found = sorted(amounts)
    if not found:
        return None
    middle = len(found) // 2
    if len(found) % 2:
        return Decimal(found[middle])
    return Decimal(found[middle - 1] + found[middle]) / 2


def ninetieth(amounts: Iterable[int]) -> Decimal | None:
    """Return the smallest amount that nine in ten do not exceed (nearest rank)."""
    found = sorted(amounts)
    if not found:
        return None
    rank = -(-9 * len(found) // 10)
    return Decimal(found[rank - 1])


def band_of(minute: int) -> str:
    """Return the time band that a minute of the day lies in."""
    for key, _, first, until in TIME_BANDS:
        inside = first <= minute < until if first < until else minute >= first or minute < until
        if inside:
            return key
    raise ValueError(f"{minute} is no minute of a day.")


def age_of(days: int) -> str:
    """Return the band of ages that whole days lie in."""
    return [key for key, _, first in AGES if days >= first][-1]


def minutes_between(first: datetime, last: datetime) -> int:
    """Return the whole minutes from one moment to another."""
    return int((last - first).total_seconds() // 60)


def pence_of_days(week_pence: int, *, days: int) -> int:
    """Return what so many days of a week's price come to, half-up."""
    return half_up(Decimal(week_pence) * days / 7)


def half_up(value: Decimal) -> int:
    """Return whole pence, half-up."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
