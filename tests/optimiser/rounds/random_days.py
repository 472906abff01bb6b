"""Small random days with every rule a day can have, the same for the same seed."""

from collections.abc import Collection
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import strategies as st

from optimiser.rounds.problem import (
    PRIORITIES,
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    Round,
    Stop,
    Visit,
    Weights,
)

SKILLS = ("medication", "peg", "hoist")
FEATURES = (
    "skills",
    "double_ups",
    "gaps",
    "other_carer",
    "split_shifts",
    "breaks",
    "modes",
    "due",
    "max_minutes",
    "contract",
    "named_carers",
    "pins",
    "usual",
    "people",
    "priorities",
    "previous",
    "crooked_travel",
    "heavy_weights",
)


def random_day(
    seed: int,
    *,
    features: Collection[str] | None = None,
    visits: tuple[int, int] = (3, 8),
    carers: tuple[int, int] = (1, 4),
) -> Problem:
    """A day of few visits and carers; each feature (of those given, or all) on with even odds."""
    draw = Random(seed)
    chosen = [draw.random() < 0.4 for _ in FEATURES]
    if features is None:
        on = {name for name, is_on in zip(FEATURES, chosen, strict=True) if is_on}
    else:
        on = set(features)
    if draw.random() < 0.5:
        on.add("roomy")
    places = draw.randint(3, 9)
    travel = _travel(draw, places, crooked="crooked_travel" in on)
    staff = [_carer(draw, f"c{n}", places, on) for n in range(draw.randint(*carers))]
    calls = [_visit(draw, f"v{n}", places, staff, on) for n in range(draw.randint(*visits))]
    calls = _tied(draw, calls, on)
    return Problem(
        travel_minutes=travel,
        travel_minutes_by_mode={"walk": travel * 3 + 1, "cycle": travel * 2},
        visits=tuple(calls),
        carers=tuple(staff),
        pins=_pins(draw, calls, staff) if "pins" in on else (),
        previous=_published(draw, calls, staff) if "previous" in on else None,
        weights=_weights(draw, on),
    )


def with_weights(problem: Problem, **weights: float) -> Problem:
    return replace(problem, weights=replace(problem.weights, **weights))


def _travel(draw: Random, places: int, *, crooked: bool) -> np.ndarray:
    if crooked:  # no symmetry, no triangle inequality, even a way from a place to itself
        rows = [[draw.choice((0, 1, 3, 8, 20, 60)) for _ in range(places)] for _ in range(places)]
        return np.array(rows, dtype=np.int32)
    points = [(draw.randint(0, 12), draw.randint(0, 12)) for _ in range(places)]
    return np.array([[abs(a - c) + abs(b - d) for c, d in points] for a, b in points])


def _carer(draw: Random, name: str, places: int, on: set[str]) -> Carer:
    begins = draw.randint(400, 480)
    shifts = [(begins, begins + draw.randint(90, 300) + 200 * ("roomy" in on))]
    if "split_shifts" in on and draw.random() < 0.6:
        begins = shifts[0][1] + draw.randint(0, 60)
        shifts.append((begins, begins + draw.randint(60, 200)))
    breaks = []
    for number, (starts, ends) in enumerate(shifts):
        minutes = draw.randint(5, 25)
        if "breaks" in on and draw.random() < 0.7 and starts + minutes < ends:
            earliest = draw.randint(starts, ends - minutes)
            breaks.append(Break(number, minutes, earliest, draw.randint(earliest, ends)))
    return Carer(
        id=name,
        start_location=draw.randrange(places),
        end_location=draw.randrange(places),
        shifts=tuple(shifts),
        skills=frozenset(draw.sample(SKILLS, draw.randint(0, 3))),
        travel_mode=draw.choice(("car", "walk", "cycle")) if "modes" in on else "car",
        breaks=tuple(breaks),
        max_minutes=draw.randint(30, 200) if "max_minutes" in on else None,
        contract_minutes=draw.randint(30, 240) if "contract" in on else None,
    )


def _visit(draw: Random, name: str, places: int, staff: list[Carer], on: set[str]) -> Visit:
    earliest = draw.randint(400, 640)
    latest = earliest + draw.choice((90, 180) if "roomy" in on else (0, 15, 30, 60, 120))
    ids = [carer.id for carer in staff]
    some = frozenset(draw.sample(ids, draw.randint(0, len(ids))))
    named = "named_carers" in on
    return Visit(
        id=name,
        location=draw.randrange(places),
        earliest=earliest,
        latest=latest,
        minutes=draw.choice((10, 15, 30, 45)),
        person=draw.choice(("p0", "p1", "p2", "")) if "people" in on else "",
        carers=draw.choice((1, 1, 2, 3)) if "double_ups" in on else 1,
        skills=frozenset(draw.sample(SKILLS, draw.choice((0, 0, 1, 2))) if "skills" in on else ()),
        not_carers=some if named and draw.random() < 0.3 and len(some) < len(ids) else frozenset(),
        only_carers=some if named and draw.random() < 0.3 else None,
        usual_carers=tuple(sorted(some)) if "usual" in on else (),
        priority=draw.choice(PRIORITIES) if "priorities" in on else "standard",
        due=draw.randint(earliest, latest) if "due" in on and draw.random() < 0.7 else None,
    )


def _tied(draw: Random, calls: list[Visit], on: set[str]) -> list[Visit]:
    if not on & {"gaps", "other_carer"}:
        return calls
    tied = []
    for visit in calls:
        after = []
        for other in draw.sample(calls, min(2, len(calls))):
            if other.id == visit.id or draw.random() < 0.5:
                continue
            least = draw.choice((0, 0, 30, 60, 120)) if "gaps" in on else 0
            most = least + draw.choice((0, 30, 90)) if draw.random() < 0.5 else None
            apart = "other_carer" in on and draw.random() < 0.7
            after.append(After(other.id, least, most, apart))
        tied.append(replace(visit, after=tuple(after)))
    return tied


def _pins(draw: Random, calls: list[Visit], staff: list[Carer]) -> tuple[Pin, ...]:
    return tuple(
        Pin(
            visit.id,
            tuple(c.id for c in draw.sample(staff, min(len(staff), draw.randint(1, visit.carers)))),
        )
        for visit in draw.sample(calls, min(2, len(calls)))
        if staff
    )


def _published(draw: Random, calls: list[Visit], staff: list[Carer]) -> Plan | None:
    if not staff:
        return None
    stops: dict[tuple[str, int], list[Stop]] = {}
    for visit in draw.sample(calls, draw.randint(0, len(calls))):
        start = draw.randint(visit.earliest, visit.latest)
        for carer in draw.sample(staff, min(len(staff), visit.carers)):
            key = (carer.id, draw.randrange(len(carer.shifts)))
            stops.setdefault(key, []).append(Stop(visit.id, start, start, start + visit.minutes))
    rounds = tuple(
        Round(carer, shift, tuple(sorted(found, key=lambda stop: (stop.start, stop.visit))))
        for (carer, shift), found in sorted(stops.items())
    )
    return Plan(rounds=rounds)


def _weights(draw: Random, on: set[str]) -> Weights:
    fair = draw.choice((0.0, 0.3, 1.0)) if "contract" in on else 0.0
    if "heavy_weights" not in on:
        return Weights(off_contract=fair)
    # Weights of the size of a journey: leaving out, waiting and few faces are worth a detour.
    return Weights(
        unplaced_critical=draw.choice((200, 8000)),
        unplaced_high=draw.choice((60, 4000)),
        unplaced_standard=draw.choice((30, 2000)),
        unplaced_optional=draw.choice((0, 15)),
        travel=draw.choice((0.5, 1, 2)),
        not_usual_carer=draw.choice((0, 5, 20)),
        faces=draw.choice((0, 4, 15)),
        off_contract=fair,
        late=draw.choice((0, 0.5, 2)),
        worst_late=draw.choice((0, 1, 3)),
        change_of_carer=draw.choice((0, 10, 120)),
        change_of_start=draw.choice((0, 0.5, 1)),
        paid_span=draw.choice((0, 0.001, 0.5)),
    )


@st.composite
def bad_tempered_days(draw: st.DrawFn) -> Problem:
    """Days nobody would plan: nothing to do, nobody there, ties in circles, journeys of a week."""
    places = draw(st.integers(1, 3))
    cells = st.sampled_from((0, 5, 30, 1, 10_080))
    rows = st.lists(cells, min_size=places, max_size=places)
    matrices = st.lists(rows, min_size=places, max_size=places).map(np.array)
    staff = [draw(_bad_carer(f"c{n}", places)) for n in range(draw(st.integers(0, 3)))]
    ids = [carer.id for carer in staff]
    number = draw(st.integers(0, 5))
    names = [f"v{n}" for n in range(number)]
    calls = [draw(_bad_visit(name, names, ids, places)) for name in names]
    pins = []
    for visit in calls:
        most = min(visit.carers, len(ids))
        if ids and draw(st.integers(0, 3)) == 3:
            pinned = st.lists(st.sampled_from(ids), max_size=most, unique=True)
            pins.append(Pin(visit.id, tuple(draw(pinned))))
    rates = st.sampled_from((1, 0, 0.1, 1000))
    return Problem(
        travel_minutes=draw(matrices),
        travel_minutes_by_mode={"walk": draw(matrices)},
        visits=tuple(calls),
        carers=tuple(staff),
        pins=tuple(pins),
        weights=Weights(off_contract=draw(rates), worst_late=draw(rates), faces=draw(rates)),
    )


@st.composite
def _bad_carer(draw: st.DrawFn, name: str, places: int) -> Carer:
    times = draw(st.lists(st.integers(0, 700), max_size=4, unique=True).map(sorted))
    shifts = tuple(zip(times[::2], times[1::2], strict=False))
    breaks = []
    for number, (starts, ends) in enumerate(shifts):
        if draw(st.integers(0, 2)) == 2:
            minutes = draw(st.integers(1, ends - starts))
            earliest = draw(st.integers(0, ends - minutes))
            latest = draw(st.integers(max(earliest, starts), 720))
            breaks.append(Break(number, minutes, earliest, latest))
    return Carer(
        id=name,
        start_location=draw(st.integers(0, places - 1)),
        end_location=draw(st.integers(0, places - 1)),
        shifts=shifts,
        skills=frozenset(draw(st.sets(st.sampled_from(SKILLS[:2])))),
        travel_mode=draw(st.sampled_from(("car", "walk"))),
        breaks=tuple(breaks),
        max_minutes=draw(st.none() | st.integers(0, 300)),
        contract_minutes=draw(st.none() | st.integers(1, 300)),
    )


@st.composite
def _bad_visit(draw: st.DrawFn, name: str, names: list[str], ids: list[str], places: int) -> Visit:
    earliest = draw(st.integers(0, 700))
    latest = earliest + draw(st.sampled_from((0, 1, 60, 700)))
    named = st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset())
    others = st.sampled_from([other for other in names if other != name] or [""])
    after = []
    for other in sorted(draw(st.sets(others, max_size=2)) - {""}):
        least = draw(st.sampled_from((0, 1, 30, 10_080)))
        most = draw(st.none() | st.sampled_from((least, least + 10)))
        after.append(After(other, least, most, draw(st.booleans())))
    return Visit(
        id=name,
        location=draw(st.integers(0, places - 1)),
        earliest=earliest,
        latest=latest,
        minutes=draw(st.sampled_from((1, 15, 60, 2000))),
        person=draw(st.sampled_from(("", "p"))),
        carers=draw(st.sampled_from((1, 2, 8))),
        skills=frozenset(draw(st.sets(st.sampled_from(SKILLS[:2]), max_size=1))),
        not_carers=draw(named) if draw(st.integers(0, 3)) == 3 else frozenset(),
        only_carers=draw(named) if draw(st.integers(0, 3)) == 3 else None,
        usual_carers=tuple(sorted(draw(named))),
        priority=draw(st.sampled_from(PRIORITIES)),
        after=tuple(after),
        due=draw(st.none() | st.integers(earliest, latest)),
    )
