"""Bytes → table: what is handled, what is refused, and that neither takes long."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from importers.csv_files import WINDOWS_NOTE
from importers.exports import xlsx_bytes
from importers.faults import BadFile
from importers.sheet_limits import Row
from importers.tables import read_table

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def with_sheet(xml: str, *, extra: dict[str, bytes] | None = None) -> bytes:
    """A workbook whose sheet is this XML."""
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["Name"]))) as source,
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            content = xml.encode() if member.filename == SHEET else source.read(member)
            target.writestr(member.filename, content)
        for name, content in (extra or {}).items():
            target.writestr(name, content)
    return kept.getvalue()


def sheet_xml(rows: str, prolog: str = "") -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{prolog}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.mark.parametrize(
    "content",
    [
        "Name,Town\r\nZoë,Ross\r\n".encode(),
        "\ufeffName,Town\nZoë,Ross".encode(),
        "Name,Town\rZoë,Ross\r".encode("utf-16"),
        "Name,Town\r\nZoë ,Ross,,,\n\r\n , \n".encode(),
        '"Name",Town\r"Zoë",Ross\n'.encode(),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16", "trailing blanks", "mixed line ends"],
)
def test_ix_10_encodings_line_ends_and_trailing_blanks_read_the_same(content: bytes):
    table = read_table(content)

    assert table.headings == ("Name", "Town")
    assert table.rows == [Row(2, ("Zoë", "Ross"))]
    assert table.notes == ()


def test_ix_10_windows_1252_is_read_and_said():
    table = read_table("Name\r\nZoë – “Zo”\r\n".encode("cp1252"))

    assert table.rows == [Row(2, ("Zoë – “Zo”",))]
    assert table.notes == (WINDOWS_NOTE,)


def test_line_ends_inside_quotes_are_kept():
    table = read_table(b'Name,Note\r\n1,"first\rsecond\r\nthird"\r2,x')

    assert table.rows == [Row(2, ("1", "first\rsecond\r\nthird")), Row(3, ("2", "x"))]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "The file is empty"),
        (b"\r\n , ,\r\n", "The file is empty"),
        (b"Name,Town,name\r\n", "“name” stands over columns 1 and 3"),
        (b"Name,,Town\r\n", "Row 1: column 2 has no heading"),
        (
            b'Name,Town\r\n1,"Ross\r\n2,Ledbury\r\n',
            r"Row 2 \(line 2\): a quote is opened and never",
        ),
        (b'Name\r\n"a"b\r\n', "Row 2 .*a quote is closed in the middle"),
        (b"Name,Town\r\n1,Ro\0ss\r\n", r"Row 2, column 2 \(Town\) holds a NUL byte"),
        ("Name,Town\r\n1,2".encode("utf-16-le"), "holds a NUL byte"),
        (b"Name;Town\r\n1;2\r\n", "parted by semicolons"),
        (b"Name\r\n\x81\xff\r\n", "Line 2 .*neither UTF-8 nor Windows-1252"),
        (b"\xff\xfeN\x00\x00\xd8", "begins as UTF-16 and breaks"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel file"),
        (b"PK\x03\x04rest", "begins like a zip file but is none"),
        (b"Name\r\n" + b"x" * 20_000, "Row 2, column 1 .Name. holds 20,000 characters"),
        (b"Name\r\n" + b"x" * 10_000_000, "Row 2 .*a cell is endless"),
        (b"," * 99_999 + b"x\r\n", "Row 1 has 100,000 columns; at most 250"),
        (b"Name\n" + b"x\n" * 200_001, "more than 200,000 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_by_place_and_fast(content: bytes, named: str):
    begins = time.monotonic()

    with pytest.raises(BadFile, match=named):
        read_table(content)

    assert time.monotonic() - begins < 5  # a guard against hanging, not a measurement


def test_xlsx_keeps_dates_numbers_and_truths_as_a_csv_would_hold_them():
    book = Workbook()
    book.active.append(["Day", "Whole", "Part", "Truth", "Text", "Time"])
    from_iso = __import__("datetime").datetime(2026, 11, 5)
    at = __import__("datetime").time(7, 30)
    book.active.append([from_iso, 7.0, 0.1 + 0.2, True, " '=x ", at])
    book.active.append([None, 12345678, 1e-7, False, "007", None])
    kept = io.BytesIO()
    book.save(kept)

    table = read_table(kept.getvalue())

    assert [row.cells for row in table.rows] == [
        ("05/11/2026", "7", "0.3", "Yes", "'=x", "07:30"),
        ("", "12345678", "0.0000001", "No", "007"),
    ]


def test_xlsx_with_several_sheets_says_which_was_read():
    book = Workbook()
    book.active.append(["Name"])
    book.create_sheet("Old people").append(["Name"])
    kept = io.BytesIO()
    book.save(kept)

    assert read_table(kept.getvalue()).notes == (
        "Only the sheet “Sheet” was read, not “Old people”.",
    )


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
FAR = '<row r="1"><c r="A1" t="str"><v>Name</v></c></row>'


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (
            with_sheet(sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
            "The sheet reaches past row 200,000",
        ),
        (
            with_sheet(sheet_xml(FAR + '<row r="2"><c r="XFD2"><v>1</v></c></row>')),
            "Row 2 reaches column XFD; at most 250",
        ),
        (
            with_sheet(sheet_xml('<row r="1"><c r="A1" t="str"><v>&i;</v></c></row>', BOMB)),
            "not a workbook Homeward can read",
        ),
        (with_sheet("<not-xml"), "not a workbook Homeward can read"),
        (workbook(["Name"], ["=1+1"]), "Cell A2 holds a formula"),
        (
            with_sheet(sheet_xml(FAR + '<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>')),
            "Cell A2 holds the error #REF!",
        ),
        (
            with_sheet(sheet_xml(FAR), extra={"filler.bin": b"0" * 60_000_000}),
            "would unpack to",
        ),
        (
            with_sheet(sheet_xml(FAR), extra={f"part{n}": b"x" for n in range(120)}),
            "at most 100 are opened",
        ),
    ],
    ids=[
        "sparse corner",
        "sparse column",
        "entity bomb",
        "broken XML",
        "formula",
        "error",
        "zip bomb",
        "many parts",
    ],
)
def test_hostile_xlsx_is_refused_by_name_and_fast(content: bytes, named: str):
    begins = time.monotonic()

    with pytest.raises(BadFile, match=named):
        read_table(content)

    assert time.monotonic() - begins < 5  # a guard against hanging, not a measurement


def test_xlsx_ignores_the_dimensions_the_file_claims():
    claimed = sheet_xml(FAR + '<row r="2"><c r="A2" t="str"><v>Zoë</v></c></row>').replace(
        "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
    )

    assert read_table(with_sheet(claimed)).rows == [Row(2, ("Zoë",))]


def test_xlsx_of_text_with_control_characters_can_be_written():
    table = read_table(xlsx_bytes(["Name"], [["bad\x0bbell"]]))

    assert table.rows == [Row(2, ("bad�bell",))]
