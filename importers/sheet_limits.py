"""How large a table may be, and a row of one."""

from dataclasses import dataclass

ROWS_MOST = 200_000
# A kind of record has at most 200 own fields besides its built-in columns.
COLUMNS_MOST = 250
CELL_CHARACTERS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of text cells; `number` is what a spreadsheet shows (the headings are row 1)."""

    number: int
    cells: tuple[str, ...]
