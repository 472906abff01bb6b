"""Each hard rule is kept by the fixture's plan, and found when broken."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimiser.rounds.check import HARD, sentences, verify
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import (
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    Rest,
    Round,
    Stop,
    Unplaced,
)
from optimiser.rounds.totals import totals_of


def changed_stop(plan: Plan, carer: int, number: int, **change) -> Plan:
    """The plan with one stop changed, its totals as they were."""
    each = plan.rounds[carer]
    stops = list(each.stops)
    stops[number] = replace(stops[number], **change)
    rounds = list(plan.rounds)
    rounds[carer] = replace(each, stops=tuple(stops))
    return replace(plan, rounds=tuple(rounds))


def changed_visit(problem: Problem, visit: str, **change) -> Problem:
    visits = (replace(v, **change) if v.id == visit else v for v in problem.visits)
    return replace(problem, visits=tuple(visits))


def changed_carers(problem: Problem, **change) -> Problem:
    return replace(problem, carers=tuple(replace(carer, **change) for carer in problem.carers))


def with_break(problem: Problem, *, minutes: int = 10, earliest: int = 488) -> Problem:
    """A break for A and B, from 08:08 at the soonest to 09:00 at the latest."""
    return changed_carers(problem, breaks=(Break(0, minutes, earliest, 540),))


def resting(plan: Plan, a: Rest | None, b: Rest | None) -> Plan:
    """The fixture's plan with breaks; A arrives at V4 08:24 and B at V3 09:06."""
    first, second = plan.rounds
    return changed_stop(
        changed_stop(
            replace(plan, rounds=(replace(first, rest=a), replace(second, rest=b))),
            0,
            2,
            arrive=504,
        ),
        1,
        1,
        arrive=546,
    )


def by_cycle(problem: Problem) -> Problem:
    """The carers cycle; every journey takes a minute more than by car."""
    slower = {"cycle": problem.travel_minutes + 1}
    return changed_carers(replace(problem, travel_minutes_by_mode=slower), travel_mode="cycle")


A_RESTS, B_RESTS = Rest(2, 488, 10), Rest(1, 488, 10)


def with_shift(problem: Problem, begins: int, ends: int) -> Problem:
    carers = (replace(carer, shifts=((begins, ends),)) for carer in problem.carers)
    return replace(problem, carers=tuple(carers))


def without_v1(plan: Plan, *unplaced: Unplaced) -> Plan:
    first = plan.rounds[0]
    return replace(
        plan,
        rounds=(replace(first, stops=first.stops[1:]), *plan.rounds[1:]),
        unplaced=unplaced,
    )


def extra_round(plan: Plan, carer: str, shift: int, *visits: str) -> Plan:
    stops = tuple(Stop(visit, 600, 600, 630) for visit in visits)
    return replace(plan, rounds=(*plan.rounds, Round(carer, shift, stops)))


# Round A is V1 07:04, V2 07:38, V4 08:30, V3 09:06; round B is V5 07:08, V3 09:06; home 09:44.
BROKEN = [
    (
        "only_known_things_are_planned",
        lambda p, plan: (p, extra_round(plan, "C", 0)),
        "C is not a carer of this day",
    ),
    (
        "only_known_things_are_planned",
        lambda p, plan: (p, extra_round(plan, "A", 3)),
        "A has no shift 3",
    ),
    (
        "only_known_things_are_planned",
        lambda p, plan: (p, changed_stop(plan, 0, 0, visit="V9")),
        "V9, in the round of A, is not a visit of this day",
    ),
    (
        "only_known_things_are_planned",
        lambda p, plan: (p, replace(plan, unplaced=(Unplaced("V9", ("far",)),))),
        "V9, left out, is not a visit of this day",
    ),
    (
        "a_shift_is_one_round",
        lambda p, plan: (p, extra_round(plan, "A", 0)),
        "shift 0 of A has 2 rounds",
    ),
    (
        "no_visit_is_dropped",
        lambda p, plan: (p, without_v1(plan)),
        "V1 is neither made nor left out",
    ),
    (
        "no_visit_is_dropped",
        lambda p, plan: (p, without_v1(plan, Unplaced("V1", (" ",)))),
        "V1 is left out without a reason",
    ),
    (
        "no_visit_is_dropped",
        lambda p, plan: (p, replace(plan, unplaced=(Unplaced("V2", ("full",)),))),
        "V2 is both made and left out",
    ),
    (
        "no_visit_is_dropped",
        lambda p, plan: (p, without_v1(plan, *[Unplaced("V1", ("full",))] * 2)),
        "V1 is left out 2 times",
    ),
    (
        "visit_has_the_carers_it_needs",
        lambda p, plan: (changed_visit(p, "V1", carers=2), plan),
        "V1 needs 2 and has 1 (A)",
    ),
    (
        "visit_has_the_carers_it_needs",
        lambda p, plan: (p, changed_stop(plan, 0, 1, visit="V1")),
        "V1 is made more than once by one carer (A, A)",
    ),
    (
        "carers_of_a_visit_start_together",
        lambda p, plan: (p, changed_stop(plan, 1, 1, start=547, leave=577)),
        "V3: B starts 09:07, the first 09:06",
    ),
    (
        "visit_starts_in_its_window",
        lambda p, plan: (changed_visit(p, "V1", latest=423), plan),
        "V1 by A starts 07:04, outside 07:00 to 07:03",
    ),
    (
        "visit_starts_in_its_window",
        lambda p, plan: (changed_visit(p, "V4", earliest=511), plan),
        "V4 by A starts 08:30, outside 08:31 to 11:00",
    ),
    (
        "stop_lasts_as_long_as_the_visit",
        lambda p, plan: (changed_visit(p, "V4", minutes=31), plan),
        "V4 by A lasts 30 min of 31",
    ),
    (
        "stop_lasts_as_long_as_the_visit",
        lambda p, plan: (p, changed_stop(plan, 0, 2, arrive=511)),
        "V4 by A starts 08:30, before arriving 08:31",
    ),
    (
        "carer_has_time_to_travel",
        lambda p, plan: (p, changed_stop(plan, 0, 1, arrive=457)),
        "A has 3 min from V1 to V2; the journey takes 4",
    ),
    (
        "round_begins_within_the_shift",
        lambda p, plan: (with_shift(p, 421, 720), plan),
        "A leaves 1 min before the shift at 07:01",
    ),
    (
        "round_ends_within_the_shift",
        lambda p, plan: (with_shift(p, 420, 583), plan),
        "A is back 1 min after the shift at 09:43",
    ),
    (
        "carer_has_time_to_travel",  # 08:08 + 10 min of break leaves 6 min to 08:24
        lambda p, plan: (by_cycle(with_break(p)), resting(plan, A_RESTS, B_RESTS)),
        "A has 6 min from the break after V2 to V4; the journey takes 7",
    ),
    (
        "carer_has_time_to_travel",
        lambda p, plan: (by_cycle(p), plan),
        "A has 4 min from V1 to V2; the journey takes 5",
    ),
    (
        "round_begins_within_the_shift",
        lambda p, plan: (by_cycle(p), plan),
        "A leaves 1 min before the shift at 07:00",
    ),
    (
        "round_ends_within_the_shift",
        lambda p, plan: (by_cycle(with_shift(p, 420, 584)), plan),
        "A is back 1 min after the shift at 09:44",
    ),
    (
        "break_is_taken_between_two_stops",
        lambda p, plan: (with_break(p), resting(plan, None, B_RESTS)),
        "A takes no break in shift 0; 10 min are due",
    ),
    (
        "break_is_taken_between_two_stops",
        lambda p, plan: (p, resting(plan, A_RESTS, None)),
        "A takes a break in shift 0, which has none",
    ),
    (
        "break_is_taken_between_two_stops",
        lambda p, plan: (with_break(p), resting(plan, replace(A_RESTS, stops=4), B_RESTS)),
        "A takes the break of shift 0 after 4 of 4 stops, so not between two",
    ),
    (
        "break_is_taken_between_two_stops",
        lambda p, plan: (with_break(p), resting(plan, replace(A_RESTS, stops=0), B_RESTS)),
        "A takes the break of shift 0 after 0 of 4 stops, so not between two",
    ),
    (
        "break_begins_in_its_window",
        lambda p, plan: (with_break(p, earliest=489), resting(plan, A_RESTS, B_RESTS)),
        "A begins the break of shift 0 08:08, outside 08:09 to 09:00",
    ),
    (
        "break_begins_in_its_window",
        lambda p, plan: (with_break(p), resting(plan, A_RESTS, replace(B_RESTS, start=541))),
        "B begins the break of shift 0 09:01, outside 08:08 to 09:00",
    ),
    (
        "break_begins_in_its_window",
        lambda p, plan: (
            with_break(p, earliest=480),
            resting(plan, replace(A_RESTS, start=487), B_RESTS),
        ),
        "A begins the break of shift 0 08:07, before leaving V2 08:08",
    ),
    (
        "break_is_long_enough",
        lambda p, plan: (with_break(p, minutes=11), resting(plan, A_RESTS, B_RESTS)),
        "the break of A in shift 0 lasts 10 min of 11",
    ),
    (
        "carer_works_no_longer_than_allowed",
        # A: 4 visits of 30 min, 4 + 4 + 6 + 6 + 8 = 28 of travel; with a break 158.
        lambda p, plan: (changed_carers(p, max_minutes=147), plan),
        "A works 148 min; at most 147",
    ),
    (
        "carer_works_no_longer_than_allowed",
        lambda p, plan: (
            changed_carers(with_break(p), max_minutes=157),
            resting(plan, A_RESTS, B_RESTS),
        ),
        "A works 158 min; at most 157",
    ),
    (
        "visits_kept_apart_have_other_carers",
        lambda p, plan: (changed_visit(p, "V3", after=(After("V5", other_carer=True),)), plan),
        "B makes both V5 and V3",
    ),
    (
        "carer_has_the_skills",
        lambda p, plan: (changed_visit(p, "V1", skills=frozenset({"hoist"})), plan),
        "A lacks hoist for V1",
    ),
    (
        "carer_is_not_excluded",
        lambda p, plan: (changed_visit(p, "V1", not_carers=frozenset({"A"})), plan),
        "A must not go to V1",
    ),
    (
        "carer_is_one_of_those_allowed",
        lambda p, plan: (changed_visit(p, "V1", only_carers=frozenset({"B"})), plan),
        "A is not one of the carers V1 may have",
    ),
    (
        "gaps_between_visits_are_kept",
        lambda p, plan: (changed_visit(p, "V2", after=(After("V1", 35),)), plan),
        "V2 starts 34 min after V1; at least 35",
    ),
    (
        "gaps_between_visits_are_kept",
        lambda p, plan: (changed_visit(p, "V2", after=(After("V1", 0, 33),)), plan),
        "V2 starts 34 min after V1; at most 33",
    ),
    (
        "pins_are_kept",
        lambda p, plan: (replace(p, pins=(Pin("V1", ("B",)),)), plan),
        "V1 is pinned to B; A would go",
    ),
    (
        "totals_agree",
        lambda p, plan: (p, replace(plan, totals=replace(plan.totals, travel_minutes=47))),
        "travel_minutes is stated as 47 and adds up to 48",
    ),
]


@pytest.mark.parametrize(("rule", "breaking", "message"), BROKEN)
def test_a_broken_rule_is_named_and_said(fixture_day, fixture_plan, rule, breaking, message):
    problem, plan = breaking(fixture_day, fixture_plan)

    broken = verify(problem, plan).broken

    assert (rule, message) in [(each.rule, each.message) for each in broken]


@pytest.mark.parametrize("rule", [rule.__name__ for rule in HARD])
def test_every_rule_is_kept_by_the_fixture_and_has_a_row_above(fixture_day, fixture_plan, rule):
    broken = verify(fixture_day, fixture_plan).broken

    assert rule not in {each.rule for each in broken}
    assert rule in {row[0] for row in BROKEN}
    assert sentences()[rule].endswith(".")


# The widest values the rules still allow: one step further is a row of BROKEN.
KEPT = [
    lambda p, plan: (changed_visit(p, "V1", latest=424), plan),
    lambda p, plan: (changed_visit(p, "V4", earliest=510), plan),
    lambda p, plan: (changed_visit(p, "V2", after=(After("V1", 34, 34),)), plan),
    lambda p, plan: (replace(p, pins=(Pin("V3", ("B",)), Pin("V1", ("A",)))), plan),
    lambda p, plan: (changed_visit(p, "V5", only_carers=frozenset({"B"})), plan),
    lambda p, plan: (changed_visit(p, "V1", not_carers=frozenset({"B"})), plan),
    lambda p, plan: (p, changed_stop(plan, 0, 2, arrive=494)),  # 08:08 + 6 min = 08:14
    lambda p, plan: (with_break(p), resting(plan, A_RESTS, B_RESTS)),
    lambda p, plan: (with_break(p), resting(plan, A_RESTS, Rest(1, 528, 10))),  # 08:48 + 10 + 8
    lambda p, plan: (with_break(p, minutes=9), resting(plan, A_RESTS, B_RESTS)),
    lambda p, plan: (changed_carers(p, max_minutes=148), plan),
    lambda p, plan: (
        changed_carers(with_break(p), max_minutes=158),
        resting(plan, A_RESTS, B_RESTS),
    ),
    lambda p, plan: (changed_visit(p, "V5", after=(After("V1", other_carer=True),)), plan),
]


@pytest.mark.parametrize("allowing", KEPT)
def test_a_limit_met_exactly_is_kept(fixture_day, fixture_plan, allowing):
    problem, plan = allowing(fixture_day, fixture_plan)
    plan = replace(plan, totals=totals_of(problem, plan.rounds, ()))

    assert verify(problem, plan).broken == ()


def test_a_gap_to_a_visit_nobody_makes_binds_nobody(fixture_day, fixture_plan):
    problem = changed_visit(fixture_day, "V2", after=(After("V1", 200),))
    plan = without_v1(fixture_plan, Unplaced("V1", ("full",)))

    broken = verify(problem, replace(plan, totals=totals_of(problem, plan.rounds, ["V1"]))).broken

    assert broken == ()


def test_unknown_ids_leave_no_totals_to_compare(fixture_day, fixture_plan):
    verdict = verify(fixture_day, extra_round(fixture_plan, "C", 0))

    assert verdict.totals is None
    assert not verdict.ok


def test_a_carer_nobody_needs_changes_nothing(fixture_day, fixture_plan):
    idle = Carer(id="C", start_location=0, end_location=0, shifts=())
    problem = replace(fixture_day, carers=(*fixture_day.carers, idle))

    assert verify(problem, fixture_plan).ok


def test_a_round_of_one_stop_needs_no_break(fixture_day):
    problem = with_break(fixture_day)
    plan = plan_of(problem, {("A", 0): ("V1",)}, ("V2", "V3", "V4", "V5"), seed=1)

    assert plan.rounds[0].rest is None
    assert verify(problem, plan).broken == ()


minute = st.integers(0, 800)
any_stop = st.builds(Stop, st.sampled_from(["V1", "V3", "V5", "V9"]), minute, minute, minute)
any_round = st.builds(
    Round,
    st.sampled_from(["A", "B", "Z"]),
    st.integers(0, 1),
    st.lists(any_stop, max_size=3).map(tuple),
    st.none() | st.builds(Rest, st.integers(0, 4), minute, minute),
)


# The day is never changed, so one is enough for all examples.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(any_round, max_size=3).map(tuple))
def test_no_plan_is_so_wrong_that_it_cannot_be_judged(fixture_day, rounds):
    problem = changed_visit(with_break(fixture_day), "V3", after=(After("V5", 5, 9, True),))

    verdict = verify(changed_carers(problem, max_minutes=60, contract_minutes=50), Plan(rounds))

    assert not verdict.ok  # V2 and V4 are in none of them
    dropped = [each.message for each in verdict.broken if each.rule == "no_visit_is_dropped"]
    assert "V2 is neither made nor left out" in dropped
