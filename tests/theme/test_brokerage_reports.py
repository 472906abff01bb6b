"""The reports of the brokerage in the admin: every number opens to packages that add up to it."""

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from cms_models.accounts.roles import Role
from cms_models.brokerage.reports import REPORTS
from cms_models.care.models import Award, AwardSource
from cms_models.market.models import Provider
from tests.brokered import NINE, brokered
from tests.council import Council

NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


def client_of(council: Council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def spot(council: Council, number: int = 1) -> Award:
    """Return a spot purchase of P1's: 3.5 hours at £20.00 from 21/11."""
    package = council.package(number)
    package.status = "active"
    package.save()
    return Award.objects.create(
        authority=council.authority,
        package=package,
        provider=council.providers["P1"],
        source=AwardSource.SPOT,
        starts_on=date(2026, 11, 21),
        agreed_pence=2000,
        reason="=cmd()",
        decided_by=council[Role.BROKER],
        decided_at=NINE,
    )


def test_br_04_every_number_on_every_page_opens_to_packages_that_add_up_to_it(council):
    brokered(council)
    spot(council, 2)
    council.package(3)
    client, opened = client_of(council, Role.COMMISSIONER), 0

    for key in REPORTS:
        page = client.get(reverse(f"brokerage_report_{key}"), NOVEMBER)
        assert page.status_code == 200
        tables = [part.table for part, _ in page.context["parts"]]
        cells = [
            cell for table in tables for row in [*table.rows, table.total or ()] for cell in row
        ]
        for cell in cells:
            if "/behind/" not in cell.url:
                continue
            opened += 1
            behind = client.get(cell.url).context["behind"]
            assert behind.number == cell.words, (key, behind.title)
            if behind.formula.startswith("The sum of what is listed here."):
                assert behind.table.total[1].words == cell.words, (key, behind.title)
    assert opened > 60


def test_spot_spend_opens_to_the_purchase_with_its_days(council):
    spot(council)
    client = client_of(council, Role.FINANCE)

    behind = client.get(
        reverse("brokerage_report_behind_spot"),
        {**NOVEMBER, "table": "zone", "row": "all", "column": "period"},
    ).context["behind"]

    # 3.5 hours × £20.00 × 10 days ÷ 7
    assert (behind.number, [cell.words for cell in behind.table.rows[0]]) == (
        "£100.00",
        ["HC-000001", "£100.00", "Provider One: =cmd(); 10 days"],
    )


def test_what_is_asked_wrongly_is_said_or_not_found(council):
    client = client_of(council, Role.COMMISSIONER)
    page = reverse("brokerage_report_spot")
    behind = reverse("brokerage_report_behind_spot")

    turned = client.get(page, {"first": "2026-11-30", "last": "2026-11-01"})
    assert turned.status_code == 400
    assert "before it begins: turn the two days round" in turned.content.decode()
    assert client.get(page, {"first": "nonsense"}).status_code == 400
    assert client.get(behind).status_code == 302
    for asked in ({"table": "x"}, {"table": "zone", "row": "x", "column": "week"}):
        assert client.get(behind, asked).status_code == 404
    wrong = {"table": "zone", "row": "all", "column": "x"}
    assert client.get(behind, wrong).status_code == 404
    assert client.get(reverse("brokerage_report_csv_spot"), {"table": "x"}).status_code == 404


def test_files_say_what_the_page_says_and_hold_no_formula(council):
    Provider.objects.filter(ref="P1").update(name="=1+1")
    award = spot(council)
    Award.objects.filter(pk=award.pk).update(source=AwardSource.OFF_PLATFORM)
    client = client_of(council, Role.COMMISSIONER)

    asked = {**NOVEMBER, "table": "awards"}
    told = client.get(reverse("brokerage_report_csv_off-platform"), asked).content.decode()
    book = client.get(reverse("brokerage_report_xlsx_off-platform"), NOVEMBER).content
    pages = client.get(reverse("brokerage_report_pdf_off-platform"), NOVEMBER).content

    assert "HC-000001,'=1+1,'=cmd(),Broker Tester,20/11/2026" in told
    sheet = load_workbook(io.BytesIO(book))["Awarded off the platform, by pr"]
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}
    assert [sheet.cell(sheet.max_row, place).value for place in (3, 4)] == [3.5, 70]
    assert pages.startswith(b"%PDF")


def test_a_chart_shows_the_longest_first_and_says_what_it_leaves_out(council):
    council.package(1)
    council.package(2, postcode="HR3 3CC", pattern="Mon-Sun 12:00-13:00 60m")
    page = client_of(council, Role.BROKER).get(reverse("brokerage_report_demand"), NOVEMBER)

    chart = page.context["parts"][0][0].chart

    assert [(bar.label, bar.value, bar.percent) for bar in chart.bars] == [
        ("B Zone B", "7.00", 100.0),
        ("A Zone A", "3.50", 50.0),
    ]
    assert "the table below says the same" in page.content.decode()
    assert chart.left_out == 0


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR])
def test_roles_see_reports_as_they_see_releases(council, role):
    client = client_of(council, role)

    for part in ("", "behind_", "csv_", "xlsx_", "pdf_"):
        status = client.get(reverse(f"brokerage_report_{part}demand")).status_code
        assert (status == 403 or status == 302) == (role == Role.COORDINATOR or part == "behind_")
