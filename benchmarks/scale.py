"""Measure how the rounds engine grows from 500 visits to 10,000.

    python benchmarks/scale.py [--sizes 500 1000 …] [--seconds-per-500 20] [--threads 2] [--seed 1]

Each day (benchmarks/synthetic_day.py) is solved once, for long, in a process of its own. From the
best cost over time it is read when a plan was first within 2 % of where the long run ended. The
exponent says how a column grows with the visits: 1 is in step with them, 2 with their square.
"""

import argparse
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.synthetic_day import synthetic_day
from optimiser.rounds import engine
from optimiser.rounds.check import verify

SIZES = (500, 1000, 2000, 5000, 10_000)
NEAR = 1.02
COLUMNS = (
    f"{'visits':>7} {'carers':>6} {'left out':>8} {'travel':>8} {'cost':>10} {'first s':>8} "
    f"{'2 % s':>8} {'run s':>8} {'overrun %':>9} {'memory MB':>9}"
)


@dataclass(frozen=True, slots=True)
class Point:
    """The best plan's cost in minutes, so many seconds after the work began."""

    seconds: float
    cost: float


@dataclass(frozen=True, slots=True)
class Run:
    """One long run: its curve, what it ended with, and the most memory its process held."""

    visits: int
    carers: int
    left_out: int
    travel_minutes: int
    cost: float
    seconds: float
    limit: float
    memory_megabytes: float
    curve: tuple[Point, ...]
    broken: str | None

    def row(self) -> str:
        """One line of the table."""
        near = seconds_to_near(self.curve, self.cost)
        first = self.curve[0].seconds if self.curve else self.seconds
        over = 100 * (self.seconds / self.limit - 1)
        return (
            f"{self.visits:>7} {self.carers:>6} {self.left_out:>8} {self.travel_minutes:>8} "
            f"{self.cost:>10.0f} {first:>8.1f} {near:>8.1f} {self.seconds:>8.1f} {over:>+9.1f} "
            f"{self.memory_megabytes:>9.0f}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sizes asked for, print the table and the exponents, exit 1 on a broken rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--seconds-per-500", type=float, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    if min(given.sizes) < 1 or given.seconds_per_500 <= 0:
        parser.error("--sizes and --seconds-per-500 must be above 0")
    engine.compile_kernel()
    print(
        f"{given.seconds_per_500:g} s for each 500 visits, {given.threads} threads, "
        f"seed {given.seed}; costs in minutes"
    )
    print(COLUMNS, flush=True)
    runs = []
    for size in given.sizes:
        limit = given.seconds_per_500 * size / 500
        run = in_its_own_process(size, limit, given.threads, given.seed)
        print(run.row(), flush=True)
        if run.broken:
            print(f"    BROKEN: {run.broken}", flush=True)
        runs.append(run)
    if len(runs) > 1:
        print_growth(runs)
    return 1 if any(run.broken for run in runs) else 0


def in_its_own_process(size: int, limit: float, threads: int, seed: int) -> Run:
    """Run one size in a fresh process, so that its peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(long_run, size, limit, threads, seed).result()


def long_run(size: int, limit: float, threads: int, seed: int) -> Run:
    """Solve one day for long and keep the curve of the best cost."""
    engine.compile_kernel()  # from the cache: loading it is no part of the time limit
    problem = synthetic_day(size, seed=seed)
    curve: list[Point] = []
    begun = time.monotonic()

    def note(_share: float, cost: float, _left_out: int) -> None:
        curve.append(Point(time.monotonic() - begun, cost))

    plan = engine.solve(problem, seconds=limit, threads=threads, seed=seed, progress=note)
    took = time.monotonic() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdict = verify(problem, plan)
    return Run(
        visits=size,
        carers=len(problem.carers),
        left_out=plan.totals.unplaced,
        travel_minutes=plan.totals.travel_minutes,
        cost=plan.totals.cost_milliminutes / 1000,
        seconds=took,
        limit=limit,
        memory_megabytes=peak,
        curve=tuple(curve),
        broken=None if verdict.ok else verdict.broken[0].message,
    )


def seconds_to_near(curve: Sequence[Point], cost: float, *, near: float = NEAR) -> float:
    """Return when the best cost first was within 2 % of a cost; after all points, the last."""
    for point in curve:
        if point.cost <= near * cost:
            return point.seconds
    return curve[-1].seconds if curve else math.nan


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return b of the best fit of values = a × size^b, by least squares of logarithms."""
    pairs = [(math.log(s), math.log(v)) for s, v in zip(sizes, values, strict=True) if v > 0]
    if len({s for s, _ in pairs}) < 2:
        return math.nan
    middle = sum(s for s, _ in pairs) / len(pairs)
    mean = sum(v for _, v in pairs) / len(pairs)
    spread = sum((s - middle) ** 2 for s, _ in pairs)
    return sum((s - middle) * (v - mean) for s, v in pairs) / spread


def print_growth(runs: Sequence[Run]) -> None:
    """Print how cost, time and memory grow from each size to the next, and over all."""
    columns = {
        "cost": [run.cost for run in runs],
        "seconds to within 2 %": [seconds_to_near(run.curve, run.cost) for run in runs],
        "memory": [run.memory_megabytes for run in runs],
    }
    sizes = [run.visits for run in runs]
    steps = [f"{a}–{b}" for a, b in pairwise(sizes)]
    print(f"\n{'grows with visits to the power':32}" + "".join(f"{s:>12}" for s in [*steps, "all"]))
    for name, values in columns.items():
        each = [exponent(sizes[n : n + 2], values[n : n + 2]) for n in range(len(steps))]
        cells = "".join(f"{value:>12.2f}" for value in [*each, exponent(sizes, values)])
        print(f"{name:32}{cells}")


if __name__ == "__main__":
    sys.exit(main())
