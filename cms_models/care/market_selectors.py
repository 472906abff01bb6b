"""What became of a lot's work: the lead's share of new referrals, the move to new providers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.care.models import Award, AwardSource, CarePackage, PackageStatus
from cms_models.market.domain import LeadPromise, LeadShare, LotTerms, Tier, lot_for
from cms_models.market.models import Framework, Lot, LotAward, Provider
from cms_models.market.selectors import awards_of

RUNNING = (PackageStatus.ACTIVE, PackageStatus.SUSPENDED)


def lead_share(lot: Lot, *, first: date, until: date) -> LeadShare:
    """Return the lead's share of a lot's new referrals on `[first, until)` (AL-04)."""
    return lead_shares([lot], first=first, until=until)[lot.pk]


def lead_shares(lots: Sequence[Lot], *, first: date, until: date) -> dict[int, LeadShare]:
    """Return each lot's lead share on `[first, until)`, in two queries."""
    return lead_shares_of(lots, referrals_of(lots, first=first, until=until))


def lead_shares_of(lots: Sequence[Lot], referrals: Iterable["Referral"]) -> dict[int, LeadShare]:
    """Return each lot's lead share of some new referrals."""
    counts = {lot.pk: [0, 0] for lot in lots}
    for one in referrals:
        counts[one.lot_id][1] += 1
        counts[one.lot_id][0] += one.to_lead
    return {
        lot.pk: LeadShare(
            counts[lot.pk][0],
            counts[lot.pk][1],
            LeadPromise(lot.lead_promise),
            lot.lead_promise_percent,
        )
        for lot in lots
    }


@dataclass(frozen=True)
class Referral:
    """A new referral of a lot: an award by its day, and whether it went to the lead of that day."""

    lot_id: int
    package_id: int
    package_ref: str
    provider_name: str
    day: date
    to_lead: bool


def referrals_of(lots: Sequence[Lot], *, first: date, until: date) -> list[Referral]:
    """Return the new referrals of some lots on `[first, until)`, in two queries.

    A new referral is an award by its day: the day it was decided here, the first day of care where
    the case system stated it. It counts for the lead that held its place on that day.
    """
    leads = [place for place in awards_of(list(lots)) if place.tier == Tier.LEAD]
    found = []
    for row in _awards_in(lots):
        stated = row["source"] == AwardSource.IMPORTED
        day = row["starts_on"] if stated else timezone.localtime(row["decided_at"]).date()
        if not first <= day < until:
            continue
        to_lead = any(
            place.lot_id == row["lot_id"]
            and place.provider_id == row["provider_id"]
            and place.terms.in_force(day)
            for place in leads
        )
        found.append(
            Referral(
                row["lot_id"],
                row["package_id"],
                row["package__package_ref"],
                row["provider__name"],
                day,
                to_lead,
            )
        )
    return found


def _awards_in(lots: Sequence[Lot]) -> Iterable[dict[str, Any]]:
    """Return every award in some lots as the counting needs it."""
    rows = Award.objects.filter(lot__in=lots).values(
        *("lot_id", "package_id", "package__package_ref", "provider_id", "provider__name"),
        *("source", "starts_on", "decided_at"),
    )
    return rows.iterator()


@dataclass(frozen=True)
class Move:
    """A running package that a framework's lot covers, and whether its provider has a place there.

    `placed` is whether the provider that delivers it holds a place in the lot.
    """

    package: CarePackage
    provider: Provider
    lot: Lot
    placed: bool


@dataclass(frozen=True)
class MoveCount:
    """Packages of one provider in one new lot: those to move, and those already in place."""

    provider: Provider
    lot: Lot
    packages: int
    placed: int
    weekly_minutes: int
    minutes_to_move: int

    @property
    def to_move(self) -> int:
        """The packages whose provider has no place in the lot."""
        return self.packages - self.placed

    @property
    def placed_percent(self) -> Decimal:
        """The share that is with a provider of the lot, in percent."""
        return (Decimal(100) * self.placed / self.packages).quantize(Decimal("0.1"))


def moves_of(user: User, framework: Framework, *, on: date) -> list[Move]:
    """Return the running packages in a framework's lots on a day, with who delivers them (PR-08).

    The lot is found by pathway and zone, so a draft can be looked at before it is in force.
    """
    lots = {lot.pk: lot for lot in framework.lots.select_related("framework")}
    terms = [lot.terms for lot in lots.values()]
    held = _places_held(framework, on=on)
    packages = (
        CarePackage.objects.visible_to(user)
        .filter(status__in=RUNNING, awards__current=True)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .select_related("zone", "lot__framework")
        .defer("zone__boundary", "price_lines")
    )
    providers = _current_providers(user.authority)
    found = []
    for package in packages:
        lot = _lot_of(package, terms)
        provider = providers.get(package.pk)
        if lot is not None and provider is not None:
            placed = (lot.key, provider.pk) in held
            found.append(Move(package, provider, lots[lot.key], placed))
    return found


def _lot_of(package: CarePackage, terms: Sequence[LotTerms]) -> LotTerms | None:
    if package.zone is None:
        return None
    return lot_for(terms, pathway=package.pathway, zone=package.zone.code)


def _places_held(framework: Framework, *, on: date) -> set[tuple[int, int]]:
    """Return (lot, provider) of the places in force on a day, or on the first day if later."""
    day = max(on, framework.starts_on)
    places = LotAward.objects.filter(lot__framework=framework, starts_on__lte=day)
    places = places.filter(Q(ends_on=None) | Q(ends_on__gt=day))
    return set(places.values_list("lot_id", "provider_id"))


def _current_providers(authority: Authority | None) -> dict[int, Provider]:
    current = Award.objects.filter(authority=authority, current=True).select_related("provider")
    return {award.package_id: award.provider for award in current}


def move_counts(moves: Iterable[Move]) -> list[MoveCount]:
    """Return moves counted by lot and provider, in that order."""
    groups: dict[tuple[str, str, int], list[Move]] = {}
    for move in moves:
        key = (move.lot.code, move.provider.name, move.provider.pk)
        groups.setdefault(key, []).append(move)
    return [
        MoveCount(
            group[0].provider,
            group[0].lot,
            len(group),
            sum(move.placed for move in group),
            sum(move.package.weekly_minutes for move in group),
            sum(move.package.weekly_minutes for move in group if not move.placed),
        )
        for _, group in sorted(groups.items(), key=lambda item: item[0])
    ]
