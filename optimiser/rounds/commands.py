"""The `rounds` commands: solve, check, score, prove, explain."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from optimiser.rounds.check import clock, verify
from optimiser.rounds.engine import solve
from optimiser.rounds.exact import add_prove
from optimiser.rounds.explain import explain_placed
from optimiser.rounds.formats import dumps, plan_to_json, read_plan, read_problem, write_plan
from optimiser.rounds.problem import Plan, Problem, ProblemError
from optimiser.rounds.relax import relaxations, with_relaxations
from optimiser.rounds.score import score

Document = TypeVar("Document")

LEAVING_SECONDS = 0.1  # writing the plan and ending the program
RELAXING_SHARE = 0.02  # of the time limit, kept for looking for smallest changes


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `rounds` and what it can do; each command is a function of its arguments."""
    rounds = subparsers.add_parser("rounds", help="a day's rounds").add_subparsers(
        dest="verb", required=True
    )
    solving = rounds.add_parser("solve", help="plan a day")
    solving.add_argument("problem", type=Path)
    limit = solving.add_mutually_exclusive_group()
    limit.add_argument("--seconds", type=float, help="time limit (60 if nothing is said)")
    limit.add_argument("--iterations", type=int, help="work a thread does; repeatable exactly")
    solving.add_argument("--seed", type=int, default=1)
    solving.add_argument("--threads", type=int, default=1)
    solving.add_argument("--out", type=Path, help="plan file; without it the plan is printed")
    solving.set_defaults(run=run_solve)
    checking = rounds.add_parser("check", help="judge a plan: its totals, or every broken rule")
    checking.add_argument("problem", type=Path)
    checking.add_argument("plan", type=Path)
    checking.set_defaults(run=run_check)
    scoring = rounds.add_parser("score", help="what a plan costs by weight, carer and visit")
    scoring.add_argument("problem", type=Path)
    scoring.add_argument("plan", type=Path)
    scoring.add_argument("--visits", type=int, default=20, help="most costly visits shown (20)")
    scoring.set_defaults(run=run_score)
    add_prove(rounds)
    explaining = rounds.add_parser("explain", help="why each visit is where it is, or left out")
    explaining.add_argument("problem", type=Path)
    explaining.add_argument("plan", type=Path)
    explaining.add_argument("--visit", help="only this visit")
    explaining.set_defaults(run=run_explain)


def run_solve(arguments: argparse.Namespace) -> int:
    """Solve a problem file; the time limit includes loading the program and reading the file."""
    begun = time.monotonic() - arguments.loading_seconds
    problem = _named(read_problem, arguments.problem)
    seconds = arguments.seconds
    if seconds is None and arguments.iterations is None:
        seconds = 60.0
    if seconds is not None and seconds > 0:  # anything else is the engine's to refuse
        spent = time.monotonic() - begun
        seconds = max(0.01, seconds * (1 - RELAXING_SHARE) - spent - LEAVING_SECONDS)
    plan = solve(
        problem,
        seconds=seconds,
        iterations=arguments.iterations,
        seed=arguments.seed,
        threads=arguments.threads,
        progress=_print_progress if sys.stderr.isatty() else None,
    )
    until = begun + (arguments.seconds or 60.0)
    limited = arguments.iterations is None
    plan = with_relaxations(problem, plan, go_on=lambda: not limited or time.monotonic() < until)
    if arguments.out is None:
        sys.stdout.buffer.write(dumps(plan_to_json(plan)))
    else:
        write_plan(plan, arguments.out)
        _print_totals(plan)
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Check a plan file against its problem file; 1 if a rule is broken."""
    problem = _named(read_problem, arguments.problem)
    plan = _named(read_plan, arguments.plan)
    verdict = verify(problem, plan)
    for broken in verdict.broken:
        print(f"{broken.rule}: {broken.message}")
    if verdict.totals is not None:
        for name, value in asdict(verdict.totals).items():
            print(f"{name} {value}")
    return 0 if verdict.ok else 1


def run_score(arguments: argparse.Namespace) -> int:
    """Print what a plan file costs by weight, carer and its most costly visits, in minutes."""
    problem = _named(read_problem, arguments.problem)
    plan = _named(read_plan, arguments.plan)
    verdict = verify(problem, plan)
    if verdict.totals is None:
        raise ProblemError(f"{arguments.plan}: {verdict.broken[0].message}")
    if arguments.visits < 0:
        raise ProblemError(f"visits: {arguments.visits} is below 0")
    found = score(problem, plan)
    a_minute = 1000 * problem.units_a_minute
    weights = {name: cost / a_minute for name, cost in found.by_weight.items()}
    rows = [("weight", "minutes"), *((name, f"{cost:,.3f}") for name, cost in weights.items())]
    print(_table([*rows, ("total", f"{found.total_milliminutes / a_minute:,.3f}")]))
    for heading, costs, most in (
        ("carer", found.by_carer, None),
        ("visit", found.by_visit, arguments.visits),
    ):
        dearest = sorted(_cost_rows(costs, a_minute), key=lambda row: (-row[0], row[1]))[:most]
        shown = [(name, f"{cost:,.3f}", made_of) for cost, name, made_of in dearest]
        print()
        print(_table([(heading, "minutes", "made of"), *shown]))
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Explain a plan file, or one visit of it."""
    problem = _named(read_problem, arguments.problem)
    plan = _named(read_plan, arguments.plan)
    broken = verify(problem, plan).broken
    if broken:
        raise ProblemError(
            f"{arguments.plan}: this plan breaks {broken[0].rule} ({broken[0].message}); "
            "`rounds check` lists everything"
        )
    names = [arguments.visit] if arguments.visit else [visit.id for visit in problem.visits]
    for name in names:
        if name not in problem.visit_by_id:
            raise ProblemError(f"{name} is not a visit of this day")
        for line in _explained(problem, plan, name):
            print(line)
    return 0


def _explained(problem: Problem, plan: Plan, name: str) -> list[str]:
    for left in plan.unplaced:
        if left.visit == name:
            offers = [each.sentence for each in relaxations(problem, plan, name)]
            return [
                f"{name}: left out",
                *(f"  because {reason}" for reason in left.reasons),
                *(f"  would fit with {offer}" for offer in offers),
            ]
    placed = explain_placed(problem, plan, name)
    return [
        f"{name}: {', '.join(placed.carers)} at {clock(placed.start)}",
        *(f"  {sentence}" for sentence in placed.sentences),
    ]


def _cost_rows(
    costs: Mapping[str, Mapping[str, int]], a_minute: int
) -> Iterator[tuple[float, str, str]]:
    for name, weights in costs.items():
        made_of = sorted(weights.items(), key=lambda each: -each[1])
        text = ", ".join(f"{weight} {cost / a_minute:,.3f}" for weight, cost in made_of)
        yield sum(weights.values()) / a_minute, name, text


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Set rows in columns: names to the left, numbers, the second column, to the right."""
    name, number = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(
        "  ".join((row[0].ljust(name), row[1].rjust(number), *row[2:])).rstrip() for row in rows
    )


def _named(read: Callable[[Path], Document], path: Path) -> Document:
    try:
        return read(path)
    except (ProblemError, OSError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ProblemError(f"{path}: {text}") from error


def _print_progress(share: float, cost: float, unplaced: int) -> None:
    print(f"\r{share:4.0%}  cost {cost:,.1f} min  left out {unplaced}", end="", file=sys.stderr)


def _print_totals(plan: Plan) -> None:
    totals = plan.totals
    print(
        f"{totals.placed} of {totals.planned} visits placed, {totals.unplaced} left out, "
        f"{totals.travel_minutes} min of travel in {totals.rounds} rounds"
    )
