"""Solve public HHCRSP instances with the rounds engine and compare with the best known values.

    python benchmarks/hhcrsp.py FILE… --seconds 60 --threads 2 [--seed 1] [--out DIR] [--best CSV]

Each instance is solved alone, one after the other, by the engine the product uses, with the same
parameters. The time limit counts from opening the file until the solution is written. Solutions
are checked and added up apart from the engine; any fault makes the command exit with 1.
`best_known.csv` is looked for in the instance's folder and the one above it.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.hhcrsp_instance import (
    Instance,
    InstanceError,
    instance_name,
    read_instance,
    to_problem,
)
from benchmarks.hhcrsp_solution import (
    Cost,
    Orders,
    TimesError,
    cost_of,
    faults_of,
    orders_of_rounds,
    solution_of,
)
from optimiser.rounds import engine
from optimiser.rounds.problem import Plan, ProblemError

BEST_KNOWN = "best_known.csv"
MANKOWSKA_SETS = {10: "A", 25: "B", 50: "C", 75: "D", 100: "E", 200: "F", 300: "G"}
SAME_COST = 0.005  # some best known values are given with two decimals
COLUMNS = (
    f"{'instance':55} {'patients':>8} {'distance':>9} {'tardiness':>9} {'worst':>7} "
    f"{'cost':>9} {'best':>9} {'gap %':>7} {'seconds':>8}"
)


@dataclass(frozen=True, slots=True)
class Result:
    """One instance as solved."""

    name: str
    group: str
    patients: int
    cost: Cost | None
    best: float | None
    seconds: float
    faults: tuple[str, ...]

    @property
    def gap(self) -> float | None:
        """How many per cent the cost is above the best known."""
        if self.cost is None or not self.best:
            return None
        return 100 * (self.cost.total / self.best - 1)

    def row(self) -> str:
        """One line of the table."""
        costs = (f"{'–':>9} {'–':>9} {'–':>7} {'–':>9}",)
        if self.cost:
            each = self.cost
            costs = (
                f"{each.distance:>9.1f} {each.tardiness:>9.1f} {each.worst:>7.1f} "
                f"{each.total:>9.2f}",
            )
        best = "–" if self.best is None else f"{self.best:.2f}"
        gap = "–" if self.gap is None else f"{self.gap:+.2f}"
        return (
            f"{self.name:55} {self.patients:>8} {costs[0]} {best:>9} {gap:>7} {self.seconds:>8.2f}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve, print the table and the means, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder to write solutions into")
    parser.add_argument("--best", type=Path, help="best known values, instead of those beside")
    given = parser.parse_args(arguments)
    if given.seconds <= 0:
        parser.error(f"--seconds: {given.seconds} is not above 0")
    if given.best is not None and not given.best.is_file():
        parser.error(f"--best: there is no file {given.best}")
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
    engine.compile_kernel()
    print(f"time limit {given.seconds:g} s, {given.threads} threads, seed {given.seed}")
    print(COLUMNS, flush=True)
    results = []
    for path in given.files:
        result = measure(
            path,
            seconds=given.seconds,
            threads=given.threads,
            seed=given.seed,
            out=given.out,
            best=best_known(path, given.best),
        )
        results.append(result)
        print(result.row(), flush=True)
        for fault in result.faults:
            print(f"    FAULT: {fault}", flush=True)
    print_summary(results, limit=given.seconds)
    return 1 if any(each.faults for each in results) else 0


def measure(
    path: Path,
    *,
    seconds: float,
    threads: int,
    seed: int,
    out: Path | None,
    best: Mapping[str, float],
) -> Result:
    """Read, solve, write and check one instance; what fails is a fault of the result."""
    begun = time.monotonic()
    name = instance_name(path)
    try:
        instance = read_instance(path)
        problem = to_problem(instance)
        left = max(0.01, seconds - (time.monotonic() - begun))
        plan = engine.solve(problem, seconds=left, threads=threads, seed=seed)
        solution = solution_of(instance, orders_of_plan(instance, plan))
    except (InstanceError, ProblemError, TimesError) as error:
        took = time.monotonic() - begun
        return Result(name, "not solved", 0, None, best.get(name), took, (str(error),))
    if out is not None:
        (out / f"{name}.json").write_text(json.dumps(solution, indent=1), encoding="utf-8")
    took = time.monotonic() - begun
    faults = tuple(faults_of(instance, solution))
    return Result(
        name=name,
        group=group_of(path, len(instance.patients)),
        patients=len(instance.patients),
        cost=None if faults else cost_of(instance, solution),
        best=best.get(name),
        seconds=took,
        faults=faults,
    )


def orders_of_plan(instance: Instance, plan: Plan) -> Orders:
    """Return who gives which services in which order."""
    return orders_of_rounds(
        instance, {each.carer: [stop.visit for stop in each.stops] for each in plan.rounds}
    )


def best_known(instance: Path, given: Path | None) -> Mapping[str, float]:
    """Return the best known cost by instance, from the file given or the nearest one."""
    folder = instance.resolve().parent
    places = [given] if given else [folder / BEST_KNOWN, folder.parent / BEST_KNOWN]
    for path in places:
        if path is not None and path.is_file():
            with path.open(encoding="utf-8", newline="") as rows:
                return {row["instance"]: float(row["total_cost"]) for row in csv.DictReader(rows)}
    return {}


def group_of(path: Path, patients: int) -> str:
    """Return the set an instance counts in: its family, by size where the family has sizes."""
    name = path.name
    if name.startswith(("InstanzCPLEX_HCSRP_", "InstanzVNS_HCSRP_")):
        return f"mankowska {MANKOWSKA_SETS.get(patients, patients)}"
    if name.startswith("HHCRSP_"):
        return f"kummer {patients}"
    return path.resolve().parent.name


def print_summary(results: Sequence[Result], *, limit: float) -> None:
    """Print the means by set, what is above the best known, and the largest overrun."""
    print(f"\n{'set':20} {'instances':>9} {'mean cost':>10} {'mean best':>10} {'gap %':>7}")
    for group in dict.fromkeys(each.group for each in results):
        of = [each for each in results if each.group == group]
        solved = [each.cost.total for each in of if each.cost]
        both = [(e.cost.total, e.best) for e in of if e.cost and e.best is not None]
        cost = f"{fmean(solved):.2f}" if solved else "–"
        best = gap = "–"
        if both:
            ours, theirs = (fmean(values) for values in zip(*both, strict=True))
            # A mean over fewer instances is no comparison with the mean over all.
            best = f"{theirs:.2f}" + ("" if len(both) == len(of) else f" ({len(both)})")
            gap = f"{100 * (ours / theirs - 1):+.2f}" if theirs else "–"
        print(f"{group:20} {len(of):>9} {cost:>10} {best:>10} {gap:>7}")
    above = [
        e for e in results if e.cost and e.best is not None and e.cost.total > e.best + SAME_COST
    ]
    print(f"\nabove best known: {len(above)} of {sum(e.best is not None for e in results)}")
    for each in above:
        print(f"    {each.name} {each.gap:+.2f} %")
    failed = [each.name for each in results if each.faults]
    print(f"with faults: {', '.join(failed) or 'none'}")
    slowest = max(results, key=lambda each: each.seconds)
    over = 100 * (slowest.seconds / limit - 1)
    print(f"largest overrun of the time limit: {over:+.1f} % ({slowest.name})")


if __name__ == "__main__":
    sys.exit(main())
