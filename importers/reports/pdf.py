"""A report as A4 pages: the council and the day on each, page numbers, tables that break well."""

import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus.flowables import Flowable

from importers.reports.document import Column, Kind, Report, ReportTable, words_of

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "Homeward", "Homeward-Bold"
INK, QUIET, ACCENT = HexColor("#1C2B33"), HexColor("#4B5A57"), HexColor("#127A70")
GROUND, LINE = HexColor("#E7F4F1"), HexColor("#C9D3D1")
MARGIN, FOOT = 16 * mm, 18 * mm
MANY_COLUMNS = 6  # more than these lie better across the page
WIDEST_TEXT, NARROWEST = 62 * mm, 15 * mm
ROOM_FOR_A_START = 34 * mm
WIDENED = 1.4  # columns share out the room that is left, up to this
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@lru_cache(1)
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "DejaVuSansCondensed.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "DejaVuSansCondensed-Bold.ttf"))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def _style(name: str, **changes: Any) -> ParagraphStyle:
    usual = {"fontName": PLAIN, "fontSize": 8.5, "leading": 11, "textColor": INK}
    return ParagraphStyle(name, **{**usual, **changes})


BODY = _style("body", spaceAfter=2)
TITLE = _style("title", fontName=BOLD, fontSize=17, leading=21, spaceAfter=3)
UNDER_TITLE = _style("under", fontSize=9.5, textColor=QUIET, spaceAfter=8)
HEADING = _style("heading", fontName=BOLD, fontSize=11, leading=14, spaceBefore=12, spaceAfter=4)
NOTE = _style("note", fontSize=7.5, leading=10, textColor=QUIET, spaceBefore=3)
WORDS = _style("words")
STRONG = _style("strong", fontName=BOLD)
NUMBER = _style("number", alignment=TA_RIGHT)
STRONG_NUMBER = _style("strong-number", fontName=BOLD, alignment=TA_RIGHT)
HEAD = _style("head", fontName=BOLD, fontSize=7.5, leading=9.5, textColor=QUIET)
HEAD_NUMBER = _style(
    "head-number", fontName=BOLD, fontSize=7.5, leading=9.5, textColor=QUIET, alignment=TA_RIGHT
)


class NumberedCanvas(Canvas):
    """A canvas that knows how many pages there are before it writes the foot of each."""

    def __init__(self, *args: Any, foot: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.foot = foot
        self.pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page until the count is known."""
        self.pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its foot."""
        for number, page in enumerate(self.pages, start=1):
            self.__dict__.update(page)
            self._foot(number, len(self.pages))
            super().showPage()
        super().save()

    def _foot(self, number: int, of: int) -> None:
        width = self._pagesize[0]
        self.setStrokeColor(LINE)
        self.line(MARGIN, FOOT - 4 * mm, width - MARGIN, FOOT - 4 * mm)
        self.setFont(PLAIN, 7.5)
        self.setFillColor(QUIET)
        self.drawString(MARGIN, FOOT - 8 * mm, self.foot)
        self.drawRightString(width - MARGIN, FOOT - 8 * mm, f"Page {number} of {of}")


def pdf_bytes(report: Report) -> bytes:
    """Return a report as a PDF of A4 pages."""
    _register_fonts()
    parts = [part for table in report.tables for part in table.divided()]
    wide = any(len(part.columns) > MANY_COLUMNS for part in parts)
    size = landscape(A4) if wide else A4
    kept = io.BytesIO()
    document = BaseDocTemplate(
        kept,
        pagesize=size,
        title=report.title,
        author=report.council,
        subject=report.day,
        creator="Homeward",
        lang="en-GB",
    )
    room = size[0] - 2 * MARGIN
    frame = Frame(
        *(MARGIN, FOOT, room, size[1] - FOOT - MARGIN),
        **dict.fromkeys(("leftPadding", "rightPadding", "topPadding", "bottomPadding"), 0),
    )
    document.addPageTemplates([PageTemplate("page", [frame])])
    foot = f"{report.council} · {report.title} · {report.day}"

    def canvas(*args: Any, **kwargs: Any) -> NumberedCanvas:
        return NumberedCanvas(*args, foot=foot, **kwargs)

    document.build(list(_story(report, parts, room)), canvasmaker=canvas)
    return kept.getvalue()


def _plain(words: str) -> str:
    return escape(CONTROL.sub(" ", words))


def _story(report: Report, parts: Sequence[ReportTable], room: float) -> Iterator[Flowable]:
    yield Paragraph(_plain(report.title), TITLE)
    yield Paragraph(_plain(f"{report.council}, {report.day}"), UNDER_TITLE)
    if report.facts:
        yield _pairs(report.facts, room)
    for sentence in report.sentences:
        yield Spacer(0, 3)
        yield Paragraph(_plain(sentence), BODY)
    for table in parts:
        yield CondPageBreak(ROOM_FOR_A_START)
        yield Paragraph(_plain(table.title), HEADING)
        yield _grid(table, room)
        if table.note:
            yield Paragraph(_plain(table.note), NOTE)
    if report.reckoning:
        yield CondPageBreak(ROOM_FOR_A_START)
        yield Paragraph("How it was reckoned", HEADING)
        yield _pairs(report.reckoning, room)


def _pairs(pairs: Sequence[tuple[str, str]], room: float) -> LongTable:
    cells = [
        [Paragraph(_plain(label), STRONG), Paragraph(_plain(say), WORDS)] for label, say in pairs
    ]
    label_width = min(58 * mm, room / 3)
    return LongTable(
        cells, colWidths=[label_width, room - label_width], style=_lines(), hAlign="LEFT"
    )


def _grid(table: ReportTable, room: float) -> LongTable:
    heads = [
        Paragraph(_plain(column.heading), HEAD if column.kind == Kind.TEXT else HEAD_NUMBER)
        for column in table.columns
    ]
    cells = [heads, *(_row(table.columns, row, strong=False) for row in table.rows)]
    if table.total is not None:
        cells.append(_row(table.columns, table.total, strong=True))
    style = _lines()
    style.add("BACKGROUND", (0, 0), (-1, 0), GROUND)
    style.add("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT)
    style.add("VALIGN", (0, 0), (-1, 0), "BOTTOM")
    if table.total is not None:
        style.add("LINEABOVE", (0, -1), (-1, -1), 0.8, ACCENT)
        style.add("NOSPLIT", (0, -2), (-1, -1))
    return LongTable(
        cells, colWidths=_widths(table, room), style=style, repeatRows=1, hAlign="LEFT"
    )


def _row(columns: Sequence[Column], values: Sequence[Any], *, strong: bool) -> list[Paragraph]:
    words_style, number_style = (STRONG, STRONG_NUMBER) if strong else (WORDS, NUMBER)
    return [
        Paragraph(
            _plain(words_of(value, column)),
            words_style if column.kind == Kind.TEXT else number_style,
        )
        for column, value in zip(columns, values, strict=True)
    ]


def _lines() -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )


def _widths(table: ReportTable, room: float) -> list[float]:
    """Return the columns' widths: what their words need, shared out where that is too much."""
    shown = [*table.rows, table.total] if table.total is not None else list(table.rows)
    wanted = []
    for across, column in enumerate(table.columns):
        longest = max((len(words_of(row[across], column)) for row in shown), default=0)
        word = max((len(part) for part in column.heading.split()), default=0)
        wanted.append(min(max(max(longest, word) * 1.75 * mm + 3 * mm, NARROWEST), WIDEST_TEXT))
    asked = sum(wanted)
    texts = [at for at, column in enumerate(table.columns) if column.kind == Kind.TEXT]
    if asked > room and texts:
        over = asked - room
        held = sum(wanted[at] for at in texts)
        for at in texts:
            wanted[at] = max(wanted[at] - over * wanted[at] / held, NARROWEST)
        asked = sum(wanted)
    return [width * min(WIDENED, room / asked) for width in wanted]
