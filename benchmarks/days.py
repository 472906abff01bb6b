"""Measure the rounds engine beside OR-Tools Routing, PyVRP and VROOM on the same days, in one run.

    python benchmarks/days.py DAY.json.gz… --seconds 30 --threads 2 [--engines homeward pyvrp …]

Each engine gets the same time limit, alone, one after the other; building its model counts. The
same check judges every plan: one that it refuses is told as refused. The engine and VROOM use
`--threads`; OR-Tools Routing and PyVRP have one. Numbers move by a few per cent from run to run and
with whatever else the machine does: compare within one table, over several days.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import Orders, Peer, beyond
from optimiser.rounds import engine
from optimiser.rounds.check import verify
from optimiser.rounds.formats import read_problem
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Plan, Problem, ProblemError
from optimiser.rounds.timetable import ClashError, orders_of

MODULES = {
    "or-tools": "benchmarks.peers.or_tools",
    "pyvrp": "benchmarks.peers.py_vrp",
    "vroom": "benchmarks.peers.vroom_engine",
}
COLUMNS = (
    f"{'day':30} {'engine':17} {'threads':>7} {'unserved':>8} {'travel':>7} "
    f"{'seconds':>8} {'overrun %':>9}"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one engine made of one day: a plan that our check takes, or why there is none."""

    seconds: float
    plan: Plan | None = None
    refused: str | None = None


def homeward(problem: Problem, *, seconds: float, threads: int, seed: int) -> Orders:
    """Plan with the engine measured."""
    plan = engine.solve(problem, seconds=seconds, threads=threads, seed=seed)
    return {key: list(order) for key, order in orders_of(plan.rounds).items()}


HOMEWARD = Peer("Homeward", ("double-ups", "gaps", "breaks", "hours"), None, homeward)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row a day and engine; exit with 1 if our own plan is refused."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="DAY")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=["homeward", *MODULES], default=None)
    given = parser.parse_args(arguments)
    if given.seconds <= 0:
        parser.error(f"--seconds: {given.seconds} is not above 0")
    try:
        engines = load(given.engines or ["homeward", *MODULES])
        days = [(path, read_problem(path)) for path in given.files]
    except (ProblemError, OSError, ModuleNotFoundError) as error:
        print(f"days.py: {error}", file=sys.stderr)
        return 2
    engine.compile_kernel()
    print(f"time limit {given.seconds:g} s, seed {given.seed}; travel in minutes")
    print(COLUMNS)
    ours_refused = False
    for path, problem in days:
        for each in engines:
            threads = each.threads or given.threads
            begins = f"{path.name.split('.')[0]:30} {each.name:17}"
            why_not = beyond(each, problem)
            if why_not:
                print(f"{begins} {'–':>7} {why_not}", flush=True)
                continue
            outcome = measure(
                each, problem, seconds=given.seconds, threads=threads, seed=given.seed
            )
            ours_refused |= each is HOMEWARD and outcome.plan is None
            print(f"{begins} {threads:>7} {row(outcome, given.seconds)}", flush=True)
    return 1 if ours_refused else 0


def load(names: Sequence[str]) -> list[Peer]:
    """Return the engines by name; raises ModuleNotFoundError naming the way to install one."""
    found = []
    for name in names:
        if name == "homeward":
            found.append(HOMEWARD)
            continue
        try:
            found.append(importlib.import_module(MODULES[name]).PEER)
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"{name}: {error}; pip install -r requirements-dev.txt, or choose --engines"
            ) from error
    return found


def measure(peer: Peer, problem: Problem, *, seconds: float, threads: int, seed: int) -> Outcome:
    """Ask one engine, take the time it needs, and judge its orders by our own check."""
    begun = time.monotonic()
    orders = peer.orders(problem, seconds=seconds, threads=threads, seed=seed)
    took = time.monotonic() - begun
    return judged(problem, orders, seconds=took)


def judged(problem: Problem, orders: Orders, *, seconds: float) -> Outcome:
    """Turn who visits whom into a plan by our rules, or say why they refuse it."""
    placed = {name for order in orders.values() for name in order}
    left_out = [visit.id for visit in problem.visits if visit.id not in placed]
    try:
        plan = plan_of(problem, orders, left_out, seed=0)
    except ClashError as error:
        return Outcome(seconds, refused=str(error))
    verdict = verify(problem, plan)
    if not verdict.ok:
        return Outcome(seconds, refused=f"{verdict.broken[0].rule}: {verdict.broken[0].message}")
    return Outcome(seconds, plan=plan)


def row(outcome: Outcome, limit: float) -> str:
    """The numbers of one row."""
    over = 100 * (outcome.seconds / limit - 1)
    ends = f"{outcome.seconds:>8.1f} {over:>+9.1f}"
    if outcome.plan is None:
        return f"{'–':>8} {'–':>7} {ends} refused: {outcome.refused}"
    totals = outcome.plan.totals
    return f"{totals.unplaced:>8} {totals.travel_minutes:>7} {ends}"


if __name__ == "__main__":
    sys.exit(main())
