"""What the rounds engine is asked: a day's visits, carers and travel as an open problem."""

import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy.typing as npt
from django.db.models import Q

from cms_models.accounts.models import Authority
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Provider
from cms_models.places.selectors import road_map
from cms_models.rates.models import VisitKind
from cms_models.rounds.models import (
    Carer,
    PlanRun,
    PlanState,
    Shift,
    Stop,
    Visit,
    VisitState,
)
from optimiser.rounds import formats
from optimiser.rounds import problem as rounds
from optimiser.travel.crowfly import travel_minutes_matrix
from optimiser.travel.points import Point
from optimiser.travel.roads import RoadGraph

FAMILIAR_DAYS = 28
FAMILIAR_CARERS = 3


class NothingToPlan(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when a day has no in-house visits or no carers; the text says which."""


@dataclass(frozen=True)
class DayProblem:
    """A day's problem with the way back from its ids to the records, and how travel was timed."""

    on: date
    problem: rounds.Problem
    visits: Mapping[str, Visit]
    carers: Mapping[str, Carer]
    travel: str


def day_problem(authority: Authority, *, on: date) -> DayProblem:
    """Return the rounds problem of a day for the council's in-house service.

    Raises NothingToPlan when there are no dated visits or no shifts.
    """
    visits, shifts = in_house_visits(authority, on=on), _shifts(authority, on=on)
    if not visits:
        raise NothingToPlan(
            f"No in-house visits are dated {on:%d/%m/%Y}. Make the visits of that day first."
        )
    if not shifts:
        raise NothingToPlan(f"No carer has a shift on {on:%A %d/%m/%Y}. Add shifts first.")
    carers = sorted(shifts, key=lambda carer: carer.ref)
    people = sorted({visit.package.person_id for visit in visits})
    place = {person: index for index, person in enumerate(people)}
    points = _points(visits, people) + [Point(row.latitude, row.longitude) for row in carers]
    minutes, travel = _travel(authority, points)
    problem = rounds.Problem(
        travel_minutes=minutes,
        visits=_problem_visits(authority, visits, place, on=on),
        carers=tuple(
            rounds.Carer(
                id=carer.ref,
                start_location=len(people) + number,
                end_location=len(people) + number,
                shifts=tuple(shifts[carer]),
                skills=frozenset(carer.skills),
            )
            for number, carer in enumerate(carers)
        ),
        previous=_published_plan(authority, on=on, visits=visits, carers=carers, shifts=shifts),
    )
    return DayProblem(
        on=on,
        problem=problem,
        visits={visit_id(visit): visit for visit in visits},
        carers={carer.ref: carer for carer in carers},
        travel=travel,
    )


def visit_id(visit: Visit) -> str:
    """Return a visit's id in the open formats."""
    return f"v{visit.pk}"


def in_house_visits(authority: Authority, *, on: date) -> list[Visit]:
    """Return the day's planned hourly visits of packages the council's own service delivers."""
    return list(
        Visit.objects.filter(
            authority=authority,
            on=on,
            state=VisitState.PLANNED,
            visit_kind=VisitKind.HOURLY,
            package__awards__current=True,
            package__awards__provider__in=Provider.objects.filter(
                authority=authority, in_house=True
            ),
        )
        .select_related("package__person")
        .order_by("id")
    )


def _shifts(authority: Authority, *, on: date) -> dict[Carer, list[tuple[int, int]]]:
    found: dict[Carer, list[tuple[int, int]]] = defaultdict(list)
    rows = (
        Shift.objects.filter(authority=authority, weekday=on.weekday(), valid_from__lte=on)
        .filter(Q(valid_to=None) | Q(valid_to__gt=on))
        .select_related("carer")
        .order_by("carer__ref", "starts_minutes")
    )
    for row in rows:
        found[row.carer].append((row.starts_minutes, row.ends_minutes))
    return dict(found)


def _points(visits: Sequence[Visit], people: Sequence[int]) -> list[Point]:
    where = {
        visit.package.person_id: Point(visit.package.latitude, visit.package.longitude)
        for visit in visits
    }
    return [where[person] for person in people]


def _travel(authority: Authority, points: Sequence[Point]) -> tuple[npt.NDArray[Any], str]:
    roads = road_map(authority)
    if rule_values(authority)["rounds.travel"] == "roads" and roads is not None:
        times = RoadGraph.load(io.BytesIO(bytes(roads.graph))).travel_minutes_matrix(points)
        words = f"road times by car from {roads.name}"
        if times.crowfly_pairs:
            words += f"; {times.crowfly_pairs} of {len(points) ** 2} pairs by crow-fly bands"
        return times.minutes, words
    return travel_minutes_matrix(points), "crow-fly bands by car"


def _problem_visits(
    authority: Authority, visits: Sequence[Visit], place: Mapping[int, int], *, on: date
) -> tuple[rounds.Visit, ...]:
    familiar = _familiar_carers(authority, on=on)
    return tuple(
        rounds.Visit(
            id=visit_id(visit),
            person=str(visit.package.person_id),
            location=place[visit.package.person_id],
            earliest=visit.earliest_minutes,
            latest=visit.latest_minutes,
            minutes=visit.minutes,
            carers=visit.carers,
            skills=frozenset(visit.skills),
            usual_carers=familiar.get(visit.package.person_id, ()),
        )
        for visit in visits
    )


def _familiar_carers(authority: Authority, *, on: date) -> dict[int, tuple[str, ...]]:
    """Return person → the carers who came most in the published rounds of the last four weeks."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    stops = Stop.objects.filter(
        round__run__authority=authority,
        round__run__state=PlanState.PUBLISHED,
        round__run__on__gte=on - timedelta(days=FAMILIAR_DAYS),
        round__run__on__lt=on,
    ).values_list("visit__package__person_id", "round__carer__ref")
    for person, carer in stops:
        counts[person][carer] += 1
    return {
        person: tuple(ref for ref, _ in count.most_common(FAMILIAR_CARERS))
        for person, count in counts.items()
    }


def published_run(authority: Authority, *, on: date) -> PlanRun | None:
    """Return the day's published plan."""
    return PlanRun.objects.filter(authority=authority, on=on, state=PlanState.PUBLISHED).first()


def _published_plan(
    authority: Authority,
    *,
    on: date,
    visits: Sequence[Visit],
    carers: Sequence[Carer],
    shifts: Mapping[Carer, Sequence[tuple[int, int]]],
) -> rounds.Plan | None:
    """Return the published plan as the engine may compare with: only what still exists today."""
    run = published_run(authority, on=on)
    if run is None:
        return None
    known = {visit_id(visit) for visit in visits}
    length = {carer.ref: len(shifts[carer]) for carer in carers}
    plan = stored_plan(run)
    kept = tuple(
        rounds.Round(one.carer, one.shift, tuple(stop for stop in one.stops if stop.visit in known))
        for one in plan.rounds
        if one.shift < length.get(one.carer, 0)
    )
    return rounds.Plan(
        rounds=tuple(one for one in kept if one.stops),
        unplaced=tuple(one for one in plan.unplaced if one.visit in known),
        totals=plan.totals,
        seed=plan.seed,
    )


def stored_plan(run: PlanRun) -> rounds.Plan:
    """Return a run's plan from its open format."""
    return formats.plan_from_json(json.loads(gzip.decompress(bytes(run.plan))))
