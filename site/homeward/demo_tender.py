"""The sample council's tender: a lot of the next framework, decided, in its standstill."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.audit.services import save_record
from cms_models.market.domain import framework_term
from cms_models.market.models import Framework, Provider
from cms_models.market.services import copy_framework
from cms_models.tenders import services as tenders
from cms_models.tenders.models import Tender
from cms_models.tenders.services import GivenScore

NAME = "Zone E, next framework"
CEILING_PENCE = 1580
CRITERIA = (
    ("1", "Staff and training", 40),
    ("2", "Reaching rural people", 35),
    ("3", "Skills", 25),
)
# Bidder, pence an hour, and each evaluator's scores of 100; the last fails on price.
BIDS = (
    ("P06", 1580, ((70, 80, 65), (74, 76, 65))),
    ("P05", 1560, ((68, 70, 72), (68, 66, 72))),
    ("P12", 1595, ()),
)


def decide_sample_tender(authority: Authority, *, today: date) -> None:
    """Take the sample tender from its rules to its letters of yesterday, once."""
    if Tender.objects.filter(authority=authority, name=NAME).exists():
        return
    people = User.objects.filter(authority=authority)
    actor = people.filter(role=Role.COMMISSIONER).first()
    other = people.filter(role=Role.CONTRACT_MANAGER).first()
    running = Framework.objects.filter(authority=authority, state="published").first()
    if actor is None or other is None or running is None:
        return
    with transaction.atomic():
        tender = _asked(actor, _next_framework(actor, running))
        _bid(actor, tender)
        tenders.begin_scoring(actor=actor, tender=tender, on=today)
        for number, evaluator in enumerate((actor, other)):
            tenders.give_scores(actor=evaluator, tender=tender, given=_scores(tender, number))
        tenders.close_scoring(actor=actor, tender=tender)
        tenders.agree_scores(actor=actor, tender=tender, given=_means(tender))
        tenders.decide(
            actor=actor,
            tender=tender,
            letters_on=today - timedelta(days=1),
            reason="The best quality of the bids that pass on price.",
        )


def _next_framework(actor: User, running: Framework) -> Framework:
    """Draft the framework that follows the one in force."""
    following = copy_framework(
        actor=actor,
        framework=running,
        name=f"{running.name} {running.ends_on.year}",
        starts_on=running.ends_on,
    )
    term = framework_term(starts_on=running.ends_on, years=5, extension_years=5)
    following.ends_on, following.latest_end_on = term.ends_on, term.latest_end_on
    return save_record(actor=actor, record_=following, expected_version=following.version)


def _asked(actor: User, framework: Framework) -> Tender:
    tender = Tender(
        authority=framework.authority,
        framework=framework,
        lot=framework.lots.filter(code="O-E").first(),
        name=NAME,
        ceiling_pence=CEILING_PENCE,
        additional_places=1,
    )
    tender.full_clean(exclude=["authority"])
    save_record(actor=actor, record_=tender, expected_version=None)
    for code, title, weight in CRITERIA:
        tenders.set_criterion(
            actor=actor, tender=tender, code=code, title=title, weight=Decimal(weight)
        )
    return tenders.open_tender(actor=actor, tender=tender)


def _bid(actor: User, tender: Tender) -> None:
    providers = {row.ref: row for row in Provider.objects.filter(authority=tender.authority)}
    for ref, pence, _ in BIDS:
        tenders.set_bid(
            actor=actor,
            tender=tender,
            bidder=providers[ref].name,
            provider=providers[ref],
            price_pence=pence,
        )


def _scores(tender: Tender, number: int) -> list[GivenScore]:
    bids = {bid.provider.ref: bid for bid in tender.bids.select_related("provider")}
    criteria = list(tender.criteria.order_by("code"))
    return [
        GivenScore(bids[ref].pk, criterion.pk, Decimal(score))
        for ref, _, scores in BIDS
        if scores
        for criterion, score in zip(criteria, scores[number], strict=True)
    ]


def _means(tender: Tender) -> list[GivenScore]:
    both = zip(_scores(tender, 0), _scores(tender, 1), strict=True)
    return [
        GivenScore(one.bid_id, one.criterion_id, (one.score + other.score) / 2)
        for one, other in both
    ]
