"""The command line over the open files: allocation solve, check and explain."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from optimiser.allocation.check import verify
from optimiser.allocation.engine import DEFAULT_SECONDS, Progress, solve
from optimiser.allocation.explain import explain
from optimiser.allocation.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    read_json,
    write_json,
)
from optimiser.allocation.plan import AllocationPlan
from optimiser.allocation.problem import AllocationProblem

EXIT_KEPT = 0
EXIT_BROKEN = 1


def add_commands(subparsers: Any) -> None:
    """Add `allocation solve|check|explain` to the subparsers of an argument parser.

    Each command sets `run`: a function of the parsed arguments that returns the exit code (0 well,
    1 a rule broken) and raises `AllocationError` for a file that cannot be used.
    """
    allocation = subparsers.add_parser(
        "allocation", help="propose providers for care packages, with reasons"
    )
    actions = allocation.add_subparsers(dest="action", required=True)
    to_solve = actions.add_parser("solve", help="write the best plan found for a problem")
    to_solve.add_argument("problem", help="homeward-allocation/1, .json or .json.gz")
    to_solve.add_argument("--seconds", type=float, default=DEFAULT_SECONDS, help="work of one core")
    to_solve.add_argument("--seed", type=int, default=1)
    to_solve.add_argument("--out", help="file for the plan (default: standard output)")
    to_solve.set_defaults(run=_solve)
    for name, run, text in (
        ("check", _check, "name every rule a plan breaks, or print its totals"),
        ("explain", _explain, "say in plain English why each package goes where it goes"),
    ):
        command = actions.add_parser(name, help=text)
        command.add_argument("problem", help="homeward-allocation/1, .json or .json.gz")
        command.add_argument("plan", help="homeward-allocation-plan/1, .json or .json.gz")
        command.set_defaults(run=run)


def _solve(arguments: argparse.Namespace) -> int:
    problem = problem_from_json(read_json(arguments.problem))
    plan = solve(problem, seconds=arguments.seconds, seed=arguments.seed, progress=_print_progress)
    if arguments.out:
        write_json(arguments.out, plan_to_json(plan))
    else:
        print(json.dumps(plan_to_json(plan), indent=1, ensure_ascii=False))
    print(_summary(plan), file=sys.stderr)
    return EXIT_KEPT


def _check(arguments: argparse.Namespace) -> int:
    problem, plan = _both(arguments)
    broken = verify(problem, plan)
    for each in broken:
        print(f"{each.rule}: {each.text}")
    if not broken:
        print(_summary(plan))
    return EXIT_BROKEN if broken else EXIT_KEPT


def _explain(arguments: argparse.Namespace) -> int:
    problem, plan = _both(arguments)
    explained = explain(problem, plan)
    for proposal in explained.proposals:
        provider = problem.provider_by_id[proposal.provider]
        print(f"{proposal.package} → {provider.name}: {'; '.join(proposal.factors)}.")
        if proposal.runner_up is not None:
            print(f"    runner-up: {proposal.runner_up.text}")
        print(f"    {proposal.would_have_changed}")
    for left in explained.unplaced:
        print(f"{left.package} not placed: {'; '.join(left.reasons)}.")
        for relaxation in left.relaxations:
            print(f"    would help: {relaxation}")
    return EXIT_KEPT


def _both(arguments: argparse.Namespace) -> tuple[AllocationProblem, AllocationPlan]:
    return (
        problem_from_json(read_json(arguments.problem)),
        plan_from_json(read_json(arguments.plan)),
    )


def _print_progress(progress: Progress) -> None:
    print(
        f"{progress.decided} of {progress.packages} packages decided, "
        f"cost {progress.cost}, bound {progress.bound}",
        file=sys.stderr,
    )


def _summary(plan: AllocationPlan) -> str:
    totals = plan.totals
    return (
        f"{totals.proposed} of {totals.packages} packages proposed "
        f"({totals.lead} lead, {totals.additional} additional, {totals.dps} DPS), "
        f"{totals.unplaced} unplaced, {totals.points} points, {plan.status}, "
        f"cost {plan.cost}, bound {plan.bound}"
    )
