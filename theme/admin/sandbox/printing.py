"""A printed table as its page and its files show it: printed, recomputed, different, today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cms_models.planning.models import SavedReport
from cms_models.planning.printed import FIGURES, Figure, Reconciliation, ReportRow
from cms_models.planning.sheet import Row, Table
from cms_models.rates.tables import BudgetGap, after_change
from importers.reports.document import Column, Kind, Report, ReportTable, words_of

# A figure's sheet column, to set today's beside the printed one.
TODAY = {
    "weekly_hours": "weekly_minutes",
    "annual_hours": "annual_minutes",
    "annual_pounds": "annual_pence",
}
HOURS, SIGNED_HOURS = Column("", Kind.NUMBER), Column("", Kind.NUMBER, signed=True)
MONEY, SIGNED_MONEY = Column("", Kind.POUNDS), Column("", Kind.POUNDS, signed=True)


@dataclass(frozen=True)
class FigureShown:
    """A printed figure in words, beside the recomputed one and today's; empty where none is."""

    title: str
    printed: str
    expected: str
    difference: str
    formula: str
    reproduces: bool
    today: str


@dataclass(frozen=True)
class RowShown:
    """A printed row, its clients today among them."""

    name: str
    clients: str
    hours_per_person: str
    figures: Sequence[FigureShown]
    is_total: bool
    today_clients: str


def in_pence(pounds: Decimal) -> int:
    """Return pounds as whole pence, half-up."""
    return int((pounds * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def said_figure(figure: str, value: Decimal | None, *, signed: bool = False) -> str:
    """Return a printed figure in words: hours plainly, cost in pounds."""
    if value is None:
        return ""
    if figure == "annual_pounds":
        return words_of(in_pence(value), SIGNED_MONEY if signed else MONEY)
    # Printed hours are whole: noughts after the point would claim an exactness they have not.
    return words_of(value, SIGNED_HOURS if signed else HOURS).removesuffix(".00")


def today_row(row: ReportRow, table: Table | None, *, is_total: bool) -> Row | None:
    """Return the row of today that a printed one is named after, by key or by name."""
    if table is None:
        return None
    if is_total:
        return table.total
    names = {row.key.casefold(), row.name.casefold()}
    found = [one for one in table.rows if {one.key.casefold(), one.name.casefold()} & names]
    return found[0] if found else None


def _today(figure: Figure, row: Row | None) -> str:
    if row is None:
        return ""
    column = TODAY[figure.figure]
    cell = row.cell(column)
    return words_of(cell, Column("", Kind.POUNDS if column.endswith("pence") else Kind.HOURS))


def rows_shown(found: Reconciliation, table: Table | None) -> list[RowShown]:
    """Return every printed row, the total last."""
    totals = [found.total] if found.total else []
    return [
        _row_shown(row, today_row(row, table, is_total=is_total), is_total=is_total)
        for rows, is_total in ((found.rows, False), (totals, True))
        for row in rows
    ]


def _row_shown(row: ReportRow, today: Row | None, *, is_total: bool) -> RowShown:
    return RowShown(
        name=row.name,
        clients="" if row.clients is None else f"{row.clients:,}",
        hours_per_person="" if row.hours_per_person is None else f"{row.hours_per_person:,}",
        figures=[
            FigureShown(
                title=one.title,
                printed=said_figure(one.figure, one.printed),
                expected=said_figure(one.figure, one.expected),
                difference=(
                    "" if one.reproduces else said_figure(one.figure, one.difference, signed=True)
                ),
                formula=one.formula,
                reproduces=one.reproduces,
                today=_today(one, today),
            )
            for one in row.figures
        ],
        is_total=is_total,
        today_clients="" if today is None else f"{today.clients:,}",
    )


def sums_words(found: Reconciliation) -> list[str]:
    """Return in words which totals are not the sum of their rows, with the difference."""
    names = {figure.replace("_", " "): figure for figure in FIGURES}
    said = []
    for one in found.total_mismatches:
        figure = names.get(one.figure, one.figure)
        title = FIGURES.get(figure, one.figure)
        said.append(
            f"{title}: the rows add up to {said_figure(figure, one.expected)}, "
            f"the total is printed {said_figure(figure, one.printed)} "
            f"({said_figure(figure, one.difference, signed=True)})."
        )
    return said


def faults_words(found: Reconciliation) -> list[str]:
    """Return in words every printed figure that its own rule does not give."""
    said = []
    for row in (*found.rows, *([found.total] if found.total else [])):
        for one in row.figures:
            if not one.reproduces:
                said.append(
                    f"{row.name}, {one.title.lower()}: printed "
                    f"{said_figure(one.figure, one.printed)}, but {one.formula} is "
                    f"{said_figure(one.figure, one.expected)}: "
                    f"{said_figure(one.figure, one.difference, signed=True)}."
                )
    return said


def parts_words(found: Reconciliation) -> list[tuple[str, list[str]]]:
    """Return how several rates divide each row's week: row, then a sentence a rate (RT-10)."""
    return [
        (
            row.name,
            [
                f"{part.weekly_hours:,} h × {words_of(part.pence_per_hour, MONEY)} = "
                f"{words_of(part.weekly_pence, MONEY)}"
                for part in row.parts
            ],
        )
        for row in found.rows
        if len(row.parts) > 1
    ]


def unrounded_words(found: Reconciliation) -> str:
    """Return the year's hours from unrounded weeks in words, empty where they are not known."""
    if found.unrounded_annual_hours is None:
        return ""
    by_rows, at_once = found.unrounded_annual_hours
    return (
        f"From unrounded weekly hours the year comes to {by_rows:,} hours when each row is rounded "
        f"and then added, to {at_once:,} when the sum is rounded once."
    )


def report_of(
    kept: SavedReport, found: Reconciliation, table: Table | None, *, today: date
) -> Report:
    """Return a saved report as a report to take away."""
    return Report(
        title=kept.name,
        council=str(kept.authority),
        day=f"today's figures of {today:%d/%m/%Y}",
        facts=[
            ("Rate", found.rate_words),
            ("Weeks in its year", str(found.weeks)),
            ("Where it is printed", kept.source or "–"),
        ],
        sentences=[
            *(faults_words(found) or ["Every printed figure follows from the others in its row."]),
            *sums_words(found),
            *([unrounded_words(found)] if unrounded_words(found) else []),
        ],
        tables=[_printed_out(found), _today_out(found, table)],
        reckoning=[
            ("Annual hours", f"printed weekly hours × {found.weeks} weeks"),
            ("Annual cost", f"printed annual hours × {found.rate_words}; judged to the pound"),
            ("Totals", "each total against the sum of its printed rows"),
            ("Kept by", str(kept.owner)),
            ("Note", kept.note or "–"),
        ],
    )


def _printed_out(found: Reconciliation) -> ReportTable:
    columns = [Column("Row"), Column("Clients", Kind.COUNT), Column("Weekly hours", Kind.NUMBER)]
    for title, kind in (("Annual hours", Kind.NUMBER), ("Annual cost", Kind.POUNDS)):
        columns += [
            Column(f"{title}, printed", kind),
            Column(f"{title}, recomputed", kind),
            Column(f"{title}, difference", kind, signed=True),
        ]
    return ReportTable(
        title="Printed and recomputed",
        columns=columns,
        rows=[_printed_row(row) for row in found.rows],
        total=_printed_row(found.total) if found.total else None,
        note="A difference is printed less recomputed.",
    )


def _printed_row(row: ReportRow) -> list[Any]:
    weekly, annual, cost = (row.figure(name) for name in FIGURES)
    cells: list[Any] = [row.name, row.clients, weekly.printed]
    cells += [annual.printed, annual.expected, annual.difference]
    pounds = (cost.printed, cost.expected, cost.difference)
    return [*cells, *(None if one is None else in_pence(one) for one in pounds)]


def _today_out(found: Reconciliation, table: Table | None) -> ReportTable:
    rows = [(row, today_row(row, table, is_total=False)) for row in found.rows]
    total = table.total if table else None
    return ReportTable(
        title="The same rows today",
        columns=[
            Column("Row"),
            Column("Clients", Kind.COUNT),
            Column("Weekly hours", Kind.HOURS),
            Column("Annual hours", Kind.HOURS),
            Column("Annual cost", Kind.POUNDS),
        ],
        rows=[[row.name, *_today_cells(today)] for row, today in rows],
        total=["All packages counted", *_today_cells(total)],
        note="A row that no row of today is named after is left empty.",
    )


def _today_cells(row: Row | None) -> list[Any]:
    names = ("clients", "weekly_minutes", "annual_minutes", "annual_pence")
    return [None if row is None else row.cell(name) for name in names]


@dataclass(frozen=True)
class PlannedReport:
    """A printed table's annual cost after a change in its hours, in pence."""

    name: str
    printed_pence: int
    percent: Decimal
    planned_pence: int

    @property
    def printed(self) -> str:
        """The printed cost in words."""
        return words_of(self.printed_pence, MONEY)

    @property
    def planned(self) -> str:
        """The changed cost in words."""
        return words_of(self.planned_pence, MONEY)

    @property
    def change(self) -> str:
        """The difference in words."""
        return words_of(self.planned_pence - self.printed_pence, SIGNED_MONEY)


def planned(found: Reconciliation, *, percent: Decimal) -> PlannedReport:
    """Return a printed table's total cost, as printed, after a percentage change in hours."""
    rows = [found.total] if found.total else found.rows
    pence = sum(in_pence(row.figure("annual_pounds").printed) for row in rows)
    return PlannedReport(found.name, pence, percent, after_change(pence, percent=percent))


def gap_of(reports: Sequence[PlannedReport], *, budget_pence: int) -> BudgetGap:
    """Return printed tables together against a budget (TB-04)."""
    return BudgetGap(sum(one.planned_pence for one in reports), budget_pence)
