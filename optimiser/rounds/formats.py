"""Read and write the open formats `homeward-rounds/1` and `homeward-plan/1` (JSON, also .gz).

Unknown keys are refused by name, optional keys may be left out, and the same value is always
written as the same bytes.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from optimiser.rounds.problem import (
    LONGEST_UNITS,
    MODES,
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    ProblemError,
    Rest,
    Round,
    Stop,
    Totals,
    Unplaced,
    Visit,
    Weights,
    whole,
)

PROBLEM_FORMAT = "homeward-rounds/1"
PLAN_FORMAT = "homeward-plan/1"
_PROBLEM_KEYS = (
    "format",
    "travel_minutes",
    "visits",
    "carers",
    "pins",
    "previous",
    "weights",
    "travel_minutes_by_mode",
    "units_a_minute",
)
_PLAN_KEYS = ("format", "rounds", "unplaced", "totals", "seed")
_LATEST_STOP = 10 * LONGEST_UNITS  # `check` says what is too late; here only sums must not overflow


def read_problem(path: Path) -> Problem:
    """Read a problem file; ProblemError or OSError says what is wrong with it."""
    return problem_from_json(_read(path))


def read_plan(path: Path) -> Plan:
    """Read a plan file; ProblemError or OSError says what is wrong with it."""
    return plan_from_json(_read(path))


def write_problem(problem: Problem, path: Path) -> None:
    """Write a problem file, compressed if its name ends in .gz."""
    _write(problem_to_json(problem), path)


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan file, compressed if its name ends in .gz."""
    _write(plan_to_json(plan), path)


def problem_from_json(value: object) -> Problem:
    """Make a problem of a parsed `homeward-rounds/1` document."""
    record = _record(value, name="problem", keys=_PROBLEM_KEYS, needs=_PROBLEM_KEYS[:4])
    _is_format(record, PROBLEM_FORMAT)
    previous = record.get("previous")
    weights = _record(record.get("weights", {}), name="weights", keys=_names(Weights))
    by_mode = _record(
        record.get("travel_minutes_by_mode", {}), name="travel_minutes_by_mode", keys=MODES[1:]
    )
    return Problem(
        travel_minutes=_matrix(record["travel_minutes"], "travel_minutes"),
        visits=tuple(_visit(each) for each in _list(record["visits"], "visits")),
        carers=tuple(_carer(each) for each in _list(record["carers"], "carers")),
        pins=tuple(_pin(each) for each in _list(record.get("pins", []), "pins")),
        previous=None if previous is None else plan_from_json(previous),
        weights=Weights(**weights),
        travel_minutes_by_mode={
            mode: _matrix(rows, f"travel_minutes_by_mode {mode}") for mode, rows in by_mode.items()
        },
        units_a_minute=record.get("units_a_minute", 1),
    )


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """Make a `homeward-rounds/1` document of a problem."""
    document: dict[str, Any] = {
        "format": PROBLEM_FORMAT,
        "travel_minutes": problem.travel_minutes.tolist(),
        "visits": [_visit_json(visit) for visit in problem.visits],
        "carers": [_carer_json(carer) for carer in problem.carers],
        "pins": [{"visit": pin.visit, "carers": list(pin.carers)} for pin in problem.pins],
        "previous": None if problem.previous is None else plan_to_json(problem.previous),
        "weights": asdict(problem.weights),
    }
    if problem.travel_minutes_by_mode:
        document["travel_minutes_by_mode"] = {
            mode: problem.travel_minutes_by_mode[mode].tolist()
            for mode in MODES
            if mode in problem.travel_minutes_by_mode
        }
    if problem.units_a_minute != 1:
        document["units_a_minute"] = problem.units_a_minute
    return document


def plan_from_json(value: object) -> Plan:
    """Make a plan of a parsed `homeward-plan/1` document."""
    record = _record(value, name="plan", keys=_PLAN_KEYS, needs=("format", "rounds"))
    _is_format(record, PLAN_FORMAT)
    totals = _record(record.get("totals", {}), name="totals", keys=_names(Totals))
    for key, total in totals.items():
        whole(total, name=f"totals: {key}", most=10**15)
    return Plan(
        rounds=tuple(_round(each) for each in _list(record["rounds"], "rounds")),
        unplaced=tuple(_unplaced(each) for each in _list(record.get("unplaced", []), "unplaced")),
        totals=Totals(**totals),
        seed=whole(record.get("seed", 1), name="seed", most=2**63 - 1),
    )


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Make a `homeward-plan/1` document of a plan."""
    return {
        "format": PLAN_FORMAT,
        "rounds": [_round_json(each) for each in plan.rounds],
        "unplaced": [
            {
                "visit": each.visit,
                "reasons": list(each.reasons),
                "relaxations": list(each.relaxations),
            }
            for each in plan.unplaced
        ],
        "totals": asdict(plan.totals),
        "seed": plan.seed,
    }


def dumps(document: Mapping[str, Any]) -> bytes:
    """Write a document as bytes, the same for the same document: one line, keys in format order."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def _read(path: Path) -> object:
    raw = path.read_bytes()
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        return json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_no_repeats)
    except (EOFError, gzip.BadGzipFile, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ProblemError(f"not a JSON file: {error}") from error
    except RecursionError as error:
        raise ProblemError("not a JSON file of this format: nested too deeply") from error


def _write(document: Mapping[str, Any], path: Path) -> None:
    raw = dumps(document)
    # The time of writing is left out of the gzip header, so that equal plans are equal files.
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)


def _refuse_constant(text: str) -> object:
    raise ProblemError(f"{text} is not a number that can be planned with")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ProblemError(f"key {twice!r} is there twice")
    return record


def _record(
    value: object, *, name: str, keys: Iterable[str], needs: Iterable[str] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProblemError(f"{name}: an object was expected, not {_short(value)}")
    allowed = tuple(keys)
    for key in value:
        if key not in allowed:
            raise ProblemError(f"{name}: unknown key {key!r}; known are {', '.join(allowed)}")
    for key in needs:
        if key not in value:
            raise ProblemError(f"{name}: key {key!r} is missing")
    return value


def _is_format(record: Mapping[str, Any], expected: str) -> None:
    if record["format"] != expected:
        raise ProblemError(f"format: {expected!r} was expected, not {_short(record['format'])}")


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _needed(kind: Any) -> tuple[str, ...]:
    return tuple(
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    )


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ProblemError(f"{name}: a list was expected, not {_short(value)}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ProblemError(f"{name}: a text was expected, not {_short(value)}")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    return tuple(_text(each, name) for each in _list(value, name))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _matrix(value: object, name: str) -> np.ndarray:
    rows = _list(value, name)
    for number, row in enumerate(rows):
        if len(_list(row, f"{name} row {number}")) != len(rows):
            raise ProblemError(
                f"{name} row {number}: {len(row)} cells, but there are {len(rows)} rows"
            )
        for column, cell in enumerate(row):
            if type(cell) is not int:
                raise ProblemError(
                    f"{name}: from {number} to {column}: {_short(cell)} is not a whole number"
                )
            if not -(2**62) < cell < 2**62:
                raise ProblemError(f"{name}: from {number} to {column}: far too large")
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(rows))


def _visit(value: object) -> Visit:
    record = dict(_record(value, name="visit", keys=_names(Visit), needs=_needed(Visit)))
    name = f"visit {_text(record['id'], 'visit: id')}"
    if "person" in record and not isinstance(record["person"], str):
        raise ProblemError(f"{name}: person: a text was expected")
    for key in ("skills", "not_carers"):
        record[key] = frozenset(_texts(record.get(key, []), f"{name}: {key}"))
    only = record.get("only_carers")
    record["only_carers"] = None if only is None else frozenset(_texts(only, f"{name}: only"))
    record["usual_carers"] = _texts(record.get("usual_carers", []), f"{name}: usual_carers")
    record["after"] = tuple(
        _after(each, name) for each in _list(record.get("after", []), f"{name}: after")
    )
    return Visit(**record)


def _after(value: object, name: str) -> After:
    record = _record(value, name=f"{name}: after", keys=_names(After), needs=("visit",))
    _text(record["visit"], f"{name}: after: visit")
    return After(**record)


def _after_json(after: After) -> dict[str, Any]:
    record = asdict(after)
    if not after.other_carer:
        del record["other_carer"]
    return record


def _visit_json(visit: Visit) -> dict[str, Any]:
    only = visit.only_carers
    record = {
        "id": visit.id,
        "person": visit.person,
        "location": visit.location,
        "earliest": visit.earliest,
        "latest": visit.latest,
        "minutes": visit.minutes,
        "carers": visit.carers,
        "skills": sorted(visit.skills),
        "not_carers": sorted(visit.not_carers),
        "only_carers": None if only is None else sorted(only),
        "usual_carers": list(visit.usual_carers),
        "priority": visit.priority,
        "after": [_after_json(after) for after in visit.after],
    }
    return record if visit.due is None else record | {"due": visit.due}


def _carer(value: object) -> Carer:
    record = dict(_record(value, name="carer", keys=_names(Carer), needs=_needed(Carer)))
    name = f"carer {_text(record['id'], 'carer: id')}"
    shifts = []
    for each in _list(record["shifts"], f"{name}: shifts"):
        if len(_list(each, f"{name}: shift")) != 2:
            raise ProblemError(f"{name}: a shift is [start, end], not {_short(each)}")
        shifts.append((each[0], each[1]))
    record["shifts"] = tuple(shifts)
    record["skills"] = frozenset(_texts(record.get("skills", []), f"{name}: skills"))
    record["breaks"] = tuple(
        Break(**_record(each, name=f"{name}: break", keys=_names(Break), needs=_needed(Break)))
        for each in _list(record.get("breaks", []), f"{name}: breaks")
    )
    return Carer(**record)


def _carer_json(carer: Carer) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": carer.id,
        "start_location": carer.start_location,
        "end_location": carer.end_location,
        "shifts": [list(shift) for shift in carer.shifts],
        "skills": sorted(carer.skills),
    }
    if carer.travel_mode != "car":
        record["travel_mode"] = carer.travel_mode
    if carer.breaks:
        record["breaks"] = [asdict(each) for each in carer.breaks]
    for key in ("max_minutes", "contract_minutes"):
        if getattr(carer, key) is not None:
            record[key] = getattr(carer, key)
    return record


def _pin(value: object) -> Pin:
    record = _record(value, name="pin", keys=_names(Pin), needs=_names(Pin))
    visit = _text(record["visit"], "pin: visit")
    return Pin(visit=visit, carers=_texts(record["carers"], f"pin of {visit}: carers"))


def _round(value: object) -> Round:
    keys = ("carer", "shift", "stops")
    record = _record(value, name="round", keys=(*keys, "break"), needs=keys)
    carer = _text(record["carer"], "round: carer")
    name = f"round of {carer}"
    stops = tuple(_stop(each, name) for each in _list(record["stops"], f"{name}: stops"))
    rest = record.get("break")
    return Round(
        carer=carer,
        shift=whole(record["shift"], name=f"{name}: shift"),
        stops=stops,
        rest=None if rest is None else _rest(rest, name),
    )


def _rest(value: object, name: str) -> Rest:
    keys = ("after", "start", "minutes")
    record = _record(value, name=f"{name}: break", keys=keys, needs=keys)
    for key in keys:
        whole(record[key], name=f"{name}: break: {key}", most=_LATEST_STOP)
    return Rest(stops=record["after"], start=record["start"], minutes=record["minutes"])


def _round_json(each: Round) -> dict[str, Any]:
    record = {
        "carer": each.carer,
        "shift": each.shift,
        "stops": [asdict(stop) for stop in each.stops],
    }
    rest = each.rest
    if rest is None:
        return record
    return record | {"break": {"after": rest.stops, "start": rest.start, "minutes": rest.minutes}}


def _stop(value: object, name: str) -> Stop:
    record = _record(value, name=f"{name}: stop", keys=_names(Stop), needs=_names(Stop))
    visit = _text(record["visit"], f"{name}: stop: visit")
    for key in ("arrive", "start", "leave"):
        whole(record[key], name=f"{name}: {visit}: {key}", most=_LATEST_STOP)
    return Stop(**record)


def _unplaced(value: object) -> Unplaced:
    record = _record(value, name="unplaced", keys=_names(Unplaced), needs=("visit", "reasons"))
    visit = _text(record["visit"], "unplaced: visit")
    return Unplaced(
        visit=visit,
        reasons=_texts(record["reasons"], f"unplaced {visit}: reasons"),
        relaxations=_texts(record.get("relaxations", []), f"unplaced {visit}: relaxations"),
    )
