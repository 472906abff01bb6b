"""N10: any list, any record and the pages of the day can be asked for another day."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.services import save_record
from cms_models.places import services as places
from cms_models.places.models import UrbanCentre
from cms_models.rates.models import RateCard
from tests.council import ZONES


def page(council, role: Role, url: str, **asked: str):
    client = Client()
    client.force_login(council[role])
    return client.get(url, asked)


def test_the_list_of_cards_as_at_a_day_holds_the_card_in_force(council):
    url = reverse("ratecard:as_at")

    before = page(council, Role.COMMISSIONER, url, on="30/06/2017").content.decode()
    after = page(council, Role.COMMISSIONER, url, on="01/07/2017").content.decode()

    assert ("2016 card" in before, "2017 card" in before) == (True, False)
    assert ("2016 card" in after, "2017 card" in after) == (False, True)


def test_the_list_is_searched_by_any_text_shown(council):
    url = reverse("provider:as_at")

    found = page(council, Role.COMMISSIONER, url, q="provider TWO").content.decode()

    assert ("Provider Two" in found, "Provider One" in found) == (True, False)


def test_a_record_shows_then_beside_now_and_marks_what_differs(council):
    card = RateCard.objects.get(authority=council.authority, name="2016 card")

    found = page(
        council, Role.FINANCE, reverse("ratecard:as_at_record", args=[card.pk]), on="01/01/2017"
    )

    assert found.status_code == 200
    assert "On that day" in found.content.decode()
    never = page(
        council, Role.FINANCE, reverse("ratecard:as_at_record", args=[card.pk]), on="01/01/2016"
    )
    assert "It did not count on that day" in never.content.decode()


@pytest.mark.parametrize("asked", ["yesterday", "31/02/2026", "99/99/9999", "<b>"])
def test_a_day_that_is_none_is_refused_in_words(council, asked):
    answer = page(council, Role.COMMISSIONER, reverse("ratecard:as_at"), on=asked)

    assert answer.status_code == 200
    assert "Choose a day." in answer.content.decode()
    assert "<b>" not in answer.content.decode().replace("&lt;b&gt;", "")


def test_another_councils_record_is_not_there_on_any_day(council, other_council):
    card = RateCard.objects.get(authority=other_council.authority, name="2016 card")

    url = reverse("ratecard:as_at_record", args=[card.pk])

    assert page(council, Role.AUDITOR, url, on="01/01/2017").status_code == 404


def test_a_role_that_does_not_see_a_kind_does_not_see_its_past(council):
    answer = page(council, Role.COMMISSIONER, reverse("person:as_at"), on="01/01/2026")

    assert answer.status_code in (302, 403)


def test_the_zone_map_of_a_day_is_the_one_in_force_on_it(council):
    new = places.draft_zone_map(
        actor=council.system, name="Next zones", valid_from=date(2027, 4, 1), features=ZONES
    )
    places.publish_zone_map(actor=council.system, zone_map=new)
    url = reverse("zone_map_page")

    now = page(council, Role.COMMISSIONER, url, on="2027-03-31").content.decode()
    then = page(council, Role.COMMISSIONER, url, on="2027-04-01").content.decode()

    assert "Zone map: Zones" in now
    assert "Zone map: Next zones" in then


def test_the_first_page_counts_what_runs_on_the_day_asked_for(council):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 11, 23))
    url = reverse("wagtailadmin_home")

    before = page(council, Role.BROKER, url, on="2026-11-22")
    after = page(council, Role.BROKER, url, on="2026-11-23")

    assert 'value="2026-11-22"' in before.content.decode()
    assert after.status_code == 200


def test_a_package_is_priced_as_on_the_day_asked_for_and_nothing_is_written(council):
    package = council.package(1, starts_on=date(2016, 8, 1))
    url = reverse("package_page", args=[package.pk])

    then = page(council, Role.BROKER, url, on="2017-06-30").content.decode()
    now = page(council, Role.BROKER, url).content.decode()

    # 7 × 30 min at £14.76 an hour are 7 × £7.38 = £51.66; at £15.80, 7 × £7.90 = £55.30.
    assert ("£51.66" in then, "£55.30" in then) == (True, False)
    assert "as on 30/06/2017" in then
    assert ("£51.66" in now, "£55.30" in now) == (False, True)
    package.refresh_from_db()
    assert package.weekly_pence == 5530


def test_as_recorded_by_an_earlier_day_takes_back_what_was_entered_since(council):
    centre = UrbanCentre.objects.get(authority=council.authority)
    centre.name = "Hereford city"
    save_record(actor=council[Role.ADMINISTRATOR], record_=centre, expected_version=1)
    url = reverse("urbancentre:as_at")

    now = page(council, Role.COMMISSIONER, url).content.decode()
    known = page(council, Role.COMMISSIONER, url, known_by="01/01/2026").content.decode()

    assert "Hereford city" in now
    assert "Nothing counted on that day" in known
