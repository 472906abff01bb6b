"""The sandbox: figures are the engine's, every one opens, drafts are tried before approval."""

import io
import re
from datetime import date
from decimal import Decimal
from html import escape

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from cms_models.accounts import roles
from cms_models.accounts.roles import Grants, Role
from cms_models.audit.models import AuditEntry
from cms_models.places.services import draft_zone_map
from cms_models.planning.models import Scenario
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.selectors import sheet_of
from cms_models.planning.sheet import COLUMNS, TOTAL
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard
from cms_models.rates.services import draft_card, set_budget
from tests.council import TODAY, Council, square
from tests.theme.browsing import visitor  # noqa: F401
from theme.admin.sandbox.showing import KINDS, cell_query, said

DAY = {"on": TODAY.isoformat()}
HOME = "/admin/"


@pytest.fixture
def packages(council: Council) -> None:
    """Two people in A, 3.5 h and £55.30 a week each; one in B, 7 h (two carers) and £110.60."""
    council.package(1)
    council.package(2, status="active", organisation_ref="P1")
    council.package(3, pattern="Mon-Sun 08:00 30m x2", postcode="HR3 3CC")


@pytest.fixture
def budget(council: Council) -> None:
    """£11,000 for pathway O in the year of the packages."""
    set_budget(
        actor=council.system,
        name="Help to Live at Home",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O"],
        amount_pence=1_100_000,
    )


def drafted_card(council: Council, pence: int = 1610) -> RateCard:
    """Return a draft card of one rate from April 2027."""
    lines = [Line(None, None, kind, pence) for kind in ("hourly", "sleep_in", "24_hour")]
    return draft_card(
        actor=council.system, name="2027 card", valid_from=date(2027, 4, 1), lines=lines
    )


def page(client, **asked: object) -> str:
    """Return the sandbox as asked for on the packages' day."""
    answer = client.get(reverse("sandbox"), {**DAY, **asked})
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode()


def figure(body: str, *, table: str, row: str, column: str) -> tuple[str, str]:
    """Return a figure's words and the difference below it (empty for none)."""
    query = escape(cell_query(table=table, row=row, column=column))
    found = re.search(
        re.escape(f'{query}">') + r"([^<]*)</a>(?:<small class=\"theme-change\">([^<]*)</small>)?",
        body[body.index('id="tables-title"') :],
    )
    assert found is not None, query
    return found[1], found[2] or ""


def test_every_figure_of_every_table_is_the_engines(client, council, packages):
    user = council[Role.COMMISSIONER]
    client.force_login(user)

    body = page(client)

    sheet = sheet_of(option_in_force(user, TODAY), user=user)
    for table in sheet.tables.values():
        for row in (*table.rows, table.total):
            key = TOTAL if row is table.total else row.key
            for column in COLUMNS:
                words = said(row.cell(column.key), column)
                assert figure(body, table=table.key, row=key, column=column.key) == (words, "")
    # 2 × 7 × £7.90 + 7 × £15.80 = £221.20 a week, × 52 = £11,502.40
    assert figure(body, table="zone", row=TOTAL, column="weekly_pence")[0] == "£221.20"
    assert figure(body, table="zone", row=TOTAL, column="annual_pence")[0] == "£11,502.40"
    assert "Canary" not in body


def test_five_percent_fewer_hours_stand_beside_what_is_in_force(client, council, packages, budget):
    client.force_login(council[Role.COMMISSIONER])

    body = page(client, **{"hours-O": "-5"})

    # 14 h × 0.95 = 13.30 h; £221.20 × 0.95 = £210.14; × 52 = £10,927.28
    row = {"table": "pathway", "row": "O"}
    assert figure(body, **row, column="weekly_minutes") == ("13.30", "−0.70")
    assert figure(body, **row, column="weekly_pence") == ("£210.14", "−£11.06")
    assert figure(body, **row, column="annual_pence") == ("£10,927.28", "−£575.12")
    # £11,000 − £10,927.28; in force £11,502.40 is £502.40 over, 4.567 %
    assert "under by £72.72" in body
    assert "(in force: over by £502.40 (4.57 %))" in body


def test_rt_12_draft_card_is_priced_before_anybody_approves_it(client, council, packages):
    card = drafted_card(council)
    client.force_login(council[Role.COMMISSIONER])

    body = page(client, card=card.pk)

    # 14 h × £16.10 = £225.40, £4.20 more than at £15.80
    assert figure(body, table="pathway", row="O", column="weekly_pence") == ("£225.40", "+£4.20")
    card.refresh_from_db()
    assert card.state == "draft"


def test_draft_zone_map_moves_people_between_rows_and_names_what_is_gone(client, council, packages):
    whole = {
        "properties": {"code": "A", "name": "Zone A"},
        "geometry": square(-2.9, 51.9, -2.3, 52.2),
    }
    draft = draft_zone_map(
        actor=council.system, name="One zone", valid_from=date(2027, 4, 1), features=[whole]
    )
    client.force_login(council[Role.COMMISSIONER])

    body = page(client, zone_map=draft.pk)

    assert figure(body, table="zone", row="A", column="clients") == ("3", "+1")
    assert figure(body, table="zone", row="A", column="weekly_minutes") == ("14.00", "+7.00")
    assert "Only in what is in force: Zone B." in body


def test_zn_06_rule_typed_to_try_moves_the_floor(client, council, packages):
    client.force_login(council[Role.COMMISSIONER])

    body = page(client, **{"rule-market.viability_floor_hours": "3"})

    # 7 h each zone: 7.0 and 3.5 reach 3 hours, 2.3 does not
    assert "Zone A: up to 2 providers reach the floor" in body
    assert "3 hours" in body


def test_every_figure_opens_to_formula_inputs_rounding_and_packages(client, council, packages):
    client.force_login(council[Role.COMMISSIONER])
    for column in COLUMNS:
        asked = {**DAY, "table": "zone", "row": "A", "column": column.key}

        body = client.get(reverse("sandbox_cell"), asked).content.decode()

        assert "Rounding:" in body, column.key
        assert "Packages behind it" in body, column.key
    assert KINDS.keys() >= {column.unit for column in COLUMNS}

    cost = {**DAY, "table": "zone", "row": "A", "column": "weekly_pence"}
    body = client.get(reverse("sandbox_cell"), cost).content.decode()
    assert "£110.60" in body
    assert "Packages behind it: 2" in body
    assert "HC-000001" in body
    assert "HC-000003" not in body
    assert "Canary" not in body
    assert client.get(reverse("sandbox_cell"), {**cost, "row": "Z"}).status_code == 404
    assert client.get(reverse("sandbox_cell"), {**cost, "column": "facts"}).status_code == 404


def test_packages_behind_a_figure_are_paged(client, council):
    client.force_login(council[Role.COMMISSIONER])
    for number in range(1, 53):
        council.package(number)
    asked = {**DAY, "table": "zone", "row": "A", "column": "packages"}

    first = client.get(reverse("sandbox_cell"), asked).content.decode()
    second = client.get(reverse("sandbox_cell"), {**asked, "page": 2}).content.decode()

    assert (first.count("HC-0000"), second.count("HC-0000")) == (50, 2)
    assert "Page 1 of 2" in first
    assert 'rel="next"' in first
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"on": "31/31/2027"}, "A day such as 01/04/2027 is needed."),
        ({"on": "1066-10-14"}, "A day between 2000 and 2099 is needed."),
        ({"hours-O": "lots"}, "Enter a number."),
        ({"hours-O": "-101"}, "greater than or equal to -100"),
        ({"rule-market.viability_floor_hours": "inf"}, "a number is needed, not inf"),
        ({"rule-market.viability_floor_hours": "-1"}, "at least 0 hours is needed"),
        ({"rule-market.viability_floor_hours": "many"}, "A number is needed, not “many”."),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(client, council, asked, words):
    client.force_login(council[Role.COMMISSIONER])

    answer = client.get(reverse("sandbox"), {**DAY, **asked})

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "Clients, hours and cost" not in answer.content.decode()


@pytest.mark.parametrize("name", ["sandbox", "sandbox_cell", "sandbox_xlsx", "sandbox_compare"])
def test_another_councils_draft_is_not_found(client, council, other_council, name):
    card = drafted_card(other_council)
    client.force_login(council[Role.COMMISSIONER])

    assert client.get(reverse(name), {**DAY, "card": card.pk}).status_code == 404


def test_role_without_packages_is_refused_and_providers_do_not_get_in(
    client, council, packages, monkeypatch
):
    monkeypatch.setitem(roles.GRANTS, Role.AUDITOR, Grants(view=frozenset({"rates.ratecard"})))
    client.force_login(council[Role.AUDITOR])
    for name in ("sandbox", "sandbox_cell", "sandbox_compare", "sandbox_pdf", "against_budget"):
        # Wagtail's admin answers a refusal by leading home, and a script's call by 403.
        refused = client.get(reverse(name), DAY)
        assert (refused.status_code, refused["Location"]) == (302, HOME), name
        script = {"X-Requested-With": "XMLHttpRequest"}
        assert client.get(reverse(name), DAY, headers=script).status_code == 403, name

    client.force_login(council[Role.PROVIDER])
    assert client.get(reverse("sandbox")).status_code == 302


def test_scenario_is_kept_opened_and_deleted(client, council, packages):
    card = drafted_card(council)
    client.force_login(council[Role.COMMISSIONER])
    address = f"{reverse('sandbox_save')}?on={TODAY}&card={card.pk}&hours-O=-2.5"

    answer = client.post(address, {"name": "Fewer hours", "note": "For March"}, follow=True)

    assert "“Fewer hours” is kept" in answer.content.decode()
    kept = Scenario.objects.get()
    assert (kept.on, kept.card, kept.note) == (TODAY, card, "For March")
    assert {key: Decimal(one) for key, one in kept.hours_percent.items()} == {"O": Decimal("-2.5")}
    opened = client.get(reverse("scenario:inspect", args=[kept.pk])).content.decode()
    query = re.search(rf'href="{reverse("sandbox")}\?([^"]+)"', opened)
    assert query is not None
    again = client.get(f"{reverse('sandbox')}?{query[1].replace('&amp;', '&')}").content.decode()
    # 14 h × 0.975 × £16.10 = £219.765
    assert figure(again, table="pathway", row="O", column="weekly_pence")[0] == "£219.77"

    client.post(reverse("scenario:delete", args=[kept.pk]))
    assert not Scenario.objects.exists()


def test_role_that_only_looks_keeps_no_scenario(client, council):
    client.force_login(council[Role.AUDITOR])
    before = AuditEntry.objects.count()

    answer = client.post(f"{reverse('sandbox_save')}?on={TODAY}", {"name": "Taken"})

    assert (answer.status_code, answer["Location"]) == (302, HOME)
    assert (Scenario.objects.count(), AuditEntry.objects.count()) == (0, before)
    assert "Save as a scenario" not in page(client)


def test_second_scenario_of_a_name_is_refused_in_words(client, council):
    client.force_login(council[Role.COMMISSIONER])
    for _ in range(2):
        answer = client.post(
            f"{reverse('sandbox_save')}?on={TODAY}&hours-O=1", {"name": "Twice"}, follow=True
        )

    assert "The scenario was not saved." in answer.content.decode()
    assert Scenario.objects.count() == 1


def test_workbook_holds_the_engines_numbers_and_how_they_were_reckoned(client, council, packages):
    user = council[Role.COMMISSIONER]
    client.force_login(user)

    answer = client.get(reverse("sandbox_xlsx"), {**DAY, "hours-O": "-5"})

    workbook = openpyxl.load_workbook(io.BytesIO(answer.content))
    heads = {cell.value: cell.column for cell in workbook["Pathways"][3]}
    cells = workbook["Pathways"][4]
    option = with_drafts(option_in_force(user, TODAY), hours_percent={"O": Decimal(-5)})
    row = sheet_of(option, user=user).row("pathway", "O")
    assert cells[heads["Weekly cost"] - 1].value == row.weekly_pence / 100 == 210.14
    assert cells[heads["Weekly hours"] - 1].value == pytest.approx(13.3)
    reckoned = [cell.value for cell in workbook["How it was reckoned"]["B"]]
    assert "23/11/2026" in reckoned
    assert any("2017 card" in str(value) for value in reckoned)
    assert "no-store" in answer["Cache-Control"]


def test_pages_say_the_council_the_day_and_the_gap(client, council, packages, budget):
    client.force_login(council[Role.COMMISSIONER])

    answer = client.get(reverse("sandbox_pdf"), {**DAY, "hours-O": "-5"})

    pages = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages]
    assert "Testshire, packages of 23/11/2026" in pages[0]
    assert "under by £72.72" in pages[0]
    assert "−£11.06" in pages[0]
    assert all(f"Page {number} of {len(pages)}" in one for number, one in enumerate(pages, 1))
    assert "How it was reckoned" in "".join(pages)


def test_queries_are_as_many_for_one_package_as_for_fifty(client, council):
    client.force_login(council[Role.COMMISSIONER])
    council.package(1)
    asked = {**DAY, "hours-O": "-5"}
    client.get(reverse("sandbox"), asked)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("sandbox"), asked)
    for number in range(2, 51):
        council.package(number)

    with CaptureQueriesContext(connection) as many:
        client.get(reverse("sandbox"), asked)

    assert len(few) == len(many)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_slider_tabs_and_figures_work_by_keyboard_alone(visitor, council, packages, budget):  # noqa: F811
    visitor.sign_in("commissioner")
    page = visitor.open(f"{reverse('sandbox')}?on={TODAY}")
    cost = page.locator("#table-pathway tbody tr", has_text="Ongoing").locator("td").nth(5)

    page.get_by_label("Ongoing (O), slider, percent").focus()
    for _ in range(10):  # half a percent a step
        page.keyboard.press("ArrowLeft")
    page.locator("[data-sandbox-said]", has_text="under by").wait_for(state="attached")

    assert "hours-O=-5" in page.url
    assert page.locator("#try-hours-O").input_value() == "-5"
    page.get_by_role("tab", name="Zones").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Pathways").get_attribute("aria-selected") == "true"
    assert cost.inner_text().split() == ["£210.14", "−£11.06"]
    assert visitor.serious_axe_findings() == []

    cost.locator("a").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("Weekly cost, .*£210.14")).wait_for()
    assert visitor.serious_axe_findings() == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "£210.14"

    page.get_by_text("Rules to try").click()
    page.get_by_label("Viable weekly hours for a provider").fill("-1")
    page.get_by_role("alert").wait_for()
    assert "at least 0 hours is needed" in page.get_by_role("alert").inner_text()
    # The browser writes a line of its own about the refused request.
    assert [one for one in visitor.errors if "400" not in one] == []
    assert visitor.outside == []
