"""Printed tables of planned hours and cost: each figure beside the one its own rule gives.

The arithmetic is that of `rates.tables`; here figures are read from what a council keeps of a
printed table, and laid side by side row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from cms_models.rates.domain import blended_pence_per_hour, half_up, pounds
from cms_models.rates.tables import (
    Mismatch,
    PlanningRow,
    PlanningTable,
    hours_per_person,
    row_mismatches,
    total_annual_hours,
    total_mismatches,
)

FIGURES: Mapping[str, str] = {
    "weekly_hours": "Weekly hours",
    "annual_hours": "Annual hours",
    "annual_pounds": "Annual cost",
}
ROWS_MOST = 200


class Printed(Protocol):
    """What is kept of a printed table (the model SavedReport, or a file's entry)."""

    name: str
    weeks: int
    mix: Sequence[Sequence[Any]]
    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, Any] | None


@dataclass(frozen=True)
class MixPart:
    """A share of the hours at a rate: 70 % at £12.80 of 1,355 h is 948.5 h, £12,140.80 (RT-10)."""

    percent: Decimal
    pence_per_hour: int
    weekly_hours: Decimal
    weekly_pence: int


@dataclass(frozen=True)
class Figure:
    """A printed figure beside the recomputed one; `formula` says how that is reckoned.

    `expected` is None for a figure that nothing in the table gives.
    """

    figure: str
    title: str
    printed: Decimal
    expected: Decimal | None
    formula: str

    @property
    def difference(self) -> Decimal:
        """Printed less expected; 0 where nothing is expected."""
        return Decimal(0) if self.expected is None else self.printed - self.expected

    @property
    def reproduces(self) -> bool:
        """Whether the figure is its formula's; a cost is judged to the pound, as it is printed."""
        if self.figure == "annual_pounds":
            return abs(self.difference) < 1
        return self.difference == 0


@dataclass(frozen=True)
class ReportRow:
    """A printed row with its figures, and the parts of its cost where several rates make it."""

    key: str
    name: str
    clients: int | None
    figures: tuple[Figure, ...]
    parts: tuple[MixPart, ...]
    hours_per_person: Decimal | None

    def figure(self, name: str) -> Figure:
        """Return a figure by its name; KeyError for a name that is none."""
        return {one.figure: one for one in self.figures}[name]


@dataclass(frozen=True)
class Reconciliation:
    """A printed table held against itself.

    `mismatches` are figures that their row's own rule does not give, `total_mismatches` columns
    whose total is not the sum of its rows, `unrounded_annual_hours` the year's hours from
    unrounded weekly hours, where the report knows them (TB-03).
    """

    name: str
    rate_pounds: Decimal
    rate_words: str
    weeks: int
    rows: tuple[ReportRow, ...]
    total: ReportRow | None
    mismatches: tuple[Mismatch, ...]
    total_mismatches: tuple[Mismatch, ...]
    unrounded_annual_hours: tuple[Decimal, Decimal] | None

    @property
    def reproduces(self) -> bool:
        """Whether every printed figure follows from the others."""
        return not (self.mismatches or self.total_mismatches)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every figure that does not reproduce, with its difference."""
        return tuple(one.sentence for one in (*self.mismatches, *self.total_mismatches))


def printed_table(report: Printed) -> PlanningTable:
    """Return a kept report as a planning table; ValueError says in words what cannot be read."""
    if not report.rows:
        raise ValueError("A printed table has at least one row.")
    if len(report.rows) > ROWS_MOST:
        raise ValueError(f"A printed table has at most {ROWS_MOST} rows, not {len(report.rows)}.")
    rows = tuple(_planning_row(row) for row in report.rows)
    names = [row.name for row in rows]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"Two rows are called {doubled[0]}.")
    total = _planning_row(report.total) if report.total else _summed(rows)
    rate = Decimal(blended_pence_per_hour(_mix(report.mix))).scaleb(-2)
    return PlanningTable(report.name, rate, report.weeks, rows, total)


def reconciled(report: Printed) -> Reconciliation:
    """Hold a printed table against its own rules (TB-01, TB-02, TB-03, RT-09, RT-10)."""
    table, mix = printed_table(report), _mix(report.mix)
    rows = tuple(
        _report_row(kept, row, table=table, mix=mix)
        for kept, row in zip(report.rows, table.rows, strict=True)
    )
    total = None
    if report.total:
        total = _report_row(report.total, table.total, table=table, mix=mix)
    return Reconciliation(
        name=report.name,
        rate_pounds=table.rate_pounds,
        rate_words=_rate_words(mix, table.rate_pounds),
        weeks=table.weeks,
        rows=rows,
        total=total,
        mismatches=tuple(
            one for one in row_mismatches(table) if report.total or one.row != table.total.name
        ),
        total_mismatches=tuple(total_mismatches(table)) if report.total else (),
        unrounded_annual_hours=_unrounded(report.rows, weeks=table.weeks),
    )


def _mix(mix: Sequence[Sequence[Any]]) -> list[tuple[Decimal, int]]:
    """Return (share of 1, pence an hour) pairs; ValueError when they are none or no whole."""
    if not isinstance(mix, list | tuple) or not mix:
        raise ValueError("A printed table needs the rate an hour that its cost is made with.")
    parts = []
    for part in mix:
        if not isinstance(part, list | tuple) or len(part) != 2:
            raise ValueError("A rate is a share in percent and pence an hour, such as 70 and 1280.")
        share, pence = _number(part[0], "share in percent"), _number(part[1], "pence an hour")
        if pence != int(pence) or pence < 1:
            raise ValueError(f"Pence an hour are a whole number above nought, not {pence}.")
        parts.append((share / 100, int(pence)))
    return parts


def _number(value: Any, what: str) -> Decimal:
    try:
        number = Decimal(str(value).replace(",", "").replace("£", "").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or isinstance(value, bool):
        raise ValueError(f"{what[:1].upper()}{what[1:]}: a number is needed, not “{value}”.")
    if not 0 <= number < Decimal(10) ** 12:
        raise ValueError(f"{what[:1].upper()}{what[1:]}: {value} is out of bounds.")
    return number


def _planning_row(row: Mapping[str, Any]) -> PlanningRow:
    name = str(row.get("name", "")).strip()
    if not name:
        raise ValueError("Every row of a printed table has a name.")
    figures = [
        _number(row.get(figure, ""), f"{name}, {title.lower()}")
        for figure, title in FIGURES.items()
    ]
    return PlanningRow(name, *figures)


def _summed(rows: Sequence[PlanningRow]) -> PlanningRow:
    sums = [sum((getattr(row, figure) for row in rows), Decimal(0)) for figure in FIGURES]
    return PlanningRow("Total", *sums)


def _report_row(
    kept: Mapping[str, Any],
    row: PlanningRow,
    *,
    table: PlanningTable,
    mix: Sequence[tuple[Decimal, int]],
) -> ReportRow:
    clients = kept.get("clients")
    people = None if clients in (None, "") else int(_number(clients, f"{row.name}, clients"))
    return ReportRow(
        key=str(kept.get("key") or row.name),
        name=row.name,
        clients=people,
        figures=tuple(_figures(row, table)),
        parts=tuple(parts_of_mix(row.weekly_hours, mix)),
        hours_per_person=(
            None
            if people is None
            else hours_per_person(weekly_hours=row.weekly_hours, people=people)
        ),
    )


def _figures(row: PlanningRow, table: PlanningTable) -> Iterator[Figure]:
    rate = pounds(half_up(table.rate_pounds * 100))
    yield Figure("weekly_hours", FIGURES["weekly_hours"], row.weekly_hours, None, "as printed")
    yield Figure(
        "annual_hours",
        FIGURES["annual_hours"],
        row.annual_hours,
        row.weekly_hours * table.weeks,
        f"{row.weekly_hours:,} h × {table.weeks} weeks",
    )
    yield Figure(
        "annual_pounds",
        FIGURES["annual_pounds"],
        row.annual_pounds,
        row.annual_hours * table.rate_pounds,
        f"{row.annual_hours:,} h × {rate}",
    )


def parts_of_mix(weekly_hours: Decimal, mix: Sequence[tuple[Decimal, int]]) -> Iterator[MixPart]:
    """Split weekly hours by a mix of rates, each part's pence rounded half-up (RT-10)."""
    for share, pence in mix:
        hours = weekly_hours * share
        yield MixPart(share * 100, pence, hours, half_up(hours * pence))


def _rate_words(mix: Sequence[tuple[Decimal, int]], rate: Decimal) -> str:
    shown = pounds(half_up(rate * 100))
    if len(mix) == 1:
        return f"{shown} an hour"
    parts = " + ".join(f"{_percent(share)} % × {pounds(pence)}" for share, pence in mix)
    return f"{shown} an hour = {parts}"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"


def _unrounded(rows: Sequence[Mapping[str, Any]], *, weeks: int) -> tuple[Decimal, Decimal] | None:
    """Return the year's hours of unrounded weeks: rows rounded and summed, and rounded once."""
    hours = [row.get("unrounded_weekly_hours") for row in rows]
    if any(hour in (None, "") for hour in hours):
        return None
    weekly = [_number(hour, "unrounded weekly hours") for hour in hours]
    return (
        total_annual_hours(weekly, weeks=weeks, round_rows=True),
        total_annual_hours(weekly, weeks=weeks, round_rows=False),
    )
