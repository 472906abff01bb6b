"""The in-house carers: homes, skills, contracts and the shifts of their week."""

import random
from dataclasses import dataclass

from importers.sample import vocabulary
from importers.sample.places import Point, Town, kilometres, near_towns, nearest_town, pick_points
from importers.sample.plans import CouncilPlan

HOMES_WITHIN_KM = 5.0
WALKING_KM = 2.0
TOWN_SHARE = 0.85

# How likely a carer has a skill.
SKILL_CHANCES = {
    "medication": 0.96,
    "hoist": 0.85,
    "dementia": 0.75,
    "catheter": 0.45,
    "diabetes": 0.4,
    "stoma": 0.35,
    "end_of_life": 0.3,
    "peg": 0.15,
}

# Kinds of working day, as shifts of start and end in minutes; split ones have two. Those over six
# hours hold a paid break of twenty minutes.
DAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "early": ((420, 900),),
    "split": ((420, 660), (1005, 1320)),
    "long": ((420, 870), (1020, 1320)),
    "swing": ((660, 1155),),
    "late": ((945, 1350),),
    "morning": ((420, 870),),
    "evening": ((975, 1320),),
}


@dataclass(frozen=True)
class Carer:
    """A Home First carer."""

    ref: str
    first_name: str
    last_name: str
    gender: str
    home: Point
    skills: tuple[str, ...]
    contract_hours: int
    travel_mode: str
    team: str
    shifts: tuple[tuple[int, int, int], ...]  # weekday, start, end (minutes)


# 450 visits a weekday are 15,700 carer-minutes with people and some 4,500 on the road; five such
# days and two lighter ones are about 2,000 hours a week before any waiting, more than 52 contracts
# of 37 hours (1,924). So the roster holds agreed additional hours, as in any short-staffed service.
# A week by kind of carer: the kind of working day on Mon … Sun ("" is off), and how many of 52.
WEEKS: tuple[tuple[str, int], ...] = (
    ("early early early early early - -", 2),
    ("early early early early early morning -", 4),
    ("early early early early early - morning", 4),
    ("- early early early early early morning", 2),
    ("early early early early - morning morning", 2),
    ("early early early - early morning morning", 1),
    ("swing swing swing swing swing - -", 2),
    ("swing swing swing - swing swing -", 1),
    ("swing swing - swing swing - swing", 1),
    ("late late late late late - -", 2),
    ("late late late late late evening -", 2),
    ("late late late late late - evening", 2),
    ("- late late late late evening evening", 1),
    ("late late late - late evening evening", 2),
    ("long long long - long - -", 4),
    ("long - long long long - -", 4),
    ("- long long long - long long", 3),
    ("long long - long long - long", 3),
    ("long - long long - long long", 2),
    ("- long - long long long -", 2),
    ("split split split split split - -", 3),
    ("split split - split split split split", 1),
    ("split split split - split split split", 2),
)


def make_carers(rng: random.Random, plan: CouncilPlan, points: list[Point]) -> list[Carer]:
    """Make the plan's carers; most live in or near the towns."""
    near = near_towns(points, plan.towns, within_km=HOMES_WITHIN_KM)
    homes = pick_points(rng, points, near, count=plan.carers, share=TOWN_SHARE)
    weeks = [week for week, count in WEEKS for _ in range(count)]
    if plan.carers < len(weeks):
        weeks = weeks[:: len(weeks) // plan.carers][: plan.carers]
    rng.shuffle(weeks)
    return [
        _carer(rng, plan, number, home, week)
        for number, (home, week) in enumerate(zip(homes, weeks, strict=True), start=1)
    ]


def _carer(rng: random.Random, plan: CouncilPlan, number: int, home: Point, week: str) -> Carer:
    gender = rng.choices(("Female", "Male"), (84, 16))[0]
    names = vocabulary.YOUNGER_MEN if gender == "Male" else vocabulary.YOUNGER_WOMEN
    shifts = tuple(
        (weekday, start, end)
        for weekday, kind in enumerate(week.split())
        if kind != "-"
        for start, end in DAYS[kind]
    )
    town = nearest_town(home, plan.towns)
    return Carer(
        ref=f"{plan.prefix[0]}F{number:03d}",
        first_name=rng.choice(names),
        last_name=rng.choice(vocabulary.LAST_NAMES),
        gender=gender,
        home=home,
        skills=tuple(s for s, chance in SKILL_CHANCES.items() if rng.random() < chance),
        contract_hours=_contract_hours(shifts),
        travel_mode=_travel_mode(rng, plan, home, town),
        team=vocabulary.CARER_TEAMS.get(town.name, "County"),
        shifts=shifts,
    )


def _contract_hours(shifts: tuple[tuple[int, int, int], ...]) -> int:
    """Contracts run from 20 to 37 hours; a roster above that is agreed additional hours."""
    rostered = sum(end - start for _, start, end in shifts) / 60
    return max(20, min(37, round(rostered * 0.85)))


def _travel_mode(rng: random.Random, plan: CouncilPlan, home: Point, town: Town) -> str:
    # Only in the first town, the biggest, are homes close enough together to do without a car.
    first = plan.towns[0]
    if town == first and kilometres(home, first) <= WALKING_KM and rng.random() < 0.3:
        return rng.choice(("walk", "cycle"))
    return "car"
