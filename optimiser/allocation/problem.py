"""What the allocation of care packages to providers is given: packages, awards, providers, weights.

All dataclasses are frozen and check themselves; `AllocationProblem` also puts everything in a
fixed order, so that no result can depend on the order in which it was handed over (AL-15).
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Literal, get_args

from optimiser.travel.points import Point

Tier = Literal["lead", "additional", "dps"]
# In the order of the cascade: the lead has the first call, then additional providers, then the
# dynamic purchasing system (Nottinghamshire's home based care tender).
TIERS: tuple[Tier, ...] = get_args(Tier)

MINUTES_IN_A_WEEK = 7 * 24 * 60
QUALITY_RANGE = (0.0, 100.0)


class AllocationError(ValueError):
    """The allocation problem or plan is not usable; the text names the thing and the way out."""


@dataclass(frozen=True)
class Package:
    """A care package that needs a provider.

    `weekly_minutes` are carer-minutes a week (a double-up minute counts twice). `lead_only` marks
    a nominated Housing-with-Care resident, whom only the lead serves (AL-05). A package without a
    position counts as neither near nor far. `current_provider` serves the person now;
    `earlier_providers` did so before.
    """

    id: str
    lot: str
    weekly_minutes: int
    starts_on: datetime.date
    pathway: str | None = None
    two_carers: bool = False
    skills: frozenset[str] = frozenset()
    position: Point | None = None
    lead_only: bool = False
    excluded_providers: frozenset[str] = frozenset()
    current_provider: str | None = None
    earlier_providers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        # Two carers all week long is the most that one package can be.
        if not 0 < self.weekly_minutes <= 2 * MINUTES_IN_A_WEEK:
            raise AllocationError(
                f"Package {self.id} needs {self.weekly_minutes} minutes a week; it must be between "
                f"1 and {2 * MINUTES_IN_A_WEEK} (two carers around the clock)."
            )


@dataclass(frozen=True)
class Award:
    """A provider's place in a lot, `[starts_on, ends_on)`; rank 1 comes first within its tier.

    `capacity_minutes_per_week` is what the award allows in all (None: no limit) and
    `used_minutes_per_week` what packages outside this batch already take of it. `recent_awards`
    are the packages it was given under this award lately: among equals the work is shared.
    """

    provider: str
    lot: str
    tier: Tier
    starts_on: datetime.date
    ends_on: datetime.date | None = None
    rank: int = 1
    capacity_minutes_per_week: int | None = None
    used_minutes_per_week: int = 0
    recent_awards: int = 0

    def __post_init__(self) -> None:
        if self.recent_awards < 0:
            raise AllocationError(
                f"The award of {self.lot} to {self.provider} has {self.recent_awards} recent "
                "awards; there cannot be fewer than 0."
            )
        if self.tier not in TIERS:
            raise AllocationError(
                f"The award of {self.lot} to {self.provider} has tier “{self.tier}”; "
                f"use one of {', '.join(TIERS)}."
            )
        if self.rank < 1:
            raise AllocationError(
                f"The award of {self.lot} to {self.provider} has rank {self.rank}; 1 is first."
            )
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise AllocationError(
                f"The award of {self.lot} to {self.provider} ends on {self.ends_on}, not after its "
                f"start on {self.starts_on}."
            )
        _refuse_bad_capacity(
            f"The award of {self.lot} to {self.provider}",
            self.capacity_minutes_per_week,
            self.used_minutes_per_week,
        )

    @property
    def free_minutes_per_week(self) -> int | None:
        """Minutes a week the award still allows before this batch, or None without limit."""
        return _free(self.capacity_minutes_per_week, self.used_minutes_per_week)

    def in_force(self, on: datetime.date) -> bool:
        """Whether the award is in force on the day."""
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


@dataclass(frozen=True)
class Provider:
    """A provider: skills, weekly capacity over all lots, quality, and where it already serves."""

    id: str
    name: str
    skills: frozenset[str] = frozenset()
    capacity_minutes_per_week: int | None = None
    used_minutes_per_week: int = 0
    quality: float | None = None
    places: tuple[Point, ...] = ()
    suspended: bool = False

    def __post_init__(self) -> None:
        low, high = QUALITY_RANGE
        if self.quality is not None and not low <= self.quality <= high:
            raise AllocationError(
                f"Provider {self.id} has quality {self.quality}; it must be {low:g} to {high:g}."
            )
        _refuse_bad_capacity(
            f"Provider {self.id}", self.capacity_minutes_per_week, self.used_minutes_per_week
        )

    @property
    def free_minutes_per_week(self) -> int | None:
        """Minutes a week the provider still has before this batch, or None without limit."""
        return _free(self.capacity_minutes_per_week, self.used_minutes_per_week)


@dataclass(frozen=True)
class Weights:
    """What one place, kilometre or quality point is worth, in points; fewer points are better.

    They decide only within a tier: the cascade itself is a rule and has no weight. Whatever the
    weights, a package's points stop at `most_points`.
    """

    # For each place of rank below the first of the tier.
    rank_points_per_place: float = 40.0
    # For each kilometre from the package to the nearest person the provider already serves.
    distance_points_per_km: float = 20.0
    # Kilometres beyond which a package is simply far, and what counts where nobody is served yet
    # or the package has no position.
    distance_cap_km: float = 20.0
    distance_when_unknown_km: float = 6.0
    # For each of so many people not served within so many kilometres: a round is shorter where
    # a provider already goes from door to door.
    density_points_per_person: float = 4.0
    density_most_people: int = 10
    density_within_km: float = 2.0
    # For each quality point below 100, and the quality assumed where none is assessed.
    quality_points_per_point: float = 2.0
    quality_when_unknown: float = 60.0
    # For moving the person away from the provider that serves them now.
    change_of_provider_points: float = 150.0
    # For somebody new to a person whom another of the council's providers served before.
    new_to_person_points: float = 60.0
    # For each recent award more than the equal with fewest had, and the most that counts.
    fairness_points_per_award: float = 6.0
    fairness_most_points: float = 120.0
    # The most one package can count, so that a tier always outweighs preferences.
    most_points: int = 1_000

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (math.isfinite(value) and value >= 0):
                raise AllocationError(f"The weight {each.name} is {value}; it must be 0 or more.")
        if not 1 <= self.most_points <= 1_000:
            raise AllocationError(
                f"The weight most_points is {self.most_points}; it must be 1 to 1000."
            )


@dataclass(frozen=True)
class Promise:
    """What share of a lot's new referrals its lead was promised, and how it stands before the plan.

    `promised_percent` None means a majority: more than half (AL-04). `since` is the day from which
    referrals are counted.
    """

    lot: str
    to_lead: int
    referrals: int
    since: datetime.date
    promised_percent: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.to_lead <= self.referrals:
            raise AllocationError(
                f"The promise of {self.lot} counts {self.to_lead} of {self.referrals} new "
                "referrals to the lead; that cannot be."
            )
        if self.promised_percent is not None and not 0 <= self.promised_percent <= 100:
            raise AllocationError(
                f"The promise of {self.lot} is {self.promised_percent} %; it must be 0 to 100."
            )

    def kept(self, *, to_lead: int, referrals: int) -> bool | None:
        """Whether the promise is kept once so many more are given; None without a referral."""
        led, all_ = self.to_lead + to_lead, self.referrals + referrals
        if not all_:
            return None
        if self.promised_percent is None:
            return 2 * led > all_
        return 100 * led >= self.promised_percent * all_

    @property
    def words(self) -> str:
        """What was promised, as people say it."""
        if self.promised_percent is None:
            return "more than half"
        return f"at least {self.promised_percent:g} %"


@dataclass(frozen=True)
class AllocationProblem:
    """Packages to place, the awards and providers there are, and the weights of preference.

    `lots` gives the names of lots for reading (a lot left out goes by its code). Raises
    `AllocationError` for doubled ids, an award to an unknown provider or an unknown lot's name.
    """

    packages: tuple[Package, ...]
    awards: tuple[Award, ...]
    providers: tuple[Provider, ...]
    lots: Mapping[str, str] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    promises: tuple[Promise, ...] = ()

    def __post_init__(self) -> None:
        _refuse_doubles("The promise of lot", (promise.lot for promise in self.promises))
        _refuse_doubles("Package", (package.id for package in self.packages))
        _refuse_doubles("Provider", (provider.id for provider in self.providers))
        # One provider may hold one place a tier in a lot and period.
        _refuse_doubles(
            "Award",
            (f"{a.lot} to {a.provider} as {a.tier} from {a.starts_on}" for a in self.awards),
        )
        known = {provider.id for provider in self.providers}
        for award in self.awards:
            if award.provider not in known:
                raise AllocationError(
                    f"The award of {award.lot} names provider {award.provider}, which is not among "
                    "the providers; add it or remove the award."
                )
        put = object.__setattr__
        put(self, "packages", tuple(sorted(self.packages, key=lambda package: package.id)))
        put(self, "awards", tuple(sorted(self.awards, key=award_order)))
        put(self, "providers", tuple(sorted(self.providers, key=lambda provider: provider.id)))
        put(self, "promises", tuple(sorted(self.promises, key=lambda promise: promise.lot)))

    @cached_property
    def provider_by_id(self) -> Mapping[str, Provider]:
        """The providers by id."""
        return {provider.id: provider for provider in self.providers}

    @cached_property
    def package_by_id(self) -> Mapping[str, Package]:
        """The packages by id."""
        return {package.id: package for package in self.packages}

    @cached_property
    def place_of_package(self) -> Mapping[str, int]:
        """Each package's place in `packages`."""
        return {package.id: place for place, package in enumerate(self.packages)}

    @cached_property
    def promise_of_lot(self) -> Mapping[str, Promise]:
        """The promises by lot."""
        return {promise.lot: promise for promise in self.promises}

    @cached_property
    def fewest_recent_awards(self) -> Mapping[tuple[str, Tier], int]:
        """By lot and tier, the recent awards of the provider that had fewest."""
        found: dict[tuple[str, Tier], int] = {}
        for award in self.awards:
            equals = award.lot, award.tier
            found[equals] = min(award.recent_awards, found.get(equals, award.recent_awards))
        return found

    def lot_name(self, lot: str) -> str:
        """The lot's name for reading, or its code where it has none."""
        return self.lots.get(lot, lot)


def award_order(award: Award) -> tuple[str, int, int, str, datetime.date]:
    """Sort key: by lot, then as the cascade runs (tier, rank), then by provider."""
    return (award.lot, TIERS.index(award.tier), award.rank, award.provider, award.starts_on)


def _free(capacity: int | None, used: int) -> int | None:
    return None if capacity is None else max(0, capacity - used)


def _refuse_bad_capacity(subject: str, capacity: int | None, used: int) -> None:
    if used < 0 or (capacity is not None and capacity < 0):
        raise AllocationError(
            f"{subject} has a capacity of {capacity} and {used} minutes a week used; neither may "
            "be below 0 (leave the capacity null for no limit)."
        )


def _refuse_doubles(kind: str, names: Iterable[str]) -> None:
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise AllocationError(f"{kind} {doubled[0]} is given twice; each may appear once.")
