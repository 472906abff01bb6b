"""What an allocation is: proposals with their reasons, packages left over, and totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optimiser.allocation.problem import Tier

# “optimal”: proved best; “feasible”: every rule kept, not proved best; “cancelled”: stopped by
# its user, every rule kept.
Status = Literal["optimal", "feasible", "cancelled"]


@dataclass(frozen=True)
class RunnerUp:
    """The provider that would have been proposed next, and what keeps it second."""

    provider: str
    tier: Tier
    text: str


@dataclass(frozen=True)
class Proposal:
    """A package proposed for a provider under one award, with the three factors that told most."""

    package: str
    provider: str
    tier: Tier
    rank: int
    factors: tuple[str, ...] = ()
    runner_up: RunnerUp | None = None
    would_have_changed: str = ""


@dataclass(frozen=True)
class Unplaced:
    """A package no provider can take: the binding reasons, and the smallest way out first."""

    package: str
    reasons: tuple[str, ...] = ()
    relaxations: tuple[str, ...] = ()


@dataclass(frozen=True)
class LotShare:
    """How a lot's proposals fall: the lead is meant to have the majority of new referrals (AL-04).

    `majority` is None in a lot that had no lead in force for any of its packages. `kept` says
    whether the lead's promise is kept with the referrals counted before, None where there is none.
    """

    lot: str
    packages: int
    proposed: int
    to_lead: int
    majority: bool | None
    kept: bool | None = None


@dataclass(frozen=True)
class Totals:
    """Counts of the plan; `points` is the sum of preference points, fewer are better."""

    packages: int
    proposed: int
    unplaced: int
    lead: int
    additional: int
    dps: int
    weekly_minutes_proposed: int
    weekly_minutes_unplaced: int
    points: int


@dataclass(frozen=True)
class AllocationPlan:
    """The outcome for every package of a problem, ready to be shown to a broker.

    `cost` is what the engine minimised and `bound` a proved lower limit to it.
    """

    proposals: tuple[Proposal, ...]
    unplaced: tuple[Unplaced, ...]
    lots: tuple[LotShare, ...]
    totals: Totals
    seed: int
    status: Status
    cost: int
    bound: int
