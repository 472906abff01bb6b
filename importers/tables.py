"""Bytes that somebody sent → a table of text cells, or a refusal that names row and column.

What the bytes are is told by how they begin, never by the file's name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile

from importers.archives import is_zip, ungzipped
from importers.csv_files import csv_rows, decoded
from importers.faults import BadFile
from importers.sheet_limits import CELL_CHARACTERS_MOST, COLUMNS_MOST, ROWS_MOST, Row
from importers.xlsx_files import xlsx_rows

OLD_EXCEL_MARK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Table:
    """Headings and rows as sent (trailing blanks trimmed), and what to know about the reading."""

    headings: tuple[str, ...]
    rows: Sequence[Row]
    notes: tuple[str, ...] = field(default=())


def read_table(content: bytes, *, begins: Callable[[Row], bool] | None = None) -> Table:
    """Read CSV (or .csv.gz) or XLSX bytes; BadFile names what cannot be read and the way out.

    `begins` knows the row of the headings where a file has a title block above it.
    """
    content = ungzipped(content)
    if content.startswith(OLD_EXCEL_MARK):
        raise BadFile("This is an old Excel file (.xls): save it as .xlsx or CSV.")
    if is_zip(content):
        rows, notes = xlsx_rows(content)
        return _table(_from_headings(rows, begins), notes)
    text, notes = decoded(content)
    return _table(_from_headings(csv_rows(text), begins), notes)


def _from_headings(rows: Iterable[Row], begins: Callable[[Row], bool] | None) -> Iterable[Row]:
    return rows if begins is None else dropwhile(lambda row: not begins(row), rows)


def _table(rows: Iterable[Row], notes: Sequence[str]) -> Table:
    headings: tuple[str, ...] = ()
    kept: list[Row] = []
    for row in rows:
        if len(row.cells) > COLUMNS_MOST:
            raise BadFile(
                f"Row {row.number} has {len(row.cells):,} columns; at most {COLUMNS_MOST} are read."
            )
        if row.number > ROWS_MOST:
            raise BadFile(f"The file has more than {ROWS_MOST:,} rows: split it.")
        if not any(row.cells):
            continue
        if not headings:
            headings = _headings(row)
            continue
        _require_clean(row, headings)
        kept.append(row)
    if not headings:
        raise BadFile("The file is empty: its first row must hold the headings.")
    return Table(headings, kept, tuple(notes))


def _headings(row: Row) -> tuple[str, ...]:
    _require_clean(row, row.cells)
    headings = row.cells
    if len(headings) == 1:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in headings[0]:
                raise BadFile(f"The columns are parted by {name}: save the file as CSV (commas).")
    seen: dict[str, int] = {}
    for position, heading in enumerate(headings, start=1):
        if not heading:
            raise BadFile(f"Row {row.number}: column {position} has no heading.")
        name = heading.casefold()
        if name in seen:
            raise BadFile(
                f"Row {row.number}: the heading “{heading[:60]}” stands over columns {seen[name]} "
                f"and {position}: which one counts? Rename or remove one."
            )
        seen[name] = position
    return headings


def _require_clean(row: Row, headings: Sequence[str]) -> None:
    for position, cell in enumerate(row.cells):
        if "\0" in cell or len(cell) > CELL_CHARACTERS_MOST:
            # PostgreSQL keeps no text with a NUL byte in it, and here it may stand in the heading.
            named = headings[position][:60] if position < len(headings) else ""
            named = named.replace("\0", "")
            where = f"Row {row.number}, column {position + 1}" + (f" ({named})" if named else "")
            if "\0" in cell:
                raise BadFile(
                    f"{where} holds a NUL byte: the file is damaged, or not text. Export it again."
                )
            raise BadFile(
                f"{where} holds {len(cell):,} characters; at most {CELL_CHARACTERS_MOST:,} are "
                "read. Is a quote opened there and never closed?"
            )
