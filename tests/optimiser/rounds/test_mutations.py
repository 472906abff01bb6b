"""Proved plans of random days, each broken in one way: `check` names the rule that is broken."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import pytest

from optimiser.rounds.check import HARD, verify
from optimiser.rounds.exact import solve_exactly
from optimiser.rounds.problem import After, Pin, Plan, Problem, Rest, Round, Stop, Totals
from optimiser.rounds.totals import working_minutes
from tests.optimiser.rounds.random_days import random_day

DAYS = 100
Broken = Iterator[tuple[Problem, Plan]]


@pytest.fixture(scope="module")
def proved() -> list[tuple[Problem, Plan]]:
    days = [random_day(70_000 + seed) for seed in range(DAYS)]
    return [(day, solve_exactly(day).plan) for day in days]


def with_round(plan: Plan, number: int, **change) -> Plan:
    rounds = list(plan.rounds)
    rounds[number] = replace(rounds[number], **change)
    return replace(plan, rounds=tuple(rounds))


def with_stop(plan: Plan, number: int, at: int, **change) -> Plan:
    stops = list(plan.rounds[number].stops)
    stops[at] = replace(stops[at], **change)
    return with_round(plan, number, stops=tuple(stops))


def with_visit(problem: Problem, name: str, **change) -> Problem:
    visits = tuple(replace(v, **change) if v.id == name else v for v in problem.visits)
    return replace(problem, visits=visits)


def with_carer(problem: Problem, name: str, **change) -> Problem:
    carers = tuple(replace(c, **change) if c.id == name else c for c in problem.carers)
    return replace(problem, carers=carers)


def stops_of(plan: Plan) -> Iterator[tuple[int, Round, int, Stop]]:
    for number, each in enumerate(plan.rounds):
        for at, stop in enumerate(each.stops):
            yield number, each, at, stop


def unknown_things(problem: Problem, plan: Plan) -> Broken:
    for number, _, at, _ in stops_of(plan):
        yield problem, with_stop(plan, number, at, visit="nowhere")
        yield problem, with_round(plan, number, carer="nobody")
        yield problem, with_round(plan, number, shift=99)


def a_shift_twice(problem: Problem, plan: Plan) -> Broken:
    for each in plan.rounds:
        yield problem, replace(plan, rounds=(*plan.rounds, Round(each.carer, each.shift, ())))


def dropped(problem: Problem, plan: Plan) -> Broken:
    for left in plan.unplaced:
        others = tuple(other for other in plan.unplaced if other is not left)
        yield problem, replace(plan, unplaced=others)
        yield problem, replace(plan, unplaced=(*others, replace(left, reasons=(" ",))))
        yield problem, replace(plan, unplaced=(*plan.unplaced, left))
    for number, each, at, stop in stops_of(plan):
        if problem.visit_by_id[stop.visit].carers == 1:
            yield problem, with_round(plan, number, stops=each.stops[:at] + each.stops[at + 1 :])


def too_few_carers(problem: Problem, plan: Plan) -> Broken:
    for _, _, _, stop in stops_of(plan):
        needed = problem.visit_by_id[stop.visit].carers
        yield with_visit(problem, stop.visit, carers=needed + 1), plan
    for number, each, at, stop in stops_of(plan):
        if problem.visit_by_id[stop.visit].carers > 1:
            yield problem, with_round(plan, number, stops=each.stops[:at] + each.stops[at + 1 :])


def not_together(problem: Problem, plan: Plan) -> Broken:
    for number, _, at, stop in stops_of(plan):
        if problem.visit_by_id[stop.visit].carers > 1:
            later = {"start": stop.start + 1, "leave": stop.leave + 1}
            yield problem, with_stop(plan, number, at, **later)


def outside_the_window(problem: Problem, plan: Plan) -> Broken:
    for number, _, at, stop in stops_of(plan):
        visit = problem.visit_by_id[stop.visit]
        for start in (visit.earliest - 1, visit.latest + 1):
            yield problem, with_stop(plan, number, at, start=start, leave=start + visit.minutes)


def too_short(problem: Problem, plan: Plan) -> Broken:
    for number, _, at, stop in stops_of(plan):
        yield problem, with_stop(plan, number, at, leave=stop.leave - 1)
        yield problem, with_stop(plan, number, at, leave=stop.leave + 1)
        yield problem, with_stop(plan, number, at, arrive=stop.start + 1)


def too_quick(problem: Problem, plan: Plan) -> Broken:
    for number, _, at, stop in stops_of(plan):
        if at > 0:  # a plan's carers arrive as soon as they can
            yield problem, with_stop(plan, number, at, arrive=stop.arrive - 1)


def out_too_early(problem: Problem, plan: Plan) -> Broken:
    for number, each in enumerate(plan.rounds):
        carer = problem.carer_by_id[each.carer]
        place = problem.visit_by_id[each.stops[0].visit].location
        come = problem.travel(carer.start_location, place, carer.travel_mode)
        early = carer.shifts[each.shift][0] + come - 1
        yield problem, with_stop(plan, number, 0, arrive=early)


def home_too_late(problem: Problem, plan: Plan) -> Broken:
    for number, each in enumerate(plan.rounds):
        carer = problem.carer_by_id[each.carer]
        last = problem.visit_by_id[each.stops[-1].visit]
        go = problem.travel(last.location, carer.end_location, carer.travel_mode)
        leave = carer.shifts[each.shift][1] - go + 1
        moved = {"start": leave - last.minutes, "leave": leave}
        yield problem, with_stop(plan, number, len(each.stops) - 1, **moved)


def no_break(problem: Problem, plan: Plan) -> Broken:
    for number, each in enumerate(plan.rounds):
        if each.rest is None:
            if problem.carer_by_id[each.carer].break_of(each.shift) is None:
                rest = Rest(1, each.stops[0].leave, 5)
                yield problem, with_round(plan, number, rest=rest)
            continue
        yield problem, with_round(plan, number, rest=None)
        for stops in (0, len(each.stops)):
            yield problem, with_round(plan, number, rest=replace(each.rest, stops=stops))


def break_out_of_hours(problem: Problem, plan: Plan) -> Broken:
    for number, each in enumerate(plan.rounds):
        due = problem.carer_by_id[each.carer].break_of(each.shift)
        if each.rest is not None and due is not None:
            leave = each.stops[each.rest.stops - 1].leave
            for start in (due.earliest - 1, due.latest + 1, leave - 1):
                yield problem, with_round(plan, number, rest=replace(each.rest, start=start))


def break_too_short(problem: Problem, plan: Plan) -> Broken:
    for number, each in enumerate(plan.rounds):
        if each.rest is not None:
            shorter = replace(each.rest, minutes=each.rest.minutes - 1)
            yield problem, with_round(plan, number, rest=shorter)


def works_too_long(problem: Problem, plan: Plan) -> Broken:
    for carer, worked in working_minutes(problem, plan.rounds).items():
        if worked > 0:
            yield with_carer(problem, carer, max_minutes=worked - 1), plan


def without_the_skill(problem: Problem, plan: Plan) -> Broken:
    for _, each, _, stop in stops_of(plan):
        for skill in sorted(problem.visit_by_id[stop.visit].skills):
            held = problem.carer_by_id[each.carer].skills - {skill}
            yield with_carer(problem, each.carer, skills=held), plan


def excluded(problem: Problem, plan: Plan) -> Broken:
    for _, each, _, stop in stops_of(plan):
        yield with_visit(problem, stop.visit, not_carers=frozenset({each.carer})), plan


def not_one_of_them(problem: Problem, plan: Plan) -> Broken:
    for _, each, _, stop in stops_of(plan):
        others = frozenset(problem.carer_by_id) - {each.carer}
        yield with_visit(problem, stop.visit, only_carers=others), plan


def pairs(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Two visits that are made and the minutes from the start of one to that of the other."""
    starts = plan.starts()
    for one in starts:
        for two in starts:
            if one != two and starts[two] >= starts[one]:
                yield one, two, starts[two] - starts[one]


def gap_too_small_or_great(problem: Problem, plan: Plan) -> Broken:
    for one, two, gap in pairs(plan):
        yield with_visit(problem, two, after=(After(one, min_gap=gap + 1),)), plan
        if gap > 0:
            yield with_visit(problem, two, after=(After(one, max_gap=gap - 1),)), plan


def the_same_carer_again(problem: Problem, plan: Plan) -> Broken:
    for one, two, _ in pairs(plan):
        if set(plan.carers_of(one)) & set(plan.carers_of(two)):
            yield with_visit(problem, two, after=(After(one, other_carer=True),)), plan


def not_as_pinned(problem: Problem, plan: Plan) -> Broken:
    for name in plan.starts():
        for carer in problem.carer_by_id:
            if carer not in plan.carers_of(name):
                yield replace(problem, pins=(Pin(name, (carer,)),)), plan


def wrong_totals(problem: Problem, plan: Plan) -> Broken:
    for each in fields(Totals):
        wrong = replace(plan.totals, **{each.name: getattr(plan.totals, each.name) + 1})
        yield problem, replace(plan, totals=wrong)


MUTATIONS: dict[str, Callable[[Problem, Plan], Broken]] = {
    "only_known_things_are_planned": unknown_things,
    "a_shift_is_one_round": a_shift_twice,
    "no_visit_is_dropped": dropped,
    "visit_has_the_carers_it_needs": too_few_carers,
    "carers_of_a_visit_start_together": not_together,
    "visit_starts_in_its_window": outside_the_window,
    "stop_lasts_as_long_as_the_visit": too_short,
    "carer_has_time_to_travel": too_quick,
    "round_begins_within_the_shift": out_too_early,
    "round_ends_within_the_shift": home_too_late,
    "break_is_taken_between_two_stops": no_break,
    "break_begins_in_its_window": break_out_of_hours,
    "break_is_long_enough": break_too_short,
    "carer_works_no_longer_than_allowed": works_too_long,
    "carer_has_the_skills": without_the_skill,
    "carer_is_not_excluded": excluded,
    "carer_is_one_of_those_allowed": not_one_of_them,
    "gaps_between_visits_are_kept": gap_too_small_or_great,
    "visits_kept_apart_have_other_carers": the_same_carer_again,
    "pins_are_kept": not_as_pinned,
    "totals_agree": wrong_totals,
}


def test_every_hard_rule_has_a_way_to_break_it():
    assert {rule.__name__ for rule in HARD} == MUTATIONS.keys()


@pytest.mark.parametrize("rule", MUTATIONS)
def test_every_plan_broken_in_this_way_is_refused_by_this_rule(rule, proved):
    tried = 0
    for problem, plan in proved:
        assert verify(problem, plan).broken == ()

        for changed, worse in MUTATIONS[rule](problem, plan):
            assert rule in {broken.rule for broken in verify(changed, worse).broken}
            tried += 1

    assert tried >= 10  # the random days hold enough of what this rule is about
