"""Reading brokerage: what a package asks for, how it was released, which offers stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.brokerage.domain import OfferScore, Standing, agreed_week_pence, score_of
from cms_models.brokerage.models import (
    Invitation,
    Offer,
    OfferQuestion,
    OfferState,
    Release,
    ReleaseState,
    ReleaseStep,
    Requirement,
    Route,
)
from cms_models.care.models import CarePackage, Setting
from cms_models.fields.selectors import rule_values
from cms_models.market.domain import Tier

# What a release goes by; what it says on the day is kept with it.
RULES_KEPT = ("brokerage.", "care.", "market.", "rates.")


def requirement_of(package: CarePackage) -> Requirement:
    """Return what a package asks for; an empty one, not saved, where nothing is stated yet."""
    row = Requirement.objects.filter(package=package).first()
    return row or Requirement(authority_id=package.authority_id, package=package)


def open_release(package: CarePackage) -> Release | None:
    """Return the release a package is open by, if any."""
    return Release.objects.filter(package=package, state=ReleaseState.OPEN).first()


def release_history(package: CarePackage, *, user: User) -> list[Release]:
    """Return a package's releases with steps, invitations and offers, the newest first."""
    invitations = Invitation.objects.select_related("provider", "step").prefetch_related("offers")
    return list(
        Release.objects.visible_to(user)
        .filter(package=package)
        .select_related("released_by")
        .prefetch_related("steps", Prefetch("invitations", invitations), "questions__provider")
    )


def rules_kept(authority: Authority, *, on: date) -> dict[str, Any]:
    """Return the rules that a release goes by, as they are in force on a day."""
    values = rule_values(authority, on=on)
    return {key: value for key, value in values.items() if key.startswith(RULES_KEPT)}


def steps_due(authority: Authority, *, now: datetime) -> QuerySet[ReleaseStep]:
    """Return the steps whose response clock has run out, the first to run out in front."""
    return ReleaseStep.objects.filter(
        authority=authority, ended_at=None, closes_at__lte=now, release__state=ReleaseState.OPEN
    ).order_by("closes_at", "pk")


@dataclass(frozen=True)
class OfferRow:
    """An offer beside the others: tier, score, what a week costs, whether it gives all."""

    offer: Offer
    tier: Tier | None
    score: OfferScore
    weekly_pence: int | None
    covers: bool
    in_time: bool

    @property
    def standing(self) -> Standing:
        """What is compared when an offer is chosen."""
        return Standing(self.offer.provider_id, self.tier, self.score.percent)


def most_points_of(package: CarePackage) -> dict[str, Decimal]:
    """Return the most points of each scored question of a package, by public id."""
    rows = OfferQuestion.objects.filter(requirement__package=package, scored=True)
    return {str(key): most for key, most in rows.values_list("public_id", "most_points")}


def offer_scores(release: Release) -> list[OfferRow]:
    """Return a release's offers that were not withdrawn: earliest tier, then best score, first."""
    package = release.package
    most = most_points_of(package)
    start_by = Requirement.objects.filter(package=package).values_list("start_by", flat=True)
    rows = (
        Offer.objects.filter(invitation__release=release)
        .exclude(state=OfferState.WITHDRAWN)
        .select_related("provider", "invitation__step")
    )
    found = [_row(offer, package, most, start_by.first()) for offer in rows]
    return sorted(
        found,
        key=lambda row: (row.tier or 99, -(row.score.percent or 0), row.offer.made_at),
    )


def _row(
    offer: Offer, package: CarePackage, most: Mapping[str, Decimal], start_by: date | None
) -> OfferRow:
    tier = offer.invitation.step.tier
    return OfferRow(
        offer=offer,
        tier=Tier(tier) if tier else None,
        score=score_of(offer.answers, most),
        weekly_pence=week_of(package, offer.price_pence),
        covers=offer.weekly_minutes >= package.weekly_minutes,
        in_time=start_by is None or offer.starts_on <= start_by,
    )


def week_of(package: CarePackage, agreed_pence: int | None) -> int | None:
    """Return what a package costs a week at an agreed price, or at its rate card's."""
    if agreed_pence is None:
        return package.weekly_pence
    by_week = package.setting != Setting.HOME
    return agreed_week_pence(agreed_pence, weekly_minutes=package.weekly_minutes, by_week=by_week)


def may_name_price(release: Release) -> bool:
    """Return whether offers of a release may name a price."""
    package = release.package
    if release.route in (Route.SPOT, Route.HOMES) or package.setting != Setting.HOME:
        return True
    return bool(package.lot and package.lot.offers_name_price)


def standings(rows: Sequence[OfferRow]) -> list[Standing]:
    """Return what is compared of the offers that are still open."""
    return [row.standing for row in rows if row.offer.state == OfferState.OPEN]
