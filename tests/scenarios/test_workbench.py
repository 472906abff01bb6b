"""A commissioner without a shell redraws a boundary and a rate; another person puts both in force.

Zones A (west) and B (east) meet at −2.6. North of 52.10 in A live the twelve people that move:

- eleven with an hour every day and another from Monday to Friday: 11 × (7 + 5) = 132 hours a week;
- one with an hour every day and another from Monday to Thursday: 7 + 4 = 11 hours; 143 together.

Five people of A further south and three of B, each with 3.5 hours, stay where they are.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser
from shapely.geometry import Point, shape

from cms_models.accounts.services import issue_key
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.jobs.models import JobState
from cms_models.places.models import ZoneMap
from cms_models.places.services import load_postcodes
from cms_models.rates.models import RateCard
from tests.council import POSTCODES, TODAY, ZONES, Council, package_terms, person_terms
from tests.scenarios.watching import Watched
from tests.theme.test_zone_editor import Drawing

DAY_BEFORE, THE_DAY = "2027-03-31", "2027-04-01"
MORE_POSTCODES = {"HR5 1AA": (52.12, -2.65), "HR5 1AB": (52.14, -2.68), "HR5 1AC": (52.08, -2.65)}
TWELVE_HOURS = "Mon-Sun 08:00-09:00 60m; Mon-Fri 12:00-13:00 60m"
ELEVEN_HOURS = "Mon-Sun 08:00-09:00 60m; Mon-Thu 12:00-13:00 60m"
HALF_HOURS = "Mon-Sun 08:00-09:00 30m"
# Postcode and visits of each person, in order.
PEOPLE = [
    *[("HR5 1AA", TWELVE_HOURS)] * 6,
    *[("HR5 1AB", TWELVE_HOURS)] * 5,
    ("HR5 1AB", ELEVEN_HOURS),
    *[("HR1 1AA", HALF_HOURS)] * 4,
    ("HR5 1AC", HALF_HOURS),
    *[("HR3 3CC", HALF_HOURS)] * 3,
]
DAYS = {"Mon-Sun": 7, "Mon-Fri": 5, "Mon-Thu": 4}
DRAWN = ((-2.75, 52.1), (-2.5, 52.1), (-2.5, 52.18), (-2.75, 52.18), (-2.75, 52.1))
# 143 h × £15.80 = £2,259.40
MOVING = "12 people with 12 packages, 143 h and £2,259.40 a week"
QUERY = """query ($on: Date!) {
  rates(asOf: $on, visitKind: HOURLY) { card lines { poundsPerHour } }
  zones(asOf: $on) { name validFrom validTo geojson }
}"""


def prepare(council: Council) -> None:
    """Give the council the twenty people, all with Provider One."""
    load_postcodes(actor=council.system, points=MORE_POSTCODES)
    register_persons(
        actor=council.system,
        terms=[person_terms(n, postcode=code) for n, (code, _) in enumerate(PEOPLE, 1)],
    )
    register_packages(
        actor=council.system,
        terms=[
            package_terms(n, pattern=visits, postcode=code, status="active", organisation_ref="P1")
            for n, (code, visits) in enumerate(PEOPLE, 1)
        ],
        on=TODAY,
    )


def hours(visits: str) -> float:
    """Return the hours a week of a pattern, counted by hand: days × minutes of each clause."""
    clauses = (clause.split() for clause in visits.split(";"))
    return sum(DAYS[days] * int(minutes.rstrip("m")) for days, _, minutes in clauses) / 60


def zone_at(postcode: str, features: Iterable[dict[str, Any]]) -> str:
    """Return the zone of a postcode among GeoJSON features, by the point in the polygon."""
    latitude, longitude = {**POSTCODES, **MORE_POSTCODES}[postcode]
    point = Point(longitude, latitude)
    (code,) = {
        one["properties"]["code"] for one in features if shape(one["geometry"]).contains(point)
    }
    return code


def moved(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Return the visits of everybody whose zone differs between two sets of features."""
    return [visits for code, visits in PEOPLE if zone_at(code, before) != zone_at(code, after)]


@pytest.mark.browser
def test_rt_12_a_boundary_and_a_rate_go_live_on_their_day_without_a_shell(
    live_server, council: Council, browser: Browser
):
    prepare(council)
    key = issue_key(user=council.provider_users["P1"], name="key", now=timezone.now()).text
    commissioner, approver = (Watched(browser, live_server.url) for _ in range(2))
    commissioner.sign_in("commissioner")
    approver.sign_in("administrator")

    drafted = draw_boundary(commissioner)
    try_it_in_the_sandbox(commissioner, drafted)
    ask_for_approval(commissioner, "zonemap", drafted.pk, said="The north goes to B")
    card = draft_card(commissioner)
    ask_for_approval(commissioner, "ratecard", card.pk, said="Agreed with finance")
    require_not_by_oneself(commissioner, card)

    approve_the_boundary(approver, drafted)
    approve_the_card(approver, card, said="Checked the sums")
    require_answers(browser, live_server.url, key, on_the_day="16.10", zone="B")

    take_back(approver, card)
    require_answers(browser, live_server.url, key, on_the_day="15.80", zone="B")
    ask_for_approval(commissioner, "ratecard", card.pk, said="The budget is agreed")
    approve_the_card(approver, card, said="Now it is")
    require_answers(browser, live_server.url, key, on_the_day="16.10", zone="B")

    require_history(commissioner, drafted, card)
    assert set(commissioner.work()) <= {JobState.DONE}
    assert list(chain_faults(council.authority)) == []
    commissioner.require_quiet()
    approver.require_quiet()


def draw_boundary(commissioner: Watched) -> ZoneMap:
    """Copy the map in force, draw the north into B with the mouse, save; return the draft."""
    page = commissioner.page
    commissioner.go("zone_map_page")
    page.get_by_role("link", name="Copy as a draft").click()
    page.fill("[name=name]", "Zones 2027")
    page.fill("[name=valid_from]", THE_DAY)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/edit/")
    page.wait_for_selector('[data-judged][aria-busy="false"]')
    page.locator("#zone-editor-map").scroll_into_view_if_needed()
    drawing = Drawing(page)
    assert drawing.judged() == "Nobody changes zone."

    drawing.act("area")
    for corner in DRAWN:
        drawing.click(*corner)
    page.select_option("#drawn-to", "B")
    page.get_by_role("button", name="Use it").click()
    commissioner.sees(MOVING)
    moves = page.locator("[data-moves] tbody tr").all_inner_texts()
    assert [row.split("\t") for row in moves] == [["A", "B", "12", "12", "143 h", "£2,259.40"]]
    drawing.act("save")
    commissioner.sees("The draft is saved: 2 zones.")

    drafted = ZoneMap.objects.get(name="Zones 2027")
    after = [
        {"properties": {"code": zone.code}, "geometry": zone.boundary}
        for zone in drafted.zones.all()
    ]
    counted = moved(ZONES, after)
    assert (len(counted), sum(map(hours, counted))) == (12, 143)
    return drafted


def try_it_in_the_sandbox(commissioner: Watched, drafted: ZoneMap) -> None:
    """Look at clients, hours and what differs by zone before anybody is asked."""
    page = commissioner.page
    commissioner.go("zone_map_page", drafted.pk)
    page.get_by_role("link", name="Try in the sandbox").click()
    commissioner.settle()
    headings = page.locator("#table-zone thead").first.locator("th").all_inner_texts()
    rows = {
        row.locator("th").inner_text().split()[0]: dict(
            zip(headings[1:], row.locator("td").all_inner_texts(), strict=True)
        )
        for row in page.locator("#table-zone table").first.locator("tbody tr").all()
    }
    # A had 143 h + 5 × 3.5 h = 160.5 h of 17 people; B had 3 × 3.5 h = 10.5 h of 3
    for code, clients, week in (
        ("A", ["5", "−12"], ["17.50", "−143.00"]),
        ("B", ["15", "+12"], ["153.50", "+143.00"]),
    ):
        assert rows[code]["Clients"].split() == clients
        assert rows[code]["Weekly hours"].split() == week


def ask_for_approval(commissioner: Watched, kind: str, pk: int, *, said: str) -> None:
    """Ask for somebody's approval on the review's page."""
    commissioner.go("review_page", kind, pk)
    commissioner.take("submit", said=said)
    commissioner.sees("somebody else has to approve it")


def draft_card(commissioner: Watched) -> RateCard:
    """Copy the card in force and type £16.10 into its grid; return the draft."""
    page = commissioner.page
    commissioner.go("rate_card_page", RateCard.objects.get(name="2017 card").pk)
    page.click("#act-copy > summary")
    page.fill("#copy-name", "2027 card")
    page.fill("#copy-valid_from", "01/04/2027")
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.click("#act-copy button[type=submit]")
    hourly = page.locator("#lines-rows tr").filter(
        has=page.locator("option[value=hourly][selected]")
    )
    hourly.locator("input[name$=pence_per_hour]").fill("16.10")
    commissioner.press("Save the lines")
    commissioner.sees("+1.90 %")  # 16.10 ÷ 15.80 = 1.01899
    return RateCard.objects.get(name="2027 card")


def require_not_by_oneself(commissioner: Watched, card: RateCard) -> None:
    """Whoever asked finds no button, and a request made up for it is refused in words."""
    page = commissioner.page
    commissioner.go("review_page", "ratecard", card.pk)
    assert page.locator("form[action$='act/approve/']").count() == 0
    step = reverse("review_step", args=["ratecard", card.pk, "approve"])
    page.evaluate(
        """action => {
            const form = document.querySelector("form[action$='comment/']");
            form.action = action;
            form.querySelector("textarea").value = "Mine";
        }""",
        step,
    )
    commissioner.press("Keep the comment")
    commissioner.sees("somebody else has to approve it")
    card.refresh_from_db()
    assert (card.state, card.approved_by) == ("submitted", None)


def approve_the_boundary(approver: Watched, drafted: ZoneMap) -> None:
    """Find the map in the queue, read what it moves on its day, approve it."""
    page = approver.page
    approver.go("review_queue")
    page.get_by_role("link", name="Zones 2027").click()
    approver.sees("What changes on 01/04/2027")
    approver.sees("The north goes to B")
    moves = page.locator("section[aria-labelledby=effect]").inner_text()
    assert re.search(r"Another zone\s+12", moves, re.IGNORECASE)
    approver.require_accessible()
    approver.take("approve", said="As the members decided")
    approver.sees("comes into force on 01/04/2027")


def approve_the_card(approver: Watched, card: RateCard, *, said: str) -> None:
    """Find the card in the queue, read what it changes, approve it."""
    page = approver.page
    approver.go("review_queue")
    page.get_by_role("link", name="2027 card").first.click()
    approver.sees("What changes on 01/04/2027")
    changes = page.locator("section[aria-labelledby=changes]").inner_text()
    assert "£15.80" in changes
    assert "£16.10" in changes
    # 143 + 8 × 3.5 = 171 h, 30p dearer: £51.30
    assert "£51.30" in page.locator("section[aria-labelledby=effect]").inner_text()
    approver.take("approve", said=said)
    approver.sees("comes into force on 01/04/2027")
    card.refresh_from_db()
    assert (card.submitted_by.username, card.approved_by.username) == (
        "commissioner",
        "administrator",
    )


def take_back(approver: Watched, card: RateCard) -> None:
    """Take the approved card back before its day: it is a draft, the earlier card runs on."""
    approver.go("review_page", "ratecard", card.pk)
    approver.take("take-back", said="The budget is not agreed yet")
    approver.sees("is a draft again; what it was to replace runs on")
    card.refresh_from_db()
    assert card.state == "draft"
    assert RateCard.objects.get(name="2017 card").valid_to is None


def require_answers(browser: Browser, base: str, key: str, *, on_the_day: str, zone: str) -> None:
    """Ask GraphQL as the provider: the day before as it was, on the day as it was approved."""
    before, after = (ask(browser, base, key, on=on) for on in (DAY_BEFORE, THE_DAY))
    assert before["rates"]["lines"] == [{"poundsPerHour": "15.80"}]
    assert after["rates"]["lines"] == [{"poundsPerHour": on_the_day}]
    assert (before["zones"]["name"], before["zones"]["validTo"]) == ("Zones", THE_DAY)
    assert (after["zones"]["name"], after["zones"]["validFrom"]) == ("Zones 2027", THE_DAY)
    for code in ("HR5 1AA", "HR5 1AB"):
        assert zone_at(code, before["zones"]["geojson"]["features"]) == "A"
        assert zone_at(code, after["zones"]["geojson"]["features"]) == zone
    assert zone_at("HR5 1AC", after["zones"]["geojson"]["features"]) == "A"


def ask(browser: Browser, base: str, key: str, *, on: str) -> dict[str, Any]:
    """Ask the GraphQL door over HTTP with a provider's key and nothing else."""
    context = browser.new_context()
    response = context.request.post(
        f"{base}/graphql",
        data={"query": QUERY, "variables": {"on": on}},
        headers={"Authorization": f"Bearer {key}"},
    )
    answer = response.json()
    context.close()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def require_history(commissioner: Watched, drafted: ZoneMap, card: RateCard) -> None:
    """The pages of both say who did what, when and why."""
    page = commissioner.page
    commissioner.go("rate_card_page", card.pk)
    history = page.inner_text("section[aria-labelledby=history-title]")
    commissioner.go("review_page", "ratecard", card.pk)
    steps = page.locator("section[aria-labelledby=steps] li").all_inner_texts()
    commissioner.go("zone_map_history", drafted.pk)
    trail = page.inner_text("section[aria-labelledby=trail-title]")
    now = timezone.localtime(AuditEntry.objects.latest("pk").at)

    for people in (history, trail):
        assert "Commissioner Tester" in people
        assert "Administrator Tester" in people
        assert f"{now:%d/%m/%Y}" in people
    assert "copied from 2017 card" in history
    assert "The north goes to B" in trail
    assert "As the members decided" in trail
    reasons = (
        *("Agreed with finance", "Checked the sums", "The budget is not agreed yet"),
        *("The budget is agreed", "Now it is"),
    )
    assert [reason for reason, step in zip(reasons, steps, strict=True) if reason not in step] == []
    assert date.fromisoformat(THE_DAY) == card.valid_from
