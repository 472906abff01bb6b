"""Make a rural day of any size, the same for the same seed: villages, carers, calls, skills.

Shares are those of a county day: one to four calls a person at mealtimes, 12 % of them double-ups,
ten calls a carer, roads a third longer than the crow flies at 40 km/h. The land grows with the day,
so that a big one is many districts and not one crowd.
"""

import random
from typing import Any

import numpy as np

from optimiser.rounds.problem import Carer, Problem, Visit

CALLS_A_CARER = 10
DOUBLE_UPS = 0.12
KM_BY_500 = 40.0  # the side of a square that holds a day of 500 visits
METRES_A_MINUTE = 40_000 / 60 / 1.3
PEOPLE_A_VILLAGE = 12

MEALS = (500, 760, 1030, 1230)  # breakfast to bed: the middle of a call's window
CALLS_A_PERSON = ((1, 0.20), (2, 0.29), (3, 0.21), (4, 0.30))
WINDOWS = ((20, 0.10), (30, 0.18), (60, 0.39), (90, 0.17), (120, 0.16))
MINUTES = ((15, 0.33), (20, 0.14), (30, 0.37), (45, 0.16))
NEEDED = (("medication", 0.48), ("dementia", 0.18), ("female", 0.16))
HELD = (("medication", 0.87), ("dementia", 0.54), ("female", 0.85), ("moving_handling", 0.73))
EARLY, LATE, LONG = ((435, 885),), ((870, 1350),), ((420, 1170),)
SPLIT = ((420, 840), (990, 1335))
# In turn, so that every day of any size has the same mix.
SHIFTS = (EARLY, SPLIT, LATE, SPLIT, EARLY, LATE, LONG, EARLY, SPLIT, LATE)


def synthetic_day(visits: int, *, seed: int) -> Problem:
    """Return a day of so many visits, about a tenth as many carers on duty."""
    rng = random.Random(seed)
    side = KM_BY_500 * 1000 * (max(visits, 1) / 500) ** 0.5
    villages = [
        (rng.uniform(0, side), rng.uniform(0, side))
        for _ in range(max(2, visits // 3 // PEOPLE_A_VILLAGE))
    ]
    places: list[tuple[float, float]] = []
    calls: list[Visit] = []
    carers = _carers(rng, max(2, round(visits / CALLS_A_CARER)), villages, places)
    while len(calls) < visits:
        calls += _calls_of_a_person(rng, len(calls), villages, places, carers)
    return Problem(travel_minutes=_journeys(places), visits=tuple(calls[:visits]), carers=carers)


def _carers(
    rng: random.Random,
    count: int,
    villages: list[tuple[float, float]],
    places: list[tuple[float, float]],
) -> tuple[Carer, ...]:
    made = []
    for number in range(count):
        home = _place(rng, villages, places)
        skills = {skill for skill, share in HELD if rng.random() < share}
        shifts = tuple(
            (begins + rng.choice((-15, 0, 15)), ends)
            for begins, ends in SHIFTS[number % len(SHIFTS)]
        )
        made.append(
            Carer(
                id=f"c{number}",
                start_location=home,
                end_location=home,
                shifts=shifts,
                # The first two hold everything: no call is beyond every pair of carers.
                skills=frozenset(skill for skill, _ in HELD) if number < 2 else frozenset(skills),
            )
        )
    return tuple(made)


def _calls_of_a_person(
    rng: random.Random,
    first: int,
    villages: list[tuple[float, float]],
    places: list[tuple[float, float]],
    carers: tuple[Carer, ...],
) -> list[Visit]:
    home = _place(rng, villages, places)
    carers_needed = 2 if rng.random() < DOUBLE_UPS else 1
    skills = {skill for skill, share in NEEDED if rng.random() < share}
    if carers_needed == 2:
        skills.add("moving_handling")
    usual = tuple(each.id for each in rng.sample(carers, min(3, len(carers))))
    calls = []
    meals = sorted(rng.sample(MEALS, _drawn(rng, CALLS_A_PERSON)))
    for number, meal in enumerate(meals, start=first):
        middle = meal + 15 * rng.randint(-3, 3)
        width = _drawn(rng, WINDOWS)
        calls.append(
            Visit(
                id=f"v{number}",
                person=f"p{home}",
                location=home,
                earliest=middle - width // 2,
                latest=middle + width // 2,
                minutes=_drawn(rng, MINUTES),
                carers=carers_needed,
                skills=frozenset(skills),
                usual_carers=usual,
                priority="critical" if width <= 20 else "standard",
            )
        )
    return calls


def _place(
    rng: random.Random, villages: list[tuple[float, float]], places: list[tuple[float, float]]
) -> int:
    x, y = rng.choice(villages)
    places.append((x + rng.gauss(0, 1500), y + rng.gauss(0, 1500)))
    return len(places) - 1


def _drawn(rng: random.Random, shares: tuple[tuple[Any, float], ...]) -> Any:
    values, weights = zip(*shares, strict=True)
    return rng.choices(values, weights)[0]


def _journeys(places: list[tuple[float, float]]) -> np.ndarray:
    at = np.array(places)
    minutes = np.zeros((len(at), len(at)), dtype=np.int32)
    for row, here in enumerate(at):  # row by row: the peak memory measured is the engine's
        minutes[row] = np.ceil(np.hypot(*(at - here).T) / METRES_A_MINUTE)
    return minutes
