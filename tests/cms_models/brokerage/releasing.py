"""A council whose packages are released to three tiers of lot O-A: P1, then P2, then P4 and P5."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import Invitation, Release
from cms_models.brokerage.services.releases import release
from cms_models.care.models import CarePackage
from cms_models.market import services as market
from cms_models.market.domain import Tier
from cms_models.market.models import Lot, Provider
from tests.council import PASSWORD, Council

LONDON = ZoneInfo("Europe/London")
NINE = datetime(2026, 11, 23, 9, tzinfo=LONDON)


def hours(number: float) -> datetime:
    """Return a moment so many hours after the release at nine."""
    return NINE + timedelta(hours=number)


def add_provider(council: Council, ref: str, *, lot: Lot | None = None, tier: Tier = Tier.DPS):
    """Add a provider with the skill medication, with a place in a lot where one is given."""
    provider = Provider.objects.create(
        authority=council.authority, ref=ref, name=f"Provider {ref}", skills=["medication"]
    )
    if lot is not None:
        market.set_lot_award(
            actor=council.system,
            lot=lot,
            provider=provider,
            tier=tier,
            rank=1,
            capacity_minutes_per_week=None,
            starts_on=date(2017, 7, 1),
        )
    return provider


def member_of(council: Council, provider: Provider) -> User:
    """Return a user who acts for a provider."""
    user = register_user(
        authority=council.authority,
        username=f"user-{provider.ref.lower()}",
        role=Role.PROVIDER,
        password=PASSWORD,
        name=f"{provider.name} User",
    )
    market.add_member(actor=council.system, user=user, provider=provider)
    return user


def release_it(council: Council, package: CarePackage, route: str = "tiers", **more) -> Release:
    """Release a package as the broker at nine."""
    more = {"now": NINE, "reason": "" if route == "tiers" else "Agreed by the team", **more}
    return release(actor=council[Role.BROKER], package=package, route=route, **more)


def invited(row: Release, ref: str) -> Invitation:
    """Return a provider's invitation of a release."""
    return row.invitations.select_related("provider", "release__package").get(provider__ref=ref)


def terms(**changes) -> OfferTerms:
    """Return an offer of the whole week (210 minutes) from 1 December."""
    return OfferTerms(**{"starts_on": date(2026, 12, 1), "weekly_minutes": 210, **changes})
