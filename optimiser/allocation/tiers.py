"""The cascade of a lot: lead first, then additional providers, then the DPS (AL-01, AL-02)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from optimiser.allocation.problem import TIERS, Award, Tier, award_order


def tiers_in_order(
    awards: Iterable[Award], on: datetime.date
) -> tuple[tuple[Tier, tuple[Award, ...]], ...]:
    """Return the tiers of one lot that hold an award in force on the day, each in rank order."""
    in_force = sorted((award for award in awards if award.in_force(on)), key=award_order)
    tiers = ((tier, tuple(award for award in in_force if award.tier == tier)) for tier in TIERS)
    return tuple((tier, members) for tier, members in tiers if members)


def first_tier(awards: Iterable[Award], on: datetime.date) -> Tier | None:
    """Return the tier at which the cascade of one lot starts on the day; None without any award.

    A lot without a lead starts at its additional providers (PR-07, AL-02).
    """
    tiers = tiers_in_order(awards, on)
    return tiers[0][0] if tiers else None
