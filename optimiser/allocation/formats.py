"""The open files: `homeward-allocation/1` (problem) and `homeward-allocation-plan/1` (plan).

Unknown and missing keys are refused by name; a file ending in .gz, or that is gzip inside, is
unpacked.
"""

from __future__ import annotations

import dataclasses
import datetime
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from optimiser.allocation.plan import (
    AllocationPlan,
    LotShare,
    Proposal,
    RunnerUp,
    Totals,
    Unplaced,
)
from optimiser.allocation.problem import (
    AllocationError,
    AllocationProblem,
    Award,
    Package,
    Promise,
    Provider,
    Weights,
)
from optimiser.travel.points import Point, TravelError, coordinates

PROBLEM_FORMAT = "homeward-allocation/1"
PLAN_FORMAT = "homeward-allocation-plan/1"
# Files written before these were known stay readable.
ADDED_LATER = frozenset({"kept"})
WHOLE_WEIGHTS = frozenset({"most_points", "density_most_people"})
GZIP_MARK = b"\x1f\x8b"

Json = Mapping[str, Any]
Made = TypeVar("Made")


def read_json(path: Path | str) -> Json:
    """Read a JSON object from a file, gzipped or plain, or raise `AllocationError`."""
    try:
        data = Path(path).read_bytes()
        if data.startswith(GZIP_MARK):
            data = gzip.decompress(data)
        document = json.loads(data)
    except (OSError, EOFError, ValueError) as error:
        raise AllocationError(f"{path} could not be read as JSON: {error}.") from error
    return _object(document, str(path))


def write_json(path: Path | str, document: Json) -> None:
    """Write a JSON object to a file, gzipped where the name ends in .gz."""
    data = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    # A time stamp of nothing keeps the same plan the same file.
    packed = gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data
    Path(path).write_bytes(packed)


def problem_from_json(document: Json) -> AllocationProblem:
    """Read a problem, or raise `AllocationError` naming the key or value that is wrong."""
    where = "the problem"
    _format(document, PROBLEM_FORMAT)
    _keys(
        document,
        where,
        required={"format", "packages", "awards", "providers"},
        optional={"lots", "weights", "promises"},
    )
    lots = {}
    for index, lot in enumerate(_list(document, "lots", where, default=())):
        at = f"lots[{index}]"
        _keys(_object(lot, at), at, required={"id", "name"})
        lots[_text(lot, "id", at)] = _text(lot, "name", at)
    return AllocationProblem(
        packages=_each(document, "packages", _package),
        awards=_each(document, "awards", _award),
        providers=_each(document, "providers", _provider),
        lots=lots,
        weights=_weights(_object(document.get("weights", {}), "weights")),
        promises=_each({"promises": (), **document}, "promises", _promise),
    )


def problem_to_json(problem: AllocationProblem) -> dict[str, Any]:
    """Write a problem, everything in its fixed order."""
    return {
        "format": PROBLEM_FORMAT,
        "lots": [{"id": lot, "name": name} for lot, name in sorted(problem.lots.items())],
        "packages": [_package_to_json(package) for package in problem.packages],
        "awards": [_plain(award) for award in problem.awards],
        "providers": [
            {**_plain(provider), "places": [list(place) for place in provider.places]}
            for provider in problem.providers
        ],
        "weights": _plain(problem.weights),
        "promises": [_plain(promise) for promise in problem.promises],
    }


def plan_to_json(plan: AllocationPlan) -> dict[str, Any]:
    """Write a plan."""
    return {"format": PLAN_FORMAT, **dataclasses.asdict(plan)}


def plan_from_json(document: Json) -> AllocationPlan:
    """Read a plan, or raise `AllocationError` naming the key that is wrong."""
    _format(document, PLAN_FORMAT)
    names = {field.name for field in dataclasses.fields(AllocationPlan)}
    _keys(document, "the plan", required=names | {"format"})

    def proposal(item: Json, at: str) -> Proposal:
        second = item.get("runner_up")
        given = {
            **item,
            "factors": tuple(_list(item, "factors", at, default=())),
            "runner_up": None if second is None else _made(RunnerUp, second, f"{at}.runner_up"),
        }
        return _made(Proposal, given, at)

    def unplaced(item: Json, at: str) -> Unplaced:
        lists = {key: tuple(_list(item, key, at, default=())) for key in ("reasons", "relaxations")}
        return _made(Unplaced, {**item, **lists}, at)

    return AllocationPlan(
        proposals=_each(document, "proposals", proposal),
        unplaced=_each(document, "unplaced", unplaced),
        lots=_each(document, "lots", lambda item, at: _made(LotShare, item, at)),
        totals=_made(Totals, document["totals"], "totals"),
        seed=_whole(document, "seed", "the plan"),
        status=document["status"],
        cost=_whole(document, "cost", "the plan"),
        bound=_whole(document, "bound", "the plan"),
    )


def _package(item: Json, at: str) -> Package:
    _keys(
        item,
        at,
        required={"id", "lot", "weekly_minutes", "starts_on"},
        optional={
            "pathway",
            "two_carers",
            "skills",
            "latitude",
            "longitude",
            "lead_only",
            "excluded_providers",
            "current_provider",
            "earlier_providers",
        },
    )
    latitude, longitude = item.get("latitude"), item.get("longitude")
    if (latitude is None) != (longitude is None):
        raise AllocationError(f"{at} gives only one of latitude and longitude; give both or none.")
    return Package(
        id=_text(item, "id", at),
        lot=_text(item, "lot", at),
        weekly_minutes=_whole(item, "weekly_minutes", at),
        starts_on=_date(item, "starts_on", at),
        pathway=_text_or_none(item, "pathway", at),
        two_carers=_flag(item, "two_carers", at),
        skills=_names(item, "skills", at),
        position=None if latitude is None else _point((latitude, longitude), at),
        lead_only=_flag(item, "lead_only", at),
        excluded_providers=_names(item, "excluded_providers", at),
        current_provider=_text_or_none(item, "current_provider", at),
        earlier_providers=_names(item, "earlier_providers", at),
    )


def _award(item: Json, at: str) -> Award:
    _keys(
        item,
        at,
        required={"provider", "lot", "tier", "starts_on"},
        optional={
            "ends_on",
            "rank",
            "capacity_minutes_per_week",
            "used_minutes_per_week",
            "recent_awards",
        },
    )
    return Award(
        provider=_text(item, "provider", at),
        lot=_text(item, "lot", at),
        tier=item["tier"],
        starts_on=_date(item, "starts_on", at),
        ends_on=None if item.get("ends_on") is None else _date(item, "ends_on", at),
        rank=_whole(item, "rank", at, default=1),
        capacity_minutes_per_week=_whole_or_none(item, "capacity_minutes_per_week", at),
        used_minutes_per_week=_whole(item, "used_minutes_per_week", at, default=0),
        recent_awards=_whole(item, "recent_awards", at, default=0),
    )


def _promise(item: Json, at: str) -> Promise:
    _keys(
        item,
        at,
        required={"lot", "to_lead", "referrals", "since"},
        optional={"promised_percent"},
    )
    percent = item.get("promised_percent")
    return Promise(
        lot=_text(item, "lot", at),
        to_lead=_whole(item, "to_lead", at),
        referrals=_whole(item, "referrals", at),
        since=_date(item, "since", at),
        promised_percent=None if percent is None else _number(item, "promised_percent", at),
    )


def _provider(item: Json, at: str) -> Provider:
    _keys(
        item,
        at,
        required={"id", "name"},
        optional={
            "skills",
            "capacity_minutes_per_week",
            "used_minutes_per_week",
            "quality",
            "places",
            "suspended",
        },
    )
    return Provider(
        id=_text(item, "id", at),
        name=_text(item, "name", at),
        skills=_names(item, "skills", at),
        capacity_minutes_per_week=_whole_or_none(item, "capacity_minutes_per_week", at),
        used_minutes_per_week=_whole(item, "used_minutes_per_week", at, default=0),
        quality=None if item.get("quality") is None else _number(item, "quality", at),
        places=tuple(_point(place, at) for place in _list(item, "places", at, default=())),
        suspended=_flag(item, "suspended", at),
    )


def _weights(item: Json) -> Weights:
    names = {field.name for field in dataclasses.fields(Weights)}
    _keys(item, "weights", required=set(), optional=names)
    values: dict[str, Any] = {
        name: _whole(item, name, "weights")
        if name in WHOLE_WEIGHTS
        else _number(item, name, "weights")
        for name in item
    }
    return Weights(**values)


def _package_to_json(package: Package) -> dict[str, Any]:
    plain = _plain(package)
    position = plain.pop("position")
    plain["latitude"], plain["longitude"] = position or (None, None)
    return plain


def _plain(record: Any) -> dict[str, Any]:
    """A flat dataclass as JSON values: dates as ISO text, sets sorted."""
    return {
        field.name: value.isoformat()
        if isinstance(value := getattr(record, field.name), datetime.date)
        else sorted(value)
        if isinstance(value, frozenset)
        else value
        for field in dataclasses.fields(record)
    }


def _format(document: Json, expected: str) -> None:
    if document.get("format") != expected:
        raise AllocationError(
            f"The file's format is {document.get('format')!r}; “{expected}” is needed here."
        )


def _keys(item: Json, where: str, *, required: set[str], optional: set[str] | None = None) -> None:
    unknown = sorted(set(item) - required - (optional or set()))
    if unknown:
        raise AllocationError(f"{where} has the unknown key “{unknown[0]}”; remove or correct it.")
    missing = sorted(required - set(item))
    if missing:
        raise AllocationError(f"{where} lacks the key “{missing[0]}”.")


def _made(kind: Callable[..., Made], item: Any, at: str) -> Made:
    """Build a dataclass from an object of its keys; a key that came later may be missing."""
    known = dataclasses.fields(kind)  # type: ignore[arg-type]
    later = {field.name for field in known if field.name in ADDED_LATER}
    needed = {field.name for field in known} - later
    _keys(_object(item, at), at, required=needed, optional=later)
    return kind(**item)


def _each(document: Json, key: str, read: Callable[[Json, str], Made]) -> tuple[Made, ...]:
    items = _list(document, key, "the file")
    return tuple(
        read(_object(item, f"{key}[{index}]"), f"{key}[{index}]")
        for index, item in enumerate(items)
    )


def _object(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise AllocationError(f"{where} must be a JSON object in braces.")
    return value


def _list(
    item: Json, key: str, where: str, *, default: Sequence[Any] | None = None
) -> Sequence[Any]:
    value = item.get(key, default)
    if not isinstance(value, list | tuple):
        raise AllocationError(f"{where}: “{key}” must be a list.")
    return value


def _text(item: Json, key: str, where: str) -> str:
    value = item[key]
    if not isinstance(value, str) or not value:
        raise AllocationError(f"{where}: “{key}” must be text, not {value!r}.")
    return value


def _text_or_none(item: Json, key: str, where: str) -> str | None:
    return None if item.get(key) is None else _text(item, key, where)


def _whole(item: Json, key: str, where: str, *, default: int | None = None) -> int:
    value = item.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise AllocationError(f"{where}: “{key}” must be a whole number, not {value!r}.")
    return value


def _whole_or_none(item: Json, key: str, where: str) -> int | None:
    return None if item.get(key) is None else _whole(item, key, where)


def _number(item: Json, key: str, where: str) -> float:
    value = item[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise AllocationError(f"{where}: “{key}” must be a number, not {value!r}.")
    return float(value)


def _flag(item: Json, key: str, where: str) -> bool:
    value = item.get(key, False)
    if not isinstance(value, bool):
        raise AllocationError(f"{where}: “{key}” must be true or false, not {value!r}.")
    return value


def _names(item: Json, key: str, where: str) -> frozenset[str]:
    values = _list(item, key, where, default=())
    if not all(isinstance(value, str) and value for value in values):
        raise AllocationError(f"{where}: “{key}” must be a list of texts.")
    return frozenset(values)


def _date(item: Json, key: str, where: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(_text(item, key, where))
    except ValueError as error:
        raise AllocationError(
            f"{where}: “{key}” must be a date like 2018-07-01, not {item[key]!r}."
        ) from error


def _point(value: Any, where: str) -> Point:
    try:
        latitude, longitude = value
        point = Point(float(latitude), float(longitude))
        coordinates([point])
    except (TypeError, ValueError, TravelError) as error:
        raise AllocationError(
            f"{where}: {value!r} is no [latitude, longitude] ({error})"
        ) from error
    return point
