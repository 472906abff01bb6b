"""Tiers, lots and who may be offered work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Tier(IntEnum):
    """The order in which a lot's providers are offered work."""

    LEAD = 1
    ADDITIONAL = 2
    DPS = 3

    @property
    def words(self) -> str:
        """The tier as people read it."""
        return {Tier.LEAD: "lead", Tier.ADDITIONAL: "additional", Tier.DPS: "DPS"}[self]


TIER_CODES = {"lead": Tier.LEAD, "additional": Tier.ADDITIONAL, "dps": Tier.DPS}


@dataclass(frozen=True)
class LotTerms:
    """A lot as the rules see it: pathways and zones it covers."""

    code: str
    name: str
    pathways: frozenset[str]
    zones: frozenset[str]


@dataclass(frozen=True)
class AwardTerms:
    """A provider's place in a lot, in force on `[starts_on, ends_on)`."""

    provider: str
    tier: Tier
    rank: int
    starts_on: date
    ends_on: date | None

    def in_force(self, on: date) -> bool:
        """Return whether the place holds on a day."""
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


def lot_for(lots: Iterable[LotTerms], *, pathway: str, zone: str) -> LotTerms | None:
    """Return the lot of a pathway in a zone (ZN-03: a D person in zone B is in Complex A & B)."""
    found = [lot for lot in lots if pathway in lot.pathways and zone in lot.zones]
    return min(found, key=lambda lot: lot.code) if found else None


def tiers_in_order(awards: Iterable[AwardTerms], *, on: date) -> list[Tier]:
    """Return the tiers that have a provider on a day, first offer first (AL-02, PR-07)."""
    return sorted({award.tier for award in awards if award.in_force(on)})


def cascade_words(awards: Sequence[AwardTerms], *, on: date) -> str:
    """Return how a lot offers work: where there is no lead it says so and where offers begin."""
    tiers = tiers_in_order(awards, on=on)
    if not tiers:
        return "no provider: work cannot be offered"
    if tiers[0] == Tier.LEAD:
        return "starts at lead"
    return f"no lead: starts at {tiers[0].words}"


def standstill_over(*, standstill_ends_on: date | None, on: date) -> bool:
    """Return whether an award may be made: only after the last day of the standstill (PR-04)."""
    return standstill_ends_on is None or on > standstill_ends_on
