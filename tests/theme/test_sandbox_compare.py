"""Two options side by side: table, chart and map say the same, and so do the files."""

import io
import json
import re
from datetime import date

import openpyxl
import pytest
from django.urls import reverse
from pypdf import PdfReader

from cms_models.accounts.roles import Role
from cms_models.places.services import draft_zone_map
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.services import save_scenario
from cms_models.rates.domain import Line
from cms_models.rates.services import draft_card
from tests.council import TODAY, Council, square
from tests.theme.browsing import visitor  # noqa: F401

DAY = {"on": TODAY.isoformat()}


@pytest.fixture
def packages(council: Council) -> None:
    """Two people in A, 3.5 h and £55.30 a week each; one in B, 7 h (two carers) and £110.60."""
    council.package(1)
    council.package(2, status="active", organisation_ref="P1")
    council.package(3, pattern="Mon-Sun 08:00 30m x2", postcode="HR3 3CC")


def compared(client, **asked: object) -> str:
    """Return the comparison as asked for on the packages' day."""
    answer = client.get(reverse("sandbox_compare"), {**DAY, **asked})
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode()


def rows(body: str, *, after: str) -> dict[str, list[str]]:
    """Return the body rows of the first table after a mark: name → words of its cells."""
    table = body[body.index(after) :]
    table = table[: table.index("</table>")]
    found = {}
    for row in re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</tr>", table, re.S):
        name, *cells = re.split(r"</th>|</td>", row)
        found[words(name)] = [words(cell) for cell in cells if cell.strip()]
    return found


def words(markup: str) -> str:
    """Return the words of some markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def map_data(body: str) -> dict:
    """Return what both maps are drawn from."""
    found = re.search(r'<script id="compare-map-data" type="application/json">(.*?)</script>', body)
    assert found is not None
    return json.loads(found[1])


def test_table_chart_and_map_say_the_same(client, council, packages):
    client.force_login(council[Role.COMMISSIONER])

    body = compared(client, **{"hours-O": "-5"})

    # Each zone: 7 h, £110.60 × 52 = £5,751.20 a year; × 0.95 = £5,463.64
    same = ["2", "2", "=", "7.00", "6.65", "−0.35 −5.00 %", "£5,751.20", "£5,463.64"]
    table = rows(body, after='id="compared-title"')
    assert table["A Zone A"] == [*same, "−£287.56 −5.00 %"]
    assert table["All"][-1] == "−£575.12 −5.00 %"
    chart = body[body.index("theme-compare-chart") : body.index('id="maps-title"')]
    assert chart.count("£5,463.64") == 2
    assert chart.count("−£287.56") == 2
    for zones in map_data(body).values():
        assert {zone["properties"]["words"] for zone in zones} == {"−£287.56"}
        assert {zone["properties"]["part"] for zone in zones} == {-1.0}
    beside = rows(body, after='aria-label="Annual cost by zone"')
    assert beside["Zone B"] == ["£5,751.20", "£5,463.64", "−£287.56"]


def test_two_draft_maps_are_set_side_by_side_each_with_its_own_zones(client, council, packages):
    drafts = [
        draft_zone_map(
            actor=council.system,
            name=f"Option {name}",
            valid_from=date(2027, 4, 1),
            features=[
                {
                    "properties": {"code": code, "name": f"Zone {code}"},
                    "geometry": square(west, 51.9, east, 52.2),
                }
                for code, west, east in zones
            ],
        )
        for name, zones in (
            ("A", [("A", -2.9, -2.3)]),
            ("B", [("A", -2.9, -2.65), ("B", -2.65, -2.3)]),
        )
    ]
    client.force_login(council[Role.COMMISSIONER])
    tokens = [f"zone_map-{draft.pk}" for draft in drafts]

    body = compared(client, first=tokens[0], second=tokens[1], measure="clients")

    data = map_data(body)
    assert [len(data[side]) for side in ("first", "second")] == [1, 2]
    table = rows(body, after='id="compared-title"')
    assert table["A Zone A"][:3] == ["3", "2", "−1 −33.33 %"]
    assert table["B Zone B"][:3] == ["–", "1", "+1 –"]
    assert '<optgroup label="Zone maps being worked on">' in body


def test_kept_scenario_is_compared_on_its_own_day(client, council, packages):
    user = council[Role.COMMISSIONER]
    lines = [Line(None, None, kind, 1610) for kind in ("hourly", "sleep_in", "24_hour")]
    card = draft_card(actor=council.system, name="2027", valid_from=date(2027, 4, 1), lines=lines)
    option = with_drafts(option_in_force(user, date(2027, 1, 5)), card=card)
    kept = save_scenario(actor=user, option=option, name="Dearer")
    client.force_login(user)

    body = compared(client, second=f"scenario-{kept.pk}", by="pathway")

    # 14 h × £0.30 × 52 = £218.40 more
    assert "Dearer beside In force, 23/11/2026 and 05/01/2027" in words(body)
    assert rows(body, after='id="compared-title"')["All"][-1].startswith("+£218.40")


@pytest.mark.parametrize("token", ["scenario-0", "card-x", "person-1", "zone_map-99999", "tried-1"])
def test_side_that_is_none_is_not_found(client, council, token):
    client.force_login(council[Role.COMMISSIONER])

    assert client.get(reverse("sandbox_compare"), {**DAY, "second": token}).status_code == 404


def test_another_councils_draft_and_scenario_are_not_found(client, council, other_council):
    stranger = other_council[Role.COMMISSIONER]
    kept = save_scenario(actor=stranger, option=option_in_force(stranger, TODAY), name="Theirs")
    client.force_login(council[Role.COMMISSIONER])

    for token in (f"scenario-{kept.pk}", f"zone_map-{other_council.zone_map.pk}"):
        for name in ("sandbox_compare", "sandbox_compare_xlsx", "sandbox_compare_pdf"):
            answer = client.get(reverse(name), {**DAY, "second": token})
            assert answer.status_code == 404, (name, token)
    assert "Theirs" not in compared(client)


def test_files_hold_both_options_and_the_differences(client, council, packages):
    client.force_login(council[Role.COMMISSIONER])
    asked = {**DAY, "hours-O": "-5"}

    book = client.get(reverse("sandbox_compare_xlsx"), asked).content
    pages = PdfReader(io.BytesIO(client.get(reverse("sandbox_compare_pdf"), asked).content)).pages

    cells = openpyxl.load_workbook(io.BytesIO(book))["Zones"][4]
    # people, hours, £ a year: in force, tried, difference
    numbers = [2, 2, 0, 7, 6.65, -0.35, 5751.20, 5463.64, -287.56]
    assert [cell.value for cell in cells[1:]] == pytest.approx(numbers)
    text = "".join(page.extract_text() for page in pages)
    assert "−£287.56" in text
    assert "Tried against In force" in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_both_maps_are_drawn_and_move_together(visitor, council, packages):  # noqa: F811
    visitor.sign_in("commissioner")
    page = visitor.open(f"{reverse('sandbox_compare')}?on={TODAY}&hours-O=-5")

    labels = page.locator("#map-first .theme-map__label")
    assert (
        labels.all_inner_texts() == page.locator("#map-second .theme-map__label").all_inner_texts()
    )
    assert labels.first.inner_text().split() == ["A", "−£287.56"]
    before = page.locator("#map-second .leaflet-control-scale-line").first.inner_text()
    page.locator("#map-first .leaflet-control-zoom-in").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    after = [
        page.locator(f"#map-{side} .leaflet-control-scale-line").first.inner_text()
        for side in ("first", "second")
    ]
    assert after[0] == after[1] != before

    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
