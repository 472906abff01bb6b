"""JSON that somebody sent → checked values, every unknown or missing key refused by its name."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from cms_models.care.patterns import BadPattern, clock_minutes
from importers.faults import BadCell, BadFile

Check = Callable[[Any], Any]
# PostgreSQL keeps no NUL, and half of a surrogate pair is no UTF-8: JSON can escape both.
UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Key:
    """A key of an object: how its value is checked, and what stands for it when it is left out."""

    check: Check
    required: bool = True
    default: Any = None


def document(content: bytes, *, format_name: str, key: str = "format") -> Mapping[str, Any]:
    """Return a JSON object that says which format it is; BadFile says what it is instead."""
    value = parsed(content)
    if not isinstance(value, dict) or value.get(key) != format_name:
        stated = value.get(key) if isinstance(value, dict) else None
        raise BadFile(f"The file must say “{key}”: “{format_name}”; it says {stated!r}.")
    return value


def parsed(content: bytes) -> Any:
    """Return what JSON holds; BadFile names the place where it is none."""
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_no_doubles,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError as broken:
        raise BadFile(f"The file is not UTF-8 text (byte {broken.start}).") from broken
    except json.JSONDecodeError as broken:
        raise BadFile(
            f"Line {broken.lineno}, column {broken.colno} is not JSON: {broken.msg}."
        ) from broken
    except RecursionError as broken:
        raise BadFile("The file nests far deeper than any council's configuration.") from broken


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadFile(f"The key “{twice}” stands twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadFile(f"{name} is no number that can be used.")


def read_object(value: Any, *, where: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return an object's checked values; BadFile names a key unknown, missing or wrong."""
    if not isinstance(value, dict):
        raise BadFile(f"{where} must be an object {{…}}, not {_kind(value)}.")
    unknown = [name for name in value if name not in keys]
    if unknown:
        raise BadFile(f"{where}: “{unknown[0]}” is not known; keys are {', '.join(keys)}.")
    read = {}
    for name, key in keys.items():
        if name not in value:
            if key.required:
                raise BadFile(f"{where}: “{name}” is missing.")
            read[name] = key.default
            continue
        try:
            read[name] = key.check(value[name])
        except BadCell as refusal:
            raise BadFile(f"{where}, “{name}”: {refusal}") from refusal
    return read


def read_list(value: Any, *, where: str, keys: Mapping[str, Key]) -> list[dict[str, Any]]:
    """Return a list of objects, each checked and named by its place."""
    if not isinstance(value, list):
        raise BadFile(f"{where} must be a list […], not {_kind(value)}.")
    return [
        read_object(item, where=f"{where} {number}", keys=keys)
        for number, item in enumerate(value, start=1)
    ]


def as_is(value: Any) -> Any:
    """Check nothing: the value is read further on."""
    return value


def a_text(value: Any) -> str:
    """Check a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise BadCell(f"a text is needed, not {_kind(value)}.")
    return any_text(value)


def any_text(value: Any) -> str:
    """Check a text, which may be empty."""
    if not isinstance(value, str):
        raise BadCell(f"a text is needed, not {_kind(value)}.")
    if UNKEPT.search(value):
        raise BadCell("a control character or half a character stands in this text.")
    return value.strip()


def a_day(value: Any) -> date:
    """Check a day written YYYY-MM-DD."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as broken:
        raise BadCell(f"{value!r} is not a day like 2017-07-01.") from broken


def a_clock_time(value: Any) -> int:
    """Check a time of day written HH:MM, as minutes after midnight; 24:00 ends a day."""
    try:
        return clock_minutes(value)
    except (BadPattern, AttributeError) as broken:
        raise BadCell(f"{value!r} is not a time of day like 07:30.") from broken


def a_whole_number(value: Any) -> int:
    """Check a whole number of nought or more."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**15:
        raise BadCell(f"a whole number is needed, not {value!r}.")
    return value


def a_number(value: Any) -> float:
    """Check a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
        raise BadCell(f"a number is needed, not {value!r}.")
    return value


def or_null(check: Check) -> Check:
    """Return a check that lets null pass as None."""
    return lambda value: None if value is None else check(value)


def one_of(values: Sequence[Any]) -> Check:
    """Return a check of one of some values."""

    def check(value: Any) -> Any:
        if value not in values:
            raise BadCell(f"{value!r} is not one of {', '.join(map(str, values))}.")
        return value

    return check


def texts(value: Any) -> list[str]:
    """Check a list of texts."""
    if not isinstance(value, list):
        raise BadCell(f"a list is needed, not {_kind(value)}.")
    return [a_text(item) for item in value]


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "a truth"}
    return names.get(type(value), repr(value)[:40])
