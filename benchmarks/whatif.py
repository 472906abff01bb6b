"""Measure the what-if of a day: every carer's option for one visit, as asked by a drag.

    python -m benchmarks.whatif [DAY.json.gz …] --visits 500 --carers 52 --questions 200

Without files a day is generated. Each question is of a visit not asked before, on one thread:
nothing of an earlier answer is used but the board. Written to be run, never asserted.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from optimiser.rounds import engine
from optimiser.rounds.formats import read_problem
from optimiser.rounds.problem import Break, Carer, Plan, Problem, Visit
from optimiser.rounds.whatif import Board

Result = TypeVar("Result")

LIMIT_MILLISECONDS = 100
SIDE_MINUTES = 45


def main() -> None:
    """Print one row a day: the median and the worst question against the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--carers", type=int, default=52)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument(
        "--seconds", type=float, default=20, help="of planning, before the questions"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    engine.compile_kernel()
    days = [(path.name, read_problem(path)) for path in given.files]
    if not days:
        day = generated(given.visits, given.carers, seed=given.seed)
        days = [(f"generated {given.visits}/{given.carers}", day)]
    print(f"{'day':34} {'asked':>6} {'median ms':>10} {'worst ms':>9} {'limit':>6}  {'move ms':>8}")
    for name, problem in days:
        plan = engine.solve(problem, seconds=given.seconds, seed=given.seed)
        asked, moved = measured(problem, plan, given.questions, random.Random(given.seed))
        print(
            f"{name[:34]:34} {len(asked):>6} {statistics.median(asked):>10.1f} {max(asked):>9.1f} "
            f"{LIMIT_MILLISECONDS:>6}  {statistics.median(moved):>8.1f}",
            flush=True,
        )


def measured(
    problem: Problem, plan: Plan, questions: int, rng: random.Random
) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each question, and of each move to its cheapest option."""
    board = Board(problem, plan)
    asked, moved = [], []
    for visit in rng.sample(problem.visits, min(questions, len(problem.visits))):
        made_by = plan.carers_of(visit.id)
        instead_of = made_by[0] if len(made_by) > 1 else None
        options, took = timed(lambda: board.options(visit.id, instead_of))  # noqa: B023
        asked.append(took)
        best = options[0]
        if best.refused is None:
            _, took = timed(
                lambda: board.move(visit.id, best.carer, best.shift, instead_of=instead_of)  # noqa: B023
            )
            moved.append(took)
    return asked, moved or [0.0]


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what some work gives, and how many milliseconds it took."""
    begun = time.perf_counter()
    result = work()
    return result, 1000 * (time.perf_counter() - begun)


def generated(visits: int, carers: int, *, seed: int) -> Problem:
    """Return a day on a plain: two-hour windows, one visit in eight a double-up, breaks."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, SIDE_MINUTES, size=(visits + carers, 2))
    minutes = np.rint(np.abs(points[:, None] - points[None]).sum(axis=2)).astype(np.int64)
    staff = tuple(
        Carer(
            id=f"c{n}",
            start_location=visits + n,
            end_location=visits + n,
            shifts=((420, 840),)
            if n % 2
            else ((960, 1320),)
            if n % 4
            else ((420, 700), (960, 1260)),
            skills=frozenset({"peg"} if n % 3 == 0 else ()),
            breaks=(Break(0, 20, 560, 700),) if n % 2 else (),
        )
        for n in range(carers)
    )
    wanted = tuple(
        Visit(
            id=f"v{n}",
            location=n,
            earliest=(start := int(rng.choice([420, 480, 540, 720, 780, 990, 1080, 1140]))),
            latest=start + 90,
            minutes=int(rng.choice([15, 30, 30, 45])),
            person=f"p{n // 3}",
            carers=2 if n % 8 == 0 else 1,
            skills=frozenset({"peg"} if n % 10 == 0 else ()),
        )
        for n in range(visits)
    )
    return Problem(travel_minutes=minutes, visits=wanted, carers=staff)


if __name__ == "__main__":
    main()
