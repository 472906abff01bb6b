"""Five packages, one in each column of the brokers' board.

1 needs a provider, 2 was handed back by P1 (its release withdrawn), 3 is released to its lead, for
4 P1 offers, and 5 was declined by both providers of its lot.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import OfferTerms, QuestionTerms
from cms_models.brokerage.models import HandBack, HandBackState, Invitation, Release
from cms_models.brokerage.services.offers import decline, make_offer
from cms_models.brokerage.services.releases import release
from cms_models.brokerage.services.requirements import set_offer_questions, set_requirement
from cms_models.care.models import Award, CarePackage
from tests.council import Council


def scene(council: Council, *, now: datetime | None = None) -> list[CarePackage]:
    """Return the packages, in the order of the columns."""
    at = now or timezone.now()
    needed = council.package(1)
    returned = handed_back(council, 2, at)
    released = council.package(3)
    release(actor=council[Role.BROKER], package=released, route="tiers", now=at)
    offered = with_offer(council, 4, at)
    unplaced = council.package(5)
    row = release(
        actor=council[Role.BROKER], package=unplaced, route="all", reason="Urgent", now=at
    )
    for ref in ("P1", "P2"):
        refuse(council, row, ref, at)
    return [needed, returned, released, offered, unplaced]


def handed_back(council: Council, number: int, at: datetime) -> CarePackage:
    """Return a package that P1 delivers and gave back, as was accepted two days ago."""
    package = council.package(number, organisation_ref="P1", status="active")
    award = Award.objects.get(package=package)
    Award.objects.filter(pk=award.pk).update(
        decided_at=at - timedelta(days=30),
        ends_on=timezone.localdate(at) + timedelta(days=27),
    )
    HandBack.objects.create(
        authority=council.authority,
        package=package,
        award=award,
        provider=award.provider,
        reason="staff",
        words="No carer at these times.",
        state=HandBackState.ACCEPTED,
        submitted_by=council.provider_users["P1"],
        submitted_at=at - timedelta(days=3),
        decided_by=council[Role.CONTRACT_MANAGER],
        decided_at=at - timedelta(days=2),
    )
    return package


def with_offer(council: Council, number: int, at: datetime) -> CarePackage:
    """Return an urgent package, released to its lead, who offers the whole week."""
    package, broker = council.package(number), council[Role.BROKER]
    requirement = set_requirement(
        actor=broker,
        package=package,
        values={
            "must_haves": ["A carer who drives"],
            "nice_to_haves": ["Speaks Welsh"],
            "needs": ["Washing and dressing"],
            "outcomes": ["Stays at home"],
            "urgency": "urgent",
            "start_by": None,
        },
        expected_version=None,
    )
    questions = [
        QuestionTerms("How soon can the same carer call?", scored=True, most_points=10),
        QuestionTerms("Who covers holidays?"),
    ]
    asked = set_offer_questions(actor=broker, requirement=requirement, questions=questions)
    row = release(actor=broker, package=package, route="tiers", now=at)
    offer(council, row, "P1", at, answers={str(one.public_id): "From day one" for one in asked})
    return package


def offer(council: Council, row: Release, ref: str, at: datetime, answers: dict[str, str]) -> None:
    """Let a provider offer 210 minutes a week from the week after."""
    terms = OfferTerms(
        starts_on=timezone.localdate(at) + timedelta(days=7), weekly_minutes=210, answers=answers
    )
    make_offer(
        actor=council.provider_users[ref], invitation=invitation(row, ref), terms=terms, now=at
    )


def refuse(council: Council, row: Release, ref: str, at: datetime) -> None:
    """Let a provider decline for want of capacity."""
    decline(
        actor=council.provider_users[ref],
        invitation=invitation(row, ref),
        reason="capacity",
        words="",
        now=at,
    )


def invitation(row: Release, ref: str) -> Invitation:
    """Return a provider's invitation."""
    return row.invitations.select_related("provider", "release__package").get(provider__ref=ref)
