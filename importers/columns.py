"""Columns a kind of file has, and which heading of a file is which of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from importers.cells import Reader, Writer, as_meant, safe_text
from importers.faults import BadFile
from importers.sheet_limits import Row


@dataclass(frozen=True)
class Column:
    """One column: its Mosaic heading, our neutral name, how a cell is read and written.

    `field` is the attribute of the terms it states. `required`: the file must have it.
    `needed`: a cell must not be empty; otherwise an empty cell reads as `blank`.
    `number`: a spreadsheet should hold it as a number.
    `aliases`: headings others give it, the likeliest first.
    `also`: other headings that are this column as surely as its own.
    """

    heading: str
    name: str
    field: str
    read: Reader
    write: Writer = str
    required: bool = True
    needed: bool = False
    blank: Any = ""
    number: bool = False
    aliases: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellError:
    """Why a cell was refused, under the heading as sent."""

    column: str
    message: str


class Layout:
    """Which position of a file's rows holds which column."""

    def __init__(
        self, columns: Sequence[Column], placed: Mapping[str, int], headings: Sequence[str]
    ):
        self.columns, self.headings = columns, headings
        self.placed = dict(placed)
        self.absent = [column for column in columns if column.name not in self.placed]
        self._plan = [
            (column, self.placed[column.name]) for column in columns if column.name in self.placed
        ]
        self._blank = {column.name: column.blank for column in columns}

    def heading_of(self, name: str) -> str:
        """Return the file's own heading of a column (the Mosaic one when the file has none)."""
        if name in self.placed:
            return self.headings[self.placed[name]]
        return next((one.heading for one in self.columns if one.name == name), name)

    def without(self, names: Collection[str]) -> "Layout":
        """Return the layout with some columns left out: what stands under them is not read."""
        placed = {name: at for name, at in self.placed.items() if name not in names}
        return Layout(self.columns, placed, self.headings)

    def values(self, row: Row) -> tuple[dict[str, Any], list[CellError]]:
        """Read a row: values by column name, and an error for each cell that cannot be read."""
        values, errors = dict(self._blank), []
        cells, width = row.cells, len(row.cells)
        for column, position in self._plan:
            text = cells[position] if position < width else ""
            if not text:
                if column.needed:
                    errors.append(CellError(self.headings[position], "This cell is empty."))
                continue
            try:
                values[column.name] = column.read(as_meant(text) if text[0] == "'" else text)
            except ValueError as refusal:
                errors.append(CellError(self.headings[position], str(refusal)))
        if width > len(self.headings):
            errors.append(
                CellError(
                    "",
                    f"The row has {width} cells under {len(self.headings)} headings: is a comma "
                    "missing its quotes?",
                )
            )
        return values, errors


def suggested_mapping(headings: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """Return file heading → column name where heading and name are the same but for case.

    A column no heading names so is found by the first of its aliases that the file has.
    """
    known = {plain_words(column.heading): column.name for column in columns}
    known.update({plain_words(column.name): column.name for column in columns})
    for column in columns:
        for words in column.also:
            known.setdefault(plain_words(words), column.name)
    of_heading = {heading: known.get(plain_words(heading)) for heading in headings}
    found = {heading: name for heading, name in of_heading.items() if name}
    taken = set(found.values())
    free = {plain_words(heading): heading for heading in headings if heading not in found}
    for column in columns:
        alias = next((plain_words(one) for one in column.aliases if plain_words(one) in free), None)
        if alias is not None and column.name not in taken:
            found[free.pop(alias)] = column.name
    return found


def laid_out(
    headings: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]
) -> tuple[Layout, list[str]]:
    """Return the layout of a file and a note on headings not used; BadFile names what is missing.

    `mapping` is file heading → column name (empty: leave the column out) and goes before what the
    headings themselves suggest.
    """
    names = {column.name for column in columns}
    strangers = [name for name in mapping.values() if name and name not in names]
    if strangers:
        raise BadFile(f"There is no column called {strangers[0]}; there are {', '.join(names)}.")
    chosen = suggested_mapping(headings, columns) | dict(mapping)
    placed: dict[str, int] = {}
    for position, heading in enumerate(headings):
        name = chosen.get(heading, "")
        if name and name in placed:
            first = headings[placed[name]]
            raise BadFile(f"“{first}” and “{heading}” are both mapped to {name}: choose one.")
        if name:
            placed[name] = position
    missing = [
        column.heading for column in columns if column.required and column.name not in placed
    ]
    if missing:
        raise BadFile(
            f"The file lacks {', '.join(f'“{one}”' for one in missing)}. Add the column, or say "
            "which of the file's headings it is.",
            headings=headings,
        )
    unused = [heading for heading in headings if not chosen.get(heading)]
    notes = [f"Not used: {', '.join(f'“{one}”' for one in unused)}."] if unused else []
    return Layout(columns, placed, headings), notes


def written(columns: Sequence[Column], terms: Any) -> list[str | Decimal]:
    """Return terms as a row of cells, safe to open in a spreadsheet."""
    row: list[str | Decimal] = []
    for column in columns:
        text = column.write(getattr(terms, column.field))
        row.append(Decimal(text) if column.number else safe_text(text))
    return row


def plain_words(text: str) -> str:
    """Return a heading as it is compared: case, spacing and underscores do not count."""
    return " ".join(text.replace("_", " ").casefold().split())
