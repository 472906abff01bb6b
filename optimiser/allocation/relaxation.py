"""The linear relaxation (GLOP): a proved bound, and the map for rounding and for the exact core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp

from optimiser.allocation.costs import UNPLACED
from optimiser.allocation.model import NO_ROW, NOT_PLACED, Ints, Model
from optimiser.allocation.problem import AllocationError

# Simplex values this close to 1 are 1.
WHOLE = 1 - 1e-6
BOUND_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The relaxed optimum: share and reduced cost of each option, and the bound it proves."""

    share: npt.NDArray[np.float64]
    reduced_cost: npt.NDArray[np.float64]
    bound: int


def relax(model: Model) -> Relaxation:
    """Solve the allocation with packages allowed to be split."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    if solver is None:
        raise AllocationError("OR-Tools lacks its linear solver GLOP; install a complete build.")
    objective = solver.Objective()
    rows = [solver.Constraint(-solver.infinity(), float(room)) for room in model.capacity]
    placed_once = [solver.Constraint(1.0, 1.0) for _ in range(model.size)]
    shares = []
    for option in range(len(model.package)):
        package = int(model.package[option])
        share = solver.NumVar(0, solver.infinity(), "")
        objective.SetCoefficient(share, float(model.cost[option]))
        placed_once[package].SetCoefficient(share, 1)
        for row in model.rows[option]:
            if row != NO_ROW:
                rows[row].SetCoefficient(share, float(model.minutes[package]))
        shares.append(share)
    for constraint in placed_once:
        left = solver.NumVar(0, solver.infinity(), "")
        objective.SetCoefficient(left, float(UNPLACED))
        constraint.SetCoefficient(left, 1)
    objective.SetMinimization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise AllocationError("The allocation could not be relaxed; its numbers are out of scale.")
    return Relaxation(
        share=np.array([share.solution_value() for share in shares]),
        reduced_cost=np.array([share.reduced_cost() for share in shares]),
        bound=int(
            np.ceil(objective.Value() - BOUND_SLACK * max(1.0, abs(objective.Value()) / 1e6))
        ),
    )


def rounded(model: Model, relaxation: Relaxation) -> Ints:
    """Take what the relaxation places whole, then fit the split packages where room is left.

    A simplex solution splits at most as many packages as there are capacity rows; the largest of
    them are fitted first, as small ones fit anywhere.
    """
    choice = np.full(model.size, NOT_PLACED, dtype=np.int64)
    for option in np.flatnonzero(relaxation.share >= WHOLE):
        choice[model.package[option]] = option
    room = model.room_after(choice)
    split = np.flatnonzero(choice == NOT_PLACED)
    for package in sorted(split, key=lambda p: (-model.minutes[p], p)):
        fit(model, choice, room, int(package))
    return choice


def fit(model: Model, choice: Ints, room: Ints, package: int) -> bool:
    """Move a package to its cheapest option with room, if that is better; say whether it moved."""
    minutes = model.minutes[package]
    current = choice[package]
    held = model.rows[current] if current != NOT_PLACED else ()
    for option in range(int(model.starts[package]), int(model.starts[package + 1])):
        if option == current:
            return False
        wanted = [row for row in model.rows[option] if row != NO_ROW]
        if all(room[row] + (minutes if row in held else 0) >= minutes for row in wanted):
            for row in held:
                if row != NO_ROW:
                    room[row] += minutes
            room[wanted] -= minutes
            choice[package] = option
            return True
    return False


def polished(model: Model, choice: Ints) -> Ints:
    """Move single packages to cheaper options with room until none is left.

    So no package stays below a tier that has room for it, whatever else was cut short.
    """
    choice = choice.copy()
    room = model.room_after(choice)
    moved = True
    while moved:
        moved = False
        for package in range(model.size):
            moved = fit(model, choice, room, package) or moved
    return choice


def greedy(model: Model) -> Ints:
    """Place packages one by one, each at its cheapest option with room; the better of two orders.

    What a careful person does without a solver, largest or smallest package first; benchmarks
    compare against it.
    """
    by_size = sorted(range(model.size), key=lambda p: (model.minutes[p], p))
    choices = []
    for order in (by_size, by_size[::-1]):
        choice = np.full(model.size, NOT_PLACED, dtype=np.int64)
        room = model.capacity.copy()
        for package in order:
            fit(model, choice, room, package)
        choices.append(choice)
    return min(choices, key=model.cost_of)
