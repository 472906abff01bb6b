"""Reading tenders: who was scored by whom, the outcome, and what a bidder may be told."""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import QuerySet

from cms_models.accounts.models import User
from cms_models.market.domain import Tier
from cms_models.market.models import Lot
from cms_models.tenders.domain import (
    Evaluation,
    Line,
    Verdict,
    evaluate,
    mean,
    order_of_award,
    pounds,
    price_refusal,
)
from cms_models.tenders.models import Bid, Criterion, ModeratedScore, Score, Tender

Pair = tuple[int, int]


def tenders_of(user: User) -> QuerySet[Tender]:
    """Return the tenders a user may see, with what their pages are told from."""
    return (
        Tender.objects.visible_to(user)
        .select_related("framework", "lot", "authority", "decided_by")
        .prefetch_related("criteria", "bids__provider", "bids__agreed_scores__criterion")
    )


def bids_to_score(tender: Tender) -> list[Bid]:
    """Return the bids whose price passes: the others are excluded before scoring (PR-01)."""
    terms = tender.terms
    return [bid for bid in tender.bids.all() if price_refusal(bid.price_pence, terms=terms) is None]


def own_scores(tender: Tender, *, evaluator: User) -> dict[Pair, Score]:
    """Return what an evaluator gave, by (bid, criterion)."""
    rows = Score.objects.filter(bid__tender=tender, evaluator=evaluator)
    return {(row.bid_id, row.criterion_id): row for row in rows}


@dataclass(frozen=True)
class Progress:
    """How many of their scores an evaluator gave."""

    evaluator: User
    given: int
    needed: int


def progress_of(tender: Tender) -> list[Progress]:
    """Return how far each evaluator is; nobody's scores are told."""
    needed = len(bids_to_score(tender)) * len(tender.criteria.all())
    given: dict[User, int] = defaultdict(int)
    for row in Score.objects.filter(bid__tender=tender).select_related("evaluator"):
        given[row.evaluator] += 1
    ordered = sorted(given.items(), key=lambda item: str(item[0]))
    return [Progress(evaluator, count, needed) for evaluator, count in ordered]


def scoring_refusals(tender: Tender) -> list[str]:
    """Return why scoring cannot be closed: every evaluator has to give every score."""
    found = [
        f"{one.evaluator} gave {one.given} of {one.needed} scores."
        for one in progress_of(tender)
        if one.given < one.needed
    ]
    if not Score.objects.filter(bid__tender=tender).exists():
        found.append("Nobody has given a score yet.")
    return found


@dataclass(frozen=True)
class Moderation:
    """A bid's scores for a criterion, their mean, and what was agreed."""

    bid: Bid
    criterion: Criterion
    scores: tuple[Score, ...]
    agreed: ModeratedScore | None

    @property
    def mean(self) -> Decimal:
        """The evaluators' mean."""
        return mean([row.score for row in self.scores])

    @property
    def spread(self) -> Decimal:
        """The highest score less the lowest: what there is to talk about."""
        given = [row.score for row in self.scores]
        return max(given) - min(given)


def moderations_of(tender: Tender) -> list[Moderation]:
    """Return every bid and criterion that was scored, with what was agreed."""
    scores: dict[Pair, list[Score]] = defaultdict(list)
    for row in Score.objects.filter(bid__tender=tender).select_related("evaluator"):
        scores[row.bid_id, row.criterion_id].append(row)
    agreed = {
        (row.bid_id, row.criterion_id): row
        for row in ModeratedScore.objects.filter(bid__tender=tender).select_related("agreed_by")
    }
    return [
        Moderation(bid, one, tuple(scores[bid.pk, one.pk]), agreed.get((bid.pk, one.pk)))
        for bid in bids_to_score(tender)
        for one in tender.criteria.all()
        if scores[bid.pk, one.pk]
    ]


def moderation_refusals(tender: Tender) -> list[str]:
    """Return why a tender cannot be decided yet: scores that were not agreed."""
    return [
        f"{one.bid}, {one.criterion}: no score is agreed yet."
        for one in moderations_of(tender)
        if one.agreed is None
    ]


def evaluation_of(tender: Tender) -> Evaluation:
    """Return the outcome by the agreed scores; ask only once every score is agreed."""
    bids = tender.bids.prefetch_related("agreed_scores__criterion")
    return evaluate(tender.terms, [bid.terms for bid in bids])


@dataclass(frozen=True)
class Letter:
    """What one bidder is told: its own marks and rank, nothing of any other bidder."""

    bid: Bid
    verdict: Verdict
    lines: tuple[Line, ...]
    ranked: int
    won: bool
    reasons: tuple[tuple[Criterion, str], ...]


def letter_to(bid: Bid) -> Letter:
    """Return a bidder's letter; of the others it learns only how many were scored.

    The working of a scored price names the lowest price of all, so only its mark is told.
    """
    tender = bid.tender
    outcome = evaluation_of(tender)
    verdict = next(one for one in outcome.verdicts if one.bidder == bid.bidder)
    told = f"{pounds(bid.price_pence)} against the lowest price"
    lines = tuple(
        replace(line, working=told) if line.title == "Price" and line.value is not None else line
        for line in verdict.lines
    )
    agreed = bid.agreed_scores.exclude(reason="").select_related("criterion")
    return Letter(
        bid,
        verdict,
        lines,
        len(outcome.ranked),
        bid.bidder in {one.bidder for one in winners(tender, outcome)[0]},
        tuple((row.criterion, row.reason) for row in agreed),
    )


def winners(tender: Tender, outcome: Evaluation) -> tuple[list[Verdict], list[str]]:
    """Return the verdicts that win a place, best first, and the ties to be settled before."""
    settled = {bid.bidder: bid.tie_order for bid in tender.bids.all() if bid.tie_order}
    places = tender.lead_places + tender.additional_places
    return order_of_award(outcome.ranked, places=places, settled=settled)


@dataclass(frozen=True)
class ProposedPlace:
    """A place in a lot that a decided tender proposes."""

    lot: Lot
    bid: Bid
    tier: Tier
    rank: int


def proposed_places(tender: Tender) -> list[ProposedPlace]:
    """Return the places a decided tender proposes: the best lead, those after them additional."""
    bids = {bid.bidder: bid for bid in tender.bids.select_related("provider")}
    won, _ = winners(tender, evaluation_of(tender))
    lots = [tender.lot] if tender.lot else list(tender.framework.lots.all())
    found = []
    for lot in lots:
        for number, verdict in enumerate(won):
            leads = number < tender.lead_places
            tier = Tier.LEAD if leads else Tier.ADDITIONAL
            rank = number + 1 if leads else number + 1 - tender.lead_places
            found.append(ProposedPlace(lot, bids[verdict.bidder], tier, rank))
    return found
