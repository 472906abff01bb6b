"""Measures the allocation engine on generated weeks: cost against the LP bound and against greedy.

    python -m benchmarks.allocation --sizes 100 1000 5000

Lots are full to about nine tenths, so the engine must choose; leads were promised a majority, some
people were served before and the work of late was not shared evenly. Costs are printed as ratios to
the LP bound beside seconds of wall and processor time. Written to be run, never asserted.
"""

from __future__ import annotations

import argparse
import datetime
import random
import time

from optimiser.allocation.check import verify
from optimiser.allocation.costs import UNPLACED, options_by_package
from optimiser.allocation.engine import DEFAULT_SECONDS, solve
from optimiser.allocation.model import build_model
from optimiser.allocation.problem import AllocationProblem, Award, Package, Promise, Provider
from optimiser.allocation.relaxation import greedy, relax
from optimiser.travel.points import Point

STARTS_ON = datetime.date(2026, 4, 1)
SKILLS = ("medication", "hoist", "peg", "dementia", "catheter")
PACKAGES_PER_LOT = 150
# The weekly minutes of a package: one call a day up to four double-up calls a day.
SIZES_MINUTES = (210, 420, 630, 840, 1260, 1680, 2520)


def generated(size: int, *, seed: int, fill: float = 0.95) -> AllocationProblem:
    """Make a council's batch of so many packages in a 40 km square around Hereford."""
    rng = random.Random(seed)

    def place() -> Point:
        return Point(52.05 + rng.uniform(-0.18, 0.18), -2.71 + rng.uniform(-0.29, 0.29))

    lots = [f"L{number:02d}" for number in range(max(2, size // PACKAGES_PER_LOT))]
    packages = tuple(
        Package(
            id=f"K{number:05d}",
            lot=rng.choice(lots),
            weekly_minutes=rng.choice(SIZES_MINUTES),
            starts_on=STARTS_ON,
            skills=frozenset(rng.sample(SKILLS, rng.choice((0, 0, 1, 1, 2)))),
            position=place(),
            lead_only=rng.random() < 0.02,
            earlier_providers=(
                frozenset({f"P{rng.randrange(8):03d}"}) if rng.random() < 0.1 else frozenset()
            ),
        )
        for number in range(size)
    )
    wanted = sum(package.weekly_minutes for package in packages)
    count = max(8, 3 * len(lots))
    providers = tuple(
        Provider(
            id=f"P{number:03d}",
            name=f"Provider {number}",
            skills=frozenset(rng.sample(SKILLS, rng.choice((3, 4, 5)))),
            capacity_minutes_per_week=int(wanted / fill / count * rng.uniform(0.6, 1.4)),
            quality=rng.uniform(45, 98),
            places=tuple(place() for _ in range(rng.randrange(5, 40))),
        )
        for number in range(count)
    )
    awards = []
    for lot in lots:
        members = rng.sample(providers, min(count, 7))
        tiers = ["lead", *["additional"] * 3, *["dps"] * 3]
        for rank, (provider, tier) in enumerate(zip(members, tiers, strict=False)):
            awards.append(
                Award(
                    provider.id,
                    lot,
                    tier,
                    STARTS_ON,
                    rank=1 + (rank - 1) % 3 if rank else 1,
                    capacity_minutes_per_week=int(wanted / len(lots) * rng.uniform(0.1, 0.6)),
                    recent_awards=rng.randrange(12),
                )
            )
    promises = tuple(Promise(lot, rng.randrange(20, 40), 60, STARTS_ON) for lot in lots)
    return AllocationProblem(
        packages=packages, awards=tuple(awards), providers=providers, promises=promises
    )


def spelled(cost: float) -> str:
    """A cost in packages left over, the unit that weighs most."""
    return f"= {cost / UNPLACED:.3f} packages left over"


def main() -> None:
    """Run the sizes asked for and print one block each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=DEFAULT_SECONDS)
    arguments = parser.parse_args()
    for size in arguments.sizes:
        problem = generated(size, seed=arguments.seed)
        model = build_model(problem, options_by_package(problem))
        started = time.perf_counter()
        bound = relax(model).bound
        relaxed = time.perf_counter() - started
        by_greedy = model.cost_of(greedy(model))
        started, worked = time.perf_counter(), time.process_time()
        plan = solve(problem, seconds=arguments.seconds, seed=arguments.seed)
        took, work = time.perf_counter() - started, time.process_time() - worked
        print(
            f"{size} packages, {len(problem.awards)} awards, {len(model.package)} options\n"
            f"  LP bound {bound:>16,}  {spelled(bound)}  ({relaxed:.1f} s)\n"
            f"  greedy   {by_greedy:>16,}  {spelled(by_greedy)}\n"
            f"  engine   {plan.cost:>16,}  {spelled(plan.cost)}  ({took:.1f} s wall, {work:.1f} s "
            f"processor, {plan.status})\n"
            f"  ratio to the LP bound: engine {plan.cost / max(1, bound):.4f}, greedy "
            f"{by_greedy / max(1, bound):.4f}; engine to its own bound "
            f"{plan.cost / max(1, plan.bound):.4f}\n"
            f"           {plan.totals.unplaced} left over, {plan.totals.lead} lead, "
            f"{plan.totals.additional} additional, {plan.totals.dps} DPS, "
            f"{plan.totals.points} points\n"
            f"  broken rules: {len(verify(problem, plan))}",
            flush=True,
        )


if __name__ == "__main__":
    main()
