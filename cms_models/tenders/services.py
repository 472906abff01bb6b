"""The only writers of tenders: what is asked, bids, scores, moderation, decision, places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import (
    Decision,
    delete_record,
    picture,
    record,
    record_many,
    save_record,
)
from cms_models.fields.selectors import rule_values
from cms_models.market.domain import standstill_refusal
from cms_models.market.models import LotAward, Provider
from cms_models.market.services import set_lot_award, set_standstill
from cms_models.publication.models import PublicationState
from cms_models.tenders.domain import (
    PriceBasis,
    cap_refusal,
    lead_places_refusal,
    moderation_refusal,
    price_refusal,
    score_refusal,
    terms_refusals,
    whole_life_cost,
)
from cms_models.tenders.models import Bid, Criterion, ModeratedScore, Score, Tender, TenderState
from cms_models.tenders.selectors import (
    bids_to_score,
    evaluation_of,
    moderation_refusals,
    moderations_of,
    own_scores,
    proposed_places,
    scoring_refusals,
    winners,
)


@dataclass(frozen=True)
class GivenScore:
    """A score somebody gives a bid for a criterion, with a comment or reason."""

    bid_id: int
    criterion_id: int
    score: Decimal
    text: str = ""


def set_criterion(
    *,
    actor: User,
    tender: Tender,
    code: str,
    title: str,
    weight: Decimal,
    least_score: Decimal | None = None,
) -> Criterion:
    """Add a criterion to a draft tender, or change it."""
    actor.must("change", Tender)
    _require(tender, TenderState.DRAFT)
    row = tender.criteria.filter(code=code).first()
    version = row.version if row else None
    row = row or Criterion(authority=tender.authority, tender=tender, code=code)
    row.title, row.weight, row.least_score = title, weight, least_score
    row.full_clean(exclude=["authority", "tender"])
    return save_record(actor=actor, record_=row, expected_version=version)


def drop_criterion(*, actor: User, criterion: Criterion) -> None:
    """Take a criterion out of a draft tender."""
    actor.must("change", Tender)
    _require(criterion.tender, TenderState.DRAFT)
    delete_record(actor=actor, record_=criterion)


def open_tender(*, actor: User, tender: Tender) -> Tender:
    """Ask for bids: the rules are told to bidders and stay; refused with all that is amiss."""
    actor.must("change", Tender)
    _require(tender, TenderState.DRAFT)
    leads = lead_places_refusal(tender.lead_places)
    refusals = [*terms_refusals(tender.terms), *([leads] if leads else [])]
    if refusals:
        raise ValidationError(refusals)
    return _move(actor, tender, TenderState.OPEN, reason="opened for bids")


def set_bid(
    *,
    actor: User,
    tender: Tender,
    bidder: str,
    provider: Provider | None,
    price_pence: int | None = None,
    one_off_pence: int | None = None,
    annual_pence: int | None = None,
) -> Bid:
    """Keep a bid of an open tender; its price is stated, or one-off + years × annual (PR-03)."""
    actor.must("change", Tender)
    _require(tender, TenderState.OPEN)
    if tender.price_basis == PriceBasis.WHOLE_LIFE:
        if one_off_pence is None or annual_pence is None:
            raise ValidationError("State the one-off cost and the annual cost; 0 for none.")
        price_pence = whole_life_cost(
            one_off_pence=one_off_pence, annual_pence=annual_pence, years=tender.contract_years
        )
    if price_pence is None:
        raise ValidationError(f"State the price of {bidder}.")
    row = tender.bids.filter(bidder=bidder).first()
    version = row.version if row else None
    row = row or Bid(authority=tender.authority, tender=tender, bidder=bidder)
    row.provider, row.price_pence = provider, price_pence
    row.one_off_pence, row.annual_pence = one_off_pence, annual_pence
    row.full_clean(exclude=["authority", "tender", "provider"])
    return save_record(actor=actor, record_=row, expected_version=version)


def drop_bid(*, actor: User, bid: Bid, reason: str) -> None:
    """Take a bid out of an open tender, as when the bidder withdraws it; the audit keeps it."""
    actor.must("change", Tender)
    _require(bid.tender, TenderState.OPEN)
    if not reason.strip():
        raise ValidationError(f"Say why the bid of {bid} is taken out.")
    delete_record(actor=actor, record_=bid, reason=reason)


def begin_scoring(*, actor: User, tender: Tender, on: date) -> Tender:
    """Close the tender for bids and let evaluators score those whose price passes."""
    actor.must("change", Tender)
    _require(tender, TenderState.OPEN)
    if tender.closes_on is not None and on <= tender.closes_on:
        raise ValidationError(
            f"{tender} takes bids to {tender.closes_on:%d/%m/%Y}: score from the day after."
        )
    if not tender.bids.exists():
        raise ValidationError(f"{tender} has no bid to score.")
    return _move(actor, tender, TenderState.SCORING, reason="closed for bids")


def give_scores(*, actor: User, tender: Tender, given: Sequence[GivenScore]) -> list[Score]:
    """Keep an evaluator's own scores, all or none; a bid whose price failed is not scored.

    The trail, which other evaluators read, says that scores were given; what they are it says
    once scoring is closed.
    """
    actor.must("change", Tender)
    if actor.role == Role.SYSTEM:
        raise ValidationError("Scores are given by people.")
    _require(tender, TenderState.SCORING)
    bids = {bid.pk: bid for bid in tender.bids.all()}
    criteria = {one.pk: one for one in tender.criteria.all()}
    stored = own_scores(tender, evaluator=actor)
    saved = []
    with transaction.atomic():
        for one in given:
            if one.bid_id not in bids or one.criterion_id not in criteria:
                raise ValidationError(f"That bid or criterion is not one of {tender}.")
            bid, criterion = bids[one.bid_id], criteria[one.criterion_id]
            _refuse_score(tender, bid, criterion, one.score)
            row = stored.get((bid.pk, criterion.pk)) or Score(
                authority=tender.authority, bid=bid, criterion=criterion, evaluator=actor
            )
            row.score, row.comment = one.score, one.text.strip()
            row.full_clean(exclude=["authority", "bid", "criterion", "evaluator"])
            row.save()
            saved.append(row)
        if saved:
            record(actor=actor, action="score", subject=tender, after={"scores": len(saved)})
    return saved


def _refuse_score(tender: Tender, bid: Bid, criterion: Criterion, score: Decimal) -> None:
    terms = tender.terms
    failed = price_refusal(bid.price_pence, terms=terms)
    if failed:
        raise ValidationError(f"{bid} is excluded before scoring: {failed}")
    refusal = score_refusal(score, terms=terms)
    if refusal:
        raise ValidationError(f"{bid}, {criterion}: {refusal}")


def close_scoring(*, actor: User, tender: Tender) -> Tender:
    """End scoring: from now on evaluators see each other's scores and agree on one."""
    actor.must("change", Tender)
    _require(tender, TenderState.SCORING)
    if bids_to_score(tender):
        refusals = scoring_refusals(tender)
        if refusals:
            raise ValidationError(refusals)
    with transaction.atomic():
        scores = Score.objects.filter(bid__tender=tender).select_related(
            "bid", "criterion", "evaluator"
        )
        record_many(
            actor=actor,
            decisions=[Decision("create", row, after=picture(row)) for row in scores],
        )
        return _move(actor, tender, TenderState.MODERATED, reason="scoring closed")


def agree_scores(
    *, actor: User, tender: Tender, given: Sequence[GivenScore]
) -> list[ModeratedScore]:
    """Keep the scores evaluators agreed on, all or none; another than the mean needs a reason."""
    actor.must("change", Tender)
    _require(tender, TenderState.MODERATED)
    known = {(one.bid.pk, one.criterion.pk): one for one in moderations_of(tender)}
    saved = []
    with transaction.atomic():
        for one in given:
            found = known.get((one.bid_id, one.criterion_id))
            if found is None:
                raise ValidationError(f"Nobody scored that bid and criterion of {tender}.")
            _refuse_score(tender, found.bid, found.criterion, one.score)
            scores = [row.score for row in found.scores]
            refusal = moderation_refusal(agreed=one.score, scores=scores, reason=one.text)
            if refusal:
                raise ValidationError(f"{found.bid}, {found.criterion}: {refusal}")
            row = found.agreed
            if row is not None and (row.score, row.reason) == (one.score, one.text.strip()):
                continue
            version = row.version if row else None
            row = row or ModeratedScore(
                authority=tender.authority, bid=found.bid, criterion=found.criterion
            )
            row.score, row.reason, row.agreed_by = one.score, one.text.strip(), actor
            row.full_clean(exclude=["authority", "bid", "criterion", "agreed_by"])
            saved.append(save_record(actor=actor, record_=row, expected_version=version))
    return saved


def settle_tie(*, actor: User, tender: Tender, orders: Mapping[int, int], reason: str) -> None:
    """Give equal bids an order (by bid id) that a person answers for."""
    actor.must("change", Tender)
    _require(tender, TenderState.MODERATED)
    if not reason.strip():
        raise ValidationError("Say why in this order: the reason is kept with the bids.")
    with transaction.atomic():
        for bid in tender.bids.filter(pk__in=orders):
            bid.tie_order = orders[bid.pk]
            save_record(actor=actor, record_=bid, expected_version=bid.version, reason=reason)


def decide(*, actor: User, tender: Tender, letters_on: date, reason: str) -> Tender:
    """Decide by the agreed scores; letters of that day start the standstill (PR-04).

    Refused while a score is not agreed, a tie is not settled, or a winner costs more than may be
    awarded (PR-03). A framework that is not in force yet has its standstill set with it.
    """
    actor.must("change", Tender)
    _require(tender, TenderState.MODERATED)
    if not reason.strip():
        raise ValidationError("Say why: the reason is kept with the decision.")
    refusals = moderation_refusals(tender) or _award_refusals(tender)
    if refusals:
        raise ValidationError(refusals)
    days = int(rule_values(tender.authority, on=letters_on)["market.standstill_days"])
    with transaction.atomic():
        tender.letters_on = letters_on
        tender.standstill_ends_on = letters_on + timedelta(days=days)
        tender.decision_reason, tender.decided_by = reason.strip(), actor
        _lengthen_standstill(actor, tender)
        return _move(actor, tender, TenderState.DECIDED, reason=reason)


def _lengthen_standstill(actor: User, tender: Tender) -> None:
    """Set the standstill of a framework being set up; one that runs goes on offering work."""
    framework, ends_on = tender.framework, tender.standstill_ends_on
    known = framework.standstill_ends_on
    if framework.state == PublicationState.PUBLISHED or (known is not None and known >= ends_on):
        return
    set_standstill(actor=actor, framework=framework, ends_on=ends_on, reason=f"letters of {tender}")


def _award_refusals(tender: Tender) -> list[str]:
    won, ties = winners(tender, evaluation_of(tender))
    cap = tender.award_cap_pence
    over = [
        cap_refusal(bidder=one.bidder, price_pence=one.price_pence, cap_pence=cap) for one in won
    ]
    return [*ties, *(refusal for refusal in over if refusal)]


def give_places(*, actor: User, tender: Tender, starts_on: date, on: date) -> list[LotAward]:
    """Give the winners of a decided tender their places, after the standstill (PR-04).

    The places are drafts as long as the framework is one: nothing is offered by them.
    """
    actor.must("add", LotAward)
    _require(tender, TenderState.DECIDED)
    if tender.places_given:
        raise ValidationError(f"The places of {tender} were given already.")
    refusal = standstill_refusal(
        name=str(tender), standstill_ends_on=tender.standstill_ends_on, on=on
    )
    if refusal:
        raise ValidationError(refusal)
    proposed = proposed_places(tender)
    unknown = sorted({one.bid.bidder for one in proposed if one.bid.provider is None})
    if unknown:
        raise ValidationError(
            f"{unknown[0]} is not one of the council's providers: add it, and name it in the bid."
        )
    with transaction.atomic():
        given = [
            set_lot_award(
                actor=actor,
                lot=one.lot,
                provider=one.bid.provider,
                tier=one.tier,
                rank=one.rank,
                capacity_minutes_per_week=None,
                starts_on=starts_on,
                decided_on=on,
            )
            for one in proposed
        ]
        tender.places_given = True
        save_record(
            actor=actor, record_=tender, expected_version=tender.version, reason="places given"
        )
    return given


def name_provider(*, actor: User, bid: Bid, provider: Provider) -> Bid:
    """Say which of the council's providers a bidder is, as when it registered after winning."""
    actor.must("change", Tender)
    bid.provider = provider
    return save_record(actor=actor, record_=bid, expected_version=bid.version)


def _require(tender: Tender, state: Any) -> None:
    if tender.state != state:
        needed = TenderState(state).label.lower()
        raise ValidationError(
            f"{tender} is {tender.get_state_display().lower()}; for this it has to be {needed}."
        )


def _move(actor: User, tender: Tender, state: Any, *, reason: str) -> Tender:
    tender.state = state
    return save_record(actor=actor, record_=tender, expected_version=tender.version, reason=reason)
