"""Large-neighbourhood search: free a few packages that compete, solve them exactly, repeat."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from optimiser.allocation.costs import TIER_STEP
from optimiser.allocation.exact import solve_core
from optimiser.allocation.model import NO_ROW, NOT_PLACED, Ints, Model, part_of

Cancel = Callable[[], bool]

# Packages freed at once: 120 are some 700 options, which SCIP settles in a fraction of a second.
HOLDERS_FREED = 80
WAITING_FREED = 40
NODES_PER_NEIGHBOURHOOD = 60


def improved(
    model: Model, choice: Ints, *, work_seconds: float, seed: int, cancel: Cancel
) -> tuple[Ints, float]:
    """Improve the choice neighbourhood by neighbourhood; return it and the work spent."""
    rng = random.Random(seed)
    spent = 0.0
    choice = choice.copy()
    while spent < work_seconds and not cancel():
        wanting = _wanting(model, choice)
        if not len(wanting):
            break
        members = _around(model, choice, int(wanting[rng.randrange(len(wanting))]), wanting, rng)
        spent += _settled(model, choice, members, seed=seed)
    return choice, spent


def _wanting(model: Model, choice: Ints) -> Ints:
    """Packages that are left over, or below the best tier that may take them."""
    able = np.flatnonzero(np.diff(model.starts) > 0)
    held = choice[able]
    below = model.cost[held] - model.cost[model.starts[able]] >= TIER_STEP // 2
    return able[(held == NOT_PLACED) | below]


def _around(model: Model, choice: Ints, package: int, wanting: Ints, rng: random.Random) -> Ints:
    """The package, some that hold the capacity it wants, and some that want it too."""
    mine = slice(int(model.starts[package]), int(model.starts[package + 1]))
    rows = np.setdiff1d(model.rows[mine], [NO_ROW])
    draws: npt.NDArray[np.bool_] = np.any(np.isin(model.rows, rows), axis=1)
    placed = np.flatnonzero(choice != NOT_PLACED)
    holders = placed[draws[choice[placed]]].tolist()
    rivals = np.intersect1d(np.unique(model.package[draws]), wanting).tolist()
    freed = {
        package,
        *rng.sample(holders, min(HOLDERS_FREED, len(holders))),
        *rng.sample(rivals, min(WAITING_FREED, len(rivals))),
    }
    return np.array(sorted(freed), dtype=np.int64)


def _settled(model: Model, choice: Ints, members: Ints, *, seed: int) -> float:
    """Solve the members over the room the others leave, in place; return the work spent."""
    held = choice[members].copy()
    choice[members] = NOT_PLACED
    part, original = part_of(replace(model, capacity=model.room_after(choice)), members)
    start = np.where(held == NOT_PLACED, NOT_PLACED, np.searchsorted(original, held))
    found = solve_core(
        part,
        np.ones(len(original), dtype=bool),
        start,
        nodes=NODES_PER_NEIGHBOURHOOD,
        seed=seed,
    )
    taken = found.choice != NOT_PLACED
    choice[members[taken]] = original[found.choice[taken]]
    return found.work_seconds
