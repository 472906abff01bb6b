"""One cell: text → value or a message, value → text, and text a spreadsheet may safely open."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from cms_models.care.patterns import Clause, clock, clock_minutes, parse_pattern, pattern_text
from cms_models.places.domain import tidy_postcode
from importers.faults import BadCell

Reader = Callable[[str], Any]
Writer = Callable[[Any], str]

UK_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
PLAIN_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What a spreadsheet takes for a formula, and such text already made safe once or more.
RISKY = re.compile(r"'*[=+\-@\t\r]")
MADE_SAFE = re.compile(r"''*[=+\-@\t\r]")
CACHED = 20_000


def safe_text(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe before = + - @ tab CR.

    Text that already looks so treated gets one more, so that `as_meant` gives back what was kept.
    """
    return f"'{text}" if RISKY.match(text) else text


def as_meant(text: str) -> str:
    """Return text without the one apostrophe `safe_text` put before it."""
    return text[1:] if MADE_SAFE.match(text) else text


def text_of(longest: int) -> Reader:
    """Return a reader of plain text of at most `longest` characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise BadCell(f"{len(text)} characters; at most {longest} are kept.")
        if CONTROL.search(text):
            raise BadCell("A control character stands in this text: type it afresh.")
        return text

    return read


@lru_cache(CACHED)
def read_date(text: str) -> date:
    """Return a date written DD/MM/YYYY or YYYY-MM-DD; BadCell for anything else."""
    if match := UK_DATE.fullmatch(text):
        day, month, year = match.groups()
    elif match := ISO_DATE.fullmatch(text):
        year, month, day = match.groups()
    else:
        raise BadCell(f"“{text[:40]}” is not a date like 01/07/2017.")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError as broken:
        raise BadCell(f"“{text}” is no day of the calendar (day/month/year).") from broken
    if not 1900 <= found.year <= 2199:
        raise BadCell(f"“{text}”: the year must lie between 1900 and 2199.")
    return found


@lru_cache(CACHED)
def read_last_day(text: str) -> date:
    """Return the day after a last day: periods are half-open inside Homeward."""
    return read_date(text) + timedelta(days=1)


def write_date(value: date | None) -> str:
    """Write a date as DD/MM/YYYY, none as an empty cell."""
    return "" if value is None else value.strftime("%d/%m/%Y")


def write_last_day(value: date | None) -> str:
    """Write the last day of a half-open period."""
    return "" if value is None else write_date(value - timedelta(days=1))


def decimal_of(*, least: str, most: str, places: int = 2) -> Reader:
    """Return a reader of a number between bounds, with at most some decimal places."""
    low, high = Decimal(least), Decimal(most)

    @lru_cache(CACHED)
    def read(text: str) -> Decimal:
        if not PLAIN_NUMBER.fullmatch(text):
            raise BadCell(f"“{text[:40]}” is not a number like 14.50.")
        try:
            number = Decimal(text)
        except InvalidOperation as broken:
            raise BadCell(f"“{text[:40]}” is not a number like 14.50.") from broken
        if not low <= number <= high:
            raise BadCell(f"{text} lies outside {least} to {most}.")
        if number != number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):
            raise BadCell(f"{text} has more than {places} decimal places.")
        return number

    return read


def whole_of(*, least: int, most: int) -> Reader:
    """Return a reader of a whole number between bounds."""
    read_decimal = decimal_of(least=str(least), most=str(most), places=0)
    return lambda text: int(read_decimal(text))


def write_whole(value: int | None) -> str:
    """Write a whole number, none as an empty cell."""
    return "" if value is None else str(value)


def write_number(value: Decimal) -> str:
    """Write a number without trailing noughts: 30.00 is 30."""
    return f"{value.normalize():f}"


def read_yes_no(text: str) -> bool:
    """Return Yes or No as a truth; BadCell for anything else."""
    answer = {"yes": True, "no": False}.get(text.casefold())
    if answer is None:
        raise BadCell(f"“{text[:40]}” is neither Yes nor No.")
    return answer


def write_yes_no(value: bool) -> str:
    """Write a truth as Yes or No."""
    return "Yes" if value else "No"


def choice_of(codes: Mapping[str, str]) -> Reader:
    """Return a reader of one of some words (word → code), in any case."""
    by_word = {word.casefold(): code for word, code in codes.items()}

    def read(text: str) -> str:
        code = by_word.get(" ".join(text.casefold().split()))
        if code is None:
            raise BadCell(f"“{text[:40]}” is not one of {', '.join(codes)}.")
        return code

    return read


def word_of(codes: Mapping[str, str]) -> Writer:
    """Return a writer of a code as its word."""
    words = {code: word for word, code in codes.items()}
    return lambda code: words.get(code, str(code))


@lru_cache(CACHED)
def read_postcode(text: str) -> str:
    """Return a postcode in its usual form; BadPlace when it is none."""
    return tidy_postcode(text)


@lru_cache(CACHED)
def read_skills(text: str) -> tuple[str, ...]:
    """Return skill codes joined by +, in their one order."""
    return tuple(sorted({part.strip() for part in text.split("+") if part.strip()}))


def write_skills(value: tuple[str, ...]) -> str:
    """Write skill codes joined by +."""
    return "+".join(value)


@lru_cache(CACHED)
def read_pattern(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a visits pattern; BadPattern names what is wrong."""
    return parse_pattern(text)


@lru_cache(CACHED)
def write_pattern(value: tuple[Clause, ...]) -> str:
    """Write a visits pattern."""
    return pattern_text(value)


def read_time(text: str) -> int:
    """Return minutes after midnight of HH:MM; 24:00 is the end of the day."""
    return clock_minutes(text)


def write_time(minutes: int) -> str:
    """Write minutes after midnight as HH:MM."""
    return clock(minutes)


def read_hours(text: str) -> int:
    """Return whole minutes of a number of hours; BadCell where that is no whole minute."""
    minutes = _hours(text) * 60
    if minutes != int(minutes):
        raise BadCell(f"{text} hours is not a whole number of minutes.")
    return int(minutes)


_hours = decimal_of(least="0", most="168")


def write_hours(minutes: int) -> str:
    """Write minutes as hours to two decimals."""
    return str(rounded_hours(minutes))


@lru_cache(CACHED)
def rounded_hours(minutes: int) -> Decimal:
    """Return minutes as hours to two decimals, half-up, as extracts state them."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
