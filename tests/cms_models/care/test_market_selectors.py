"""The lead's share of new referrals, and packages on their way to new providers."""

from datetime import UTC, date, datetime

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.market_selectors import lead_share, move_counts, moves_of
from cms_models.care.models import Award, AwardSource, CarePackage
from cms_models.care.services.registration import resolve_again
from cms_models.market import services as market
from cms_models.market.domain import Tier
from cms_models.market.models import Framework, Lot
from tests.council import TODAY

JUNE = datetime(2026, 6, 15, 12, tzinfo=UTC)


def awarded(council, number: int, *, to: str, at: datetime = JUNE) -> Award:
    """Award package `number` of lot O-A to a provider at a moment."""
    package = council.package(number)
    return Award.objects.create(
        authority=council.authority,
        package=package,
        provider=council.providers[to],
        lot=council.lots["O-A"],
        source=AwardSource.BROKER,
        starts_on=TODAY,
        decided_by=council[Role.BROKER],
        decided_at=at,
    )


@pytest.mark.parametrize(
    ("to_lead", "percent", "kept"), [(41, "51.25", True), (40, "50.00", False)]
)
def test_al_04_a_majority_of_eighty_new_referrals_is_forty_one(council, to_lead, percent, kept):
    lot = council.lots["O-A"]
    Lot.objects.filter(pk=lot.pk).update(lead_promise="majority")
    lot.refresh_from_db()
    package = council.package(1)
    packages = CarePackage.objects.bulk_create(_copies(package, 79))
    Award.objects.bulk_create(
        Award(
            authority=council.authority,
            package=one,
            provider=council.providers["P1" if number < to_lead else "P2"],
            lot=lot,
            source=AwardSource.BROKER,
            starts_on=TODAY,
            decided_by=council[Role.BROKER],
            decided_at=JUNE,
        )
        for number, one in enumerate([package, *packages])
    )

    share = lead_share(lot, first=date(2026, 6, 1), until=date(2026, 7, 1))

    assert (share.to_lead, share.referrals) == (to_lead, 80)
    assert (str(share.percent), share.kept) == (percent, kept)


def _copies(package: CarePackage, count: int) -> list[CarePackage]:
    kept = {
        field.attname: getattr(package, field.attname)
        for field in CarePackage._meta.concrete_fields
        if field.name not in ("id", "public_id", "package_ref", "element_id")
    }
    return [CarePackage(**kept, package_ref=f"C-{n}", element_id=f"C-{n}") for n in range(count)]


def test_al_04_only_the_days_asked_for_count_and_the_lead_of_that_day(council):
    lot = council.lots["O-A"]
    awarded(council, 1, to="P1")
    awarded(council, 2, to="P2")
    awarded(council, 3, to="P1", at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))  # 1 July here
    lead = lot.awards.get(tier=Tier.LEAD)
    lead.ends_on = date(2026, 7, 1)
    lead.save()

    june = lead_share(lot, first=date(2026, 6, 1), until=date(2026, 7, 1))
    july = lead_share(lot, first=date(2026, 7, 1), until=date(2026, 8, 1))

    assert (june.to_lead, june.referrals) == (1, 2)
    assert (july.to_lead, july.referrals) == (0, 1)  # its place was over


def test_al_04_what_the_case_system_placed_counts_by_its_first_day_of_care(council):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 6, 10))

    share = lead_share(council.lots["O-A"], first=date(2026, 6, 1), until=date(2026, 7, 1))

    assert (share.to_lead, share.referrals) == (1, 1)


@pytest.fixture
def new_framework(council) -> Framework:
    """A framework from today whose lot 1 (O in A) is led by P2; the core one runs on."""
    framework = market.set_framework(
        actor=council.system, name="Leads", starts_on=TODAY, ends_on=date(2031, 7, 1)
    )
    lot = market.set_lot(
        actor=council.system,
        framework=framework,
        code="O-A",
        name="New zone A",
        pathways=["O"],
        zones=["A"],
    )
    market.set_lot_award(
        actor=council.system,
        lot=lot,
        provider=council.providers["P2"],
        tier=Tier.LEAD,
        rank=1,
        capacity_minutes_per_week=None,
        starts_on=TODAY,
    )
    return framework


def test_pr_08_a_new_referral_goes_to_the_new_lead_and_packages_stay_where_they_are(
    council, new_framework
):
    existing = council.package(1, organisation_ref="P1", status="active")
    market.publish_framework(actor=council.system, framework=new_framework)

    resolve_again(actor=council.system, on=TODAY)
    referral = council.package(2)
    existing.refresh_from_db()

    assert (referral.lot.framework, referral.lot.name) == (new_framework, "New zone A")
    assert existing.lot == council.lots["O-A"]
    assert existing.awards.get(current=True).provider == council.providers["P1"]


def test_pr_08_the_transition_counts_what_remains_with_old_providers(council, new_framework):
    council.package(1, organisation_ref="P1", status="active")
    council.package(2, organisation_ref="P1", status="active")
    council.package(3, organisation_ref="P2", status="active")
    council.package(4)  # a referral has no provider to move from
    council.package(5, organisation_ref="P2", status="active", postcode="HR3 3CC")  # zone B

    counts = move_counts(moves_of(council[Role.COMMISSIONER], new_framework, on=TODAY))

    # 2 packages of 7 × 30 min = 7 h with P1, which holds no place in the new lot
    assert [
        (row.provider.ref, row.packages, row.to_move, row.minutes_to_move) for row in counts
    ] == [("P1", 2, 2, 420), ("P2", 1, 0, 0)]
