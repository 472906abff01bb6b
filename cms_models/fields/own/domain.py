"""A council's own fields: what kinds there are, what each takes, and how a value reads.

A field's definition is a value; everything here is pure. Values are kept JSON-plain in a record's
`custom` by key: text as text, numbers as numbers, money in pence, dates as `YYYY-MM-DD`, yes or no
as true or false, a choice as its code, several choices as a list of codes, a link as the record's
number, a file as `{file, name, size, sha256}`, a location as `{latitude, longitude, postcode}`.
A field without a value has no key.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
KEY_LONGEST = CODE_LONGEST = 40
TEXT_LONGEST, LONG_TEXT_LONGEST = 200, 10_000
CHOICES_MOST, CHOICE_LABEL_LONGEST = 500, 120
# A number this large still has its decimals when kept as JSON keeps numbers.
NUMBER_MOST, DECIMALS_MOST = 10**11, 4
NOTHING = "–"
# The machine's own actor works for everybody: what it may do is for its jobs to say.
MACHINE = "system"


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    LINK = "link"
    FILE = "file"
    LOCATION = "location"


KIND_LABELS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "Text",
    FieldKind.LONG_TEXT: "Long text",
    FieldKind.NUMBER: "Number",
    FieldKind.MONEY: "Money",
    FieldKind.DATE: "Date",
    FieldKind.YES_NO: "Yes or no",
    FieldKind.CHOICE: "One choice",
    FieldKind.CHOICES: "Several choices",
    FieldKind.LINK: "Link to a record",
    FieldKind.FILE: "File",
    FieldKind.LOCATION: "Location",
}
WITH_CHOICES = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
# A link reads as the other record's name and a yes as nothing else: there is no text to search.
SEARCHED = frozenset(FieldKind) - {FieldKind.LINK, FieldKind.YES_NO}


class Refused(ValueError):  # noqa: N818 - it reads as what happened
    """Raised with a sentence when a value cannot be a field's."""


@dataclass(frozen=True)
class Choice:
    """One choice: its code is kept, its label is read; a retired one stays readable."""

    code: str
    label: str
    retired: bool = False


@dataclass(frozen=True)
class FieldDefinition:
    """One of a council's own fields. `see` and `edit` are roles; empty means whoever may already.

    `least` and `most` bound numbers in the field's unit, and money in pence. `link_to` is the kind
    of record a link leads to, such as `market.provider` or `entry.safeguarding-alert`.
    """

    key: str
    label: str
    kind: FieldKind
    record_type: str = ""
    help: str = ""
    group: str = ""
    required: bool = False
    default: Any = None
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    least: float | None = None
    most: float | None = None
    decimals: int = 0
    link_to: str = ""
    see: frozenset[str] = frozenset()
    edit: frozenset[str] = frozenset()
    in_list: bool = False
    in_filter: bool = False
    in_search: bool = False
    in_export: bool = True
    to_providers: bool = False
    retired: bool = False

    def seen_by(self, role: str) -> bool:
        """Return whether a role that sees the record sees this field."""
        return not self.see or role in {*self.see, MACHINE}

    def edited_by(self, role: str) -> bool:
        """Return whether a role that may change the record may change this field."""
        return (
            not self.retired
            and self.seen_by(role)
            and (not self.edit or role in {*self.edit, MACHINE})
        )

    def label_of(self, code: str) -> str:
        """Return a choice's label, a retired one's too; the code itself when it was never one."""
        return next((one.label for one in self.choices if one.code == code), code)

    @property
    def open_choices(self) -> tuple[Choice, ...]:
        """The choices that may be made now."""
        return tuple(one for one in self.choices if not one.retired)


@dataclass(frozen=True)
class Cleaned:
    """What a record's own values would be, and why they cannot, by key."""

    values: Mapping[str, Any]
    refusals: Mapping[str, str] = field(default_factory=dict)


def is_empty(value: Any) -> bool:
    """Return whether a value says nothing; no and 0 say something."""
    return value is None or value in ("", [], (), {})


def clean_value(definition: FieldDefinition, value: Any, *, before: Any = None) -> Any:
    """Return a value as it is kept, None for nothing; Refused says why it cannot be.

    `before` is the stored value: a choice that was retired since may stay as it is.
    """
    if is_empty(value):
        return None
    if value == before and type(value) is type(before):
        return value
    return CLEANERS[definition.kind](definition, value, before)


def clean_values(
    definitions: Iterable[FieldDefinition],
    values: Mapping[str, Any],
    *,
    stored: Mapping[str, Any] | None = None,
) -> Cleaned:
    """Return a record's own values with `values` put in, or refusals by key.

    `definitions` are the fields the writer may change; `values` may leave fields out, and what it
    leaves out stays. `stored` are the values before, None for a new record: then defaults are put
    in and a required field must have a value.
    """
    known = {one.key: one for one in definitions if not one.retired}
    refusals = {
        key: f"There is no field {key!r} here that you may change."
        for key in values
        if key not in known
    }
    result = dict(stored or {})
    for key, definition in known.items():
        if key not in values and stored is not None:
            continue
        given = values.get(key, definition.default)
        try:
            value = clean_value(definition, given, before=(stored or {}).get(key))
        except Refused as refusal:
            refusals[key] = str(refusal)
            continue
        if value is None:
            result.pop(key, None)
            if definition.required:
                refusals[key] = f"{definition.label} is needed."
        else:
            result[key] = value
    return Cleaned(result, refusals)


def clean_text(definition: FieldDefinition, value: Any, before: Any) -> str:
    """Return a line of text without spaces around it."""
    return _text(definition, value, longest=TEXT_LONGEST)


def clean_long_text(definition: FieldDefinition, value: Any, before: Any) -> str:
    """Return several lines of text."""
    return _text(definition, value, longest=LONG_TEXT_LONGEST)


def _text(definition: FieldDefinition, value: Any, *, longest: int) -> str:
    if not isinstance(value, str):
        raise Refused(f"{definition.label}: text is needed.")
    # Browsers end lines in their own way; one field's value compares with another's.
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if CONTROL.search(text):
        raise Refused(f"{definition.label}: there is a control character in the text.")
    if len(text) > longest:
        raise Refused(
            f"{definition.label}: at most {longest:,} characters are kept, not {len(text):,}."
        )
    return text


def clean_number(definition: FieldDefinition, value: Any, before: Any) -> int | float:
    """Return a number within the bounds, with no more decimals than the field has."""
    number = _decimal(definition, value)
    if number != round(number, definition.decimals):
        least = (
            "a whole number is needed"
            if definition.decimals == 0
            else f"at most {definition.decimals} decimals are kept"
        )
        raise Refused(f"{definition.label}: {least}, not {number}.")
    _bounded(definition, number, lambda bound: f"{_figure(bound)} {definition.unit}".strip())
    return int(number) if definition.decimals == 0 else float(number) + 0.0


def clean_money(definition: FieldDefinition, value: Any, before: Any) -> int:
    """Return whole pence within the bounds."""
    pence = _decimal(definition, value)
    if pence != int(pence):
        raise Refused(f"{definition.label}: whole pence are needed, not {pence}.")
    _bounded(definition, pence, lambda bound: pounds(int(bound)))
    return int(pence)


def _decimal(definition: FieldDefinition, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Refused(f"{definition.label}: a number is needed.")
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > NUMBER_MOST:
        raise Refused(f"{definition.label}: {value} is too large a number to keep.")
    return number


def _bounded(definition: FieldDefinition, number: Decimal, say: Callable[[float], str]) -> None:
    if definition.least is not None and number < Decimal(str(definition.least)):
        raise Refused(f"{definition.label}: at least {say(definition.least)} is needed.")
    if definition.most is not None and number > Decimal(str(definition.most)):
        raise Refused(f"{definition.label}: at most {say(definition.most)} is possible.")


def clean_date(definition: FieldDefinition, value: Any, before: Any) -> str:
    """Return a date as `YYYY-MM-DD`."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused(f"{definition.label}: {str(value)[:40]!r} is not a date.") from None
    if not 1900 <= day.year <= 2199:
        raise Refused(f"{definition.label}: the year {day.year} is out of the ordinary.")
    return f"{day:%Y-%m-%d}"


def clean_yes_no(definition: FieldDefinition, value: Any, before: Any) -> bool:
    """Return yes or no."""
    if not isinstance(value, bool):
        raise Refused(f"{definition.label}: yes or no is needed.")
    return value


def clean_choice(definition: FieldDefinition, value: Any, before: Any) -> str:
    """Return the code of a choice that may be made."""
    if not isinstance(value, str) or value not in {one.code for one in definition.open_choices}:
        raise Refused(f"{definition.label}: {_choice_refusal(definition, value)}")
    return value


def clean_choices(definition: FieldDefinition, value: Any, before: Any) -> list[str]:
    """Return codes in the order of the choices, each once."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise Refused(f"{definition.label}: a list of choices is needed.")
    kept = set(before) if isinstance(before, list) else set()
    open_ = {one.code for one in definition.open_choices}
    stranger = next((one for one in value if one not in open_ | kept), None)
    if stranger is not None:
        raise Refused(f"{definition.label}: {_choice_refusal(definition, stranger)}")
    order = [one.code for one in definition.choices]
    return sorted(set(value), key=lambda code: order.index(code) if code in order else len(order))


def _choice_refusal(definition: FieldDefinition, value: Any) -> str:
    retired = next((one for one in definition.choices if one.code == value), None)
    if retired is not None:
        return f"“{retired.label}” is no longer in use."
    labels = [one.label for one in definition.open_choices]
    some = ", ".join(labels[:8]) + (f" and {len(labels) - 8} more" if len(labels) > 8 else "")
    return f"{str(value)[:60]!r} is none of {some}."


def clean_link(definition: FieldDefinition, value: Any, before: Any) -> int:
    """Return a record's number; that the record is there is for whoever reads records to say."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise Refused(f"{definition.label}: a record is needed.")
    return value


def clean_file(definition: FieldDefinition, value: Any, before: Any) -> dict[str, Any]:
    """Return what is kept of a file: its number, name, size in bytes and digest."""
    shape = {"file": int, "name": str, "size": int, "sha256": str}
    fits = isinstance(value, Mapping) and set(value) == set(shape)
    if not fits or any(type(value[name]) is not kind for name, kind in shape.items()):
        raise Refused(f"{definition.label}: a file is needed.")
    return dict(value)


def clean_location(definition: FieldDefinition, value: Any, before: Any) -> dict[str, Any]:
    """Return a place on the map, in degrees to five decimals (about a metre)."""
    if not isinstance(value, Mapping) or not {"latitude", "longitude"} <= set(value):
        raise Refused(f"{definition.label}: a latitude and a longitude are needed.")
    strangers = set(value) - {"latitude", "longitude", "postcode"}
    if strangers:
        raise Refused(f"{definition.label}: a location has no {sorted(strangers)[0]!r}.")
    latitude = _degrees(definition, "latitude", value["latitude"], 90)
    longitude = _degrees(definition, "longitude", value["longitude"], 180)
    postcode = _text(definition, value.get("postcode") or "", longest=10)
    return {"latitude": latitude, "longitude": longitude, "postcode": postcode}


def _degrees(definition: FieldDefinition, name: str, value: Any, most: int) -> float:
    number = _decimal(definition, value)
    if abs(number) > most:
        raise Refused(f"{definition.label}: a {name} lies between −{most} and {most}.")
    return float(round(number, 5)) + 0.0


CLEANERS: Mapping[FieldKind, Callable[[FieldDefinition, Any, Any], Any]] = {
    FieldKind.TEXT: clean_text,
    FieldKind.LONG_TEXT: clean_long_text,
    FieldKind.NUMBER: clean_number,
    FieldKind.MONEY: clean_money,
    FieldKind.DATE: clean_date,
    FieldKind.YES_NO: clean_yes_no,
    FieldKind.CHOICE: clean_choice,
    FieldKind.CHOICES: clean_choices,
    FieldKind.LINK: clean_link,
    FieldKind.FILE: clean_file,
    FieldKind.LOCATION: clean_location,
}


def pounds(pence: int) -> str:
    """Return pence as pounds, such as £1,234.50 or −£0.05."""
    return f"{'−' if pence < 0 else ''}£{Decimal(abs(pence)) / 100:,.2f}"


def _figure(value: float) -> str:
    return f"{Decimal(str(value)).normalize():,f}"


def say(definition: FieldDefinition, value: Any, *, names: Mapping[int, str] | None = None) -> str:
    """Return a stored value as people read it; a value that does not fit reads as it is kept.

    `names` are the names of linked records by number; one that is not among them is gone.
    """
    if is_empty(value):
        return NOTHING
    kind = definition.kind
    if kind == FieldKind.NUMBER and isinstance(value, int | float):
        return f"{value:,.{definition.decimals}f} {definition.unit}".strip()
    if kind == FieldKind.MONEY and isinstance(value, int):
        return pounds(value)
    if kind == FieldKind.YES_NO and isinstance(value, bool):
        return "Yes" if value else "No"
    if kind == FieldKind.CHOICE:
        return definition.label_of(str(value))
    if kind == FieldKind.CHOICES and isinstance(value, list):
        return ", ".join(definition.label_of(str(code)) for code in value)
    if kind == FieldKind.LINK:
        return f"No. {value}" if names is None else names.get(value, "(gone)")
    if kind == FieldKind.FILE and isinstance(value, Mapping):
        return str(value.get("name", ""))
    if kind == FieldKind.LOCATION and isinstance(value, Mapping):
        return _say_place(value)
    return _say_date(value) if kind == FieldKind.DATE else str(value)


def _say_place(value: Mapping[str, Any]) -> str:
    point = f"{value.get('latitude')}, {value.get('longitude')}"
    return f"{value['postcode']} ({point})" if value.get("postcode") else point


def _say_date(value: Any) -> str:
    try:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    except (TypeError, ValueError):
        return str(value)


def plain(definition: FieldDefinition, value: Any, *, names: Mapping[int, str]) -> Any:
    """Return a stored value as a spreadsheet keeps it: numbers as numbers, dates as dates."""
    if is_empty(value):
        return ""
    if definition.kind == FieldKind.NUMBER:
        return value
    if definition.kind == FieldKind.MONEY and isinstance(value, int):
        return Decimal(value) / 100
    if definition.kind == FieldKind.CHOICES and isinstance(value, list):
        return "; ".join(definition.label_of(str(code)) for code in value)
    if definition.kind == FieldKind.LOCATION and isinstance(value, Mapping):
        return f"{value.get('latitude')}, {value.get('longitude')}"
    return say(definition, value, names=names)


def read_text(
    definition: FieldDefinition, text: str, *, numbers: Mapping[str, int] | None = None
) -> Any:
    """Return a cell of a file as the field's value; Refused says what was expected.

    `numbers` are the records a link may lead to, by name in lower case. A file is not read.
    """
    reader = READERS.get(definition.kind)
    if reader is not None:
        return clean_value(definition, reader(definition, text.strip()))
    if definition.kind == FieldKind.LINK:
        number = (numbers or {}).get(text.strip().casefold())
        if number is None:
            raise Refused(f"{definition.label}: there is no {text.strip()[:60]!r} to link to.")
        return number
    if definition.kind == FieldKind.FILE:
        raise Refused(f"{definition.label}: a file is attached on the record's form, not here.")
    return clean_value(definition, text)


def _read_number(definition: FieldDefinition, text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise Refused(f"{definition.label}: {text[:40]!r} is not a number.") from None


def _read_money(definition: FieldDefinition, text: str) -> int:
    exact = _read_number(definition, text.removeprefix("£")) * 100
    kept = exact.is_finite() and abs(exact) <= NUMBER_MOST
    if not kept or exact != exact.quantize(Decimal(1), rounding=ROUND_HALF_UP):
        raise Refused(f"{definition.label}: {text[:40]!r} is not an amount in pounds and pence.")
    return int(exact)


def _read_date(definition: FieldDefinition, text: str) -> str:
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)
    if found:
        return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    return text


def _read_yes_no(definition: FieldDefinition, text: str) -> bool:
    words = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}
    if text.casefold() not in words:
        raise Refused(f"{definition.label}: yes or no is needed, not {text[:40]!r}.")
    return words[text.casefold()]


def _read_choice(definition: FieldDefinition, text: str) -> str:
    by_word = {one.label.casefold(): one.code for one in definition.open_choices}
    by_word |= {one.code.casefold(): one.code for one in definition.open_choices}
    return by_word.get(text.casefold(), text)


def _read_choices(definition: FieldDefinition, text: str) -> list[str]:
    return [_read_choice(definition, part.strip()) for part in text.split(";") if part.strip()]


def _read_location(definition: FieldDefinition, text: str) -> dict[str, Any]:
    parts = text.split(",")
    if len(parts) != 2:
        raise Refused(f"{definition.label}: latitude, longitude is needed, not {text[:40]!r}.")
    latitude, longitude = (_read_number(definition, part.strip()) for part in parts)
    return {"latitude": latitude, "longitude": longitude}


READERS: Mapping[FieldKind, Callable[[FieldDefinition, str], Any]] = {
    FieldKind.NUMBER: _read_number,
    FieldKind.MONEY: _read_money,
    FieldKind.DATE: _read_date,
    FieldKind.YES_NO: _read_yes_no,
    FieldKind.CHOICE: _read_choice,
    FieldKind.CHOICES: _read_choices,
    FieldKind.LOCATION: _read_location,
}


def defaults(definitions: Iterable[FieldDefinition]) -> dict[str, Any]:
    """Return the values a new record has where nobody states others."""
    return {
        one.key: one.default for one in definitions if not one.retired and not is_empty(one.default)
    }


def editable(definitions: Iterable[FieldDefinition], role: str) -> list[FieldDefinition]:
    """Return the fields a role may change."""
    return [one for one in definitions if one.edited_by(role)]


def visible(definitions: Iterable[FieldDefinition], role: str) -> list[FieldDefinition]:
    """Return the fields a role may see, retired ones not among them."""
    return [one for one in definitions if not one.retired and one.seen_by(role)]


def grouped(
    definitions: Sequence[FieldDefinition],
) -> list[tuple[str, list[FieldDefinition]]]:
    """Return fields under their group headings, groups in the order of their first field."""
    groups: dict[str, list[FieldDefinition]] = {}
    for one in definitions:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())
