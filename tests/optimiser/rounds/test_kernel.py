"""The kernel's own sums, its threads, and the smallest and the open-ended problems it is given."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from optimiser.rounds import engine
from optimiser.rounds.check import verify
from optimiser.rounds.exact import solve_exactly
from optimiser.rounds.formats import dumps, plan_to_json
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import LONGEST_MINUTES, After, Carer, Problem, Visit, Weights
from tests.optimiser.rounds.random_days import random_day

TOGETHER = ("double_ups", "gaps", "other_carer", "breaks", "split_shifts", "people", "max_minutes")


def costs_of(day: Problem, *, threads: int, slices: int, steps: int) -> tuple[int, int]:
    """The cost the kernel kept of its best plan, and the cost added up from that plan."""
    search = engine.Search(day, seed=1, threads=threads)
    search.shared = threads > 1  # as on a large day
    search.begin()
    with ThreadPoolExecutor(threads) as pool:
        for number in range(slices):
            search.run_slice(pool, steps, number / slices)
    orders, rests, left_out = search.orders()
    plan = plan_of(day, orders, left_out, seed=1, rests=rests)
    return search.best_cost, plan.totals.cost_milliminutes


@pytest.mark.parametrize("threads", [1, 2])
def test_the_kernels_cost_is_the_cost_added_up_from_the_plan(threads):
    wrong = {}
    for seed in range(300):  # every kind of rule and of weight is in some of them
        kept, added_up = costs_of(random_day(seed), threads=threads, slices=4, steps=500)
        if kept != added_up:
            wrong[seed] = (kept, added_up)

    assert wrong == {}


def busy_day(seed: int) -> Problem:
    """Forty visits and eight carers, with double-ups, gaps, breaks and split shifts."""
    return random_day(seed, features=TOGETHER, visits=(40, 40), carers=(8, 8))


@pytest.mark.parametrize("seed", range(4))
def test_two_threads_keep_double_ups_gaps_and_breaks_and_their_cost(seed):
    day = busy_day(seed)

    plan = engine.solve(day, iterations=20_000, seed=seed, threads=2)
    kept, added_up = costs_of(day, threads=2, slices=10, steps=1000)

    assert verify(day, plan).broken == ()
    assert any(each.rest for each in plan.rounds)
    made = plan.starts().keys()
    assert any(visit.carers > 1 for visit in day.visits if visit.id in made)
    assert any(made >= {visit.id, *(t.visit for t in visit.after)} for visit in day.visits)
    assert kept == added_up


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_plan_of_a_busy_day(threads):
    day = busy_day(1)

    plans = {
        dumps(plan_to_json(engine.solve(day, iterations=10_000, seed=5, threads=threads)))
        for _ in range(2)
    }

    assert len(plans) == 1


def test_two_threads_solve_a_day_too_small_to_share_as_well_as_one():
    worse = {}
    for seed in range(40):
        day = random_day(seed)
        one, two = (engine.solve(day, iterations=5000, threads=n).totals for n in (1, 2))
        if two.cost_milliminutes > one.cost_milliminutes:
            worse[seed] = (one.cost_milliminutes, two.cost_milliminutes)

    # With a few carers a thread on its own has nobody to exchange visits with.
    assert len(worse) <= 2, worse


def one_visit(*, carers: int, staff: int) -> Problem:
    """One visit, 5 minutes from where everybody begins and ends."""
    return Problem(
        travel_minutes=np.array([[0, 5], [5, 0]]),
        visits=(Visit(id="v", location=1, earliest=480, latest=540, minutes=30, carers=carers),),
        carers=tuple(
            Carer(id=f"c{n}", start_location=0, end_location=0, shifts=((420, 720),))
            for n in range(staff)
        ),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("carers", "staff"), [(1, 1), (1, 2), (2, 2), (2, 3)])
def test_one_visit_is_made_and_there_is_nothing_to_do_in_the_time_left(carers, staff, threads):
    day = one_visit(carers=carers, staff=staff)

    # A second is long enough for ten million steps: the pace of steps that do nothing stays finite.
    plan = engine.solve(day, seconds=1, threads=threads)

    assert plan.starts() == {"v": 480}
    assert len(plan.carers_of("v")) == carers
    assert plan.totals.travel_minutes == 10 * carers


@pytest.mark.parametrize("threads", [1, 2])
def test_where_nobody_works_every_visit_is_left_out_with_its_reason(threads):
    day = one_visit(carers=2, staff=0)

    plan = engine.solve(day, iterations=100, threads=threads)

    assert plan.rounds == ()
    assert [left.visit for left in plan.unplaced] == ["v"]
    assert plan.unplaced[0].reasons


def test_one_visit_that_two_carers_are_too_few_for_is_left_out():
    plan = engine.solve(one_visit(carers=3, staff=2), iterations=100)

    assert [left.visit for left in plan.unplaced] == ["v"]


def open_ended_day(seed: int, *, late: float, worst_late: float) -> Problem:
    """A study's day: every visit is made, late if need be; two services may be tied together."""
    draw = Random(seed)
    points = [(draw.randint(0, 20), draw.randint(0, 20)) for _ in range(8)]
    visits = []
    for number in range(7):
        earliest = draw.randint(0, 200)
        tied = number and draw.random() < 0.4
        least = draw.choice((0, 20))
        most = draw.choice((least, least + 30, None))
        visits.append(
            Visit(
                id=f"v{number}",
                location=number + 1,
                earliest=earliest,
                latest=LONGEST_MINUTES,
                due=earliest + draw.randint(0, 60),
                minutes=draw.choice((10, 20, 40)),
                carers=draw.choice((1, 1, 2)) if not tied else 1,
                skills=frozenset(draw.sample(("a", "b"), draw.choice((0, 1)))),
                after=(After(f"v{number - 1}", least, most, True),) if tied else (),
            )
        )
    skills = (("a", "b"), ("a",), ("b",))
    nothing_else = Weights(
        **{f"unplaced_{name}": 1_000_000 for name in ("critical", "high", "standard", "optional")},
        late=late,
        worst_late=worst_late,
        not_usual_carer=0,
        faces=0,
        paid_span=0,
    )
    return Problem(
        travel_minutes=np.array([[abs(a - c) + abs(b - d) for c, d in points] for a, b in points]),
        visits=tuple(visits),
        carers=tuple(
            Carer(
                id=f"c{n}",
                start_location=0,
                end_location=0,
                shifts=((0, LONGEST_MINUTES),),
                skills=frozenset(held),
            )
            for n, held in enumerate(skills)
        ),
        weights=nothing_else,
    )


@pytest.mark.parametrize(("late", "worst_late"), [(1, 1), (0, 1), (1, 0)])
def test_open_ended_days_are_solved_to_the_proved_optimum(late, worst_late):
    above = {}
    for seed in range(8):
        day = open_ended_day(seed, late=late, worst_late=worst_late)
        best = solve_exactly(day)

        plan = engine.solve(day, iterations=400_000, seed=1)

        assert best.proved, seed
        assert verify(day, plan).broken == (), seed
        assert plan.totals.unplaced == 0, seed
        if plan.totals.cost_milliminutes != best.bound_milliminutes:
            above[seed] = plan.totals.cost_milliminutes - best.bound_milliminutes

    assert above == {}


def test_open_ended_days_are_late_somewhere_so_that_lateness_is_what_is_solved():
    days = [open_ended_day(seed, late=1, worst_late=1) for seed in range(8)]

    totals = [engine.solve(day, iterations=20_000).totals for day in days]

    assert sum(each.late_minutes > 0 for each in totals) >= 4
    assert all(each.worst_late_minutes <= each.late_minutes for each in totals)


def test_a_worst_lateness_counts_also_where_lateness_itself_does_not():
    day = open_ended_day(0, late=0, worst_late=1)
    free = replace(day, weights=replace(day.weights, worst_late=0, travel=1))

    bound, unbound = (engine.solve(each, iterations=50_000).totals for each in (day, free))

    assert bound.worst_late_minutes < unbound.worst_late_minutes
