"""A report as a workbook: numbers are numbers, words are never formulas."""

import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importers.cells import safe_text
from importers.reports.document import Column, Kind, Report, ReportTable, number_of, words_of

RECKONING = "How it was reckoned"
SUMMARY = "Summary"
LONGEST_TITLE = 31  # of a sheet, by the file format
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
WIDEST, NARROWEST = 48, 11
HEAD = PatternFill("solid", fgColor="D9EFEB")
RULE = Border(top=Side(style="thin", color="127A70"))
BOLD = Font(bold=True)

FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.HOURS: "#,##0.00",
    Kind.POUNDS: "£#,##0.00",
    Kind.PERCENT: '0.00" %"',
    Kind.NUMBER: "#,##0.00",
}


def format_of(column: Column) -> str:
    """Return a column's number format; differences carry their sign."""
    plain = FORMATS[column.kind]
    return f'+{plain};"−"{plain};{plain}' if column.signed else f'{plain};"−"{plain}'


def workbook_bytes(report: Report) -> bytes:
    """Return a report as an XLSX workbook: a summary, a sheet a table, how it was reckoned."""
    workbook = Workbook()
    workbook.properties.title = report.title
    workbook.properties.creator = report.council
    names = sheet_names([SUMMARY, *(table.title for table in report.tables), RECKONING])
    summary = workbook.active
    summary.title = next(names)
    _summary(summary, report)
    for table in report.tables:
        _table(workbook.create_sheet(next(names)), table)
    _pairs(workbook.create_sheet(next(names)), RECKONING, report.reckoning)
    kept = io.BytesIO()
    workbook.save(kept)
    return kept.getvalue()


def sheet_names(titles: Sequence[str]) -> Iterator[str]:
    """Yield a name a sheet that the file format allows: short, plain, each once."""
    taken: set[str] = set()
    for title in titles:
        plain = FORBIDDEN.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", title)).strip("' ") or "Table"
        name, count = plain[:LONGEST_TITLE].strip(), 1
        while name.casefold() in taken:
            count += 1
            end = f" {count}"
            name = plain[: LONGEST_TITLE - len(end)].strip() + end
        taken.add(name.casefold())
        yield name


def _text(cell: Cell, words: str, *, font: Font | None = None) -> None:
    # XML has no way to hold control characters at all, so the place is shown.
    cell.value = ILLEGAL_CHARACTERS_RE.sub("�", safe_text(words))
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if font is not None:
        cell.font = font


def _summary(sheet: Worksheet, report: Report) -> None:
    _text(sheet.cell(1, 1), report.title, font=Font(bold=True, size=14))
    _text(sheet.cell(2, 1), f"{report.council}, {report.day}")
    row = 4
    for label, value in report.facts:
        _text(sheet.cell(row, 1), label, font=BOLD)
        _text(sheet.cell(row, 2), value)
        row += 1
    for sentence in report.sentences:
        row += 1
        _text(sheet.cell(row, 1), sentence)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
        sheet.row_dimensions[row].height = 15 * (1 + len(sentence) // 95)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 38, 60


def _pairs(sheet: Worksheet, title: str, pairs: Sequence[tuple[str, str]]) -> None:
    _text(sheet.cell(1, 1), title, font=Font(bold=True, size=14))
    for row, (label, value) in enumerate(pairs, start=3):
        _text(sheet.cell(row, 1), label, font=BOLD)
        _text(sheet.cell(row, 2), value)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 38, 90


def _table(sheet: Worksheet, table: ReportTable) -> None:
    _text(sheet.cell(1, 1), table.title, font=Font(bold=True, size=14))
    sheet.cell(1, 1).alignment = Alignment(wrap_text=False)
    for across, column in enumerate(table.columns, start=1):
        head = sheet.cell(3, across)
        _text(head, column.heading, font=BOLD)
        head.fill = HEAD
        end = "left" if column.kind == Kind.TEXT else "right"
        head.alignment = Alignment(wrap_text=True, vertical="bottom", horizontal=end)
    down = 4
    for values in table.rows:
        _row(sheet, down, table.columns, values)
        down += 1
    if table.total is not None:
        _row(sheet, down, table.columns, table.total, font=BOLD)
        down += 1
    if table.note:
        _text(sheet.cell(down + 1, 1), table.note)
        sheet.cell(down + 1, 1).alignment = Alignment(wrap_text=False)
    sheet.freeze_panes = "B4"
    _widths(sheet, table)
    _for_paper(sheet)


def _row(
    sheet: Worksheet,
    down: int,
    columns: Sequence[Column],
    values: Sequence[Any],
    *,
    font: Font | None = None,
) -> None:
    for across, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
        cell = sheet.cell(down, across)
        if font is not None:
            cell.font, cell.border = font, RULE
        if value is None:
            continue
        if column.kind == Kind.TEXT:
            _text(cell, str(value), font=font)
            continue
        number = number_of(value, column.kind)
        cell.value = float(number) if isinstance(number, Decimal) else number
        cell.number_format = format_of(column)
        cell.alignment = Alignment(vertical="top")


def _widths(sheet: Worksheet, table: ReportTable) -> None:
    shown = [*table.rows, table.total] if table.total is not None else list(table.rows)
    for across, column in enumerate(table.columns):
        longest = max((len(words_of(row[across], column)) for row in shown), default=0)
        width = min(max(longest + 3, len(column.heading) // 2 + 3, NARROWEST), WIDEST)
        sheet.column_dimensions[get_column_letter(across + 1)].width = width


def _for_paper(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "3:3"
