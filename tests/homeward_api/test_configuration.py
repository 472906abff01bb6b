"""What a council publishes, as its providers read it; and the provider's own lots."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms_models.accounts.roles import Role
from cms_models.market import services as market
from cms_models.market.domain import Tier
from cms_models.places import services as places
from cms_models.places.models import Zone, ZoneMap
from cms_models.quality.services import draft_framework, publish_framework
from cms_models.rates import services as rates
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard, RateLine
from tests.council import TODAY, ZONES
from tests.homeward_api.conftest import Door, key_of

RATES = """
query ($on: Date!, $pathway: Pathway, $area: Area, $kind: VisitKind) {
  rates(asOf: $on, pathway: $pathway, area: $area, visitKind: $kind) {
    asOf card validFrom validTo lines { pathway area visitKind pencePerHour poundsPerHour }
  }
}"""
ZONE_MAP = """
query ($on: Date) {
  zones(asOf: $on) { asOf name validFrom validTo attribution zones { code name } geojson }
}"""
QUALITY = """
query ($on: Date, $edition: Int, $title: String) {
  qualityFramework(asOf: $on, edition: $edition, title: $title) {
    title edition publishedOn introduction
    domains { title weight standards { code statement weight evidence criteria { text weight } } }
    kpis { code name unit sense target formula }
  }
}"""
LOTS = """{ lots { code name framework pathways zones cascade
  places { provider { ref } tier rank capacityMinutesPerWeek startsOn endsOn } } }"""


def test_rt_12_a_rate_is_the_one_in_force_on_the_day(council, p1):
    card = rates.draft_card(
        actor=council[Role.COMMISSIONER],
        name="2018 card",
        valid_from=date(2018, 4, 1),
        lines=[Line(None, None, "hourly", 1610)],
    )
    before = p1.ask(RATES, on="2018-04-01", kind="HOURLY").data["rates"]
    rates.publish_card(actor=council[Role.COMMISSIONER], card=card)

    old = p1.ask(RATES, on="2018-03-31", kind="HOURLY").data["rates"]
    new = p1.ask(RATES, on="2018-04-01", kind="HOURLY").data["rates"]

    line = {"pathway": None, "area": None, "visitKind": "HOURLY"}
    assert before["lines"] == [{**line, "pencePerHour": 1580, "poundsPerHour": "15.80"}]
    assert old["lines"] == [{**line, "pencePerHour": 1580, "poundsPerHour": "15.80"}]
    assert new["lines"] == [{**line, "pencePerHour": 1610, "poundsPerHour": "16.10"}]
    assert (old["card"], old["validTo"]) == ("2017 card", "2018-04-01")
    assert (new["card"], new["validFrom"], new["validTo"]) == ("2018 card", "2018-04-01", None)


def test_the_narrowest_line_of_a_kind_comes_first(council, p1):
    card = rates.draft_card(
        actor=council.system,
        name="narrow",
        valid_from=date(2020, 1, 1),
        lines=[
            Line(None, None, "hourly", 1500),
            Line(None, "rural", "hourly", 1600),
            Line("O", "rural", "hourly", 1705),
            Line("D", "rural", "hourly", 1800),
            Line(None, "urban", "hourly", 1900),
        ],
    )
    rates.publish_card(actor=council.system, card=card)

    lines = p1.ask(RATES, on="2020-01-01", pathway="O", area="RURAL").data["rates"]["lines"]

    assert [line["poundsPerHour"] for line in lines] == ["17.05", "16.00", "15.00"]


DETAILED = """
query ($on: Date!, $day: DayType, $at: String, $minutes: Int, $known: Date) {
  rates(asOf: $on, visitKind: HOURLY, dayType: $day, startsAt: $at, minutes: $minutes,
        knownOn: $known) {
    card corrects knownOn
    lines { dayType startsFrom startsBefore leastMinutes mostMinutes poundsPerHour }
  }
}"""


def test_lines_by_day_and_time_are_narrowed_and_the_first_prices_the_visit(council, p1):
    card = rates.draft_card(
        actor=council.system,
        name="days and nights",
        valid_from=date(2020, 1, 1),
        lines=[
            Line(None, None, "hourly", 1600),
            Line(None, None, "hourly", 2400, "bank_holiday"),
            Line(None, None, "hourly", 2000, "weekday", 22 * 60, 7 * 60),
            Line(None, None, "hourly", 2100, "weekday", 22 * 60, 7 * 60, 0, 30),
        ],
    )
    rates.publish_card(actor=council.system, card=card)

    def first(**asked) -> str:
        return p1.ask(DETAILED, on="2020-01-01", **asked).data["rates"]["lines"][0]

    assert first(day="WEEKDAY", at="23:00", minutes=20)["poundsPerHour"] == "21.00"
    assert first(day="WEEKDAY", at="23:00", minutes=30) == {
        "dayType": "WEEKDAY",
        "startsFrom": "22:00",
        "startsBefore": "07:00",
        "leastMinutes": None,
        "mostMinutes": None,
        "poundsPerHour": "20.00",
    }
    assert first(day="WEEKDAY", at="07:00", minutes=20)["poundsPerHour"] == "16.00"
    assert first(day="BANK_HOLIDAY", at="23:00", minutes=20)["poundsPerHour"] == "24.00"
    refused = p1.ask(DETAILED, on="2020-01-01", at="25:00").body
    assert "startsAt: “25:00” is not a time of day" in refused["errors"][0]["message"]


def test_rates_are_given_as_known_before_they_were_corrected(council, p1):
    RateCard.objects.update(approved_at=datetime(2017, 6, 1, tzinfo=UTC))
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    made = rates.correct_card(
        actor=council.system, card=card, name="Put right", valid_from=date(2017, 9, 1)
    )
    RateLine.objects.filter(card=made, visit_kind="hourly").update(pence_per_hour=1600)
    rates.publish_card(actor=council.system, card=made)
    RateCard.objects.filter(pk=made.pk).update(approved_at=datetime(2018, 1, 10, tzinfo=UTC))

    now = p1.ask(DETAILED, on="2017-09-01").data["rates"]
    then = p1.ask(DETAILED, on="2017-09-01", known="2018-01-09").data["rates"]

    assert (now["card"], now["corrects"], now["knownOn"]) == ("Put right", "2017 card", None)
    assert now["lines"][0]["poundsPerHour"] == "16.00"
    assert (then["card"], then["corrects"], then["knownOn"]) == ("2017 card", None, "2018-01-09")
    assert then["lines"][0]["poundsPerHour"] == "15.80"


def test_there_are_no_rates_before_the_first_card(council, p1):
    assert p1.ask(RATES, on="2016-06-30").data["rates"] is None


def test_rates_and_zones_are_the_own_councils_published_ones(council, other_council):
    user = council.provider_users["P1"]
    rates.draft_card(
        actor=council.system, name="draft", valid_from=TODAY, lines=[Line(None, None, "hourly", 1)]
    )
    places.draft_zone_map(actor=council.system, name="draft", valid_from=TODAY, features=ZONES)

    # two cards (four lines and three), one map of two zones; no draft, nothing of the others
    counts = [
        model.objects.visible_to(user).count() for model in (RateCard, RateLine, ZoneMap, Zone)
    ]
    assert counts == [2, 7, 1, 2]
    staff = council[Role.COMMISSIONER]
    assert [model.objects.visible_to(staff).count() for model in (RateCard, ZoneMap)] == [3, 2]
    carer = council[Role.CARER]
    assert [model.objects.visible_to(carer).count() for model in (RateCard, ZoneMap)] == [0, 0]


def test_zones_come_as_geojson_of_the_map_in_force(council, p1):
    found = p1.ask(ZONE_MAP).data["zones"]

    assert (found["name"], found["validFrom"], found["asOf"]) == (
        "Zones",
        "2016-07-01",
        "2026-11-23",
    )
    assert found["zones"] == [
        {"code": "A", "name": "Zone A"},
        {"code": "B", "name": "Zone B"},
    ]
    assert found["geojson"]["type"] == "FeatureCollection"
    assert found["geojson"]["features"][0] == {"type": "Feature", **ZONES[0]}
    assert p1.ask(ZONE_MAP, on="2016-06-30").data["zones"] is None


AIMS = [
    ("Person-centred and independent", "I am treated with dignity."),
    ("Choice in everyday life", "I have choice and control."),
    ("Safe, effective practice", "I feel safe and comfortable."),
    ("Good partnerships and leadership", "My carers are well trained."),
]


def publish(council, *, edition: int, on: date) -> None:
    manager = council[Role.CONTRACT_MANAGER]
    framework = draft_framework(
        actor=manager,
        title="Quality Assurance Framework",
        edition=edition,
        introduction="What good looks like.",
        standards=[
            {
                "domain": aim,
                "code": str(number),
                "statement": statement,
                "weight": Decimal(25),
                "evidence": "Interviews",
                "criteria": [{"text": "It is asked.", "weight": Decimal(100)}],
            }
            for number, (aim, statement) in enumerate(AIMS, start=1)
        ],
        kpis=[
            {
                "code": "K1",
                "name": "Punctual visits",
                "unit": "%",
                "sense": "at_least",
                "target": Decimal(85),
                "formula": "Begun within 15 minutes.",
            }
        ],
    )
    if edition < 3:
        publish_framework(actor=manager, framework=framework, on=on)


def test_qa_01_providers_query_the_published_framework_with_version_and_date(council, p1):
    publish(council, edition=1, on=date(2017, 7, 1))
    publish(council, edition=2, on=date(2026, 1, 1))
    publish(council, edition=3, on=TODAY)  # a draft

    found = p1.ask(QUALITY).data["qualityFramework"]

    assert (found["title"], found["edition"], found["publishedOn"]) == (
        "Quality Assurance Framework",
        2,
        "2026-01-01",
    )
    assert [
        (domain["title"], *(standard["statement"] for standard in domain["standards"]))
        for domain in found["domains"]
    ] == AIMS
    assert [domain["standards"][0]["weight"] for domain in found["domains"]] == ["25.00"] * 4
    assert found["domains"][0]["weight"] == "25.00"
    assert found["domains"][0]["standards"][0]["criteria"] == [
        {"text": "It is asked.", "weight": "100.00"}
    ]
    assert (found["kpis"][0]["sense"], found["kpis"][0]["target"]) == ("AT_LEAST", "85.00")
    older = p1.ask(QUALITY, on="2020-01-01").data["qualityFramework"]
    assert (older["edition"], older["publishedOn"]) == (1, "2017-07-01")
    assert p1.ask(QUALITY, edition=1).data["qualityFramework"]["edition"] == 1
    assert p1.ask(QUALITY, edition=3).data["qualityFramework"] is None
    assert p1.ask(QUALITY, title="nothing").data["qualityFramework"] is None
    assert p1.ask(QUALITY, on="2017-06-30").data["qualityFramework"] is None


def test_a_framework_of_another_council_is_not_seen(council, other_council, p1):
    publish(other_council, edition=1, on=date(2017, 7, 1))

    assert p1.ask(QUALITY).data["qualityFramework"] is None


def test_a_provider_reads_its_own_places_and_where_offers_begin(council, p2):
    assert p2.ask(LOTS).data["lots"] == [
        {
            "code": code,
            "name": name,
            "framework": "Help to Live at Home",
            "pathways": ["O"],
            "zones": [zone],
            "cascade": "starts at lead",
            "places": [
                {
                    "provider": {"ref": "P2"},
                    "tier": tier,
                    "rank": 1,
                    "capacityMinutesPerWeek": 3600,
                    "startsOn": "2017-07-01",
                    "endsOn": None,
                }
            ],
        }
        for code, name, zone, tier in (
            ("O-A", "Zone A", "A", "ADDITIONAL"),
            ("O-B", "Zone B", "B", "LEAD"),
        )
    ]


def test_a_lot_without_a_lead_says_so(council, p2):
    lot = council.lots["O-A"]
    lot.awards.filter(tier=Tier.LEAD).delete()

    cascades = {row["code"]: row["cascade"] for row in p2.ask(LOTS).data["lots"]}

    assert cascades["O-A"] == "no lead: starts at additional"


@pytest.mark.parametrize(
    ("query", "many"),
    # the key, its providers and its minute each; then lots 3 (lots, everybody's awards, own
    # places), rates 2 (cards, lines), zones 2 (map, zones), quality 4 (framework, standards,
    # criteria, indicators), me 1
    [(LOTS, 6), (RATES, 5), (ZONE_MAP, 5), (QUALITY, 7), ("{ me { providers { ref } } }", 4)],
    ids=["lots", "rates", "zones", "quality", "me"],
)
def test_query_counts_do_not_grow_with_the_rows(council, query, many):
    publish(council, edition=1, on=date(2017, 7, 1))
    door = Door(key_of(council.provider_users["P1"]))
    variables = {"on": "2026-11-23"} if "$on" in query else {}
    door.ask(query, **variables)

    few = queries_of(door, query, variables)
    grow(council)
    more = queries_of(door, query, variables)

    assert (few, more) == (many, many)


def queries_of(door, query, variables) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert "errors" not in door.ask(query, **variables).body
    return len(caught)


def grow(council) -> None:
    """Add fifty lots, and the cards' and maps' and frameworks' rows to match."""
    framework = market.set_framework(
        actor=council.system, name="Extra", starts_on=date(2017, 7, 1), ends_on=date(2030, 7, 1)
    )
    for number in range(50):
        lot = market.set_lot(
            actor=council.system,
            framework=framework,
            code=f"X{number}",
            name="Extra",
            pathways=["O"],
            zones=[f"X{number}"],
        )
        market.set_lot_award(
            actor=council.system,
            lot=lot,
            provider=council.providers["P1"],
            tier=Tier.LEAD,
            rank=1,
            capacity_minutes_per_week=None,
            starts_on=date(2017, 7, 1),
        )
    market.publish_framework(actor=council.system, framework=framework)
    authority = council.authority
    Zone.objects.bulk_create(
        Zone(authority=authority, zone_map=council.zone_map, code=f"X{n}", name="X", boundary={})
        for n in range(50)
    )
    card = RateCard.objects.get(authority=authority, name="2017 card")
    RateLine.objects.bulk_create(
        RateLine(
            authority=authority,
            card=card,
            pathway=pathway,
            area=area,
            visit_kind=kind,
            pence_per_hour=100,
        )
        for pathway in "ODM"
        for area in ("urban", "rural")
        for kind in ("hourly", "24_hour", "sleep_in")
    )
