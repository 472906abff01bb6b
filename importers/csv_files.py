"""CSV: bytes → text → rows."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator

from importers.faults import BadFile
from importers.sheet_limits import Row

# Only these end a line. str.splitlines would also break cells at form feeds and U+2028.
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WINDOWS_NOTE = (
    "The file is not UTF-8; it was read as Windows-1252. Look at names with accents before you "
    "accept, or save it as “CSV UTF-8”."
)


def decoded(content: bytes) -> tuple[str, list[str]]:
    """Return bytes as text with notes on how; nothing is guessed that the notes don't say."""
    if content.startswith(UTF16_MARKS):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError as broken:
            raise BadFile(f"The file begins as UTF-16 and breaks at byte {broken.start}.") from None
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as not_utf8:
        try:
            return content.decode("cp1252"), [WINDOWS_NOTE]
        except UnicodeDecodeError as broken:
            line = content.count(b"\n", 0, broken.start) + 1
            raise BadFile(
                f"Line {line} (byte {broken.start}) is neither UTF-8 nor Windows-1252 text. "
                "Is this a CSV file? Save it as “CSV UTF-8”."
            ) from not_utf8


def csv_rows(text: str) -> Iterator[Row]:
    """Yield the records of CSV text with trailing blanks trimmed; BadFile names the row."""
    reader = csv.reader(_lines(text), strict=True)
    number = 0
    while True:
        number += 1
        starts_at = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise BadFile(_sentence(broken, number=number, line=starts_at)) from broken
        yield Row(number, _trimmed(cells))


def _lines(text: str) -> Iterable[str]:
    return (match[0] for match in LINE.finditer(text))


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _sentence(broken: csv.Error, *, number: int, line: int) -> str:
    words = str(broken)
    where = f"Row {number} (line {line})"
    if "unexpected end" in words:
        return f"{where}: a quote is opened and never closed."
    if "field larger" in words:
        return f"{where}: a cell is endless. Is a quote opened there and never closed?"
    if "expected after" in words:
        return f'{where}: a quote is closed in the middle of a cell; write a quote inside as “""”.'
    return f"{where} cannot be read as CSV: {words}."
