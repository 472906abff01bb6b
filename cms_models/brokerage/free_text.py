"""Personal data in free text, found before anything is shown to providers.

Rules of shape and a checksum, not of meaning: what is plainly a number of a person, a way to reach
them or their name is named, so that its writer can take it out.
"""

import re
from collections.abc import Iterable, Iterator

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s{0,3}[0-9][A-Z]{2}\b", re.IGNORECASE)
DIGITS = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{7,22}\d(?!\w)")
NHS = re.compile(r"(?<!\d)\d{3}[\s-]?\d{3}[\s-]?\d{4}(?!\d)")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DAY = re.compile(
    r"(?<!\d)(?:"
    r"(?:0?[1-9]|[12]\d|3[01])[/.\s-](?:0?[1-9]|1[0-2])[/.\s-](?:19\d\d|20[0-2]\d|\d\d)"
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\s+(?:{MONTHS})[a-z]*\.?,?\s+(?:19|20)\d\d"
    r")(?!\d)",
    re.IGNORECASE,
)
BIRTH = re.compile(r"\b(?:born|birth|birthday|d\.?o\.?b)\b", re.IGNORECASE)
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Rev|Sir|Lady)\.?\s+[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?"
)
STREET = re.compile(
    r"\b\d{1,4}[A-Za-z]?,?\s+(?:[A-Z][\w'’-]+\s+){1,3}"
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Way|Court|Crescent|Terrace|Place|Gardens)"
    r"\b"
)
LAST_BIRTH_YEAR = 2012
SHORTEST_NAME = 2


def nhs_number_valid(digits: str) -> bool:
    """Return whether ten digits are an NHS number: the last is the check of the nine before it."""
    if len(digits) != 10 or not digits.isascii() or not digits.isdigit():
        return False
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    check = (11 - total % 11) % 11
    return check != 10 and check == int(digits[9])


def personal_data_in(text: str, *, names: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each thing in a text that could tell who a person is; empty for none.

    `names` are the person's own, found as whole words whatever their case.
    """
    found: list[str] = []
    for sentence in (*_of_names(text, names), *_of_numbers(text), *_of_places(text)):
        if sentence not in found:
            found.append(sentence)
    return found


def _of_names(text: str, names: Iterable[str]) -> Iterator[str]:
    parts = {part for name in names for part in re.split(r"[\s]+", name.strip()) if part}
    for part in sorted(parts):
        if len(part) < SHORTEST_NAME:
            continue
        # A possessive or a plural is the name all the same.
        match = re.search(rf"(?<!\w){re.escape(part)}(?:['’]?s)?(?!\w)", text, re.IGNORECASE)
        if match:
            yield f"“{match[0]}” is the person's name."
    for match in TITLED.finditer(text):
        yield f"“{match[0]}” looks like somebody's name."


def _of_numbers(text: str) -> Iterator[str]:
    for match in EMAIL.finditer(text):
        yield f"“{match[0]}” is an e-mail address."
    days = [match for match in DAY.finditer(text) if _of_birth(text, match)]
    for match in days:
        yield f"“{match[0]}” looks like a date of birth."
    for match in NHS.finditer(text):
        if nhs_number_valid(re.sub(r"\D", "", match[0])):
            yield f"“{match[0]}” is an NHS number."
    for match in DIGITS.finditer(text):
        if _is_phone(match[0]):
            yield f"“{match[0].strip()}” looks like a phone number."


def _of_birth(text: str, match: re.Match[str]) -> bool:
    """Return whether a day is one of birth: long ago, or said to be."""
    if BIRTH.search(text[max(0, match.start() - 30) : match.start()]):
        return True
    year = re.search(r"(?:19|20)\d\d", match[0])
    return year is not None and int(year[0]) <= LAST_BIRTH_YEAR


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if text.lstrip(" (").startswith("+"):
        return 9 <= len(digits) <= 15
    if digits.startswith("0044"):
        return 12 <= len(digits) <= 15
    return digits.startswith("0") and 10 <= len(digits) <= 11


def _of_places(text: str) -> Iterator[str]:
    for match in POSTCODE.finditer(text):
        yield f"“{match[0]}” is a full postcode."
    for match in STREET.finditer(text):
        yield f"“{match[0]}” looks like an address."
