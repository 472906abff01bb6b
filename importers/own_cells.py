"""One cell of a council's own field: text → what it says, kept value → text, do they agree.

A cell says a value; whether the field takes it is for the field's own rules, which know what the
record has: what was kept once (a choice since retired, a number since out of bounds) may stay.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from cms_models.accounts.models import Authority, User
from cms_models.fields.own.domain import (
    NUMBER_MOST,
    READERS,
    Choice,
    FieldDefinition,
    FieldKind,
    Refused,
    is_empty,
    plain,
)
from cms_models.fields.own.selectors import rows_of_kind, with_names
from cms_models.places.domain import tidy_postcode
from cms_models.places.selectors import postcode_points
from importers import cells

# How files know a record of some kinds; any other is known by its name.
REFERENCES: Mapping[str, str] = {
    "care.person": "mosaic_person_id",
    "care.carepackage": "package_ref",
    "market.provider": "ref",
    "rounds.carer": "ref",
}
BY_NUMBER = re.compile(r"no\. ?(\d{1,18})", re.ASCII)
# Degrees are kept to five decimals, about a metre.
PLACES = 5
PENNY = Decimal("0.01")
NEW_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Named:
    """The records of a kind as files name them: words → number, number → words."""

    numbers: Mapping[str, int]
    words: Mapping[int, str]
    doubled: frozenset[str]
    seen: frozenset[int]


def named(rows: Iterable[tuple[int, str, str]]) -> Named:
    """Return how records of (number, reference, name) are named: by reference, else by name.

    A reference goes before a name; a name that several have names none of them, and such a record
    without a reference is written as `No. 12`.
    """
    found = list(rows)
    numbers = {reference.casefold(): number for number, reference, _ in found if reference}
    seen: dict[str, int] = {}
    doubled = set()
    for number, _, name in found:
        key = name.casefold()
        doubled |= {key} if seen.setdefault(key, number) != number else set()
    doubled -= numbers.keys()
    numbers = {name: number for name, number in seen.items() if name not in doubled} | numbers
    words = {
        number: text
        for number, reference, name in found
        if numbers.get((text := reference or name).casefold()) == number
    }
    return Named(numbers, words, frozenset(doubled), frozenset(row[0] for row in found))


class OwnCells:
    """Reads and writes the cells of own fields as one user sees what they lead to.

    The records links may lead to and the council's postcodes are read once, when first asked for.
    """

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.actor: User | None = None
        self._named: dict[str, Named] = {}
        self._readers: Mapping[FieldKind, Callable[[FieldDefinition, str], Any]] = {
            **READERS,
            FieldKind.DATE: self._read_date,
            FieldKind.CHOICE: self._read_choice,
            FieldKind.CHOICES: self._read_choices,
            FieldKind.LINK: self._read_link,
            FieldKind.LOCATION: self._read_location,
        }

    @cached_property
    def _points(self) -> Mapping[str, tuple[float, float]]:
        return postcode_points(self.authority)

    def linked(self, kind: str) -> Named:
        """Return the records of a kind that the user sees, by the words files name them with."""
        if kind not in self._named:
            rows = with_names(rows_of_kind(self.actor, kind)) if self.actor else []
            reference = REFERENCES.get(kind, "")
            self._named[kind] = named(
                (row.pk, str(getattr(row, reference)) if reference else "", str(row))
                for row in rows
            )
        return self._named[kind]

    def read(self, definition: FieldDefinition, text: str) -> Any:
        """Return what a cell that is not empty says; ValueError says why it says nothing."""
        text = text.strip()
        try:
            reader = self._readers.get(definition.kind)
            said = text if reader is None else reader(definition, text)
        except ArithmeticError:
            raise _too_large(definition, text) from None
        if isinstance(said, Decimal) and not _ordinary(said):
            raise _too_large(definition, text)
        return said

    def _read_date(self, definition: FieldDefinition, text: str) -> str:
        return cells.read_date(text).isoformat()

    def _read_choice(self, definition: FieldDefinition, text: str) -> str:
        return code_of(definition.choices, text)

    def _read_choices(self, definition: FieldDefinition, text: str) -> list[str]:
        parts = [part for part in text.split(";") if part.strip()]
        return [code_of(definition.choices, part) for part in parts]

    def _read_link(self, definition: FieldDefinition, text: str) -> int:
        known, key = self.linked(definition.link_to), text.casefold()
        if key in known.numbers:
            return known.numbers[key]
        if key in known.doubled:
            raise Refused(
                f"{definition.label}: several records are called {text[:60]!r}: write the number "
                "of one, such as No. 12."
            )
        by_number = BY_NUMBER.fullmatch(key)
        if by_number is None:
            raise Refused(f"{definition.label}: there is no {text[:60]!r} to link to.")
        return int(by_number[1])

    def _read_location(self, definition: FieldDefinition, text: str) -> Mapping[str, Any]:
        if "," in text:
            place: Mapping[str, Any] = READERS[FieldKind.LOCATION](definition, text)
            if not all(map(_ordinary, place.values())):
                raise _too_large(definition, text)
            return place
        code = tidy_postcode(text)
        if code not in self._points:
            raise Refused(
                f"{definition.label}: {code} is not among the council's postcodes: write latitude, "
                "longitude."
            )
        latitude, longitude = self._points[code]
        return {"latitude": latitude, "longitude": longitude, "postcode": code}

    def write(self, definition: FieldDefinition, value: Any) -> str | Decimal:
        """Return a kept value as a cell that reads back as the same; not yet made safe."""
        if is_empty(value):
            return ""
        if definition.kind == FieldKind.CHOICE:
            return word_of(definition.choices, str(value))
        if definition.kind == FieldKind.CHOICES and isinstance(value, list):
            return "; ".join(word_of(definition.choices, str(code)) for code in value)
        if definition.kind == FieldKind.LINK and isinstance(value, int):
            return self.linked(definition.link_to).words.get(value, f"No. {value}")
        if definition.kind == FieldKind.MONEY and isinstance(value, int):
            return (Decimal(value) / 100).quantize(PENNY)
        written = plain(definition, value, names={})
        if isinstance(written, int | float) and not isinstance(written, bool):
            return Decimal(str(written))
        return written if isinstance(written, Decimal) else str(written)


def _ordinary(number: Decimal) -> bool:
    """Return whether arithmetic with a number is safe: no infinity, no thousand-digit power."""
    return number.is_finite() and abs(number) <= NUMBER_MOST


def _too_large(definition: FieldDefinition, text: str) -> Refused:
    return Refused(f"{definition.label}: {text[:40]!r} is too large a number to keep.")


def code_of(choices: Iterable[Choice], text: str) -> str:
    """Return the code of a choice written by code or label, an open one before a retired one.

    Words of no choice are given back, for the field's rules to refuse.
    """
    wanted = _folded(text)
    found = [one for one in choices if wanted == _folded(one.code)]
    found += [one for one in choices if wanted == _folded(one.label)]
    found.sort(key=lambda one: one.retired)
    return found[0].code if found else text.strip()


def word_of(choices: Iterable[Choice], code: str) -> str:
    """Return a choice's label, or its code where the label would not read back as this choice."""
    known = list(choices)
    label = next((one.label for one in known if one.code == code), code)
    return label if ";" not in label and code_of(known, label) == code else code


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def says(definition: FieldDefinition, said: Any, kept: Any) -> bool:
    """Return whether a cell says what is kept already; None is an empty cell."""
    if said is None or kept is None:
        # An empty cell says nothing of a file: those are attached and taken off on screen.
        return said is None and (kept is None or definition.kind == FieldKind.FILE)
    if definition.kind == FieldKind.FILE:
        return isinstance(kept, Mapping) and said == kept.get("name")
    if definition.kind == FieldKind.LOCATION:
        return isinstance(kept, Mapping) and _same_place(said, kept)
    if definition.kind == FieldKind.NUMBER:
        return not isinstance(kept, bool) and isinstance(kept, int | float) and said == _exact(kept)
    if definition.kind == FieldKind.CHOICES:
        return isinstance(kept, list) and set(said) == set(kept)
    if isinstance(said, str) and isinstance(kept, str):
        return NEW_LINE.sub("\n", said).strip() == NEW_LINE.sub("\n", kept).strip()
    return type(said) is type(kept) and bool(said == kept)


def _same_place(said: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Return whether a postcode or a point is that of the place kept, whichever was written."""
    if said.get("postcode"):
        return bool(said["postcode"] == kept.get("postcode"))
    axes = ("latitude", "longitude")
    return all(round(said[axis], PLACES) == _exact(kept.get(axis)) for axis in axes)


def _exact(number: Any) -> Decimal:
    return Decimal(str(number))
