"""Frameworks and lots through the services."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from cms_models.market import services
from cms_models.market.domain import Tier
from cms_models.market.models import Lot, ProviderMembership
from cms_models.market.selectors import cascade_of


def test_pr_07_a_lot_is_published_without_a_lead(council):
    framework = services.set_framework(
        actor=council.system,
        name="Home based care",
        starts_on=date(2018, 7, 1),
        ends_on=date(2023, 7, 1),
        latest_end_on=date(2028, 7, 1),
        standstill_ends_on=date(2018, 7, 5),
    )
    lot = services.set_lot(
        actor=council.system,
        framework=framework,
        code="6",
        name="Rushcliffe",
        pathways=["O"],
        zones=["Rushcliffe"],
    )
    services.set_lot_award(
        actor=council.system,
        lot=lot,
        provider=council.providers["P2"],
        tier=Tier.ADDITIONAL,
        rank=1,
        capacity_minutes_per_week=None,
        starts_on=date(2018, 7, 1),
    )

    assert cascade_of(lot, on=date(2018, 7, 6)) == "no lead: starts at additional"


def test_one_pathway_in_one_zone_is_in_one_lot_only(council):
    framework = council.lots["O-A"].framework

    with pytest.raises(ValidationError, match="pathway O in zone A is already in O-A Zone A"):
        services.set_lot(
            actor=council.system,
            framework=framework,
            code="X",
            name="Again",
            pathways=["O"],
            zones=["A"],
        )
    assert not Lot.objects.filter(code="X").exists()


def test_nobody_acts_for_another_councils_provider(council, other_council):
    before = ProviderMembership.objects.count()

    with pytest.raises(ValidationError, match="different councils"):
        services.add_member(
            actor=council.system,
            user=council.provider_users["P1"],
            provider=other_council.providers["P1"],
        )
    assert ProviderMembership.objects.count() == before
