"""Tiers, lots and who may be offered work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum, StrEnum


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
    """A lot as the rules see it: pathways and zones it covers, since when, and its own id."""

    code: str
    name: str
    pathways: frozenset[str]
    zones: frozenset[str]
    framework_from: date = date.min
    key: int = 0

    def covers(self, *, pathway: str, zone: str) -> bool:
        """Return whether work of a pathway in a zone belongs to it."""
        return pathway in self.pathways and zone in self.zones


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
    """Return the lot of a pathway in a zone (ZN-03: a D person in zone B is in Complex A & B).

    Where two frameworks in force cover it, new work goes to the one that began last (PR-08).
    """
    found = [lot for lot in lots if lot.covers(pathway=pathway, zone=zone)]
    return min(found, key=_newest_first) if found else None


def _newest_first(lot: LotTerms) -> tuple[int, int, str]:
    return -lot.framework_from.toordinal(), -lot.key, lot.code


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


def lead_refusals(*, lot: str, awards: Iterable[AwardTerms]) -> list[str]:
    """Return who would lead a lot at once, and from when; none where it has one lead at a time."""
    leads = sorted(
        (award for award in awards if award.tier == Tier.LEAD), key=lambda award: award.starts_on
    )
    found = []
    for place, earlier in enumerate(leads):
        for later in leads[place + 1 :]:
            if later.provider != earlier.provider and earlier.in_force(later.starts_on):
                found.append(
                    f"{lot} would have two leads from {later.starts_on:%d/%m/%Y}: "
                    f"{earlier.provider} and {later.provider}. End the place of one before that "
                    "day, or give one another tier."
                )
    return found


def standstill_over(*, standstill_ends_on: date | None, on: date) -> bool:
    """Return whether an award may be made: only after the last day of the standstill (PR-04)."""
    return standstill_ends_on is None or on > standstill_ends_on


@dataclass(frozen=True)
class Term:
    """How long a framework runs, half-open: the first days no longer covered."""

    ends_on: date
    latest_end_on: date


def framework_term(*, starts_on: date, years: int, extension_years: int) -> Term:
    """Return the ends of a framework of some years with an extension (PR-06)."""
    return Term(_years_on(starts_on, years), _years_on(starts_on, years + extension_years))


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February: the year then has its last day on the 28th
        return date(day.year + years, 3, 1)


def last_day(first_day_after: date | None) -> date | None:
    """Return the last day of a half-open period, as people say it; None for no end."""
    return None if first_day_after is None else first_day_after - timedelta(days=1)


def early_end_refusal(*, name: str, ends_on: date, on: date, has_break_clause: bool) -> str | None:
    """Return why a framework cannot end on a day before its own, None when it can (PR-09)."""
    if on >= ends_on:
        return f"{name} ends on {last_day(ends_on):%d/%m/%Y} anyway; to run longer, extend it."
    if has_break_clause:
        return None
    return (
        f"{name} has no break clause: it runs to {last_day(ends_on):%d/%m/%Y}. "
        "Its packages can be ended: end the packages instead."
    )


def extension_refusal(
    *, name: str, ends_on: date, latest_end_on: date | None, to: date
) -> str | None:
    """Return why a framework cannot be extended to end on a day, None when it can (PR-06)."""
    if to <= ends_on:
        return f"{name} already runs to {last_day(ends_on):%d/%m/%Y}."
    if latest_end_on is None:
        return f"{name} may not be extended: no longest extension was agreed."
    if to > latest_end_on:
        return (
            f"{name} may be extended to {last_day(latest_end_on):%d/%m/%Y} at the latest: "
            "anything longer is a new framework."
        )
    return None


def standstill_refusal(*, name: str, standstill_ends_on: date | None, on: date) -> str | None:
    """Return why no place may be given on a day, None when it may (PR-04)."""
    if standstill_over(standstill_ends_on=standstill_ends_on, on=on):
        return None
    return (
        f"{name} is in standstill to {standstill_ends_on:%d/%m/%Y}: "
        f"award from {standstill_ends_on + timedelta(days=1):%d/%m/%Y}."  # type: ignore[operator]
    )


class LeadPromise(StrEnum):
    """What share of a lot's new referrals its lead was promised."""

    NONE = ""
    MAJORITY = "majority"
    PERCENT = "percent"


@dataclass(frozen=True)
class LeadShare:
    """The lead's share of a lot's new referrals against what was promised (AL-04)."""

    to_lead: int
    referrals: int
    promise: LeadPromise
    promised_percent: Decimal | None = None

    @property
    def percent(self) -> Decimal | None:
        """The share in percent, half-up to two decimals; None without a referral."""
        if not self.referrals:
            return None
        share = Decimal(100) * self.to_lead / self.referrals
        return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept, told from the counts; None where there is none to keep."""
        if not self.referrals or self.promise == LeadPromise.NONE:
            return None
        if self.promise == LeadPromise.MAJORITY:
            return 2 * self.to_lead > self.referrals
        return 100 * self.to_lead >= (self.promised_percent or 0) * self.referrals

    @property
    def words(self) -> str:
        """The share in a sentence."""
        if not self.referrals:
            return (
                f"No new referral; promised: {promise_words(self.promise, self.promised_percent)}."
            )
        told = f"{self.to_lead} of {self.referrals} new referrals to the lead: {self.percent} %"
        if self.kept is None:
            return f"{told}; no share promised."
        promised = promise_words(self.promise, self.promised_percent)
        return f"{told}; promised {promised}: {'kept' if self.kept else 'not kept'}."


def promise_words(promise: str, percent: Decimal | None) -> str:
    """Return a lead's promise as people read it."""
    if promise == LeadPromise.MAJORITY:
        return "a majority (more than 50 %)"
    if promise == LeadPromise.PERCENT:
        return f"at least {percent:f} %"
    return "no share"
