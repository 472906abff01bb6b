"""What an OpenStreetMap way allows: who may use it, in which direction and how fast (UK rules)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from optimiser.travel.points import Mode

MPH_IN_KMH = 1.609344

# Free-flow speeds a road of each class really yields in the UK, in km/h: below the national
# limits (70/60/30 mph; Road Traffic Regulation Act 1984 and the Highway Code, rule 124) because
# bends, junctions and narrow lanes rule, not the sign. Fitted so that journeys agree with the
# banded medians of a rural county (docs/algorithms/travel.md).
CAR_KMH: Mapping[str, float] = {
    "motorway": 100,
    "motorway_link": 55,
    "trunk": 78,
    "trunk_link": 42,
    "primary": 62,
    "primary_link": 38,
    "secondary": 56,
    "secondary_link": 34,
    "tertiary": 47,
    "tertiary_link": 30,
    "unclassified": 37,
    "road": 30,
    "residential": 23,
    "living_street": 12,
    "service": 14,
}
# Traffic averages under the posted limit once slowing down and turning are counted.
SHARE_OF_LIMIT = 0.85

WALK_KMH = 4.8
STEPS_KMH = 2.4
CYCLE_KMH: Mapping[str, float] = {
    "primary": 17,
    "secondary": 17,
    "tertiary": 17,
    "unclassified": 17,
    "cycleway": 16,
    "bridleway": 10,
    "track": 10,
    "path": 12,
}
DEFAULT_CYCLE_KMH = 16.0

# Highways a mode may use unless a tag says otherwise (Highway Code; UK rights of way).
CAR_HIGHWAYS = frozenset(CAR_KMH)
CYCLE_HIGHWAYS = (CAR_HIGHWAYS - {"motorway", "motorway_link"}) | {"cycleway", "bridleway", "track"}
WALK_HIGHWAYS = CYCLE_HIGHWAYS | {"footway", "path", "pedestrian", "steps"}
HIGHWAYS_BY_MODE: Mapping[Mode, frozenset[str]] = {
    "car": CAR_HIGHWAYS,
    "walk": WALK_HIGHWAYS,
    "cycle": CYCLE_HIGHWAYS,
}
# Ways open to a mode only where a tag of that mode's own says so.
ON_PERMISSION: Mapping[Mode, frozenset[str]] = {
    "car": frozenset({"track", "pedestrian"}),
    "walk": frozenset(),
    "cycle": frozenset({"footway", "path", "pedestrian"}),
}
# The most particular tag first: it overrules those after it.
ACCESS_TAGS: Mapping[Mode, tuple[str, ...]] = {
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "walk": ("foot", "access"),
    "cycle": ("bicycle", "vehicle", "access"),
}
# “private” is refused: a carer may end on a private drive but not drive through an estate, and
# the last metres from the nearest public road are charged anyway.
OPEN_VALUES = frozenset(
    {"yes", "permissive", "designated", "destination", "customers", "delivery", "official"}
)
OPEN_BY_DEFAULT = frozenset({"unknown", "variable", "discouraged"})
NAMED_LIMITS_KMH: Mapping[str, float] = {
    "gb:motorway": 70 * MPH_IN_KMH,
    "gb:nsl_dual": 70 * MPH_IN_KMH,
    "gb:nsl_single": 60 * MPH_IN_KMH,
    "gb:nsl_restricted": 30 * MPH_IN_KMH,
    "walk": 5.0,
}
SPEED_PATTERN = re.compile(r"^(\d{1,3}(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?$")
DISUSED = frozenset({"proposed", "construction", "razed", "abandoned", "platform", "corridor"})


@dataclass(frozen=True)
class WaySpeeds:
    """Speeds along (`forward`) and against (`backward`) a way in km/h; a mode left out may not."""

    forward: Mapping[Mode, float]
    backward: Mapping[Mode, float]

    @property
    def usable(self) -> bool:
        """Whether any mode may use the way at all."""
        return bool(self.forward or self.backward)


def limit_kmh(tag: str | None) -> float | None:
    """Read a maxspeed tag (“30 mph”, “50”, “GB:nsl_single”) as km/h; None where it says nothing."""
    if tag is None:
        return None
    text = tag.strip().lower()
    if text in NAMED_LIMITS_KMH:
        return NAMED_LIMITS_KMH[text]
    match = SPEED_PATTERN.match(text)
    if match is None or float(match[1]) == 0:
        return None
    return float(match[1]) * (MPH_IN_KMH if match[2] == "mph" else 1)


def may_use(tags: Mapping[str, str], *, mode: Mode) -> bool:
    """Whether the mode may use a way with these tags."""
    highway = tags.get("highway", "")
    if highway in DISUSED or tags.get("area") == "yes":
        return False
    allowed = highway in HIGHWAYS_BY_MODE[mode]
    for position, key in enumerate(ACCESS_TAGS[mode]):
        value = tags.get(key)
        if value is None or value in OPEN_BY_DEFAULT:
            continue
        if value not in OPEN_VALUES:
            return False
        by_own_tag = position == 0 or (mode == "car" and key == "motor_vehicle")
        return allowed or (by_own_tag and highway in ON_PERMISSION[mode])
    return allowed


def kmh(tags: Mapping[str, str], *, mode: Mode) -> float:
    """Return the speed at which the mode travels a way it may use."""
    highway = tags["highway"]
    if mode == "walk":
        return STEPS_KMH if highway == "steps" else WALK_KMH
    if mode == "cycle":
        return CYCLE_KMH.get(highway, DEFAULT_CYCLE_KMH)
    usual = CAR_KMH.get(highway, CAR_KMH["service"])
    limit = limit_kmh(tags.get("maxspeed"))
    return usual if limit is None else min(usual, limit * SHARE_OF_LIMIT)


def directions(tags: Mapping[str, str], *, mode: Mode) -> tuple[bool, bool]:
    """Whether the mode may go along and against the way; people on foot always go both ways."""
    if mode == "walk":
        return True, True
    oneway = tags.get("oneway", "")
    if mode == "cycle" and (
        tags.get("oneway:bicycle") == "no" or tags.get("cycleway", "").startswith("opposite")
    ):
        return True, True
    if oneway in {"-1", "reverse"}:
        return False, True
    if oneway in {"yes", "true", "1"}:
        return True, False
    if oneway in {"reversible", "alternating"} and mode == "car":
        return False, False
    implied = tags.get("junction") in {"roundabout", "circular"} or tags["highway"] in {
        "motorway",
        "motorway_link",
    }
    return (True, False) if implied and oneway != "no" else (True, True)


def way_speeds(tags: Mapping[str, str]) -> WaySpeeds:
    """Return the speeds of every mode in both directions of a way."""
    forward: dict[Mode, float] = {}
    backward: dict[Mode, float] = {}
    for mode in HIGHWAYS_BY_MODE:
        if not may_use(tags, mode=mode):
            continue
        along, against = directions(tags, mode=mode)
        speed = kmh(tags, mode=mode)
        if along:
            forward[mode] = speed
        if against:
            backward[mode] = speed
    return WaySpeeds(forward, backward)
