"""How large a table may be, and a row of one."""

from dataclasses import dataclass

ROWS_MOST = 200_000
COLUMNS_MOST = 200
CELL_CHARACTERS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of text cells; `number` is what a spreadsheet shows (the headings are row 1)."""

    number: int
    cells: tuple[str, ...]
