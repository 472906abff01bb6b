"""Allocates packages to providers: relax, round, then prove or improve over a small exact core.

Packages fall into groups that compete for no common capacity. Each group is relaxed to a linear
programme, whose optimum is a proved bound and places nearly every package whole; the rest is
rounded. Any option whose reduced cost exceeds the gap between the rounded cost and the bound
cannot be in a better plan, so SCIP need only look at the few options left: the core. Where even
the core is too large, its most promising options are searched, then neighbourhoods of competing
packages until the work is used up.

The result depends on the problem and the seed alone: time is deterministic work, one worker,
everything sorted (AL-15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimiser.allocation.costs import options_by_package
from optimiser.allocation.exact import solve_core
from optimiser.allocation.explain import Origin, explained_plan
from optimiser.allocation.model import NOT_PLACED, Ints, Model, build_model, components, part_of
from optimiser.allocation.neighbourhoods import Cancel, improved
from optimiser.allocation.plan import AllocationPlan, Status
from optimiser.allocation.problem import AllocationError, AllocationProblem
from optimiser.allocation.relaxation import Relaxation, polished, relax, rounded
from optimiser.allocation.room import Chosen

DEFAULT_SECONDS = 30.0

# Options in the first core searched, and the most that a last, proving core may have.
FIRST_CORE_OPTIONS = 1_500
LAST_CORE_OPTIONS = 2_500
NODES_PER_CORE = 500
# The simplex is exact to about a millionth of the largest cost; an option on the edge stays in.
REDUCED_COST_SLACK = 1.0


@dataclass(frozen=True)
class Progress:
    """How far the engine is: packages decided, the cost so far and the bound to it."""

    decided: int
    packages: int
    cost: int
    bound: int


ProgressListener = Callable[[Progress], None]


def solve(
    problem: AllocationProblem,
    *,
    seconds: float | None = None,
    seed: int = 1,
    progress: ProgressListener | None = None,
    cancel: Cancel | None = None,
) -> AllocationPlan:
    """Return the best plan found and the reasons for every outcome in it.

    `seconds` (default 30) limits deterministic work, about as many seconds of one core, so the
    same problem and seed give the same plan on a slow machine too. `progress` hears of every
    group finished; `cancel` is asked between steps, and a true answer ends with the best so far.
    """
    if seconds is None:
        seconds = DEFAULT_SECONDS
    if not seconds > 0:
        raise AllocationError(f"The time limit is {seconds} s; it must be above 0.")
    if not 0 <= seed < 2**31:
        raise AllocationError(f"The seed is {seed}; it must be from 0 to 2147483647.")
    options = options_by_package(problem)
    model = build_model(problem, options)
    search = _Search(
        model,
        seconds=seconds,
        seed=seed,
        progress=progress or _nobody_listens,
        cancel=cancel or _never_cancelled,
    )
    search.run()
    chosen: Chosen = {
        package.id: None
        if search.choice[place] == NOT_PLACED
        else int(model.award[search.choice[place]])
        for place, package in enumerate(problem.packages)
    }
    return explained_plan(
        problem,
        chosen,
        options=options,
        origin=Origin(
            seed=seed,
            status=search.status,
            cost=model.cost_of(search.choice),
            bound=search.bound,
        ),
    )


def _nobody_listens(progress: Progress) -> None:
    """Take a progress report to nowhere."""


def _never_cancelled() -> bool:
    return False


class _Search:
    """The state of one solve: the choice so far, the bound and the work left."""

    def __init__(
        self,
        model: Model,
        *,
        seconds: float,
        seed: int,
        progress: ProgressListener,
        cancel: Cancel,
    ) -> None:
        self.model = model
        self.choice: Ints = np.full(model.size, NOT_PLACED, dtype=np.int64)
        self.bound = 0
        self.proved = True
        self.cancelled = False
        self._seconds = seconds
        self._seed = seed
        self._progress = progress
        self._cancel = cancel

    @property
    def status(self) -> Status:
        """How the search ended."""
        if self.cancelled:
            return "cancelled"
        return "optimal" if self.proved else "feasible"

    def run(self) -> None:
        """Decide every group in turn, the small ones first so spare work is passed on."""
        groups = sorted(components(self.model), key=lambda members: (len(members), members[0]))
        undecided = self.model.size
        work_left = self._seconds
        for members in groups:
            share = work_left * len(members) / undecided
            spent = self._decide(members, work_seconds=share)
            work_left = max(0.0, work_left - spent)
            undecided -= len(members)
            self._report(decided=self.model.size - undecided)

    def _report(self, *, decided: int) -> None:
        self._progress(
            Progress(
                decided=decided,
                packages=self.model.size,
                cost=self.model.cost_of(self.choice),
                bound=self.bound,
            )
        )

    def _decide(self, members: Ints, *, work_seconds: float) -> float:
        part, original = part_of(self.model, members)
        relaxation = relax(part)
        choice = polished(part, rounded(part, relaxation))
        spent = 0.0
        proved = part.cost_of(choice) <= relaxation.bound
        if not proved:
            choice, proved, spent = self._search_cores(part, relaxation, choice, work_seconds)
        placed = choice != NOT_PLACED
        self.choice[members[placed]] = original[choice[placed]]
        self.bound += part.cost_of(choice) if proved else relaxation.bound
        self.proved = self.proved and proved
        return spent

    def _search_cores(
        self, part: Model, relaxation: Relaxation, choice: Ints, work_seconds: float
    ) -> tuple[Ints, bool, float]:
        """Search a first core, then neighbourhoods, then the core the smaller gap leaves."""
        if self._stopped():
            return choice, False, 0.0
        choice, proved, spent = self._search_core(part, relaxation, choice, FIRST_CORE_OPTIONS)
        if proved or self._stopped():
            return choice, proved, spent
        choice, more = improved(
            part,
            choice,
            work_seconds=work_seconds - spent,
            seed=self._seed,
            cancel=self._stopped,
        )
        choice = polished(part, choice)
        spent += more
        if self._stopped() or not _core(part, relaxation, choice, LAST_CORE_OPTIONS)[1]:
            return choice, part.cost_of(choice) <= relaxation.bound, spent
        choice, proved, more = self._search_core(part, relaxation, choice, LAST_CORE_OPTIONS)
        return choice, proved, spent + more

    def _search_core(
        self, part: Model, relaxation: Relaxation, choice: Ints, size: int
    ) -> tuple[Ints, bool, float]:
        core, whole = _core(part, relaxation, choice, size)
        found = solve_core(part, core, choice, nodes=NODES_PER_CORE, seed=self._seed)
        choice = polished(part, found.choice)
        proved = (found.proved and whole) or part.cost_of(choice) <= relaxation.bound
        return choice, proved, found.work_seconds

    def _stopped(self) -> bool:
        self.cancelled = self.cancelled or self._cancel()
        return self.cancelled


def _core(part: Model, relaxation: Relaxation, choice: Ints, size: int) -> tuple[np.ndarray, bool]:
    """Pick the options worth searching; say whether they are all that a better plan could use."""
    gap = part.cost_of(choice) - relaxation.bound
    useful = relaxation.reduced_cost <= gap + REDUCED_COST_SLACK
    whole = int(useful.sum()) <= size
    if not whole:
        cheapest = np.argsort(relaxation.reduced_cost, kind="stable")[:size]
        useful = np.zeros(len(useful), dtype=bool)
        useful[cheapest] = True
    useful[choice[choice != NOT_PLACED]] = True
    return useful, whole
