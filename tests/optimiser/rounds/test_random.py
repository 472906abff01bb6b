"""The engine against `check` on a thousand random days, and against proved optima on some."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimiser.rounds import engine
from optimiser.rounds.bounds import cannot_be_served, lower_bound
from optimiser.rounds.check import verify
from optimiser.rounds.exact import solve_exactly
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Problem
from optimiser.rounds.timetable import ClashError
from tests.optimiser.rounds.random_days import bad_tempered_days, random_day, with_weights

# Rules a timetable does not judge: they are about who goes, not about when.
WHO_GOES = {
    "visit_has_the_carers_it_needs",
    "carer_works_no_longer_than_allowed",
    "carer_has_the_skills",
    "carer_is_not_excluded",
    "carer_is_one_of_those_allowed",
    "visits_kept_apart_have_other_carers",
    "pins_are_kept",
}

NEVER_WORTH_LEAVING_OUT = {
    "unplaced_critical": 8000,
    "unplaced_high": 4000,
    "unplaced_standard": 2000,
    "unplaced_optional": 1000,
}


@pytest.mark.parametrize("block", range(20))
def test_check_agrees_with_the_plans_of_a_thousand_random_days(block):
    for seed in range(50 * block, 50 * block + 50):
        day = random_day(seed)

        plan = engine.solve(day, iterations=1000, seed=seed)

        assert verify(day, plan).broken == (), seed
        assert plan.totals.planned == len(day.visits) == plan.totals.placed + len(plan.unplaced)
        assert all(left.reasons for left in plan.unplaced), seed
        assert not plan.starts().keys() & cannot_be_served(day).keys(), seed
        assert plan.totals.cost_milliminutes >= lower_bound(day).milliminutes, seed


def test_the_engine_finds_the_proved_optimum_of_small_days():
    above = {}
    for seed in range(200):
        # Where a visit is worth less than a detour, the engine may keep one it should give up:
        # it takes none out for good.
        day = with_weights(random_day(seed), **NEVER_WORTH_LEAVING_OUT)
        best = solve_exactly(day)
        assert best.proved, seed

        plan = engine.solve(day, iterations=20_000, seed=1)

        excess = plan.totals.cost_milliminutes - best.bound_milliminutes
        assert excess >= 0, seed
        if excess:
            above[seed] = excess

    # All but 2 when measured, whatever the seed: in one only three visits at once fit a round, by
    # journeys with no triangle inequality; in the other breaks leave double-ups few places.
    assert len(above) <= 4, above


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bad_tempered_days(), st.integers(0, 2**32))
def test_no_day_is_found_whose_plan_check_refuses(day: Problem, seed: int):
    plan = engine.solve(day, iterations=500, seed=seed)

    assert verify(day, plan).broken == ()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bad_tempered_days())
def test_no_day_is_found_whose_proof_check_or_the_engine_contradicts(day: Problem):
    best = solve_exactly(day)
    plan = engine.solve(day, iterations=2000, seed=1)

    assert best.proved
    assert verify(day, best.plan).broken == ()
    assert plan.totals.cost_milliminutes >= best.bound_milliminutes
    assert lower_bound(day).milliminutes <= best.bound_milliminutes


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bad_tempered_days(), st.data())
def test_no_order_is_found_whose_minutes_check_refuses(day: Problem, data: st.DataObject):
    orders: dict[tuple[str, int], list[str]] = {}
    for visit in data.draw(st.permutations(day.visits)):
        for carer in data.draw(st.permutations(day.carers))[: visit.carers]:
            if carer.shifts:
                shift = data.draw(st.integers(0, len(carer.shifts) - 1))
                orders.setdefault((carer.id, shift), []).append(visit.id)
    made = {name for order in orders.values() for name in order}
    left_out = [visit.id for visit in day.visits if visit.id not in made]

    try:
        plan = plan_of(day, orders, left_out, seed=1)
    except ClashError:
        return
    assert {broken.rule for broken in verify(day, plan).broken} <= WHO_GOES
