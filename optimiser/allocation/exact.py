"""The exact step (SCIP) over a chosen core of options; its limits are counted, never timed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp

from optimiser.allocation.costs import UNPLACED
from optimiser.allocation.model import NO_ROW, NOT_PLACED, Ints, Model
from optimiser.allocation.problem import AllocationError

# A start-up and a simplex step on a model of so many options, in seconds of one core: measured,
# so that counted work comes near to time. Counting gives the same answer on every run and
# machine (AL-15); a clock would not.
START_SECONDS_PER_OPTION = 3.5e-4
SECONDS_PER_STEP_AND_OPTION = 3.3e-7

TAKEN = 0.5


@dataclass(frozen=True, eq=False)
class Exact:
    """The best choice found over the core, whether it is proved best there, and work spent."""

    choice: Ints
    proved: bool
    work_seconds: float


def solve_core(
    model: Model, core: npt.NDArray[np.bool_], start: Ints, *, nodes: int, seed: int
) -> Exact:
    """Improve `start` over the options of the core, within so many branch-and-bound nodes."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    if solver is None:
        raise AllocationError("OR-Tools lacks its solver SCIP; install a complete build.")
    kept = np.flatnonzero(core)
    taken = _stated(solver, model, kept, start)
    solver.SetSolverSpecificParametersAsString(
        f"limits/gap = 0\nlimits/nodes = {nodes}\nrandomization/randomseedshift = {seed}\n"
    )
    status = solver.Solve()
    spent = len(kept) * (
        START_SECONDS_PER_OPTION + SECONDS_PER_STEP_AND_OPTION * max(0, solver.iterations())
    )
    if status not in {pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE}:
        return Exact(start, proved=False, work_seconds=spent)
    choice = np.full(model.size, NOT_PLACED, dtype=np.int64)
    for option, variable in zip(kept, taken, strict=True):
        if variable.solution_value() > TAKEN:
            choice[model.package[option]] = option
    # SCIP keeps capacities to a tolerance; a plan must keep them to the minute.
    sound = bool((model.room_after(choice) >= 0).all())
    if not sound or model.cost_of(choice) > model.cost_of(start):
        return Exact(start, proved=False, work_seconds=spent)
    return Exact(choice, proved=status == pywraplp.Solver.OPTIMAL, work_seconds=spent)


def _stated(
    solver: pywraplp.Solver, model: Model, kept: npt.NDArray[np.intp], start: Ints
) -> list[pywraplp.Variable]:
    """State the core as a binary programme with `start` as a hint; return its variables."""
    objective = solver.Objective()
    placed_once = [solver.Constraint(1.0, 1.0) for _ in range(model.size)]
    rows = [solver.Constraint(-solver.infinity(), float(room)) for room in model.capacity]
    taken, hints = [], []
    for option in kept:
        package = int(model.package[option])
        variable = solver.BoolVar("")
        objective.SetCoefficient(variable, float(model.cost[option]))
        placed_once[package].SetCoefficient(variable, 1)
        for row in model.rows[option]:
            if row != NO_ROW:
                rows[row].SetCoefficient(variable, float(model.minutes[package]))
        taken.append(variable)
        hints.append(float(start[package] == option))
    left = []
    for constraint in placed_once:
        variable = solver.BoolVar("")
        objective.SetCoefficient(variable, float(UNPLACED))
        constraint.SetCoefficient(variable, 1)
        left.append(variable)
    objective.SetMinimization()
    solver.SetHint(taken + left, hints + [float(option == NOT_PLACED) for option in start])
    return taken
