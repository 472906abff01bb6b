"""Packages of the sample: who needs which week of care, and on what terms."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from importers.sample import vocabulary
from importers.sample.people import Numbers, Person, make_person
from importers.sample.places import Point, near_towns, pick_points
from importers.sample.plans import CouncilPlan, Home
from importers.sample.visits import (
    EVERY_DAY,
    WEEKDAYS,
    Clause,
    LengthDeck,
    compose_weeks,
    make_call,
    slots_for,
)

TOWN_KILOMETRES = 4.0
HOME_FIRST_TOWN_SHARE = 0.75
NIGHT_STARTS = 22 * 60
NIGHT_MINUTES = 600
LIVE_IN_STARTS = 8 * 60
DAY_MINUTES = 1440

# Enablement calls are a little shorter than long-term ones.
HOME_FIRST_LENGTHS = {15: 6, 30: 82, 45: 9, 60: 3}
# People by (calls a day, how many of them by two carers), of 150: 450 calls, 54 double-ups (12 %).
HOME_FIRST_MIX = (
    ((2, 0), 30),
    ((3, 0), 80),
    ((4, 0), 24),
    ((3, 3), 10),
    ((4, 4), 6),
)
FAMILY_WEEKENDS = 0.6  # people whose family does the weekend


@dataclass(frozen=True)
class Package:
    """One Mosaic element of home care: a person's week, who delivers it and since when."""

    person: Person
    package_ref: str
    element_id: str
    pathway: str
    clauses: tuple[Clause, ...]
    starts_on: date
    status: str
    provider: str = ""
    funder: str = "Local authority"
    funder_share: int | None = None
    contribution: bool = True
    housing_with_care: bool = False
    changed_on: date = field(default=date.min)
    priority: str = "Standard"
    minimum_gap: int = 0

    @property
    def carer_quarters(self) -> int:
        """Quarter hours of carers' time a week."""
        return sum(clause.carer_quarters for clause in self.clauses)

    @property
    def skills(self) -> tuple[str, ...]:
        """Every skill that a visit of the week needs, sorted."""
        return tuple(sorted({skill for clause in self.clauses for skill in clause.skills}))


@dataclass
class Registry:
    """What making packages needs: the plan, the ground, the day, and numbers not yet given out."""

    plan: CouncilPlan
    points: list[Point]
    as_at: date
    numbers: Numbers

    def in_zones(self, zones: Sequence[str]) -> list[Point]:
        """The postcodes of some zones."""
        return [point for point in self.points if point.zone in zones]


def ongoing_packages(rng: random.Random, registry: Registry) -> list[Package]:
    """Ongoing care (O): exactly the planned clients and hours of each zone."""
    deck = LengthDeck(rng)
    packages = []
    for home in registry.plan.homes_o:
        weeks = compose_weeks(rng, deck, clients=home.clients, hours=home.hours)
        points = registry.in_zones(home.zones)
        packages += [_package(rng, registry, "O", week, rng.choice(points)) for week in weeks]
    return packages


def complex_packages(rng: random.Random, registry: Registry) -> list[Package]:
    """Complex care (D): nights and live-in care, and calls for the rest of the lot's hours."""
    deck = LengthDeck(rng)
    packages = []
    for home in registry.plan.homes_d:
        called = home.clients - home.live_in
        hours = home.hours - home.nights * NIGHT_MINUTES // 60 - home.live_in * 7 * 24
        weeks = compose_weeks(rng, deck, clients=called, hours=hours)
        for week, nights in zip(weeks, _nights(rng, home, called), strict=True):
            if nights:
                week.append(
                    Clause(nights, NIGHT_STARTS, NIGHT_STARTS, NIGHT_MINUTES, kind="sleep_in")
                )
        live_in = Clause(EVERY_DAY, LIVE_IN_STARTS, LIVE_IN_STARTS, DAY_MINUTES, kind="24_hour")
        weeks += [[live_in] for _ in range(home.live_in)]
        points = registry.in_zones(home.zones)
        packages += [_package(rng, registry, "D", week, rng.choice(points)) for week in weeks]
    return packages


def _nights(rng: random.Random, home: Home, clients: int) -> list[tuple[int, ...]]:
    """Share the lot's nights out: most who have any have seven, the rest one to three."""
    full, rest = divmod(home.nights, 7)
    if rest == 0 and full:
        full, rest = full - 1, 7
    counts = [7] * full + [count for count in ((rest + 1) // 2, rest // 2) if count]
    counts += [0] * (clients - len(counts))
    rng.shuffle(counts)
    return [tuple(sorted(rng.sample(EVERY_DAY, count))) for count in counts]


def home_first_packages(rng: random.Random, registry: Registry) -> list[Package]:
    """Enablement (M): 150 people, 450 calls a weekday, every eighth or so by two carers."""
    count = registry.plan.home_first_people
    if not count:
        return []
    town = near_towns(registry.points, registry.plan.towns, within_km=TOWN_KILOMETRES)
    points = pick_points(rng, registry.points, town, count=count, share=HOME_FIRST_TOWN_SHARE)
    deck = LengthDeck(rng, HOME_FIRST_LENGTHS)
    mix = [week for week, people in HOME_FIRST_MIX for _ in range(people)]
    rng.shuffle(mix)
    packages = []
    for (calls, doubled), point in zip(mix, points, strict=True):
        alone = not doubled and rng.random() < FAMILY_WEEKENDS
        days = WEEKDAYS if alone else EVERY_DAY
        lengths = deck.deal(calls)
        week = [
            make_call(rng, slot, minutes=minutes, carers=2 if doubled else 1, days=days)
            for slot, minutes in zip(slots_for(rng, calls), lengths, strict=True)
        ]
        packages.append(_package(rng, registry, "M", week, point))
    return packages


def _package(
    rng: random.Random, registry: Registry, pathway: str, week: list[Clause], point: Point
) -> Package:
    person = make_person(rng, registry.numbers, pathway=pathway, point=point, as_at=registry.as_at)
    funder, share = _funder(rng, pathway)
    starts_on = registry.as_at - timedelta(days=_days_running(rng, registry, pathway))
    return Package(
        person=person,
        package_ref=registry.numbers.package_ref(registry.plan.prefix),
        element_id=registry.numbers.element_id(),
        pathway=pathway,
        clauses=_with_skills(rng, week, pathway),
        starts_on=starts_on,
        status="Active",
        funder=funder,
        funder_share=share,
        # Enablement is free for its first six weeks (Care Act regulations), CHC always.
        contribution=pathway != "M" and funder != "CHC" and rng.random() < 0.6,
        housing_with_care=pathway == "O" and rng.random() < 0.03,
        changed_on=starts_on + (registry.as_at - starts_on) * rng.random(),
    )


def _days_running(rng: random.Random, registry: Registry, pathway: str) -> int:
    since_start = (registry.as_at - registry.plan.framework_starts).days
    if pathway == "M":
        return min(rng.randrange(42), since_start)
    return min(int(rng.expovariate(1 / 700)), since_start)


def _funder(rng: random.Random, pathway: str) -> tuple[str, int | None]:
    if pathway == "M":
        return "Local authority", None
    chc, shared = (10, 15) if pathway == "D" else (3, 4)
    funder = rng.choices(
        ("Local authority", "CHC", "Shared", "Self-funder"), (97 - chc - shared, chc, shared, 3)
    )[0]
    return funder, rng.choice((50, 70, 75)) if funder == "Shared" else None


def _with_skills(rng: random.Random, week: list[Clause], pathway: str) -> tuple[Clause, ...]:
    """Add needs: dementia at every visit, the rest where it falls in the day."""
    needs = {s for s, share in vocabulary.SKILL_SHARES.items() if rng.random() < share}
    if pathway == "M":
        needs -= {"end_of_life"}
    hoisted = rng.random() < 0.85
    clauses = []
    for place, clause in enumerate(week):
        skills = needs & {"dementia", "end_of_life"}
        if clause.kind == "24_hour":
            skills = set(needs)
        elif clause.kind == "hourly":
            skills |= needs & {"medication"} if place != 1 else set()
            skills |= needs & {"catheter", "stoma", "diabetes"} if place == 0 else set()
            skills |= {"hoist"} if clause.carers > 1 and hoisted else set()
        clauses.append(replace(clause, skills=tuple(sorted(skills))))
    return tuple(clauses)


def give_skill(package: Package, skill: str) -> Package:
    """The same package, its first visit of the day needing `skill` too."""
    first, *others = package.clauses
    needed = tuple(sorted({*first.skills, skill}))
    return replace(package, clauses=(replace(first, skills=needed), *others))
