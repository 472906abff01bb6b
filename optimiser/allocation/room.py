"""How much room awards and providers have, before a plan and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from optimiser.allocation.problem import AllocationProblem, Award

# The award (its place in the problem's awards) of each package, None where not placed.
Chosen = Mapping[str, int | None]


class Room:
    """Minutes a week left to each award, and each lot's counts, once a plan is counted."""

    def __init__(self, problem: AllocationProblem, chosen: Chosen) -> None:
        self._problem = problem
        self._by_award: Counter[int] = Counter()
        self._by_provider: Counter[str] = Counter()
        self.placed_in_lot: Counter[str] = Counter()
        self.led_in_lot: Counter[str] = Counter()
        for package, award in chosen.items():
            if award is None:
                continue
            minutes = problem.package_by_id[package].weekly_minutes
            self._by_award[award] += minutes
            self._by_provider[problem.awards[award].provider] += minutes
            lot = problem.package_by_id[package].lot
            self.placed_in_lot[lot] += 1
            self.led_in_lot[lot] += problem.awards[award].tier == "lead"

    def left(self, index: int) -> int | None:
        """Minutes a week an award and its provider have left, the lesser; None: no limit."""
        award = self._problem.awards[index]
        provider = self._problem.provider_by_id[award.provider]
        limits = [
            free - taken
            for free, taken in (
                (award.free_minutes_per_week, self._by_award[index]),
                (provider.free_minutes_per_week, self._by_provider[award.provider]),
            )
            if free is not None
        ]
        return max(0, min(limits)) if limits else None

    def fits(self, index: int, minutes: int) -> bool:
        """Whether so many more minutes a week fit the award."""
        left = self.left(index)
        return left is None or left >= minutes


def free_of_capacity(problem: AllocationProblem, award: Award) -> tuple[int, int] | None:
    """Free and total minutes a week before the plan by the tighter limit, or None without one."""
    provider = problem.provider_by_id[award.provider]
    limits = [
        (free, capacity)
        for free, capacity in (
            (award.free_minutes_per_week, award.capacity_minutes_per_week),
            (provider.free_minutes_per_week, provider.capacity_minutes_per_week),
        )
        if free is not None and capacity is not None
    ]
    return min(limits) if limits else None
