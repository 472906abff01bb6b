"""The CQC's published lists of locations: its care directory, latest ratings and wider exports.

Their headings differ and so does their dirt: a title block above the headings, a row for every
domain of a rating, dates in three forms, "Requires Improvement" beside "Requires improvement".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from cms_models.accounts.models import User
from cms_models.market.cqc import (
    RATINGS,
    LocationTerms,
    rating_changes,
    register_locations,
    stored_locations,
)
from importers import cells
from importers.base import Examination, Sheet, Step, TableImporter
from importers.columns import Column, laid_out, plain_words
from importers.faults import BadCell, BadFile
from importers.sheet_limits import Row
from importers.tables import Table, read_table

UNRATED = (
    "Not rated",
    "Inspected but not rated",
    "Insufficient evidence to rate",
    "No published rating",
)
RATING_WORDS = {**{word: word for word in RATINGS}, **dict.fromkeys(UNRATED, "Not yet rated")}
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
SLASHED_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?")
DAY_FIRST, MONTH_FIRST = "day first", "month first"


def read_services(text: str) -> tuple[str, ...]:
    """Return the services of a cell that parts them by bars, or by commas."""
    parts = text.split("|" if "|" in text else ",")
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def read_end(text: str) -> bool:
    """Return that a location with a day on which it ended is not registered any more."""
    return False


def day_order(texts: Iterable[str]) -> str | None:
    """Return whether a column's slashed dates begin with the day or the month; None if it is open.

    A column that shows both is refused: nothing in it can be trusted.
    """
    found = set()
    for text in texts:
        match = SLASHED_DAY.fullmatch(text.strip())
        if match and int(match[1]) > 12:
            found.add(DAY_FIRST)
        elif match and int(match[2]) > 12:
            found.add(MONTH_FIRST)
    if len(found) > 1:
        raise BadFile(
            "Some dates begin with the day and others with the month: write them all as 2026-05-29."
        )
    return next(iter(found), None)


def day_reader(order: str | None) -> Callable[[str], date | None]:
    """Return a reader of dates; slashed ones are left out where their order is not known."""

    def read(text: str) -> date | None:
        match = ISO_DAY.fullmatch(text)
        slashed = SLASHED_DAY.fullmatch(text)
        try:
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
            if slashed and order is None:
                return None
            if slashed:
                first, second, year = (int(part) for part in slashed.groups())
                day, month = (first, second) if order == DAY_FIRST else (second, first)
                return date(year, month, day)
        except ValueError as wrong:
            raise BadCell(f"“{text[:40]}” is no day of the calendar.") from wrong
        raise BadCell(f"“{text[:40]}” is no date like 2026-05-29.")

    return read


RATED_ON = Column(
    "Publication Date",
    "rated_on",
    "rated_on",
    day_reader(None),
    cells.write_date,
    required=False,
    blank=None,
    also=("Report publication date",),
)
CQC_COLUMNS = (
    Column(
        "Location ID",
        "location_id",
        "location_id",
        cells.text_of(20),
        needed=True,
        also=("CQC Location ID (for office use only)", "CQC Location (for office use only)"),
    ),
    Column("Location Name", "name", "name", cells.text_of(200), needed=True, also=("Name",)),
    Column(
        "Provider ID",
        "provider_id",
        "provider_id",
        cells.text_of(20),
        required=False,
        blank=None,
        also=("CQC Provider ID (for office use only)",),
    ),
    Column(
        "Provider Name",
        "provider_name",
        "provider_name",
        cells.text_of(200),
        required=False,
        blank=None,
    ),
    Column(
        "Location Post Code",
        "postcode",
        "postcode",
        cells.read_postcode,
        required=False,
        blank=None,
        also=("Postcode", "Location Postal Code"),
    ),
    Column(
        "Service Types",
        "services",
        "services",
        read_services,
        ", ".join,
        required=False,
        blank=None,
    ),
    Column(
        "Location Latest Overall Rating",
        "rating",
        "rating",
        cells.choice_of(RATING_WORDS),
        required=False,
        blank=None,
        also=("Latest Rating",),
    ),
    RATED_ON,
    Column(
        "Care homes beds",
        "care_home_beds",
        "care_home_beds",
        cells.whole_of(least=0, most=9999),
        cells.write_whole,
        required=False,
        blank=None,
        also=("Care home beds",),
    ),
    Column(
        "Location HSCA end date",
        "registered",
        "registered",
        read_end,
        cells.write_yes_no,
        required=False,
        blank=True,
    ),
)
ID_HEADINGS = frozenset(
    plain_words(words) for words in (CQC_COLUMNS[0].heading, *CQC_COLUMNS[0].also)
)


def has_headings(row: Row) -> bool:
    """Return whether a row is the one of the headings, below a title block perhaps."""
    return any(plain_words(cell) in ID_HEADINGS for cell in row.cells)


class CqcImporter(TableImporter):
    """Locations of the CQC's register by their id; what a file leaves open stays as it is."""

    kind: ClassVar[str] = "cqc"
    columns: ClassVar[Sequence[Column]] = CQC_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("location_id",),)

    def read(self, content: bytes, mapping: Mapping[str, str]) -> Sheet:
        """Find the headings, keep one row a location, and see how the file writes dates."""
        table, notes = _overall(_headed(content))
        layout, unused = laid_out(table.headings, self.columns, mapping)
        table, repeats = _without_repeats(table, sorted(layout.placed.values()))
        notes += repeats
        at = layout.placed.get("rated_on")
        texts = [row.cells[at] for row in table.rows if at is not None and at < len(row.cells)]
        order = day_order(texts)
        if order is None and any(SLASHED_DAY.fullmatch(text.strip()) for text in texts):
            notes.append("Dates were left out: none shows whether the day or the month is first.")
        elif order is not None:
            notes.append(f"Dates are read {order}.")
        read = replace(RATED_ON, read=day_reader(order))
        columns = [read if column is RATED_ON else column for column in self.columns]
        layout, _ = laid_out(table.headings, columns, mapping)
        return Sheet(table, layout, [*table.notes, *notes, *unused])

    def terms(self, values: Mapping[str, Any]) -> LocationTerms:
        """Return a row as a location."""
        return LocationTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(
        self, terms: LocationTerms, values: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        """Refuse an id that is none of the CQC's."""
        if not re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)?", terms.location_id):
            yield (
                "location_id",
                f"“{terms.location_id}” is no id of the CQC's, such as 1-101652996.",
            )

    def key(self, terms: LocationTerms) -> str:
        """Return the location's id."""
        return terms.location_id

    def stored(self, terms: Sequence[LocationTerms]) -> Mapping[str, LocationTerms]:
        """Return the register as it was loaded before."""
        return stored_locations(self.authority)

    def compared(
        self, terms: LocationTerms, stored: LocationTerms
    ) -> tuple[LocationTerms, LocationTerms]:
        """Return both sides; an empty cell says nothing, so what is stored stays."""
        return stored, terms.over(stored)

    def examine(self, source: Sheet, *, actor: User, step: Step) -> Examination:
        """Check every row, and name the council's own providers whose rating changes (QA-04)."""
        found = super().examine(source, actor=actor, step=step)
        good = [one.terms for one in found.outcomes if one.outcome != "rejected"]
        moves = [
            f"{provider} from {provider.cqc_rating or 'no rating'} to {rating}"
            for provider, rating in rating_changes(self.authority, good)
        ]
        said = [f"Ratings of your own providers change: {'; '.join(moves)}."] if moves else []
        return replace(found, notes=[*found.notes, *said])

    def register(self, terms: Sequence[LocationTerms], *, actor: User) -> None:
        """Write through the market service."""
        register_locations(actor=actor, terms=terms, read_on=self.on)


def _headed(content: bytes) -> Table:
    try:
        return read_table(content, begins=has_headings)
    except BadFile as refusal:
        if "empty" not in str(refusal):
            raise
        raise BadFile(
            "No row of the file has a heading “Location ID”, so its rows cannot be told apart. "
            "Send the CQC's care directory or its latest ratings as they are."
        ) from refusal


def _overall(table: Table) -> tuple[Table, list[str]]:
    """Return a table with one row a location, where the file has one for every rating domain."""
    at = {plain_words(heading): position for position, heading in enumerate(table.headings)}
    domain = at.get("domain")
    place = next(position for words, position in at.items() if words in ID_HEADINGS)
    if domain is None:
        return table, []
    group = at.get("service / population group", domain)
    kept: dict[str, Row] = {}
    for row in table.rows:
        if _cell(row, domain).casefold() != "overall":
            continue
        whole = _cell(row, group).casefold() == "overall"
        if whole or _cell(row, place) not in kept:
            kept[_cell(row, place)] = row
    left_out = len(table.rows) - len(kept)
    words = (
        f"{left_out:,} rows of single domains and services were left out: overall ratings count."
    )
    return replace(table, rows=list(kept.values())), [words]


def _without_repeats(table: Table, used: Sequence[int]) -> tuple[Table, list[str]]:
    """Leave out a row that says in the columns read what a row before it says."""
    first: dict[tuple[str, ...], Row] = {}
    for row in table.rows:
        first.setdefault(tuple(_cell(row, position) for position in used), row)
    left_out = len(table.rows) - len(first)
    notes = [f"{left_out} repeated row(s) were left out."] if left_out else []
    return replace(table, rows=list(first.values())), notes


def _cell(row: Row, position: int) -> str:
    return row.cells[position] if position < len(row.cells) else ""
