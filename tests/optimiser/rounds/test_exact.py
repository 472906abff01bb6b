"""The oracle is held against every plan of tiny days, one by one, and against sums by hand."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np
import pytest

from optimiser.__main__ import main
from optimiser.rounds.check import verify
from optimiser.rounds.exact import MOST_VISITS, solve_exactly
from optimiser.rounds.formats import read_plan, write_problem
from optimiser.rounds.problem import (
    After,
    Break,
    Carer,
    Plan,
    Problem,
    ProblemError,
    Round,
    Stop,
    Unplaced,
    Visit,
    Weights,
)
from optimiser.rounds.timetable import ClashError, timetable
from optimiser.rounds.totals import cost_milliminutes, totals_of
from tests.optimiser.rounds.random_days import random_day


def every_plan(problem: Problem) -> Iterator[tuple[int, Plan]]:
    """Every plan of a tiny day with its cost: who, in which order, and where the break is."""
    keys = [(c.id, n) for c in problem.carers for n in range(len(c.shifts))]
    choices = [[(), *combinations(keys, visit.carers)] for visit in problem.visits]
    for made in product(*choices):
        members = {key: [] for key in keys}
        for visit, shifts in zip(problem.visits, made, strict=True):
            for key in shifts:
                members[key].append(visit.id)
        left_out = [v.id for v, shifts in zip(problem.visits, made, strict=True) if not shifts]
        for orders in product(*(permutations(members[key]) for key in keys)):
            order_of = dict(zip(keys, orders, strict=True))
            resting = [
                key
                for key, order in order_of.items()
                if len(order) >= 2 and problem.carer_by_id[key[0]].break_of(key[1])
            ]
            for places in product(*(range(1, len(order_of[key])) for key in resting)):
                rests = dict(zip(resting, places, strict=True))
                try:
                    rounds = timetable(problem, order_of, rests).rounds()
                except ClashError:
                    continue
                cost = cost_milliminutes(problem, rounds, left_out)
                unplaced = tuple(Unplaced(name, ("left out",)) for name in left_out)
                yield cost, Plan(rounds, unplaced, totals_of(problem, rounds, left_out))


def least_cost(problem: Problem) -> int:
    """The least cost of all plans that check finds nothing wrong with."""
    best: int | None = None
    for cost, plan in every_plan(problem):
        if (best is None or cost < best) and verify(problem, plan).ok:
            best = cost
    assert best is not None  # leaving everything out is a plan
    return best


@pytest.mark.parametrize("block", range(10))
def test_no_plan_of_a_tiny_day_is_cheaper_than_the_proved_one(block):
    for seed in range(10 * block, 10 * block + 10):
        # Few carers or few visits, or there would be too many plans to go through.
        sizes = ((4, 4), (1, 2)) if seed % 2 else ((3, 3), (2, 3))
        day = random_day(30_000 + seed, visits=sizes[0], carers=sizes[1])

        exact = solve_exactly(day)

        assert exact.proved, seed
        assert verify(day, exact.plan).broken == (), seed
        assert exact.plan.totals.cost_milliminutes == least_cost(day), seed


def test_the_fixture_is_proved(fixture_day):
    exact = solve_exactly(fixture_day)

    # SC-01 and SC-02: 48 min of travel and 328 paid at a thousandth, and 0.1 for each of the six
    # faces (nobody's person is named, so that each visit is a person's own).
    assert exact.proved
    assert exact.plan.totals.cost_milliminutes == 48_000 + 328 + 600
    assert [[s.start for s in each.stops] for each in exact.plan.rounds] == [
        [424, 458, 510, 546],
        [428, 546],
    ]


def day_of(*visits: Visit, minutes: int = 10, carer: Carer | None = None, **more) -> Problem:
    """A day of one carer, with the same minutes between any two of six places."""
    carer = carer or Carer(id="c", start_location=0, end_location=0, shifts=((400, 700),))
    weights = Weights(faces=0, paid_span=0)
    travel = np.full((6, 6), minutes, dtype=np.int32)
    return Problem(**{"carers": (carer,), "weights": weights, **more}, travel_minutes=travel,
                   visits=visits)  # fmt: skip


def test_a_plan_starts_as_soon_as_it_can_even_where_waiting_would_change_less():
    # Published at 450; the least start is 410, 40 min from it, and 20 min of travel. Waiting until
    # 450 would cost 20 only, yet nobody is made to wait for the sake of a timetable.
    visit = Visit(id="v", location=1, earliest=400, latest=500, minutes=30)
    published = Plan((Round("c", 0, (Stop("v", 450, 450, 480),)),))

    exact = solve_exactly(day_of(visit, previous=published))

    assert exact.proved
    assert exact.plan.starts() == {"v": 410}
    assert exact.bound_milliminutes == 20_000 + 40_000


def test_visits_tied_to_each_other_do_not_hold_each_other_late():
    # Both gaps are 0, so that either start could be the other's excuse for being at 450.
    visits = (
        Visit(id="v", location=1, earliest=400, latest=500, minutes=30, after=(After("w", 0, 0),)),
        Visit(id="w", location=2, earliest=400, latest=500, minutes=30),
    )
    published = Plan(
        (
            Round("c", 0, (Stop("v", 450, 450, 480),)),
            Round("d", 0, (Stop("w", 450, 450, 480),)),
        )
    )
    staff = tuple(
        Carer(id=name, start_location=0, end_location=0, shifts=((400, 700),)) for name in "cd"
    )

    exact = solve_exactly(day_of(*visits, carers=staff, previous=published))

    assert exact.proved
    assert exact.plan.starts() == {"v": 410, "w": 410}
    assert exact.bound_milliminutes == 40_000 + 2 * 40_000


def test_the_break_goes_where_it_costs_least():
    # After the first visit the break may begin at 450, and w starts 450 + 20 + 10 = 480, 30 min
    # late; the break after w begins 480 (w starts 450) and x, with no due time, waits for it.
    carer = Carer(
        id="c", start_location=0, end_location=0, shifts=((400, 700),),
        breaks=(Break(0, 20, 450, 500),),
    )  # fmt: skip
    v = Visit(id="v", location=1, earliest=400, latest=420, minutes=30)
    w = Visit(id="w", location=2, earliest=450, latest=500, minutes=30, due=450)
    x = Visit(id="x", location=3, earliest=500, latest=600, minutes=30)

    exact = solve_exactly(day_of(v, w, x, carer=carer))

    (each,) = exact.plan.rounds
    assert [(s.visit, s.arrive, s.start) for s in each.stops] == [
        ("v", 410, 410),
        ("w", 450, 450),  # 440 + 10
        ("x", 510, 510),  # 480 + 20 + 10
    ]
    assert each.rest is not None
    assert (each.rest.stops, each.rest.start) == (2, 480)
    assert exact.bound_milliminutes == 40_000
    assert exact.proved


def test_the_worst_of_the_late_ones_costs_once_more():
    # One after the other: at 410 and at 450, which is 40 min late; three journeys.
    visits = (
        Visit(id="v", location=1, earliest=400, latest=500, minutes=30, due=410),
        Visit(id="w", location=2, earliest=400, latest=500, minutes=30, due=410),
    )
    day = day_of(*visits)
    harsh = replace(day, weights=replace(day.weights, worst_late=2))

    assert solve_exactly(day).bound_milliminutes == 30_000 + 40_000
    assert solve_exactly(harsh).bound_milliminutes == 30_000 + 40_000 + 80_000


def test_the_hours_of_a_contract_are_worth_a_journey():
    # Working 10 + 30 + 10 = 50 of 100 contracted: 50² // 100 = 25 minutes; idle it is 100² // 100.
    carer = Carer(
        id="c", start_location=0, end_location=0, shifts=((400, 700),), contract_minutes=100
    )
    visit = Visit(id="v", location=1, earliest=400, latest=500, minutes=30, priority="optional")
    day = day_of(visit, carer=carer)
    fair = replace(day, weights=replace(day.weights, unplaced_optional=0, off_contract=1))

    assert solve_exactly(fair).bound_milliminutes == 20_000 + 25_000
    idle = replace(fair, weights=replace(fair.weights, off_contract=0.1))
    assert solve_exactly(idle).bound_milliminutes == 10_000  # below 20,000 + 2,500


def test_too_large_a_problem_is_refused_by_its_size():
    visits = [Visit(id=f"v{n}", location=0, earliest=0, latest=9, minutes=1) for n in range(17)]

    with pytest.raises(ProblemError, match="17 visits and 1 shifts are too many to prove; at most"):
        solve_exactly(day_of(*visits))
    assert MOST_VISITS == 16


def test_a_proof_that_runs_out_of_time_says_so():
    day = random_day(1, visits=(8, 8), carers=(4, 4), features=("double_ups", "gaps"))

    exact = solve_exactly(day, seconds=0.0)

    assert not exact.proved
    assert verify(day, exact.plan).ok
    assert exact.bound_milliminutes <= solve_exactly(day).plan.totals.cost_milliminutes


def test_the_prove_command_prints_the_proof_and_writes_the_plan(fixture_day, tmp_path, capsys):
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    write_problem(fixture_day, problem)

    assert main(["rounds", "prove", str(problem), "--out", str(plan)]) == 0

    assert "proved: no plan costs less than 48.928 min" in capsys.readouterr().out
    assert verify(fixture_day, read_plan(plan)).ok
