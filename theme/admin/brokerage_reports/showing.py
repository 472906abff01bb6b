"""A report of the brokerage in tables with links, in charts, and as files to take away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from cms_models.brokerage import report_domain as domain
from cms_models.brokerage.report_domain import Findings, How, Listing, Subject, Table, Unit
from importers.cells import safe_text
from importers.exports import csv_bytes
from importers.reports.document import Column, Kind, Report, ReportTable, number_of, words_of
from theme.admin.charts import Bar, bars
from theme.admin.tables import Shown, TableShown, shown

KINDS: Mapping[Unit, Kind] = {
    Unit.COUNT: Kind.COUNT,
    Unit.MINUTES: Kind.HOURS,
    Unit.PENCE: Kind.POUNDS,
    Unit.PERCENT: Kind.PERCENT,
}
TOTAL = "all"  # the row of an address that asks for the total's packages
MOST_BARS = 15
Address = Callable[[str, str, str], str]


@dataclass(frozen=True)
class ChartShown:
    """The chart of a table: its longest bars, and how many are left out."""

    title: str
    caption: str
    bars: Sequence[Bar]
    left_out: int


@dataclass(frozen=True)
class PartShown:
    """A table with its chart and the name its CSV file is asked for by."""

    key: str
    table: TableShown
    chart: ChartShown | None = None


def file_column(column: domain.Column) -> Column:
    """Return a column as files and pages write its numbers."""
    return Column(column.title, KINDS[column.unit])


def file_table(table: Table) -> ReportTable:
    """Return a table of numbers as a report's table, the words at the end of its rows last."""
    return ReportTable(
        table.title,
        [
            Column(table.row_title),
            *(file_column(column) for column in table.columns),
            *(Column(heading) for heading in table.saying),
        ],
        [[name, *_numbers(table, key), *_said(table, key)] for key, name in table.rows],
        total=["All", *_numbers(table, None), *[None] * len(table.saying)],
        note=table.note,
    )


def _numbers(table: Table, row: str | None) -> list[Decimal | int | None]:
    return [table.number(row, column) for column in table.columns]


def _said(table: Table, row: str) -> Sequence[str]:
    return table.said.get(row, [""] * len(table.saying))


def list_table(listing: Listing) -> ReportTable:
    """Return a list as a report's table."""
    headings = [Column(heading) for heading in listing.headings]
    return ReportTable(
        listing.title, headings, [list(words) for _, words in listing.rows], note=listing.note
    )


def parts_of(
    findings: Findings, *, behind: Address, subject_url: Callable[[Subject], str]
) -> list[PartShown]:
    """Return every table and list of a report as its page shows them."""
    return [
        *(PartShown(one.key, _linked(one, behind), chart_of(one)) for one in findings.tables),
        *(PartShown(one.key, _listed(one, subject_url)) for one in findings.listings),
    ]


def _linked(table: Table, behind: Address) -> TableShown:
    plain = file_table(table)
    rows = [
        _row(table, plain, key, values, behind)
        for (key, _), values in zip(table.rows, plain.rows, strict=True)
    ]
    total = _row(table, plain, None, plain.total or (), behind)
    headings = [Shown(one.heading, one.kind != Kind.TEXT) for one in plain.columns]
    return TableShown(table.title, headings, rows, total, table.note)


def _row(
    table: Table, plain: ReportTable, key: str | None, values: Sequence[Any], behind: Address
) -> list[Shown]:
    """Return a row's cells; a number made of anything leads to what it is made of."""
    asked = TOTAL if key is None else key
    cells = [shown(values[0], plain.columns[0])]
    for place, column in enumerate(table.columns, start=1):
        made_of = table.pieces_of(key, column)
        url = behind(table.key, asked, column.key) if made_of else ""
        cells.append(shown(values[place], plain.columns[place], url=url))
    words = range(1 + len(table.columns), len(plain.columns))
    return [*cells, *(shown(values[place], plain.columns[place]) for place in words)]


def _listed(listing: Listing, subject_url: Callable[[Subject], str]) -> TableShown:
    headings = [Shown(heading) for heading in listing.headings]
    rows = [
        [Shown(words[0], url=subject_url(subject)), *(Shown(text) for text in words[1:])]
        for subject, words in listing.rows
    ]
    return TableShown(listing.title, headings, rows, note=listing.note)


def chart_of(table: Table) -> ChartShown | None:
    """Return the chart of a table's charted column, the longest bars first; None of nothing."""
    if not table.charted:
        return None
    column = table.column(table.charted)
    plain = file_column(column)
    found = [(name, table.number(key, column)) for key, name in table.rows]
    known = sorted(((name, number) for name, number in found if number), key=lambda one: -one[1])
    if not known:
        return None
    drawn = [
        (name, float(number_of(number, plain.kind) or 0), words_of(number, plain))
        for name, number in known[:MOST_BARS]
    ]
    title = f"{table.title}: {column.title.lower()}"
    hours = column.unit == Unit.MINUTES and "hours" not in column.title.lower()
    caption = f"{column.title}{' in hours' if hours else ''}, the longest first"
    return ChartShown(title, caption, bars(drawn), max(len(known) - MOST_BARS, 0))


def report_file(
    findings: Findings, *, title: str, council: str, day: str, reckoning: Sequence[tuple[str, str]]
) -> Report:
    """Return a report for a workbook or pages."""
    return Report(
        title=title,
        council=council,
        day=day,
        sentences=findings.sentences,
        tables=[
            *(file_table(table) for table in findings.tables),
            *(list_table(listing) for listing in findings.listings),
        ],
        reckoning=reckoning,
    )


def csv_of(findings: Findings, key: str) -> bytes:
    """Return one table as CSV; KeyError for a table there is not."""
    tables = {one.key: file_table(one) for one in findings.tables}
    tables |= {one.key: list_table(one) for one in findings.listings}
    table = tables[key]
    rows = [*table.rows, table.total] if table.total is not None else table.rows
    headings = [column.heading for column in table.columns]
    return csv_bytes(
        headings,
        (
            [_plain(value, column) for value, column in zip(row, table.columns, strict=True)]
            for row in rows
        ),
        for_excel=True,
    )


def _plain(value: Any, column: Column) -> str | Decimal:
    if value is None:
        return ""
    if column.kind == Kind.TEXT:
        return safe_text(str(value))
    number = Decimal(number_of(value, column.kind) or 0)
    return number if column.kind == Kind.COUNT else number.quantize(Decimal("0.01"))


@dataclass(frozen=True)
class BehindShown:
    """What one number is made of: each package with what it adds, and the number itself."""

    title: str
    number: str
    formula: str
    table: TableShown


def behind_of(
    table: Table, *, row: str, column_key: str, subject_url: Callable[[Subject], str]
) -> BehindShown:
    """Return the packages behind a number; KeyError for a number there is not."""
    column, names = table.column(column_key), dict(table.rows)
    name = "All" if row == TOTAL else names[row]
    key = None if row == TOTAL else row
    plain, pieces = file_column(column), table.pieces_of(key, column)
    each = Column("Adds", Kind.COUNT) if plain.kind == Kind.PERCENT else plain
    amount = Column(each.heading, each.kind)
    said = any(piece.words for piece in pieces)
    rows = [
        [
            Shown(piece.subject.name, url=subject_url(piece.subject)),
            shown(piece.amount, amount),
            *([Shown(piece.words)] if said else []),
        ]
        for piece in pieces
    ]
    blank = [Shown("")] if said else []
    total = [Shown("Sum"), shown(sum(piece.amount for piece in pieces), amount), *blank]
    subject = "Package" if all(one.subject.kind == "package" for one in pieces) else "Place"
    headings = [Shown(subject), Shown(amount.heading, number=True)]
    headings += [Shown("About it")] if said else []
    title = f"{table.title}: {name}, {column.title.lower()}"
    number = words_of(table.number(key, column), plain)
    return BehindShown(
        title, number, FORMULAS[column.how], TableShown(title, headings, rows, total)
    )


FORMULAS: Mapping[How, str] = {
    How.SUM: "The sum of what is listed here.",
    How.MEDIAN: "The middle of what is listed here.",
    How.NINETIETH: "The smallest time that nine in ten of those listed here do not exceed.",
    How.SHARE: "The sum of what is listed here, as a share of all.",
}


def address(url: str, **asked: str) -> str:
    """Return an address with what is asked for."""
    return f"{url}?{urlencode(asked)}"
