"""Read an instance of the public HHCRSP collection, and put its question to the rounds engine.

The format is that of Ceschia, Di Gaspero, Rosati and Schaerf (ITOR 2024): patients with a window on
the start and one or two services, caregivers with abilities, offices where rounds begin and end,
and one matrix whose rows are the offices, then the patients. Times are reals.
"""

import gzip
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimiser.rounds.problem import (
    LARGEST_WEIGHT,
    LONGEST_MINUTES,
    After,
    Carer,
    Problem,
    Visit,
    Weights,
)

UNITS_A_MINUTE = 1000  # the collection's distances have three decimals
FAR = LONGEST_MINUTES * UNITS_A_MINUTE  # no start is too late, it is only tardy

# A third of distance, total and maximum tardiness each; nothing else counts, all is to be served.
WEIGHTS = Weights(
    unplaced_critical=LARGEST_WEIGHT,
    unplaced_high=LARGEST_WEIGHT,
    unplaced_standard=LARGEST_WEIGHT,
    unplaced_optional=LARGEST_WEIGHT,
    travel=1,
    not_usual_carer=0,
    faces=0,
    off_contract=0,
    late=1,
    worst_late=1,
    change_of_carer=0,
    change_of_start=0,
    paid_span=0,
)


class InstanceError(ValueError):
    """A file that is no instance; the message names the thing and what is wrong."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service a patient needs: the ability asked for, and how long it takes."""

    ability: str
    duration: float


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient; with two services the second starts `gap` (least, most) after the first."""

    id: str
    place: int
    opens: float
    closes: float
    services: tuple[Service, ...]
    gap: tuple[float, float] | None = None
    not_caregivers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Caregiver:
    """One caregiver: the abilities held, and the places the round begins and ends at."""

    id: str
    abilities: frozenset[str]
    departs: int
    arrives: int


@dataclass(frozen=True, eq=False)
class Instance:
    """One question of the collection; `distances` are journeys in minutes between places."""

    name: str
    patients: tuple[Patient, ...]
    caregivers: tuple[Caregiver, ...]
    distances: np.ndarray


def instance_name(path: Path) -> str:
    """Return the name of an instance's file without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".json")


def read_instance(path: Path) -> Instance:
    """Read an instance from a .json or .json.gz file; raises InstanceError saying what is wrong."""
    try:
        raw = path.read_bytes()
        text = gzip.decompress(raw) if path.suffix == ".gz" else raw
        data = json.loads(text)
    except (OSError, EOFError, ValueError) as error:
        raise InstanceError(f"{path.name}: cannot be read: {error}") from error
    try:
        return parse_instance(data, name=instance_name(path))
    except InstanceError as error:
        raise InstanceError(f"{path.name}: {error}") from error


def parse_instance(data: object, *, name: str) -> Instance:
    """Make an instance of what its JSON holds; a key with no meaning here is refused by name."""
    keys = _object(
        data,
        "instance",
        needed=("patients", "services", "caregivers", "central_offices", "distances"),
        optional=("name", "area"),
    )
    default = {}
    for each in _list(keys["services"], "services"):
        of = _object(each, "service", needed=("id",), optional=("type", "default_duration"))
        default[_id(of, "service")] = of.get("default_duration")
    offices = {}
    for number, each in enumerate(_list(keys["central_offices"], "central_offices")):
        of = _object(each, "central office", needed=("id",), optional=("location",))
        offices[_id(of, "central office")] = number
    caregivers = tuple(
        _caregiver(each, offices, default) for each in _list(keys["caregivers"], "caregivers")
    )
    patients = tuple(
        _patient(each, len(offices) + number, default, {c.id for c in caregivers})
        for number, each in enumerate(_list(keys["patients"], "patients"))
    )
    _distinct("caregiver", (c.id for c in caregivers))
    _distinct("patient", (p.id for p in patients))
    places = len(offices) + len(patients)
    return Instance(name, patients, caregivers, _matrix(keys["distances"], places))


def to_problem(instance: Instance) -> Problem:
    """Ask the engine the instance's question: a visit for each service, in thousandths."""
    visits = []
    for patient in instance.patients:
        for number, service in enumerate(patient.services):
            after: tuple[After, ...] = ()
            if number == 1 and patient.gap is not None:
                least, most = (units(each) for each in patient.gap)
                after = (After(visit_id(patient, 0), least, most, other_carer=True),)
            visits.append(
                Visit(
                    id=visit_id(patient, number),
                    person=patient.id,
                    location=patient.place,
                    earliest=units(patient.opens),
                    due=units(patient.closes),
                    latest=FAR,
                    minutes=units(service.duration),
                    skills=frozenset((service.ability,)),
                    not_carers=patient.not_caregivers,
                    after=after,
                )
            )
    carers = tuple(
        Carer(each.id, each.departs, each.arrives, ((0, FAR),), skills=each.abilities)
        for each in instance.caregivers
    )
    return Problem(
        travel_minutes=np.rint(instance.distances * UNITS_A_MINUTE).astype(np.int64),
        visits=tuple(visits),
        carers=carers,
        weights=WEIGHTS,
        units_a_minute=UNITS_A_MINUTE,
    )


def units(minutes: float) -> int:
    """Return minutes in thousandths."""
    return round(minutes * UNITS_A_MINUTE)


def visit_id(patient: Patient, number: int) -> str:
    """Return the id of the visit for a patient's first (0) or second (1) service."""
    return f"{patient.id}/{number}"


def _caregiver(value: object, offices: Mapping[str, int], services: Iterable[str]) -> Caregiver:
    of = _object(
        value,
        "caregiver",
        needed=("id", "abilities"),
        optional=("departing_point", "arriving_point"),
    )
    name = f"caregiver {_id(of, 'caregiver')}"
    abilities = frozenset(_list(of["abilities"], f"{name}: abilities"))
    for each in sorted(abilities - set(services), key=str):
        raise InstanceError(f"{name}: {each!r} is not among the services")
    departs = _office(of.get("departing_point"), offices, f"{name}: departing_point")
    arriving = of.get("arriving_point")
    arrives = departs if arriving is None else _office(arriving, offices, f"{name}: arriving_point")
    return Caregiver(of["id"], abilities, departs, arrives)


def _office(value: object, offices: Mapping[str, int], name: str) -> int:
    if value is None:
        if len(offices) != 1:
            raise InstanceError(f"{name} is missing, and there are {len(offices)} central offices")
        return 0
    if value not in offices:
        raise InstanceError(f"{name}: {value!r} is not a central office")
    return offices[str(value)]


def _patient(
    value: object, place: int, default: Mapping[str, Any], caregivers: set[str]
) -> Patient:
    of = _object(
        value,
        "patient",
        needed=("id", "time_window", "required_caregivers"),
        optional=("location", "synchronization", "incompatible_caregivers"),
    )
    name = f"patient {_id(of, 'patient')}"
    opens, closes = _pair(of["time_window"], f"{name}: time_window")
    services = []
    for each in _list(of["required_caregivers"], f"{name}: required_caregivers"):
        need = _object(each, f"{name}: service", needed=("service",), optional=("duration",))
        ability = need["service"]
        if ability not in default:
            raise InstanceError(f"{name}: {ability!r} is not among the services")
        given = need.get("duration")
        duration = default[ability] if given is None else given
        services.append(Service(ability, _number(duration, f"{name}: duration of {ability}")))
    if not 1 <= len(services) <= 2:
        raise InstanceError(f"{name}: needs {len(services)} services; one or two can be planned")
    _distinct(f"{name}: service", (each.ability for each in services))
    refused = frozenset(
        _list(of.get("incompatible_caregivers") or [], f"{name}: incompatible_caregivers")
    )
    for each in sorted(refused - caregivers, key=str):
        raise InstanceError(f"{name}: incompatible_caregivers: {each!r} is not a caregiver")
    gap = _gap(of.get("synchronization"), len(services), name)
    return Patient(of["id"], place, opens, closes, tuple(services), gap, refused)


def _gap(value: object, services: int, name: str) -> tuple[float, float] | None:
    if services == 1:
        if value is not None:
            raise InstanceError(f"{name}: synchronization of one service")
        return None
    if value is None:
        raise InstanceError(f"{name}: two services, but no synchronization")
    of = _object(value, f"{name}: synchronization", needed=("type",), optional=("distance",))
    distance = of.get("distance")
    if of["type"] == "simultaneous":
        if distance not in (None, [0, 0]):
            raise InstanceError(f"{name}: simultaneous services, but a distance of {distance}")
        return 0.0, 0.0
    if of["type"] != "sequential":
        raise InstanceError(
            f"{name}: synchronization type {of['type']!r} is neither simultaneous nor sequential"
        )
    return _pair(distance, f"{name}: synchronization distance")


def _matrix(value: object, places: int) -> np.ndarray:
    rows = _list(value, "distances")
    for number, row in enumerate(rows):
        if len(_list(row, f"distances: row {number}")) != places:
            raise InstanceError(f"distances: row {number} has {len(row)} cells, not {places}")
        for each in row:
            _number(each, f"distances: row {number}")
    if len(rows) != places:
        raise InstanceError(f"distances: {len(rows)} rows, not {places} (offices, then patients)")
    return np.array(rows, dtype=np.float64).reshape(places, places)


def _object(
    value: object, name: str, *, needed: tuple[str, ...], optional: tuple[str, ...]
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InstanceError(f"{name}: an object was expected")
    if isinstance(value.get("id"), str):
        name = f"{name} {value['id']}"
    for key in needed:
        if key not in value:
            raise InstanceError(f"{name}: key {key!r} is missing")
    for key in value:
        if key not in needed and key not in optional:
            raise InstanceError(f"{name}: key {key!r} has no meaning here")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise InstanceError(f"{name}: a list was expected")
    return value


def _id(of: Mapping[str, Any], name: str) -> str:
    if not isinstance(of["id"], str) or not of["id"]:
        raise InstanceError(f"{name}: id {of['id']!r} is not a name")
    return str(of["id"])


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InstanceError(f"{name}: {value!r} is not a number")
    if not 0 <= value < math.inf:
        raise InstanceError(f"{name}: {value:g} is not a number from 0")
    return float(value)


def _pair(value: object, name: str) -> tuple[float, float]:
    both = _list(value, name)
    if len(both) != 2:
        raise InstanceError(f"{name}: {both} is not a pair")
    least, most = (_number(each, name) for each in both)
    if most < least:
        raise InstanceError(f"{name}: {most:g} comes before {least:g}")
    return least, most


def _distinct(name: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise InstanceError(f"{name} {each} is there twice")
        seen.add(each)
