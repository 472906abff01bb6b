"""A sheet and a comparison as reports to take away."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cms_models.planning.sheet import (
    COLUMNS,
    Balance,
    Column,
    Comparison,
    Sheet,
    Table,
    TableComparison,
    Unpriced,
    ViabilityLine,
)
from importers.reports import document
from importers.reports.document import Kind, Report, ReportTable
from importers.reports.pdf import pdf_bytes
from importers.reports.workbook import workbook_bytes
from theme.admin.sandbox.showing import KINDS, MAIN, PAYERS, Shown, difference

MAKERS: Mapping[str, Callable[[Report], bytes]] = {"xlsx": workbook_bytes, "pdf": pdf_bytes}
# What a comparison sets side by side on paper; the workbook's reader has the sheets for the rest.
COMPARED = ("clients", "weekly_minutes", "annual_pence")


def file_of(report: Report, kind: str) -> tuple[str, bytes]:
    """Return a report's filename and bytes as one of MAKERS."""
    stem = "".join(c if c.isalnum() else "-" for c in report.title.lower()).strip("-")
    while "--" in stem:
        stem = stem.replace("--", "-")
    return f"{stem}.{kind}", MAKERS[kind](report)


def report_column(column: Column, *, signed: bool = False, before: str = "") -> document.Column:
    """Return a column of a sheet as a report writes it."""
    return document.Column(f"{before}{column.title}", KINDS[column.unit], signed=signed)


def sheet_report(sheet: Sheet, *, base: Sheet | None, council: str, day: str) -> Report:
    """Return a sheet as a report; its headline has the differences to what is in force."""
    figures = Shown(sheet, base=base).headlines()
    facts = [
        (
            one.label,
            f"{one.words} ({one.change} against what is in force)" if one.changed else one.words,
        )
        for one in figures
    ]
    facts += [(f"Budget: {line.name}", line.gap.sentence) for line in sheet.budgets]
    return Report(
        title=f"Sandbox: {sheet.name}",
        council=council,
        day=day,
        facts=facts,
        sentences=[one.sentence for one in sheet.balance],
        tables=[
            *(_whole_table(table) for table in sheet.tables.values()),
            *_viability_tables(sheet),
            *(_balance_table(one) for one in sheet.balance),
            *_unpriced_table(sheet.unpriced),
        ],
        reckoning=sheet.about,
    )


def _whole_table(table: Table) -> ReportTable:
    shown = [*MAIN, *PAYERS]
    return ReportTable(
        title=table.title,
        columns=[document.Column(table.title), *(report_column(one) for one in shown)],
        rows=[[row.name, *(row.cell(one.key) for one in shown)] for row in table.rows],
        total=["All", *(table.total.cell(one.key) for one in shown)],
        divide_at=(1 + len(MAIN),),
    )


def _viability_tables(sheet: Sheet) -> Iterable[ReportTable]:
    for title, lines in (("zones", sheet.viability), ("lots", sheet.lot_viability)):
        if lines:
            yield _viability_table(f"Viability of {title}", lines)


def _viability_table(title: str, lines: tuple[ViabilityLine, ...]) -> ReportTable:
    counts = [share.providers for share in lines[0].shares]
    heads = [document.Column("Hours each of " + str(count), Kind.NUMBER) for count in counts]
    return ReportTable(
        title=title,
        columns=[
            document.Column("Name"),
            document.Column("Weekly hours", Kind.NUMBER),
            *heads,
            document.Column("Most providers at or over the floor", Kind.COUNT),
        ],
        rows=[
            [
                line.name,
                line.weekly_hours,
                *(share.hours_each for share in line.shares),
                line.most_viable,
            ]
            for line in lines
        ],
        note=f"Hours are split equally; the floor is {lines[0].floor_hours:,} hours a week.",
    )


def _balance_table(balance: Balance) -> ReportTable:
    return ReportTable(
        title=f"Balance between lots, pathway {balance.pathway}",
        columns=[
            document.Column("Lot"),
            document.Column("Clients", Kind.COUNT),
            document.Column("Weekly hours", Kind.NUMBER),
            document.Column("Share of clients", Kind.PERCENT),
            document.Column("Share of hours", Kind.PERCENT),
            document.Column("Points apart", Kind.NUMBER, signed=True),
        ],
        rows=[
            [
                *(lot.name, lot.clients, lot.weekly_hours),
                *(lot.clients_percent, lot.hours_percent, lot.points),
            ]
            for lot in balance.lots
        ],
        note=balance.sentence,
    )


def _unpriced_table(unpriced: tuple[Unpriced, ...]) -> Iterable[ReportTable]:
    if unpriced:
        yield ReportTable(
            title="Not priced",
            columns=[
                document.Column("Why"),
                document.Column("Packages", Kind.COUNT),
                document.Column("Weekly hours", Kind.HOURS),
            ],
            rows=[[one.reason, one.packages, one.weekly_minutes] for one in unpriced],
        )


def comparison_report(comparison: Comparison, *, council: str, day: str) -> Report:
    """Return two sheets side by side as a report."""
    first, second = comparison.first, comparison.second
    figures = Shown(second, base=first).headlines()
    return Report(
        title=f"{second.name} against {first.name}",
        council=council,
        day=day,
        facts=[(one.label, f"{one.words} ({one.change})") for one in figures],
        sentences=[
            f"Differences are “{second.name}” less “{first.name}”.",
            *(f"{first.name}: {line.name} {line.gap.sentence}." for line in first.budgets),
            *(f"{second.name}: {line.name} {line.gap.sentence}." for line in second.budgets),
        ],
        tables=[_compared_table(table, first, second) for table in comparison],
        reckoning=[
            *((f"{first.name}: {label}", words) for label, words in first.about),
            *((f"{second.name}: {label}", words) for label, words in second.about),
        ],
    )


def _compared_table(table: TableComparison, first: Sheet, second: Sheet) -> ReportTable:
    columns: list[document.Column] = [document.Column(table.title)]
    shown = [column for column in COLUMNS if column.key in COMPARED]
    for column in shown:
        columns += [
            report_column(column, before=f"{first.name}: "),
            report_column(column, before=f"{second.name}: "),
            report_column(column, signed=True, before="Difference: "),
        ]
    return ReportTable(
        title=table.title,
        columns=columns,
        rows=[_compared_row(row.name, row, shown) for row in table.rows],
        total=_compared_row("All", table.total, shown),
    )


def _compared_row(name: str, row: Any, shown: Iterable[Column]) -> list[Any]:
    cells: list[Any] = [name]
    for column in shown:
        before = row.first.cell(column.key) if row.first else None
        after = row.second.cell(column.key) if row.second else None
        cells += [before, after, difference(row.second, row.first, column.key)]
    return cells
