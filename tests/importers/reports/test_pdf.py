"""A report as pages: A4, numbered, its signs and letters right, long tables repeated headings."""

import io

from pypdf import PageObject, PdfReader
from reportlab.pdfbase.ttfonts import TTFontFile

from importers.reports.document import Column, Kind, Report, ReportTable
from importers.reports.pdf import FONTS, pdf_bytes


def report(rows: int, columns: int = 3) -> Report:
    """Return a report with one table of so many rows."""
    heads = [Column("Zone"), *(Column(f"Cost {n}", Kind.POUNDS) for n in range(columns - 1))]
    cells = [[f"Tŷ Gwyn <b>{n}</b>", *([n * 100] * (columns - 1))] for n in range(rows)]
    return Report(
        "Sandbox: −5 % × O",
        "Testshire",
        "packages of 23/11/2026",
        facts=[("Budget", "under by £254,042.20")],
        tables=[ReportTable("Zones", heads, cells, total=["All", *([7] * (columns - 1))])],
        reckoning=[("Option", "Tried")],
    )


def pages_of(content: bytes) -> list[PageObject]:
    """Return the pages as a reader sees them."""
    return list(PdfReader(io.BytesIO(content)).pages)


def words_on(page: PageObject) -> str:
    """Return a page's words, set apart by single blanks."""
    return " ".join(page.extract_text().split())


def test_pages_are_a4_upright_and_lie_across_for_many_columns():
    upright, across = (
        pages_of(pdf_bytes(report(3)))[0],
        pages_of(pdf_bytes(report(3, columns=9)))[0],
    )

    assert (int(upright.mediabox.width), int(upright.mediabox.height)) == (595, 841)
    assert (int(across.mediabox.width), int(across.mediabox.height)) == (841, 595)


def test_long_table_goes_on_under_repeated_headings_with_numbered_pages():
    pages = [words_on(page) for page in pages_of(pdf_bytes(report(150)))]

    assert len(pages) >= 3
    for number, words in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in words
        assert "Testshire · Sandbox: −5 % × O · packages of 23/11/2026" in words
    assert all("Cost 0" in words for words in pages[:-1])


def test_typeface_has_every_sign_a_report_uses():
    for name in ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"):
        known = TTFontFile(str(FONTS / name)).charToGlyph
        missing = [sign for sign in "£−×–—→≥½·“”’ŵŷŴŶłŁé�" if ord(sign) not in known]
        assert missing == [], name


def test_signs_and_letters_are_shown_right_and_markup_stays_words():
    words = words_on(pages_of(pdf_bytes(report(2)))[0])

    assert "Sandbox: −5 % × O" in words
    assert "under by £254,042.20" in words
    assert "Tŷ Gwyn <b>1</b> £1.00" in words
    assert "All £0.07" in words


def test_document_says_whose_it_is_and_in_which_language():
    reader = PdfReader(io.BytesIO(pdf_bytes(report(1))))

    assert (reader.metadata.title, reader.metadata.author) == ("Sandbox: −5 % × O", "Testshire")
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
