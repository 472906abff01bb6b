"""Who acts in the sample of brokerage, and what every package on offer is given to ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.brokerage.domain import OfferTerms, QuestionTerms
from cms_models.brokerage.models import (
    Invitation,
    InvitationState,
    Offer,
    OfferQuestion,
    Release,
    Urgency,
)
from cms_models.brokerage.services import offers, requirements
from cms_models.care.models import CarePackage
from cms_models.market.models import Provider

# Enough of a PDF to be one: a page without a word.
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
NEEDS = ("Washing and dressing", "Meals and drinks", "Reminding of medicines")
OUTCOMES = ("Stays at home and sees friends again.", "Walks to the shop by the spring.")
MUSTS = ("The same few carers, told who they are beforehand.",)
NICE = ("Somebody who likes gardens.",)
QUESTIONS = (
    QuestionTerms("How would you keep the number of carers small?", True, Decimal(10)),
    QuestionTerms("From which day could you begin at the latest?"),
)


@dataclass
class Scene:
    """Who acts in the sample, on which day, and the packages that still wait for a part in it."""

    broker: User
    colleague: User
    system: User
    provider: Provider
    provider_user: User
    now: datetime
    waiting: list[CarePackage] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day of the sample."""
        return timezone.localdate(self.now)

    def ago(self, hours: float) -> datetime:
        """Return a moment so many hours before."""
        return self.now - timedelta(hours=hours)

    def next_package(self) -> CarePackage | None:
        """Return a package that has no part yet; None when there is none left."""
        return self.waiting.pop(0) if self.waiting else None


def require(scene: Scene, package: CarePackage, urgency: str = str(Urgency.ROUTINE)) -> None:
    """State what a package asks for."""
    row = requirements.set_requirement(
        actor=scene.broker,
        package=package,
        values={
            "must_haves": list(MUSTS),
            "nice_to_haves": list(NICE),
            "needs": list(NEEDS),
            "outcomes": list(OUTCOMES),
            "urgency": str(urgency),
            "start_by": package.starts_on + timedelta(days=14),
        },
        expected_version=None,
    )
    requirements.set_offer_questions(actor=scene.broker, requirement=row, questions=QUESTIONS)


def offer(
    scene: Scene, invitation: Invitation, *, actor: User, at: datetime, days: int = 0
) -> Offer:
    package = invitation.release.package
    rows = OfferQuestion.objects.filter(requirement__package=package)
    answers = {
        str(row.public_id): "Two carers in turn, and a third for holidays."
        if row.scored
        else "In ten days."
        for row in rows
    }
    terms = OfferTerms(
        starts_on=max(package.starts_on, scene.today) + timedelta(days=days),
        weekly_minutes=package.weekly_minutes,
        answers=answers,
    )
    return offers.make_offer(actor=actor, invitation=invitation, terms=terms, now=at)


def asked(release: Release) -> Sequence[Invitation]:
    rows = release.invitations.filter(state=InvitationState.OPEN)
    return list(rows.select_related("provider", "release__package").order_by("provider__name"))
