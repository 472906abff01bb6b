"""Proposes which provider takes which care package, tier by tier, and says why."""

from optimiser.allocation.check import verify
from optimiser.allocation.engine import solve
from optimiser.allocation.explain import explain
from optimiser.allocation.plan import AllocationPlan, Proposal, Unplaced
from optimiser.allocation.problem import (
    AllocationError,
    AllocationProblem,
    Award,
    Package,
    Provider,
    Weights,
)
from optimiser.allocation.tiers import first_tier, tiers_in_order

__all__ = [
    "AllocationError",
    "AllocationPlan",
    "AllocationProblem",
    "Award",
    "Package",
    "Proposal",
    "Provider",
    "Unplaced",
    "Weights",
    "explain",
    "first_tier",
    "solve",
    "tiers_in_order",
    "verify",
]
