"""The allocation as arrays: options of packages, and capacity rows that options draw from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimiser.allocation.costs import UNPLACED, Option
from optimiser.allocation.problem import AllocationProblem

Ints = npt.NDArray[np.int64]
NO_ROW = -1
NOT_PLACED = -1


@dataclass(frozen=True, eq=False)
class Model:
    """Packages 0..n-1 with `minutes`; options by package, cheapest first.

    Option o places package `package[o]` at `cost[o]` and draws its minutes from the capacity rows
    `rows[o]` (award's, provider's; -1 where there is no limit or the limit cannot bind). Options
    `starts[p]` to `starts[p + 1]` are those of package p.
    """

    minutes: Ints
    package: Ints
    award: Ints
    cost: Ints
    rows: Ints
    capacity: Ints
    starts: Ints

    @property
    def size(self) -> int:
        """How many packages there are."""
        return len(self.minutes)

    def cost_of(self, choice: Ints) -> int:
        """The total cost of a choice of one option (or -1, not placed) a package."""
        placed = choice[choice >= 0]
        return int(self.cost[placed].sum()) + UNPLACED * int((choice < 0).sum())

    def room_after(self, choice: Ints) -> Ints:
        """The minutes left in every capacity row under a choice."""
        room = self.capacity.copy()
        placed = choice[choice != NOT_PLACED]
        for side in (0, 1):
            rows = self.rows[placed, side]
            drawn = rows != NO_ROW
            np.subtract.at(room, rows[drawn], self.minutes[self.package[placed[drawn]]])
        return room


def build_model(problem: AllocationProblem, options: Mapping[str, Sequence[Option]]) -> Model:
    """Turn the problem's options into arrays, leaving out capacity rows that can never bind."""
    flat = [
        (place, option)
        for place, package in enumerate(problem.packages)
        for option in options[package.id]
    ]
    minutes = np.array([package.weekly_minutes for package in problem.packages], dtype=np.int64)
    package = np.array([place for place, _ in flat], dtype=np.int64)
    award = np.array([option.award for _, option in flat], dtype=np.int64)
    capacity, rows_of_award = _capacity_rows(problem)
    rows = rows_of_award[award].reshape(-1, 2)
    rows = _without_slack_rows(rows, package, minutes, capacity)
    return Model(
        minutes=minutes,
        package=package,
        award=award,
        cost=np.array([option.cost for _, option in flat], dtype=np.int64),
        rows=rows,
        capacity=_in_usable_steps(rows, package, minutes, capacity),
        starts=np.searchsorted(package, np.arange(len(minutes) + 1)).astype(np.int64),
    )


def _capacity_rows(problem: AllocationProblem) -> tuple[Ints, Ints]:
    """Free minutes of every limit, and for each award the rows of itself and of its provider."""
    capacity: list[int] = []
    row_of_provider: dict[str, int] = {}
    for provider in problem.providers:
        free = provider.free_minutes_per_week
        row_of_provider[provider.id] = NO_ROW if free is None else len(capacity)
        if free is not None:
            capacity.append(free)
    rows = np.full((max(1, len(problem.awards)), 2), NO_ROW, dtype=np.int64)
    for index, award in enumerate(problem.awards):
        rows[index, 1] = row_of_provider[award.provider]
        free = award.free_minutes_per_week
        if free is not None:
            rows[index, 0] = len(capacity)
            capacity.append(free)
    return np.array(capacity, dtype=np.int64), rows


def _without_slack_rows(rows: Ints, package: Ints, minutes: Ints, capacity: Ints) -> Ints:
    """Drop rows with room for everything that could draw on them: they only tie lots together."""
    if not len(capacity):
        return rows
    wanted = np.zeros(len(capacity), dtype=np.int64)
    for side in (0, 1):
        drawn = rows[:, side] != NO_ROW
        pairs = np.unique(np.column_stack((rows[drawn, side], package[drawn])), axis=0)
        np.add.at(wanted, pairs[:, 0], minutes[pairs[:, 1]])
    slack = np.append(wanted <= capacity, False)
    return np.where(slack[rows], NO_ROW, rows)


def _in_usable_steps(rows: Ints, package: Ints, minutes: Ints, capacity: Ints) -> Ints:
    """Round each limit down to the step its packages come in: the rest can never be used.

    Packages come in quarter hours or whole visits, so this loses nothing and sharpens the bound.
    """
    step = np.zeros(len(capacity), dtype=np.int64)
    for side in (0, 1):
        drawn = rows[:, side] != NO_ROW
        np.gcd.at(step, rows[drawn, side], minutes[package[drawn]])
    return capacity - capacity % np.maximum(step, 1)


def components(model: Model) -> Iterator[Ints]:
    """Yield groups of packages that compete for no common capacity, each in ascending order."""
    nodes = model.size + len(model.capacity)
    drawn = model.rows != NO_ROW
    package = np.repeat(model.package[:, None], 2, axis=1)[drawn]
    row = model.rows[drawn] + model.size
    graph = coo_matrix((np.ones(len(row)), (package, row)), shape=(nodes, nodes))
    count, group = connected_components(graph, directed=False)
    of_package = group[: model.size]
    for label in range(count):
        members = np.flatnonzero(of_package == label)
        if len(members):
            yield members


def part_of(model: Model, members: Ints) -> tuple[Model, Ints]:
    """Return the model of some packages only, and for each of its options the original one."""
    kept = np.concatenate(
        [np.arange(model.starts[p], model.starts[p + 1]) for p in members]
    ).astype(np.int64)
    rows = model.rows[kept]
    used, renumbered = np.unique(rows, return_inverse=True)
    # Row -1 (no limit) sorts first and must stay -1.
    shift = 1 if len(used) and used[0] == NO_ROW else 0
    counts = np.diff(model.starts)[members]
    part = Model(
        minutes=model.minutes[members],
        package=np.repeat(np.arange(len(members)), counts),
        award=model.award[kept],
        cost=model.cost[kept],
        rows=renumbered.reshape(rows.shape) - shift,
        capacity=model.capacity[used[shift:]] if len(model.capacity) else model.capacity,
        starts=np.concatenate(([0], np.cumsum(counts))),
    )
    return part, kept
