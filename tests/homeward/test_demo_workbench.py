"""The sample's workbench: laid out by named people through the services, once."""

import json
from datetime import date
from decimal import Decimal

import pytest

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.care.models import CarePackage
from cms_models.fields.own.models import CustomField, Entry, RecordType
from cms_models.market.models import Provider
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import drawing_of, zone_map_refusals
from cms_models.places.services import draft_zone_map, load_postcodes, publish_zone_map
from cms_models.planning.models import Scenario
from cms_models.planning.selectors import option_of, sheets_of
from cms_models.rates.models import BankHoliday, RateCard
from cms_models.rulebook.models import RuleBookEdition
from homeward.demo_workbench import BOTH, CARD, TRIMMED, UPLIFTED, furnish_workbench
from importers.sample.places import DATA
from tests.council import TODAY, Council

# Pembridge, in zone B by the Arrow; Peterchurch, in zone D in the Golden Valley; Hereford, in A.
PLACES = {"HR6 9DZ": (52.218, -2.893), "HR2 0RS": (52.041, -2.955), "HR1 1AA": (52.0567, -2.715)}


@pytest.fixture
def county(council: Council) -> Council:
    """The council on the sample's own zones, with six contributing people in three places."""
    zones = json.loads((DATA / "herefordshire_zones.geojson").read_text(encoding="utf-8"))
    load_postcodes(actor=council.system, points=PLACES)
    drawn = draft_zone_map(
        actor=council.system,
        name="Zones 2016",
        valid_from=date(2016, 8, 1),
        features=zones["features"],
    )
    publish_zone_map(actor=council.system, zone_map=drawn)
    homes = (*["HR6 9DZ"] * 2, *["HR2 0RS"] * 2, *["HR1 1AA"] * 2)
    for number, postcode in enumerate(homes, start=1):
        council.package(number, postcode=postcode, contribution=True, status="active")
    return council


def test_laid_out_twice_the_workbench_is_there_once(county: Council):
    furnish_workbench(county.authority, today=TODAY)
    kept = AuditEntry.objects.count()
    furnish_workbench(county.authority, today=TODAY)

    assert AuditEntry.objects.count() == kept
    assert list(chain_faults(county.authority)) == []
    counts = {
        model.__name__: model.objects.filter(authority=county.authority).count()
        for model in (RecordType, Entry, Scenario, RuleBookEdition)
    }
    assert counts == {"RecordType": 1, "Entry": 4, "Scenario": 2, "RuleBookEdition": 1}
    # DSPT on providers; date, place, places left and fee of training offers; the skill is not given
    given = CustomField.objects.values_list("to_providers", flat=True)
    assert (len(given), sum(given)) == (6, 5)
    assert BankHoliday.objects.filter(on=date(2026, 12, 25)).count() == 1
    # P1 and P2, first in the deal; Home First is the council's own
    providers = Provider.objects.order_by("ref").values_list("ref", "custom")
    assert dict(providers) == {
        "HF": {},
        "P1": {"dspt_status": "standards-met"},
        "P2": {"dspt_status": "standards-met"},
    }


def test_the_card_at_16_10_waits_for_somebody_else_and_the_uplift_is_a_draft(county: Council):
    furnish_workbench(county.authority, today=TODAY)

    cards = {card.name: card for card in RateCard.objects.filter(name__in=(CARD, UPLIFTED))}
    assert (cards[CARD].state, cards[UPLIFTED].state) == ("submitted", "draft")
    assert cards[CARD].submitted_by == county[Role.COMMISSIONER]
    assert {card.valid_from for card in cards.values()} == {date(2027, 4, 1)}
    pence = {
        name: dict(card.lines.values_list("visit_kind", "pence_per_hour"))
        for name, card in cards.items()
    }
    assert pence[CARD] == {"hourly": 1610, "sleep_in": 1280, "24_hour": 1280}
    # 1580 × 1.032 = 1630.56 and 1280 × 1.032 = 1320.96, to the nearest 5p
    assert pence[UPLIFTED] == {"hourly": 1630, "sleep_in": 1320, "24_hour": 1320}


def test_zn_06_both_zone_options_are_whole_and_move_people_to_e(county: Council):
    furnish_workbench(county.authority, today=TODAY)

    a, b = ZoneMap.objects.filter(state="draft").order_by("option")
    for option in (a, b):
        assert [zone.code for zone in drawing_of(option)] == ["A", "B", "C", "D", "E"]
        assert zone_map_refusals(option) == []
    assert a.based_on.name == b.based_on.name == "Zones 2016"
    assert "Golden Valley" in b.note
    now, with_a = _hours_by_zone(county, BOTH)
    # 3.5 h a person: two each in B by the Arrow, in D and in A; option A moves B's to E
    assert now == {"A": 7, "B": 7, "D": 7}
    assert with_a == {"A": 7, "D": 7, "E": 7}


def test_the_kept_scenario_takes_a_twentieth_of_the_hours(county: Council):
    furnish_workbench(county.authority, today=TODAY)

    now, trimmed = _hours_by_zone(county, TRIMMED)
    assert sum(now.values()) == 21  # 6 × 3.5 h
    assert sum(trimmed.values()) == Decimal("19.95")  # × 0.95


def test_every_other_contributing_person_has_an_assessed_most(county: Council):
    furnish_workbench(county.authority, today=TODAY)

    packages = CarePackage.objects.order_by("package_ref")
    # The first, third and fifth: £18.50 + £1.35 × (37 × n mod 90) for n = 0, 1, 2
    assert list(packages.values_list("contribution_most_pence", flat=True)) == [
        1850,
        None,
        1850 + 135 * 37,
        None,
        1850 + 135 * 74,
        None,
    ]


def test_a_council_without_these_people_is_left_alone(county: Council):
    User.objects.filter(pk=county[Role.BROKER].pk).update(is_active=False)
    kept = AuditEntry.objects.count()

    furnish_workbench(county.authority, today=TODAY)

    assert AuditEntry.objects.count() == kept


def _hours_by_zone(county: Council, name: str) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return hours a week by zone as in force and in a kept scenario, zones with any."""
    option = option_of(Scenario.objects.get(name=name), user=county[Role.COMMISSIONER])
    assert option.base is not None
    sheets = sheets_of([option.base, option], user=county[Role.COMMISSIONER])
    first, second = (
        {
            row.key: Decimal(row.weekly_minutes) / 60
            for row in sheet.tables["zone"].rows
            if row.weekly_minutes
        }
        for sheet in sheets
    )
    return first, second
