"""Nursing placements through the same flow, and who pays what of a week."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cms_models.accounts.roles import Role
from cms_models.brokerage.costs import week_shares
from cms_models.brokerage.models import Invitation, Route
from cms_models.brokerage.services.awards import award_offer
from cms_models.brokerage.services.offers import OfferTerms, make_offer
from cms_models.brokerage.services.releases import release
from cms_models.care.models import CarePackage
from cms_models.market.homes import set_home, set_vacancy
from cms_models.market.models import Vacancy
from tests.council import TODAY

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_br_05_a_nursing_placement_goes_the_same_way_with_the_homes_that_have_a_bed(council):
    broker, provider = council[Role.BROKER], council.providers["P2"]
    home = set_home(
        actor=broker, provider=provider, name="Orchard", postcode="HR1 1AA", kinds=["nursing"]
    )
    vacancy = set_vacancy(
        actor=broker,
        home=home,
        kind="nursing",
        free=1,
        weekly_pence=98_000,
        as_at=TODAY,
        today=TODAY,
    )
    package = council.package(1, element_type="Nursing", setting="nursing", pattern="")

    row = release(actor=broker, package=package, route=Route.HOMES, now=NOW)

    (asked,) = Invitation.objects.filter(release=row)
    assert asked.provider == provider
    assert "Provider One has no free nursing bed." in [one["why"] for one in row.left_out]
    terms = OfferTerms(TODAY, 0, price_pence=95_000)
    offer = make_offer(actor=council.provider_users["P2"], invitation=asked, terms=terms, now=NOW)
    award_offer(actor=broker, offer=offer, reason="the only bed", now=NOW)
    package = CarePackage.objects.get()
    assert (package.status, package.weekly_pence) == ("active", 95_000)
    assert Vacancy.objects.get(pk=vacancy.pk).free == 0


@pytest.mark.parametrize(
    ("funder", "share", "council_pence", "other_pence", "fee"),
    [
        ("Shared", 70, 15_484, 6_636, None),  # BR-07: 30 % of £221.20 is £66.36
        ("Self-funder", 100, 0, 22_120, 34_400),  # BR-06
        ("CHC", 100, 0, 22_120, None),
        ("Local authority", 100, 22_120, 0, None),
    ],
)
def test_br_06_br_07_who_pays_what_of_a_week(
    council, funder, share, council_pence, other_pence, fee
):
    # 14 h × £15.80 = £221.20
    package = council.package(
        1,
        pattern="Mon-Sun 08:00-09:00 120m",
        funder=funder,
        funder_share_percent=Decimal(share),
    )

    shares = week_shares(package)

    assert shares.week_pence == 22_120
    assert (shares.council_pence, shares.other_pence) == (council_pence, other_pence)
    assert shares.fee_pence == fee
    if funder == "Shared":
        assert shares.sentence == "£221.20 = £66.36 the NHS + £154.84 the council."
