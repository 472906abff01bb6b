"""What happens to a package after its award, each with a canary, for the walk of the admin."""

from datetime import timedelta

from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import ReviewKind
from cms_models.brokerage.services import hand_backs, life
from cms_models.care.models import CarePackage
from tests.council import TODAY, Council


def furnish_life(council: Council, package: CarePackage) -> None:
    """Suspend, hand back, transfer and review a package that P1 delivers."""
    broker, now = council[Role.BROKER], timezone.now()
    later = TODAY + timedelta(days=30)
    life.suspend(
        actor=broker, package=package, starts_on=later, reason="hospital", words="Canary hip"
    )
    hand_backs.hand_back(
        actor=council.provider_users["P1"],
        package=package,
        reason="cannot_work",
        words="Canary dog",
        evidence=("canary.txt", b"Canary"),
        now=now,
    )
    life.transfer(
        actor=broker,
        package=package,
        to_provider=council.providers["P2"],
        on=later,
        reason="Canary wish",
        now=now,
    )
    life.add_review(
        actor=broker,
        package=package,
        kind=ReviewKind.REVIEW,
        due_on=later,
        words="Canary words",
    )
