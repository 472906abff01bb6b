"""Numbers and names as a broker reads them."""

from __future__ import annotations

from collections.abc import Sequence

from optimiser.allocation.problem import AllocationProblem, Award, Tier
from optimiser.travel.crowfly import METRES_PER_MILE

TIER_WORDS: dict[Tier, str] = {
    "lead": "lead provider",
    "additional": "additional provider",
    "dps": "DPS provider",
}


def hours(minutes: int) -> str:
    """Minutes as hours and minutes: 270 is “4 h 30”."""
    return f"{minutes // 60} h {minutes % 60:02d}"


def miles(metres: float) -> str:
    """Metres as miles to one decimal: 644 is “0.4”."""
    return f"{metres / METRES_PER_MILE:.1f}"


def listed(names: Sequence[str]) -> str:
    """Names as a list: “A, B and C”."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def provider_name(problem: AllocationProblem, award: Award) -> str:
    """The name of the provider holding the award."""
    return problem.provider_by_id[award.provider].name


def with_tier(problem: AllocationProblem, award: Award) -> str:
    """The provider's name and tier: “Alpha Care (lead provider)”."""
    return f"{provider_name(problem, award)} ({TIER_WORDS[award.tier]})"
