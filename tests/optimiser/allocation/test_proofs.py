"""The engine against brute force, CP-SAT and its own check, on problems nobody chose by hand."""

import datetime
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from optimiser.allocation import AllocationProblem, Award, Package, Provider, solve, verify
from optimiser.allocation.costs import UNPLACED, options_by_package
from optimiser.allocation.model import build_model
from optimiser.allocation.relaxation import greedy
from optimiser.travel.points import Point

DAY = datetime.date(2026, 4, 6)
LATER = datetime.date(2026, 5, 1)
SKILLS = ("hoist", "peg")


def generated(seed, *, packages, providers, lots):
    rng = random.Random(seed)

    def place():
        return Point(52 + rng.random() / 5, -2.7 + rng.random() / 5)

    names = [f"P{number}" for number in range(providers)]
    return AllocationProblem(
        packages=tuple(
            Package(
                id=f"K{number}",
                lot=rng.choice("ABCDEF"[:lots]),
                weekly_minutes=60 * rng.randrange(3, 15),
                starts_on=rng.choice((DAY, DAY, LATER)),
                skills=frozenset(rng.sample(SKILLS, rng.choice((0, 0, 1)))),
                position=rng.choice((None, place(), place())),
                lead_only=rng.random() < 0.1,
                excluded_providers=frozenset(rng.sample(names, rng.choice((0, 0, 1)))),
                current_provider=rng.choice((None, *names)),
            )
            for number in range(packages)
        ),
        awards=tuple(
            Award(
                name,
                lot,
                rng.choice(("lead", "additional", "additional", "dps")),
                rng.choice((DAY, DAY, LATER)),
                rank=rng.randrange(1, 4),
                capacity_minutes_per_week=rng.choice((None, 60 * rng.randrange(5, 40))),
            )
            for lot in "ABCDEF"[:lots]
            for name in rng.sample(names, rng.randrange(1, providers + 1))
        ),
        providers=tuple(
            Provider(
                name,
                name,
                skills=frozenset(rng.sample(SKILLS, rng.choice((1, 2)))),
                capacity_minutes_per_week=rng.choice((None, 60 * rng.randrange(5, 50))),
                used_minutes_per_week=rng.choice((0, 180)),
                quality=rng.choice((None, 55.5, 80.0)),
                places=tuple(place() for _ in range(rng.randrange(3))),
                suspended=rng.random() < 0.1,
            )
            for name in names
        ),
    )


def capacity_kept(problem, options):
    taken = {}
    for option in options:
        minutes = problem.package_by_id[option.package].weekly_minutes
        award = problem.awards[option.award]
        for limit in (option.award, award.provider):
            taken[limit] = taken.get(limit, 0) + minutes
    for limit, minutes in taken.items():
        holder = problem.awards[limit] if isinstance(limit, int) else problem.provider_by_id[limit]
        free = holder.free_minutes_per_week
        if free is not None and minutes > free:
            return False
    return True


def brute_force(problem):
    choices = [(None, *options) for options in options_by_package(problem).values()]
    return min(
        sum(UNPLACED if option is None else option.cost for option in combination)
        for combination in itertools.product(*choices)
        if capacity_kept(problem, [option for option in combination if option is not None])
    )


def by_cp_sat(problem):
    model = cp_model.CpModel()
    draws = {}
    cost = []
    for package, options in options_by_package(problem).items():
        variables = [model.new_bool_var("") for _ in options]
        left = model.new_bool_var("")
        model.add_exactly_one([*variables, left])
        cost.append(UNPLACED * left)
        minutes = problem.package_by_id[package].weekly_minutes
        for option, variable in zip(options, variables, strict=True):
            cost.append(option.cost * variable)
            for limit in (option.award, problem.awards[option.award].provider):
                draws.setdefault(limit, []).append(minutes * variable)
    for limit, terms in draws.items():
        holder = problem.awards[limit] if isinstance(limit, int) else problem.provider_by_id[limit]
        if holder.free_minutes_per_week is not None:
            model.add(sum(terms) <= holder.free_minutes_per_week)
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@pytest.mark.parametrize("seed", range(25))
def test_tiny_problems_cost_what_brute_force_finds(seed):
    problem = generated(seed, packages=6, providers=3, lots=2)

    plan = solve(problem)

    assert plan.status == "optimal"
    assert plan.cost == plan.bound == brute_force(problem)


@pytest.mark.parametrize("seed", range(6))
def test_forty_packages_cost_what_cp_sat_proves(seed):
    problem = generated(seed, packages=40, providers=6, lots=3)

    plan = solve(problem)

    assert verify(problem, plan) == ()
    assert plan.status == "optimal"
    assert plan.cost == by_cp_sat(problem)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    packages=st.integers(0, 25),
    providers=st.integers(1, 5),
    lots=st.integers(1, 4),
    order=st.randoms(use_true_random=False),
)
def test_any_plan_keeps_every_rule_says_why_and_ignores_the_order_given(
    seed, packages, providers, lots, order
):
    problem = generated(seed, packages=packages, providers=providers, lots=lots)

    plan = solve(problem)

    assert verify(problem, plan) == ()
    assert all(left.reasons and left.relaxations for left in plan.unplaced)
    mixed = [list(problem.packages), list(problem.awards), list(problem.providers)]
    for records in mixed:
        order.shuffle(records)
    shuffled = AllocationProblem(*(tuple(records) for records in mixed))
    assert solve(shuffled) == plan


def test_a_large_batch_beats_greedy_and_stays_near_its_bound():
    problem = generated(3, packages=450, providers=12, lots=6)
    model = build_model(problem, options_by_package(problem))

    plan = solve(problem, seconds=2)

    assert verify(problem, plan) == ()
    by_greedy = model.cost_of(greedy(model))
    assert plan.bound <= plan.cost < by_greedy
    # Twenty-four limits can split a few packages at most: no more than four are lost to rounding.
    assert plan.cost - plan.bound < 4 * UNPLACED
