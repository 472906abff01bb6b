"""Packages on offer to the providers of the test council, through the services."""

from collections.abc import Sequence

from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import QuestionTerms
from cms_models.brokerage.models import Invitation
from cms_models.brokerage.services import releases, requirements
from cms_models.care.models import CarePackage
from tests.council import Council


def released(
    council: Council, number: int = 1, *, route: str = "tiers", questions: Sequence[str] = ()
) -> CarePackage:
    """Return a package released to its lot: by tiers P1 is asked first, for four hours."""
    package = council.package(number)
    requirement = requirements.set_requirement(
        actor=council[Role.BROKER],
        package=package,
        values={
            "needs": ["Washing and dressing"],
            "must_haves": ["Moving and handling training"],
            "outcomes": ["Stays in touch with neighbours"],
        },
        expected_version=None,
    )
    requirements.set_offer_questions(
        actor=council[Role.BROKER],
        requirement=requirement,
        questions=[QuestionTerms(text) for text in questions],
    )
    releases.release(
        actor=council[Role.BROKER],
        package=package,
        route=route,
        now=timezone.now(),
        reason="Everybody at once" if route == "all" else "",
    )
    return package


def asked(council: Council, package: CarePackage, ref: str = "P1") -> Invitation:
    """Return how a provider was asked about a package."""
    return Invitation.objects.get(release__package=package, provider=council.providers[ref])
