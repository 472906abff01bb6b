"""Rules of planning rounds that need no database: breaks, limits, gaps, a week and its days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from optimiser.rounds.check import clock
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import (
    WEIGHTS,
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    Round,
    Visit,
    Weights,
)
from optimiser.rounds.totals import round_travel_minutes, totals_of

DAY = 24 * 60
MEDICATION = "medication"
OTHERS = "all others"
# A rest is taken during the working day, not at its beginning or end (GOV.UK, Rest breaks at work).
BREAK_EDGE_MINUTES = 60


@dataclass(frozen=True)
class PlanningRules:
    """The council's rules as planning needs them; 0 minutes mean no such limit."""

    break_minutes: int
    break_after_minutes: int
    day_minutes: int
    week_minutes: int
    least_gap_minutes: int
    medication_gap_minutes: int
    on_time_minutes: int
    gender_wishes: bool
    weights: Weights

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "PlanningRules":
        """Read the rules from their values by key."""
        return cls(
            break_minutes=values["rounds.break_minutes"],
            break_after_minutes=round(values["rounds.break_after_hours"] * 60),
            day_minutes=values["rounds.day_minutes"],
            week_minutes=values["rounds.week_minutes"],
            least_gap_minutes=values["rounds.least_gap_minutes"],
            medication_gap_minutes=values["rounds.medication_gap_minutes"],
            on_time_minutes=values["rounds.on_time_minutes"],
            gender_wishes=values["rounds.gender_wishes"],
            weights=Weights(
                **{info.name: values[f"rounds.weight.{info.name}"] for info in WEIGHTS}
            ),
        )


def gender_skill(gender: str) -> str:
    """Return the skill that stands for a carer's gender."""
    return f"gender:{gender.casefold()}"


def breaks_of(shifts: Sequence[tuple[int, int]], rules: PlanningRules) -> tuple[Break, ...]:
    """Return the break each long shift holds, begun neither in its first nor in its last hour."""
    if not rules.break_minutes:
        return ()
    found = []
    for number, (starts, ends) in enumerate(shifts):
        earliest = starts + BREAK_EDGE_MINUTES
        latest = ends - BREAK_EDGE_MINUTES - rules.break_minutes
        if ends - starts > rules.break_after_minutes and latest >= earliest:
            found.append(Break(number, rules.break_minutes, earliest, latest))
    return tuple(found)


def least_limit(*limits: int | None) -> int | None:
    """Return the tightest of some limits, None where there is none."""
    given = [max(0, limit) for limit in limits if limit is not None]
    return min(given) if given else None


def contract_share(contract: int, *, planned_minutes: int, week_minutes: int) -> int | None:
    """Return what a weekly contract asks of the shifts planned: their share of the week's shifts.

    None where there is no contract to share.
    """
    if not contract or not planned_minutes or not week_minutes:
        return None
    return max(1, round(contract * planned_minutes / week_minutes))


@dataclass(frozen=True)
class GapCase:
    """A person's visit as gaps see it; `least` is None where the package states none."""

    visit: str
    earliest: int
    latest: int
    medication: bool
    least: int | None
    most: int | None


def ties_of_day(cases: Sequence[GapCase], rules: PlanningRules) -> dict[str, tuple[After, ...]]:
    """Return what each of one person's visits of one day comes after, and how long after."""
    ordered = sorted(cases, key=lambda case: (case.earliest + case.latest, case.visit))
    gaps: dict[tuple[str, str], tuple[int, int | None]] = {}
    for before, case in pairwise(ordered):
        least = rules.least_gap_minutes if case.least is None else case.least
        if least or case.most is not None:
            gaps[case.visit, before.visit] = (least, case.most)
    if rules.medication_gap_minutes:
        for before, case in pairwise(case for case in ordered if case.medication):
            least, most = gaps.get((case.visit, before.visit), (0, None))
            gaps[case.visit, before.visit] = (max(least, rules.medication_gap_minutes), most)
    ties: dict[str, list[After]] = defaultdict(list)
    for (visit, before_visit), (least, most) in gaps.items():
        # The rule of medication is the stricter: a stated most below it cannot hold.
        ties[visit].append(After(before_visit, least, None if most is None else max(least, most)))
    return {visit: tuple(found) for visit, found in ties.items()}


def working_minutes(problem: Problem, rounds: Iterable[Round]) -> dict[str, int]:
    """Return every carer's visits, journeys and breaks in some rounds; waiting is not in them."""
    found: dict[str, int] = defaultdict(int)
    for each in rounds:
        found[each.carer] += round_travel_minutes(problem, each)
        found[each.carer] += sum(stop.leave - stop.start for stop in each.stops)
        found[each.carer] += each.rest.minutes if each.rest else 0
    return dict(found)


def shifts_of_day(carer: Carer, offset: int) -> dict[int, int]:
    """Return a carer's shifts that begin in the day at `offset`: number → number in that day."""
    numbers = [n for n, (starts, _) in enumerate(carer.shifts) if offset <= starts < offset + DAY]
    return {number: place for place, number in enumerate(numbers)}


def day_of_plan(week: Problem, plan: Plan, day: Problem, *, offset: int) -> Plan:
    """Cut one day out of a week's plan, its minutes counted from that day's midnight.

    The orders are the week's; minutes, reasons and totals are worked out again for the day alone.
    """
    orders: dict[tuple[str, int], tuple[str, ...]] = {}
    rests: dict[tuple[str, int], int] = {}
    for each in plan.rounds:
        place = shifts_of_day(week.carer_by_id[each.carer], offset).get(each.shift)
        if place is None:
            continue
        orders[each.carer, place] = tuple(stop.visit for stop in each.stops)
        if each.rest is not None:
            rests[each.carer, place] = each.rest.stops
    left = [one.visit for one in plan.unplaced if one.visit in day.visit_by_id]
    return plan_of(day, orders, left, seed=plan.seed, rests=rests)


def within_the_week(
    day: Problem, week: Problem, plan: Plan, *, offset: int
) -> tuple[Problem, list[str]]:
    """Return a day of a planned week with what the other days leave each carer, and notes.

    A note names each carer whom the week's plan works longer than the limit of a day: that limit
    is not the week's, and the day keeps only what the week leaves.
    """
    of_week = working_minutes(week, plan.rounds)
    of_day = working_minutes(
        week,
        (r for r in plan.rounds if r.shift in shifts_of_day(week.carer_by_id[r.carer], offset)),
    )
    carers, notes = [], []
    for carer in day.carers:
        works, most = of_day.get(carer.id, 0), week.carer_by_id[carer.id].max_minutes
        left = None if most is None else most - of_week.get(carer.id, 0) + works
        limit = least_limit(carer.max_minutes, left)
        if limit is not None and works > limit:
            notes.append(
                f"{carer.id} works {works} minutes, over the {carer.max_minutes} of a day: a week "
                "is planned within the limit of the week."
            )
            limit = least_limit(left)
        carers.append(replace(carer, max_minutes=limit))
    return replace(day, carers=tuple(carers)), notes


def frozen_before(problem: Problem, minute: int) -> Problem:
    """Return a day's problem in which what is published to start before a minute stays as it is.

    Visits that start later cannot start before that minute any more.
    """
    kept_pins = {pin.visit: pin for pin in problem.pins}
    visits = []
    for visit in problem.visits:
        start = problem.published_starts.get(visit.id)
        carers = problem.published_carers.get(visit.id, frozenset())
        begun = start is not None and start < minute and len(carers) == visit.carers
        if start is not None and begun and _all_there(problem, carers, start):
            visits.append(replace(visit, earliest=start, latest=start, due=None))
            kept_pins[visit.id] = Pin(visit.id, tuple(sorted(carers)))
        else:
            earliest = max(visit.earliest, min(visit.latest, minute))
            due = None if visit.due is None else max(visit.due, earliest)
            visits.append(replace(visit, earliest=earliest, due=due))
    return replace(problem, visits=tuple(visits), pins=tuple(kept_pins.values()))


def with_pins(
    problem: Problem, plan: Plan, pins: Iterable[Pin], *, fixed: Collection[str]
) -> Problem:
    """Return a planned problem with the pins of now in place of those it was planned with.

    A pin the plan does not keep waits for the next search: it must not stop other visits from
    being moved by hand. Visits in `fixed` were under way when planned: they keep their carers.
    """
    kept = {pin.visit: pin for pin in pins if _keeps(plan, pin)}
    kept |= {pin.visit: pin for pin in problem.pins if pin.visit in fixed}
    return replace(problem, pins=tuple(kept.values()))


def _keeps(plan: Plan, pin: Pin) -> bool:
    carers = plan.carers_of(pin.visit)
    return not carers or {*pin.carers} <= {*carers}


def _all_there(problem: Problem, carers: frozenset[str], start: int) -> bool:
    return all(
        any(
            starts <= start < ends
            for starts, ends in (problem.carer_by_id[c].shifts if c in problem.carer_by_id else ())
        )
        for c in carers
    )


@dataclass(frozen=True)
class Part:
    """Some carers and some visits of a day that are planned together."""

    name: str
    carers: tuple[str, ...]
    visits: tuple[str, ...]


def parts_by_zone(
    problem: Problem, *, zone_of: Mapping[str, tuple[str, str]], team_of: Mapping[str, str]
) -> list[Part]:
    """Divide a day: a part for every zone that a team is called after, by code or name, and a rest.

    All visits of a person stay together, where a carer is pinned or required with that carer; a
    pin to carers of two parts joins the two.
    """
    teams = {team.casefold() for team in team_of.values() if team}
    part_of_team: dict[str, str] = {}
    for code, name in zone_of.values():
        for word in (code.casefold(), name.casefold()):
            if word in teams:
                part_of_team.setdefault(word, code)
    part_of_carer = {
        carer.id: part_of_team.get(team_of.get(carer.id, "").casefold(), OTHERS)
        for carer in problem.carers
    }
    part_of_person: dict[str, str] = {}
    for visit in problem.visits:
        bound = _bound_to(problem, visit)
        if bound:
            part_of_person.setdefault(visit.person or visit.id, part_of_carer[bound[0]])
    for visit in problem.visits:
        code, name = zone_of.get(visit.id, ("", ""))
        words = (code.casefold(), name.casefold())
        own = next((part_of_team[word] for word in words if word in part_of_team), OTHERS)
        part_of_person.setdefault(visit.person or visit.id, own)
    into = _joined_by_pins(problem, part_of_carer)
    carers: dict[str, list[str]] = defaultdict(list)
    visits: dict[str, list[str]] = defaultdict(list)
    for carer in problem.carers:
        carers[into[part_of_carer[carer.id]]].append(carer.id)
    for visit in problem.visits:
        part = part_of_person[visit.person or visit.id]
        visits[into.get(part, part)].append(visit.id)
    return [Part(name, tuple(carers[name]), tuple(visits[name])) for name in sorted(visits)]


def _bound_to(problem: Problem, visit: Visit) -> list[str]:
    pin = problem.pin_by_visit.get(visit.id)
    named = pin.carers if pin else tuple(sorted(visit.only_carers or ()))
    return [carer for carer in named if carer in problem.carer_by_id]


def _joined_by_pins(problem: Problem, part_of_carer: Mapping[str, str]) -> dict[str, str]:
    """Return part → the part it is planned with, as one person's pins to several parts ask."""
    bound: dict[str, set[str]] = defaultdict(set)
    for visit in problem.visits:
        pin = problem.pin_by_visit.get(visit.id)
        bound[visit.person or visit.id].update(pin.carers if pin else _bound_to(problem, visit)[:1])
    into = {part: part for part in part_of_carer.values()}
    for carers in bound.values():
        some = sorted({into[part_of_carer[carer]] for carer in carers})
        into = {part: some[0] if to in some else to for part, to in into.items()}
    return into


def problem_of_part(problem: Problem, part: Part) -> Problem:
    """Return the part of a day's problem that concerns some of its visits and carers."""
    wanted, there = frozenset(part.visits), frozenset(part.carers)
    return replace(
        problem,
        visits=tuple(visit for visit in problem.visits if visit.id in wanted),
        carers=tuple(carer for carer in problem.carers if carer.id in there),
        pins=tuple(pin for pin in problem.pins if pin.visit in wanted),
    )


def joined(problem: Problem, plans: Sequence[Plan], *, seed: int) -> Plan:
    """Join the plans of a day's parts into one plan of the whole day."""
    rounds: tuple[Round, ...] = tuple(each for plan in plans for each in plan.rounds)
    order = {carer.id: place for place, carer in enumerate(problem.carers)}
    rounds = tuple(sorted(rounds, key=lambda each: (order[each.carer], each.shift)))
    unplaced = tuple(one for plan in plans for one in plan.unplaced)
    totals = totals_of(problem, rounds, [one.visit for one in unplaced])
    return Plan(rounds=rounds, unplaced=unplaced, totals=totals, seed=seed)


def moved_words(problem: Problem, before: Plan, after: Plan) -> tuple[dict[str, str], ...]:
    """Return, by visit, who came when before and after: only visits that differ."""
    was, now = _in_words(problem, before), _in_words(problem, after)
    changed = [visit for visit in was if was[visit] != now[visit]]
    return {visit: was[visit] for visit in changed}, {visit: now[visit] for visit in changed}


def _in_words(problem: Problem, plan: Plan) -> dict[str, str]:
    starts = plan.starts()
    carers: dict[str, list[str]] = defaultdict(list)
    for each in plan.rounds:
        for stop in each.stops:
            carers[stop.visit].append(each.carer)
    return {
        visit.id: f"{', '.join(sorted(carers[visit.id]))} at {clock(starts[visit.id])}"
        if visit.id in starts
        else "not placed"
        for visit in problem.visits
    }
