"""Frameworks and lots through the services."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.market import services
from cms_models.market.domain import Tier
from cms_models.market.models import Framework, Lot, LotAward, ProviderMembership
from cms_models.market.selectors import cascade_of, framework_notes, lots_seen
from cms_models.market.structure import BadStructure


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


def framework_of(council, name: str = "Home based care", **changes: Any) -> Framework:
    """Return a draft of five years from 01/07/2018 with up to five more."""
    terms = {
        "starts_on": date(2018, 7, 1),
        "ends_on": date(2023, 7, 1),
        "latest_end_on": date(2028, 7, 1),
    }
    return services.set_framework(actor=council.system, name=name, **{**terms, **changes})


def lot_of(council, framework: Framework, code: str = "1", **changes: Any) -> Lot:
    terms: dict[str, Any] = {"name": f"Lot {code}", "pathways": ["O"], "zones": ["A"], **changes}
    return services.set_lot(actor=council.system, framework=framework, code=code, **terms)


def place_in(council, lot: Lot, ref: str = "P1", **changes: Any) -> LotAward:
    terms: dict[str, Any] = {
        "tier": Tier.LEAD,
        "rank": 1,
        "capacity_minutes_per_week": None,
        "starts_on": date(2018, 7, 1),
        **changes,
    }
    return services.set_lot_award(
        actor=council.system, lot=lot, provider=council.providers[ref], **terms
    )


@pytest.mark.parametrize(("day", "allowed"), [(19, False), (20, True)])
def test_pr_04_a_place_is_given_the_day_after_the_standstill(council, day, allowed):
    starts = {"starts_on": date(2017, 3, 1), "standstill_ends_on": date(2017, 3, 19)}
    lot = lot_of(council, framework_of(council, **starts))

    if allowed:
        place_in(council, lot, decided_on=date(2017, 3, day), starts_on=date(2017, 7, 1))
    else:
        with pytest.raises(ValidationError, match=r"standstill to 19/03/2017: award from 20/03"):
            place_in(council, lot, decided_on=date(2017, 3, day), starts_on=date(2017, 7, 1))

    assert lot.awards.exists() is allowed


def test_pr_06_a_framework_is_extended_to_its_longest_and_no_further(council):
    framework = framework_of(council)
    place_in(council, lot_of(council, framework))
    services.publish_framework(actor=council.system, framework=framework)
    extend = {"actor": council[Role.COMMISSIONER], "framework": framework, "reason": "good work"}

    assert (framework.last_day, framework.latest_last_day) == (
        date(2023, 6, 30),
        date(2028, 6, 30),
    )
    services.extend_framework(**extend, to=date(2028, 7, 1))
    with pytest.raises(ValidationError, match="to 30/06/2028 at the latest"):
        services.extend_framework(**extend, to=date(2028, 7, 2))

    framework.refresh_from_db()
    assert framework.last_day == date(2028, 6, 30)


def test_pr_09_a_framework_without_a_break_clause_is_not_ended(council):
    framework = framework_of(council)
    place_in(council, lot_of(council, framework))
    services.publish_framework(actor=council.system, framework=framework)
    end = {"actor": council[Role.COMMISSIONER], "framework": framework, "on": date(2020, 7, 1)}

    with pytest.raises(ValidationError, match=r"no break clause.*end the packages instead"):
        services.end_framework(**end, reason="too dear")

    framework.refresh_from_db()
    assert framework.ends_on == date(2023, 7, 1)


def test_a_lot_without_enough_providers_is_not_put_in_force(council):
    framework = framework_of(council)
    lot = lot_of(council, framework, least_providers=2)
    place_in(council, lot)

    assert services.framework_refusals(framework) == [
        "Lot 1 Lot 1 needs at least 2 providers and has 1: give providers their places first."
    ]
    place_in(council, lot, "P2", tier=Tier.DPS)
    assert services.framework_refusals(framework) == []


@pytest.mark.parametrize(
    ("starts", "ends", "allowed"),
    [
        (date(2019, 12, 31), None, False),  # P1 leads to 31/12/2019
        (date(2020, 1, 1), None, True),
        (date(2018, 7, 1), date(2018, 7, 2), False),
    ],
)
def test_a_lot_has_one_lead_at_a_time(council, starts, ends, allowed):
    lot = lot_of(council, framework_of(council))
    place_in(council, lot, ends_on=date(2020, 1, 1))

    if allowed:
        place_in(council, lot, "P2", starts_on=starts, ends_on=ends)
    else:
        words = rf"two leads from {starts:%d/%m/%Y}: .*\(P1\) and .*\(P2\)|two leads .*P2.*P1"
        with pytest.raises(ValidationError, match=words):
            place_in(council, lot, "P2", starts_on=starts, ends_on=ends)
        place_in(council, lot, "P2", tier=Tier.ADDITIONAL, starts_on=starts, ends_on=ends)

    assert lot.awards.filter(tier=Tier.LEAD).count() == (2 if allowed else 1)


def test_a_place_is_not_made_a_second_lead_afterwards(council):
    lot = lot_of(council, framework_of(council))
    place_in(council, lot)
    place_in(council, lot, "P2", tier=Tier.ADDITIONAL)

    with pytest.raises(ValidationError, match="two leads from 01/07/2018"):
        place_in(council, lot, "P2")

    assert lot.awards.get(provider=council.providers["P2"]).tier == Tier.ADDITIONAL


def test_a_framework_with_two_leads_in_a_lot_is_not_put_in_force(council):
    framework = framework_of(council)
    lot = lot_of(council, framework)
    place_in(council, lot)
    place_in(council, lot, "P2", tier=Tier.ADDITIONAL)
    lot.awards.update(tier=Tier.LEAD)

    with pytest.raises(ValidationError, match="Lot 1 Lot 1 would have two leads from 01/07/2018"):
        services.publish_framework(actor=council.system, framework=framework)

    framework.refresh_from_db()
    assert framework.state == "draft"


def test_pr_07_gaps_and_a_missing_lead_are_told_and_refuse_nothing(council):
    framework = framework_of(council)
    place_in(council, lot_of(council, framework), tier=Tier.ADDITIONAL)

    assert services.framework_refusals(framework) == []
    assert framework_notes(framework) == [
        "Lot 1 Lot 1: no lead: starts at additional.",
        "Pathway O has no lot in zone B: such work cannot be offered there.",
        "While both run, new referrals of lot O-A of Help to Live at Home go to lot 1 of "
        "Home based care; Help to Live at Home keeps the packages it has.",
    ]


def test_a_published_lot_stays_as_it_is(council):
    lot = council.lots["O-A"]
    terms = {"name": lot.name, "pathways": lot.pathways, "zones": lot.zones}

    same = lot_of(council, lot.framework, "O-A", **terms)
    with pytest.raises(ValidationError, match="copy the framework as a draft"):
        lot_of(council, lot.framework, "O-A", **{**terms, "name": "Other"})

    assert (same.pk, same.version) == (lot.pk, lot.version)
    assert Lot.objects.get(pk=lot.pk).name == "Zone A"


def test_a_copy_is_a_draft_with_the_lots_and_who_holds_places_that_day(council):
    framework = council.lots["O-A"].framework
    gone = LotAward.objects.get(lot=council.lots["O-A"], tier=Tier.ADDITIONAL)
    gone.ends_on = date(2026, 1, 1)
    gone.save()

    copy = services.copy_framework(
        actor=council[Role.COMMISSIONER],
        framework=framework,
        name="Option B",
        starts_on=date(2027, 4, 1),
    )

    assert (copy.state, copy.ends_on) == ("draft", framework.ends_on)
    assert [lot.code for lot in copy.lots.all()] == ["D-AB", "M", "O-A", "O-B"]
    assert [row.provider.ref for row in copy.lots.get(code="O-A").awards.all()] == ["P1"]
    assert {row.starts_on for row in LotAward.objects.filter(lot__framework=copy)} == {
        date(2027, 4, 1)
    }
    assert framework.lots.count() == 4


def test_cells_are_divided_into_lots_all_or_none(council):
    framework = services.copy_framework(
        actor=council[Role.COMMISSIONER],
        framework=council.lots["O-A"].framework,
        name="Option B",
        starts_on=date(2027, 4, 1),
    )
    seen = lots_seen(framework)
    divide = {"actor": council[Role.COMMISSIONER], "framework": framework, "names": {"N": "Both"}}

    with pytest.raises(BadStructure, match="D in zone A"):
        services.divide_into_lots(**divide, cells={("O", "A"): "O-A", ("D", "B"): "O-A"}, seen=seen)
    assert lots_seen(framework) == seen
    cells = {("O", "A"): "N", ("O", "B"): "N", ("D", "A"): "D-AB", ("M", "A"): ""}
    services.divide_into_lots(**divide, cells=cells, seen=seen)

    assert {lot.code: (lot.pathways, lot.zones) for lot in framework.lots.all()} == {
        "D-AB": (["D"], ["A"]),
        "N": (["O"], ["A", "B"]),
    }
    with pytest.raises(ValidationError, match="changed the lots"):
        services.divide_into_lots(**divide, cells=cells, seen=seen)


def test_a_contract_manager_changes_no_lot_structure(council):
    framework = framework_of(council)
    lot_of(council, framework)

    with pytest.raises(PermissionDenied):
        services.divide_into_lots(
            actor=council[Role.CONTRACT_MANAGER],
            framework=framework,
            cells={},
            names={},
            seen=lots_seen(framework),
        )
    assert framework.lots.count() == 1
