"""Awards that people make: of an offer, a proposal, off the platform, as a spot purchase."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.asking import places_of
from cms_models.brokerage.domain import (
    arrangement_fee,
    budget_refusal,
    passes_over,
    price_refusal,
)
from cms_models.brokerage.models import Offer, OfferState, Release, ReleaseState, Route
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.brokerage.selectors import (
    offer_scores,
    open_release,
    requirement_of,
    standings,
    week_of,
)
from cms_models.brokerage.services.files import seal_award
from cms_models.brokerage.services.releases import locked
from cms_models.brokerage.services.requirements import require_own, require_reason
from cms_models.brokerage.services.steps import close
from cms_models.brokerage.services.transfers import award_ending, succeed
from cms_models.care.models import (
    AllocationProposal,
    Award,
    AwardSource,
    CarePackage,
    ProposalState,
)
from cms_models.care.services import awards as care_awards
from cms_models.care.services.awards import AlreadyPlaced
from cms_models.care.services.placements import settle_placement, weekly_price
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Lot, Provider
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

__all__ = [
    "AlreadyAnswered",
    "AlreadyPlaced",
    "TooLate",
    "award_off_platform",
    "award_offer",
    "award_package",
    "award_proposals",
    "award_spot",
]
WHY = "Say why this provider: the reason is kept with the award."


def award_offer(*, actor: User, offer: Offer, reason: str, now: datetime) -> Award:
    """Award a package to the provider of an offer that stands."""
    require_own(actor, offer.invitation.release.package)
    with transaction.atomic():
        release = locked(offer.invitation.release)
        stored = Offer.objects.select_related("provider").get(pk=offer.pk)
        _refuse_offer(release, stored)
        package = release.package
        spot = release.route == Route.SPOT
        return _award(
            actor=actor,
            package=package,
            provider=stored.provider,
            lot=None if spot else _lot_of(package, stored.provider, timezone.localdate(now)),
            reason=reason,
            now=now,
            source=str(AwardSource.SPOT if spot else AwardSource.OFFER),
            agreed_pence=stored.price_pence,
            offer=stored,
        )


def _refuse_offer(release: Release, offer: Offer) -> None:
    if release.state == ReleaseState.AWARDED:
        raise AlreadyPlaced(f"{release.package} already has a provider; open it to see which.")
    if release.state != ReleaseState.OPEN:
        raise TooLate(f"{release.package} is no longer open: {release.ended_because}.")
    if offer.state != OfferState.OPEN:
        raise AlreadyAnswered(
            f"The offer of {offer.provider} is {offer.get_state_display().lower()}.", offer=offer
        )


def award_package(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    lot: Lot | None,
    reason: str,
    now: datetime,
    proposal: AllocationProposal | None = None,
    source: str = "",
    agreed_pence: int | None = None,
) -> Award:
    """Award a package to a provider; an open release ends with it, and everybody is told."""
    return _award(
        actor=actor,
        package=package,
        provider=provider,
        lot=lot,
        reason=reason,
        now=now,
        proposal=proposal,
        source=source or str(AwardSource.PROPOSAL if proposal else AwardSource.BROKER),
        agreed_pence=agreed_pence,
    )


def award_off_platform(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    reason: str,
    now: datetime,
    agreed_pence: int | None = None,
) -> Award:
    """Record an award that was made elsewhere, such as by telephone; it is told apart (BR-09)."""
    return _award(
        actor=actor,
        package=package,
        provider=provider,
        lot=_lot_of(package, provider, timezone.localdate(now)),
        reason=reason,
        now=now,
        source=AwardSource(AwardSource.OFF_PLATFORM),
        agreed_pence=agreed_pence,
    )


def award_spot(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    reason: str,
    agreed_pence: int,
    now: datetime,
) -> Award:
    """Buy a package outside every lot at an agreed price, with the reason (AL-03)."""
    if agreed_pence is None:
        raise ValidationError("A spot purchase has an agreed price: state it.")
    return _award(
        actor=actor,
        package=package,
        provider=provider,
        lot=None,
        reason=reason,
        now=now,
        source=AwardSource(AwardSource.SPOT),
        agreed_pence=agreed_pence,
    )


def award_proposals(
    *, actor: User, proposals: Sequence[AllocationProposal], reason: str, now: datetime
) -> tuple[list[Award], list[str]]:
    """Award many proposals, each on its own; returns the awards and why others were not made."""
    made, refused = [], []
    for proposal in proposals:
        try:
            if proposal.state != ProposalState.PROPOSED or proposal.provider is None:
                raise ValidationError(f"{proposal.package} is not proposed any more.")
            made.append(
                award_package(
                    actor=actor,
                    package=proposal.package,
                    provider=proposal.provider,
                    lot=proposal.lot,
                    reason=reason,
                    now=now,
                    proposal=proposal,
                )
            )
        except ValidationError as refusal:
            refused.append(" ".join(refusal.messages))
    return made, refused


def _lot_of(package: CarePackage, provider: Provider, on: date) -> Lot | None:
    """Return a package's lot where the provider holds a place in it."""
    return package.lot if provider.pk in places_of(package, on=on) else None


def _award(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    lot: Lot | None,
    reason: str,
    now: datetime,
    source: str,
    proposal: AllocationProposal | None = None,
    agreed_pence: int | None = None,
    offer: Offer | None = None,
) -> Award:
    """Make an award and everything that goes with it, in one transaction."""
    care_awards.require_decider(actor)
    require_own(actor, package)
    require_reason(reason, WHY)
    if provider.authority_id != package.authority_id:
        raise ValidationError("That provider belongs to another council.")
    agreed_pence = weekly_price(package, provider, agreed_pence)
    _refuse_price(actor, package, agreed_pence)
    with transaction.atomic():
        standing = open_release(package)
        release = locked(standing) if standing else None
        terms = {
            "actor": actor,
            "package": package,
            "provider": provider,
            "lot": lot,
            "reason": reason,
            "now": now,
            "source": source,
            "override": _overrides(package, provider, release, offer),
            "agreed_pence": agreed_pence,
            "arrangement_fee_pence": _fee(package, now),
        }
        follows = award_ending(package) is not None
        made = _followed(terms, proposal) if follows else _first(terms, proposal, offer)
        settle_placement(actor=actor, award=made)
        if release is not None and release.state == ReleaseState.OPEN:
            _settle(actor, release, provider, offer, made, now)
        if not follows:  # who follows another is told where that is settled
            _tell_winner(actor, made)
        seal_award(actor=actor, award=made, release=release, now=now)
    return made


def _first(
    terms: dict[str, Any], proposal: AllocationProposal | None, offer: Offer | None
) -> Award:
    starts_on = offer.starts_on if offer else None
    return care_awards.award(proposal=proposal, starts_on=starts_on, **terms)


def _followed(terms: dict[str, Any], proposal: AllocationProposal | None) -> Award:
    """Award a package whose present provider is to go: the award waits for the day it goes."""
    made = succeed(**terms)
    care_awards.settle_proposals(package=made.package, proposal=proposal)
    record(
        actor=terms["actor"],
        action="award",
        subject=made.package,
        after={
            "provider": made.provider.name,
            "source": made.source,
            "override": made.override,
            "starts_on": made.starts_on,
        },
        reason=terms["reason"],
    )
    return made


def _refuse_price(actor: User, package: CarePackage, agreed_pence: int | None) -> None:
    """Refuse a price that cannot be, and a week above the limit that nobody else approved."""
    refusal = None if agreed_pence is None else price_refusal(agreed_pence)
    if refusal:
        raise ValidationError(refusal)
    requirement, rules = requirement_of(package), rule_values(package.authority)
    refusal = budget_refusal(
        reference=package.package_ref,
        weekly_pence=week_of(package, agreed_pence),
        limit_pence=int(rules["brokerage.budget_limit_pence"]),
        approved_pence=requirement.approved_pence,
        approved_by_actor=requirement.approved_by_id == actor.pk,
    )
    if refusal:
        raise ValidationError(refusal)


def _fee(package: CarePackage, now: datetime) -> int | None:
    rules = rule_values(package.authority, on=timezone.localdate(now))
    fee_pence = int(rules["brokerage.arrangement_fee_pence"])
    return arrangement_fee(funder=package.funder, fee_pence=fee_pence)


def _overrides(
    package: CarePackage, provider: Provider, release: Release | None, offer: Offer | None
) -> bool:
    """Return whether the engine proposed another, or a better or earlier offer is passed over."""
    proposed = AllocationProposal.objects.filter(package=package, state=ProposalState.PROPOSED)
    if proposed.exclude(provider=provider).exists():
        return True
    if release is None:
        return False
    standing = standings(offer_scores(release))
    chosen = next((one for one in standing if one.provider == provider.pk), None)
    if chosen is None:  # nobody who offered
        return bool(standing)
    return passes_over(chosen, standing)


def _settle(
    actor: User,
    release: Release,
    provider: Provider,
    offer: Offer | None,
    made: Award,
    now: datetime,
) -> None:
    """End the release with the award: the winner's offer won, every other lost."""
    offers = Offer.objects.filter(invitation__release=release, state=OfferState.OPEN)
    won = offer or offers.filter(provider=provider).first()
    if won is not None:
        won.state, won.award = OfferState.WON, made
        won.version += 1
        won.save()
    close(
        actor=actor,
        release=release,
        state=ReleaseState(ReleaseState.AWARDED),
        because="awarded",
        now=now,
        won=won,
        winner=provider,
    )


def _tell_winner(actor: User, made: Award) -> None:
    tell(
        actor=actor,
        provider=made.provider,
        kind=EventKind(EventKind.PACKAGE_AWARDED),
        package=made.package,
        payload={"award": str(made.public_id)},
    )
