"""XLSX: bytes → rows of text, without believing anything the file says about its own size.

Formulae are not evaluated, and the value some program last kept for one is not taken on trust
either: a cell with a formula refuses the file and names the cell.
"""

import io
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import DEFUSEDXML, load_workbook
from openpyxl.utils import get_column_letter

from importers.archives import open_zip
from importers.faults import BadFile
from importers.sheet_limits import COLUMNS_MOST, ROWS_MOST, Row

if not DEFUSEDXML:
    raise ImportError("defusedxml is needed: without it an XLSX can fill the memory by entities.")


def xlsx_rows(content: bytes) -> tuple[list[Row], list[str]]:
    """Return the rows of a workbook's first visible sheet, and a note when it has others."""
    open_zip(content).close()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions: nothing we read
            return _read(content)
    except BadFile:
        raise
    except Exception as broken:
        # openpyxl meets a damaged or hostile file with whatever it trips over first.
        raise BadFile(
            f"This is not a workbook Homeward can read ({type(broken).__name__}). "
            "Save it again as .xlsx, or as CSV."
        ) from broken


def _read(content: bytes) -> tuple[list[Row], list[str]]:
    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise BadFile("The workbook has no visible sheet.")
        sheet = visible[0]
        sheet.reset_dimensions()
        rows = list(_rows(sheet.iter_rows()))
    finally:
        workbook.close()
    others = ", ".join(f"“{other.title}”" for other in visible[1:])
    notes = [f"Only the sheet “{sheet.title}” was read, not {others}."] if others else []
    return rows, notes


def _rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        if number > ROWS_MOST:
            raise BadFile(f"The sheet reaches past row {ROWS_MOST:,}: split it, or send CSV.")
        if len(cells) > COLUMNS_MOST:
            raise BadFile(
                f"Row {number} reaches column {get_column_letter(len(cells))}; at most "
                f"{COLUMNS_MOST} columns are read. Delete the columns to the right."
            )
        if not cells:
            continue
        texts = [_text(cell, number) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        yield Row(number, tuple(texts))


def _text(cell: Any, number: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e"):
        name = f"{get_column_letter(cell.column)}{number}"
        what = f"the error {value}" if cell.data_type == "e" else "a formula"
        raise BadFile(f"Cell {name} holds {what}. Copy the sheet and paste values only.")
    return cell_text(value)


def cell_text(value: Any) -> str:
    """Return a spreadsheet's value as the text a CSV would hold: 7.0 is 7, a date DD/MM/YYYY."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.strftime("%d/%m/%Y") if midnight else value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, float):
        # 15 digits are what Excel keeps: 0.1 + 0.2 typed there is 0.3 again.
        return f"{Decimal(f'{value:.15g}').normalize():f}"
    return str(value)
