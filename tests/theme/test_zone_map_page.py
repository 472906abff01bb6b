"""The zone map: figures by zone, faults of a draft, publishing, who may open it."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.care.selectors import load_of, running_spots
from cms_models.market.selectors import awards_of, lots_in_force
from cms_models.places.models import ZoneMap
from cms_models.places.services import draft_zone_map
from cms_models.publication.models import PublicationState
from tests.council import TODAY, ZONES, Council, square
from tests.theme.browsing import visitor  # noqa: F401
from theme.admin.zone_map.tables import lot_rows, offers_of, week_words, zone_rows

EVERY_POSTCODE = square(-2.9, 51.9, -2.3, 52.2)
# 0.0003 degrees are 20 metres here: narrow enough to be a slip of the pen, and 684,000 m² of gap.
WEST, EAST = square(-2.9, 51.9, -2.6003, 52.2), square(-2.6, 51.9, -2.3, 52.2)


@pytest.fixture
def packages(council: Council) -> None:
    """Two people in A, urban, 3.5 h each; one in B, rural, 7 h (two carers)."""
    council.package(1)
    council.package(2, status="active", organisation_ref="P1")
    council.package(3, pattern="Mon-Sun 08:00 30m x2", postcode="HR3 3CC")


def drafted(council: Council, *shapes: dict) -> ZoneMap:
    """Return a draft of zones N1, N2 … with these boundaries, from 2027."""
    features = [
        {"properties": {"code": f"N{n}", "name": f"New {n}"}, "geometry": shape}
        for n, shape in enumerate(shapes, start=1)
    ]
    return draft_zone_map(
        actor=council.system, name="Draft 2027", valid_from=date(2027, 1, 1), features=features
    )


def map_data(body: str) -> dict:
    """Return the JSON that the map is drawn from."""
    found = re.search(r'<script id="zone-map-data" type="application/json">(.*?)</script>', body)
    assert found is not None
    return json.loads(found[1])


def step(zone_map: ZoneMap, name: str) -> str:
    """Return where a step of a zone map's review is posted to."""
    return reverse("review_step", args=["zonemap", zone_map.pk, name])


def test_zn_08_rows_count_people_hours_pounds_and_areas(council, packages):
    spots = running_spots(council[Role.COMMISSIONER], zone_map=council.zone_map, on=TODAY)
    lots = lots_in_force(council.authority, on=TODAY)
    offers = offers_of(lots, awards_of(lots), on=TODAY)

    zones = council.zone_map.zones.all()
    west, east = zone_rows(zones, spots, offers, pathway="O", floor_hours=Decimal(700))

    # A: 2 people × 7 × 30 min = 7 h, 14 × £7.90; B: 7 × 30 min × 2 carers = 7 h, 7 × £15.80
    assert (west.load.people, west.weekly_hours, west.weekly_pounds) == (2, "7 h", "£110.60")
    assert (west.load.urban, west.load.rural, west.load.needing_provider) == (2, 0, 1)
    assert west.load.hours_per_person == Decimal("3.50")
    assert (east.load.people, east.weekly_hours, east.weekly_pounds) == (1, "7 h", "£110.60")
    assert (east.load.urban, east.load.rural) == (0, 1)
    assert east.load.hours_per_person == Decimal("7.00")


def test_zn_06_zone_is_split_by_one_two_and_three_against_the_floor(council, packages):
    spots = running_spots(council[Role.COMMISSIONER], zone_map=council.zone_map, on=TODAY)
    zones = council.zone_map.zones.all()

    west, _ = zone_rows(zones, spots, [], pathway="O", floor_hours=Decimal("3.5"))

    # 7 h: 7.0 and 3.5 reach the floor of 3.5, 2.33 does not
    assert [each.viable for each in west.viabilities] == [True, True, False]


def test_zn_07_lots_show_their_share_and_how_they_offer(council, packages):
    spots = running_spots(council[Role.COMMISSIONER], zone_map=council.zone_map, on=TODAY)
    lots = lots_in_force(council.authority, on=TODAY)

    rows = lot_rows(spots, offers_of(lots, awards_of(lots), on=TODAY), pathway="O")

    assert [(row.offer.lot.code, row.share_percent) for row in rows] == [
        ("O-A", "50.00 %"),
        ("O-B", "50.00 %"),
    ]
    assert [place.tier for place in rows[0].offer.places] == ["lead", "additional"]
    assert rows[0].offer.places[0].capacity == "60 h a week"


def test_person_with_two_packages_is_counted_once(council, packages):
    council.package(4, person_id="9000001", element_type="Home care D", pathway="D")
    spots = running_spots(council[Role.COMMISSIONER], zone_map=council.zone_map, on=TODAY)

    found = load_of(spot for spot in spots if spot.zone == "A")

    assert (found.people, found.packages) == (2, 3)


def test_weeks_are_told_with_thousands():
    assert week_words(1682 * 60) == "1,682 h"
    assert week_words(95) == "1 h 35"


def test_page_shows_the_map_in_force_with_its_rule_and_numbers(client, council, packages):
    client.force_login(council[Role.COMMISSIONER])

    body = client.get(reverse("zone_map_page")).content.decode()

    data = map_data(body)
    assert [zone["properties"]["code"] for zone in data["zones"]] == ["A", "B"]
    assert len(data["packages"]) == 3
    assert data["centres"][0]["metres"] == pytest.approx(6437.376)  # 4 miles
    assert "4.0 miles" in body
    assert "700 hours" in body
    assert "£110.60" in body
    assert "Canary" not in body


def test_draft_shows_what_it_would_divide_before_anybody_publishes_it(client, council, packages):
    draft = drafted(council, EVERY_POSTCODE)

    spots = running_spots(council[Role.COMMISSIONER], zone_map=draft, on=TODAY)

    assert {spot.zone for spot in spots} == {"N1"}


def test_zn_05_draft_with_a_gap_is_shown_and_refused_in_words(client, council):
    draft = drafted(council, WEST, EAST)
    client.force_login(council[Role.COMMISSIONER])

    body = client.get(reverse("zone_map_page", args=[draft.pk])).content.decode()
    answer = client.post(step(draft, "submit"), follow=True)

    assert {fault["properties"]["kind"] for fault in map_data(body)["faults"]} == {"gap"}
    assert "There is a gap of" in body
    assert "Draft 2027 cannot be put in force" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == PublicationState.DRAFT


def test_zn_05_draft_with_an_overlap_and_an_orphan_names_both(client, council):
    overlap = square(-2.65, 51.9, -2.6, 52.2)
    draft = drafted(council, square(-2.9, 52.0, -2.6, 52.2), overlap)
    client.force_login(council[Role.COMMISSIONER])

    body = client.get(reverse("zone_map_page", args=[draft.pk])).content.decode()

    assert "Zones N1 and N2 overlap by" in body
    assert "Postcode HR2 2BB lies in no zone" in body


def test_commissioner_submits_a_whole_draft_and_somebody_else_puts_it_in_force(client, council):
    draft = drafted(council, EVERY_POSTCODE)
    client.force_login(council[Role.COMMISSIONER])
    client.post(step(draft, "submit"))

    client.force_login(council[Role.ADMINISTRATOR])
    client.post(step(draft, "approve"))

    draft.refresh_from_db()
    council.zone_map.refresh_from_db()
    assert draft.state == PublicationState.PUBLISHED
    assert council.zone_map.valid_to == date(2027, 1, 1)


def test_map_in_force_is_not_submitted_again(client, council):
    client.force_login(council[Role.COMMISSIONER])

    answer = client.post(step(council.zone_map, "submit"), follow=True)

    assert "is no draft any more: it is “published”" in answer.content.decode()
    council.zone_map.refresh_from_db()
    assert council.zone_map.version == ZoneMap.objects.get(pk=council.zone_map.pk).version


@pytest.mark.parametrize("role", [Role.BROKER, Role.COORDINATOR, Role.AUDITOR])
def test_roles_that_only_look_do_not_publish(client, council, role):
    draft = drafted(council, EVERY_POSTCODE)
    client.force_login(council[role])

    shown = client.get(reverse("review_page", args=["zonemap", draft.pk]))
    client.post(step(draft, "submit"))

    assert shown.context["buttons"] == []
    draft.refresh_from_db()
    assert draft.state == PublicationState.DRAFT


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.CARER])
def test_providers_and_carers_do_not_get_in(client, council, role):
    client.force_login(council[role])

    assert client.get(reverse("zone_map_page")).status_code == 302


def test_another_councils_map_is_not_found_and_not_published(client, council, other_council):
    draft = drafted(council, EVERY_POSTCODE)
    client.force_login(other_council[Role.COMMISSIONER])

    assert client.get(reverse("zone_map_page", args=[draft.pk])).status_code == 404
    assert client.post(step(draft, "submit")).status_code == 404
    draft.refresh_from_db()
    assert draft.state == PublicationState.DRAFT


def test_map_holds_no_package_of_another_council(client, council, other_council, packages):
    client.force_login(other_council[Role.COMMISSIONER])

    assert map_data(client.get(reverse("zone_map_page")).content.decode())["packages"] == []


def test_queries_are_as_many_for_one_package_as_for_fifty(client, council):
    client.force_login(council[Role.COMMISSIONER])
    council.package(1)
    client.get(reverse("zone_map_page"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("zone_map_page"))
    for number in range(2, 51):
        council.package(number)

    with CaptureQueriesContext(connection) as many:
        client.get(reverse("zone_map_page"))

    assert len(few) == len(many)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_layers_follow_their_checkboxes_without_errors_or_calls_out(
    visitor,  # noqa: F811
    council,
    packages,
):
    visitor.sign_in("commissioner")
    page = visitor.open(reverse("zone_map_page"))
    labels = page.locator(".theme-map__label")

    assert labels.count() == len(ZONES)
    page.locator('[data-layer="zones"]').focus()
    page.keyboard.press("Space")

    assert labels.count() == 0
    assert page.locator(".theme-swatch svg").count() == len(ZONES)
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
