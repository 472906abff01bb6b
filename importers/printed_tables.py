"""Printed tables of planned hours and cost, as they are typed or pasted from a report."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from importers.cells import as_meant

COLUMNS = ("name", "clients", "weekly_hours", "annual_hours", "annual_pounds")
# A sixth column is for weekly hours before they were rounded for print, where a council has them.
UNROUNDED = "unrounded_weekly_hours"
TITLES: Mapping[str, str] = {
    "name": "Name",
    "clients": "Clients",
    "weekly_hours": "Weekly hours",
    "annual_hours": "Annual hours",
    "annual_pounds": "Annual cost",
}
BETWEEN = re.compile(r"\t|;|\|")
TOTALS = frozenset({"total", "totals", "all"})
RATE = re.compile(
    r"(?:(?P<percent>\d{1,3}(?:\.\d{1,4})?)\s*%\s*(?:at|of|×|x|@)?\s*)?£?\s*(?P<pounds>\d{1,4}(?:\.\d{1,2})?)"
)
MOST_CHARACTERS = 40_000

Row = dict[str, Any]


def read_rows(text: str) -> tuple[list[Row], Row | None]:
    """Return the rows and the total row (None where there is none) of a pasted table.

    One row a line, cells apart by tabs (as spreadsheets paste), semicolons or bars; a row of
    headings is left out, a row called Total is the total. ValueError names the line and the cell.
    """
    rows: list[Row] = []
    total: Row | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = [as_meant(cell.strip()) for cell in BETWEEN.split(line.strip("\r\n"))]
        if not rows and _is_heading(cells):
            continue
        row = _row(number, cells)
        if row["name"].casefold() not in TOTALS:
            rows.append(row)
        elif total is None:
            total = row
        else:
            raise ValueError(f"Line {number}: there is a total row already; leave one out.")
    if not rows:
        raise ValueError("No row yet: type or paste one a line, such as A; 161; 1,682; 87,452; …")
    return rows, total


def _is_heading(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and not any(any(c.isdigit() for c in cell) for cell in cells[1:])


def _row(number: int, cells: Sequence[str]) -> Row:
    named = ", ".join(TITLES[column].lower() for column in COLUMNS)
    if len(cells) not in (len(COLUMNS), len(COLUMNS) + 1):
        raise ValueError(
            f"Line {number}: {len(COLUMNS)} cells are needed ({named}), not {len(cells)}. Set them "
            "apart by tabs or semicolons: a comma may belong to a number."
        )
    if not cells[0]:
        raise ValueError(f"Line {number}: the row has no name.")
    row: Row = {"name": cells[0]}
    for column, cell in zip(COLUMNS[1:], cells[1:], strict=False):
        row[column] = _number(number, TITLES[column], cell, optional=column == "clients")
    if len(cells) > len(COLUMNS) and cells[-1]:
        row[UNROUNDED] = _number(number, "Unrounded weekly hours", cells[-1], optional=False)
    return row


def _number(line: int, title: str, cell: str, *, optional: bool) -> str | None:
    plain = cell.replace("£", "").replace(",", "").replace(" ", "").replace("\u00a0", "")
    if not plain and optional:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 12:
        raise ValueError(f"Line {line}, {title.lower()}: “{cell[:40]}” is not a number like 1,682.")
    if optional and number != number.to_integral_value():
        raise ValueError(f"Line {line}, {title.lower()}: “{cell[:40]}” is not a whole number.")
    return f"{number:f}"


def read_rates(text: str) -> list[tuple[Decimal, int]]:
    """Return shares in percent and pence an hour of `70 % at 12.80, 30 % at 15.80` or `15.80`.

    ValueError when they cannot be read or the shares do not make 100 %.
    """
    parts = [part.strip() for part in re.split(r"[,;+\n]", text) if part.strip()]
    found = []
    for part in parts:
        match = RATE.fullmatch(part)
        if match is None:
            raise ValueError(f"“{part[:40]}” is no rate: write 15.80, or 70 % at 12.80.")
        percent = Decimal(match["percent"] or 100)
        found.append((percent, int(Decimal(match["pounds"]) * 100)))
    if not found:
        raise ValueError(
            "The rate an hour is needed, such as 15.80, or 70 % at 12.80, 30 % at 15.80."
        )
    shares = sum((percent for percent, _ in found), Decimal(0))
    if shares != 100:
        raise ValueError(f"The shares make {shares:f} %, not 100 %.")
    return found


def rates_text(mix: Sequence[Sequence[Any]]) -> str:
    """Write kept rates as they are typed."""
    if len(mix) == 1:
        return f"{Decimal(mix[0][1]) / 100:.2f}"
    return ", ".join(
        f"{Decimal(str(percent)).normalize():f} % at {Decimal(pence) / 100:.2f}"
        for percent, pence in mix
    )


def rows_text(rows: Sequence[Mapping[str, Any]], total: Mapping[str, Any] | None) -> str:
    """Write kept rows as they are pasted: cells apart by tabs."""
    shown = [*rows, {**total, "name": total.get("name") or "Total"}] if total else list(rows)
    return "\n".join("\t".join(_cells(row)) for row in shown)


def _cells(row: Mapping[str, Any]) -> list[str]:
    cells = ["" if row.get(column) is None else str(row[column]) for column in COLUMNS]
    unrounded = row.get(UNROUNDED)
    return cells if unrounded in (None, "") else [*cells, str(unrounded)]
