"""What providers answer: an invitation read, an offer made or withdrawn, a decline; its points."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.domain import Asking, OfferTerms, offer_refusals, points_refusal
from cms_models.brokerage.models import (
    DeclineReason,
    Invitation,
    InvitationState,
    Offer,
    OfferQuestion,
    OfferState,
    Release,
    ReleaseState,
    Route,
)
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.brokerage.selectors import may_name_price, requirement_of
from cms_models.brokerage.services.releases import locked
from cms_models.brokerage.services.requirements import (
    refuse_providers_words,
    require_keepable,
    require_own,
    require_reason,
)
from cms_models.brokerage.services.steps import UNANSWERED, needs_provider, turn
from cms_models.care.models import Setting
from cms_models.care.services.placements import weekly_price
from cms_models.market.models import Provider, providers_of
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

LONGEST_WORDS = 300


def require_acts_for(actor: User, provider: Provider) -> None:
    """Refuse whoever neither acts for a provider nor keeps offers for the council."""
    if provider.pk in providers_of(actor):
        return
    actor.must("change", Offer)
    if provider.authority_id != actor.authority_id:
        raise PermissionDenied("That provider belongs to another council.")


def open_invitation(*, actor: User, invitation: Invitation, now: datetime) -> Invitation:
    """Keep when a provider first read what it was asked; later readings change nothing."""
    # Staff who look are not the provider, and of what is over there is nothing left to read.
    if invitation.opened_at is not None or invitation.provider_id not in providers_of(actor):
        return invitation
    with transaction.atomic():
        release, row = _held(invitation)
        asked = release.state == ReleaseState.OPEN and row.state in UNANSWERED
        if asked and row.opened_at is None:
            row.opened_at = now
            row.version += 1
            row.save()
            record(
                actor=actor,
                action="open_invitation",
                subject=release.package,
                after={"provider": row.provider.name, "opened_at": now},
            )
    invitation.opened_at = row.opened_at
    return invitation


def make_offer(*, actor: User, invitation: Invitation, terms: OfferTerms, now: datetime) -> Offer:
    """Offer to take a package while its response clock runs.

    TooLate after that, AlreadyAnswered with the offer that stands for a second one.
    """
    require_acts_for(actor, invitation.provider)
    with transaction.atomic():
        release, row = _held(invitation)
        _refuse_answer(release, row, now)
        price = _require_good(release, row, terms, now)
        offer = Offer.objects.create(
            authority_id=row.authority_id,
            invitation=row,
            provider=row.provider,
            starts_on=terms.starts_on,
            weekly_minutes=terms.weekly_minutes,
            conditions=terms.conditions.strip(),
            price_pence=price,
            answers=_answers(release, terms),
            made_by=actor,
            made_at=now,
        )
        row.opened_at = row.opened_at or now
        _answered(row, InvitationState(InvitationState.OFFERED), now)
        record(
            actor=actor,
            action="offer",
            subject=release.package,
            after={"provider": row.provider.name, "offer": offer.pk, **asdict(terms)},
        )
        turn(actor=actor, release=release, now=now)
    return offer


def _held(invitation: Invitation) -> tuple[Release, Invitation]:
    """Return the release and the invitation as they are now, kept until the transaction ends."""
    release = locked(Release(pk=invitation.release_id))
    return release, Invitation.objects.select_related("provider", "step").get(pk=invitation.pk)


def _refuse_answer(release: Release, row: Invitation, now: datetime) -> None:
    standing = row.offers.exclude(state=OfferState.WITHDRAWN).first()
    if standing is not None:
        raise AlreadyAnswered(
            f"{row.provider} offered on {moment(standing.made_at)} to begin on "
            f"{standing.starts_on:%d/%m/%Y} with {standing.weekly_minutes} minutes a week: that "
            f"offer is {standing.get_state_display().lower()}.",
            offer=standing,
        )
    if release.state != ReleaseState.OPEN or row.state == InvitationState.CLOSED:
        # Why in the broker's own words is the council's: providers read how it ended.
        how = release.ended_because.partition(":")[0]
        raise TooLate(f"{release.package} is no longer open: {how}.")
    if not needs_provider(release.package):
        raise TooLate(f"{release.package} needs no provider any more.")
    if row.state == InvitationState.DECLINED and row.answered_at:
        raise AlreadyAnswered(
            f"{row.provider} declined {release.package} on {moment(row.answered_at)}."
        )
    if row.state == InvitationState.LAPSED or now >= row.closes_at:
        raise TooLate(f"The time to answer ran out on {moment(row.closes_at)}.")


def moment(at: datetime) -> str:
    """Return a moment as people read it here."""
    return f"{timezone.localtime(at):%d/%m/%Y at %H:%M}"


def _require_good(
    release: Release, row: Invitation, terms: OfferTerms, now: datetime
) -> int | None:
    """Refuse an offer with everything amiss in it; return its price, a home's own where unnamed."""
    package, requirement = release.package, requirement_of(release.package)
    price = weekly_price(package, row.provider, terms.price_pence)
    asking = Asking(
        today=timezone.localdate(now),
        start_by=requirement.start_by,
        most_minutes=package.weekly_minutes,
        may_name_price=may_name_price(release),
        must_name_price=price is None and _must_name_price(release),
        questions=_questions(release),
        ends_on=package.ends_on,
    )
    refusals = offer_refusals(terms, asking)
    if refusals:
        raise ValidationError(refusals)
    refuse_providers_words(_texts(terms, asking.questions))
    return price


def _must_name_price(release: Release) -> bool:
    return release.route == Route.SPOT or release.package.setting != Setting.HOME


def _questions(release: Release) -> dict[str, str]:
    rows = OfferQuestion.objects.filter(requirement__package=release.package_id)
    return {str(key): text for key, text in rows.values_list("public_id", "text")}


def _texts(terms: OfferTerms, questions: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "Conditions", terms.conditions
    for key, answer in terms.answers.items():
        yield questions[key], answer


def _answers(release: Release, terms: OfferTerms) -> dict[str, dict[str, Any]]:
    return {
        key: {"question": text, "answer": terms.answers[key].strip(), "points": None}
        for key, text in _questions(release).items()
    }


def _answered(row: Invitation, state: InvitationState, now: datetime) -> None:
    row.state, row.answered_at = state, now
    row.version += 1
    row.save()


def withdraw_offer(*, actor: User, offer: Offer, reason: str, now: datetime) -> Offer:
    """Take an offer back, with the reason; while the clock runs another may be made."""
    require_acts_for(actor, offer.provider)
    require_reason(reason, "Say why the offer is withdrawn: the reason is kept.")
    if len(reason) > LONGEST_WORDS:
        raise ValidationError(f"The reason has at most {LONGEST_WORDS} characters.")
    with transaction.atomic():
        release, row = _held(offer.invitation)
        stored = Offer.objects.select_for_update().get(pk=offer.pk)
        if stored.state != OfferState.OPEN:
            raise AlreadyAnswered(
                f"That offer is {stored.get_state_display().lower()} already.", offer=stored
            )
        stored.state, stored.withdrawn_at = OfferState.WITHDRAWN, now
        stored.withdrawn_because = reason.strip()
        stored.version += 1
        stored.save()
        late = now >= row.closes_at or row.step.ended_at is not None
        row.lapsed_at = now if late else None
        state = InvitationState.LAPSED if late else InvitationState.OPEN
        _answered(row, InvitationState(state), now)
        record(
            actor=actor,
            action="withdraw_offer",
            subject=release.package,
            after={"provider": row.provider.name, "offer": stored.pk, "withdrawn_at": now},
            reason=reason,
        )
        if actor.pk is not None and not providers_of(actor):
            tell(
                actor=actor,
                provider=row.provider,
                kind=EventKind(EventKind.OFFER_WITHDRAWN),
                package=release.package,
                payload={"offer": str(stored.public_id)},
            )
        if release.state == ReleaseState.OPEN:
            turn(actor=actor, release=release, now=now)
    return stored


def decline(
    *, actor: User, invitation: Invitation, reason: str, words: str, now: datetime
) -> Invitation:
    """Say no to a package, with the reason; when everybody said no the next tier is asked."""
    require_acts_for(actor, invitation.provider)
    if reason not in DeclineReason.values:
        raise ValidationError(f"The reason is one of {', '.join(DeclineReason.values)}.")
    if reason == DeclineReason.OTHER:
        require_reason(words, "Say what the other reason is.")
    if len(words) > LONGEST_WORDS:
        raise ValidationError(f"The words have at most {LONGEST_WORDS} characters.")
    require_keepable(words)
    with transaction.atomic():
        release, row = _held(invitation)
        _refuse_answer(release, row, now)
        row.decline_reason, row.decline_words = reason, words.strip()
        row.opened_at = row.opened_at or now
        _answered(row, InvitationState(InvitationState.DECLINED), now)
        record(
            actor=actor,
            action="decline",
            subject=release.package,
            after={"provider": row.provider.name, "reason": reason, "declined_at": now},
            reason=row.get_decline_reason_display(),
        )
        turn(actor=actor, release=release, now=now)
    return row


def score_offer(
    *, actor: User, offer: Offer, points: Mapping[str, Decimal | str | int], now: datetime
) -> Offer:
    """Give points for an offer's scored answers, by the public id of their question."""
    actor.must("change", Offer)
    require_own(actor, offer.invitation.release.package)
    with transaction.atomic():
        locked(offer.invitation.release)
        stored = Offer.objects.select_for_update().get(pk=offer.pk)
        if stored.state != OfferState.OPEN:
            raise ValidationError(
                f"That offer is {stored.get_state_display().lower()}: its points stay."
            )
        scored = {
            str(row.public_id): row
            for row in OfferQuestion.objects.filter(
                requirement__package=offer.invitation.release.package_id, scored=True
            )
        }
        before = {key: stored.answers.get(key, {}).get("points") for key in points}
        after = {key: _points(scored.get(key), given) for key, given in points.items()}
        if before == after:
            return stored
        for key, given in after.items():
            stored.answers[key]["points"] = given
        stored.version += 1
        stored.save()
        record(
            actor=actor,
            action="score_offer",
            subject=stored.invitation.release.package,
            before={"provider": stored.provider.name, "points": before},
            after={"provider": stored.provider.name, "points": after, "scored_at": now},
        )
    return stored


def _points(question: OfferQuestion | None, given: Decimal | str | int) -> str:
    if question is None or question.most_points is None:
        raise ValidationError("Points are given for scored questions of this package only.")
    try:
        points = Decimal(str(given).strip())
    except InvalidOperation:
        raise ValidationError(f"“{question}” takes points as a number, not {given!r}.") from None
    refusal = points_refusal(points, most=question.most_points, question=question.text)
    if refusal:
        raise ValidationError(refusal)
    return f"{points.normalize():f}"
