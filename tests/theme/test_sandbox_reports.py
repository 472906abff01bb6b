"""Saved reports: tables 12.1 and 12.2 as printed, beside what their own rules give."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.urls import reverse
from pypdf import PdfReader

from cms_models.accounts.roles import Role
from cms_models.audit.selectors import history_of
from cms_models.planning.models import SavedReport
from cms_models.rates.services import set_budget
from tests.council import Council
from tests.theme.browsing import visitor  # noqa: F401

TABLE_12_1 = """Lot\tClients\tWeekly hours\tAnnual hours\tCost
A & B\t29\t1,355\t70,460\t£956,302
C, D, E\t29\t975\t50,700\t£694,590
Total\t58\t2,330\t121,160\t£1,659,892"""
TABLE_12_2 = """A; 161; 1,682; 87,452; 1,381,734
B; 178; 2,174; 113,046; 1,786,126
C; 152; 1,696; 88,169; 1,393,072
D; 191; 2,352; 122,327; 1,932,765
E; 86; 1,295; 67,359; 1,064,268
Total; 768; 9,199; 478,348; 7,557,964"""


def keep(client, name: str, printed: str, rates: str, **changes: object):
    """Add a printed table by the form."""
    data = {
        "name": name,
        "source": "Help to Live at Home",
        "rates": rates,
        "weeks": "52",
        "printed": printed,
        "table": "zone",
        "pathways": ["O"],
        "note": "",
    }
    return client.post(reverse("savedreport:add"), {**data, **changes}, follow=True)


@pytest.fixture
def both(client, council: Council) -> tuple[SavedReport, SavedReport]:
    """Tables 12.1 and 12.2, pasted by the commissioner."""
    client.force_login(council[Role.COMMISSIONER])
    keep(client, "Table 12.1", TABLE_12_1, "70 % at 12.80, 30 % at 15.80", table="lot")
    keep(client, "Table 12.2", TABLE_12_2, "15.80")
    return SavedReport.objects.get(name="Table 12.1"), SavedReport.objects.get(name="Table 12.2")


def shown(client, report: SavedReport) -> str:
    """Return a report's page, its words set apart by single blanks."""
    body = client.get(reverse("savedreport:inspect", args=[report.pk])).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&amp;", "&").split())


def test_tb_01_the_swapped_digits_of_table_12_1_are_flagged_in_words(client, both):
    words = shown(client, both[0])

    # 70,460 h × £13.70 = £965,302: two digits swapped in print
    assert (
        "A & B, annual cost: printed £956,302.00, but 70,460 h × £13.70 is £965,302.00: −£9,000.00."
    ) in words
    assert (
        "Annual cost: the rows add up to £1,650,892.00, the total is printed £1,659,892.00 "
        "(+£9,000.00)."
    ) in words
    assert "2 figures not reproduced" in words
    # RT-10: 70 % and 30 % of 1,355 h
    assert "948.5 h × £12.80 = £12,140.80" in words
    assert "406.5 h × £15.80 = £6,422.70" in words
    assert "46.72" in words  # ZN-08: 1,355 / 29


def test_tb_02_annual_hours_of_table_12_2_differ_row_by_row(client, both):
    words = shown(client, both[1])

    found = re.findall(r"(\w+), annual hours: printed [\d,]+, but [^:]*: ([−+]\d+)\.", words)
    assert found == [("A", "−12"), ("B", "−2"), ("C", "−23"), ("D", "+23"), ("E", "+19")]
    assert "Annual hours: the rows add up to 478,353, the total is printed 478,348 (−5)." in words


def test_tb_04_both_tables_against_the_budget_and_five_percent_off_o_only(client, council, both):
    budget = set_budget(
        actor=council.system,
        name="Help to Live at Home",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O", "D"],
        amount_pence=909_400_000,
    )
    assert budget is not None

    as_printed = client.get(reverse("against_budget")).content.decode()
    asked = {f"percent-{both[1].pk}": "-5"}
    cut = client.get(reverse("against_budget"), asked).content.decode()
    pdf = client.get(reverse("against_budget_pdf"), asked).content

    # 1,659,892 + 7,557,964 = 9,217,856; less 9,094,000 = 123,856, 1.3620 %
    assert "over by £123,856 (1.36 %)" in as_printed
    # 1,659,892 + 7,557,964 × 0.95 = 8,839,957.80
    assert "under by £254,042.20" in cut
    assert "£8,839,957.80" in cut
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "under by £254,042.20" in text
    assert "−5.00 %" in text


def test_report_is_edited_as_it_was_pasted_and_kept_with_its_history(client, council, both):
    address = reverse("savedreport:edit", args=[both[0].pk])
    body = client.get(address).content.decode()
    assert "A &amp; B\t29\t1355\t70460\t956302" in body
    assert "70 % at 12.80, 30 % at 15.80" in body

    mended = TABLE_12_1.replace("956,302", "965,302")
    data = {"name": "Table 12.1", "rates": "13.70", "weeks": "52", "printed": mended}
    data |= {"table": "lot", "version": str(both[0].version)}
    client.post(address, data)

    both[0].refresh_from_db()
    assert both[0].rows[0]["annual_pounds"] == "965302"
    assert "reproduces" in shown(client, both[0])
    entry = history_of(both[0], user=council[Role.AUDITOR]).first()
    pictures = [one["rows"][0]["annual_pounds"] for one in (entry.before, entry.after)]
    assert pictures == ["956302", "965302"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"printed": "A; 1; 2; 3"}, "Line 1: 5 cells are needed"),
        ({"printed": "A; 1; two; 3; 4"}, "is not a number like 1,682."),
        ({"printed": "A; 1; 2; 3; 4\nA; 1; 2; 3; 4"}, "Two rows are called A."),
        ({"rates": "70 % at 12.80"}, "The shares make 70 %, not 100 %."),
        ({"name": "Table 12.2"}, "already exists"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_not_kept(
    client, council, both, changes, words
):
    asked = {"name": "New", "printed": TABLE_12_2, "rates": "15.80", **changes}

    answer = keep(client, asked.pop("name"), asked.pop("printed"), asked.pop("rates"))

    assert words in answer.content.decode()
    assert SavedReport.objects.count() == 2


def test_workbook_holds_printed_recomputed_and_difference_as_numbers(client, both):
    content = client.get(reverse("saved_report_xlsx", args=[both[0].pk])).content

    sheet = openpyxl.load_workbook(io.BytesIO(content))["Printed and recomputed"]
    # clients, weekly; hours printed, recomputed, difference; cost printed, recomputed, difference
    numbers = [29, 1355, 70460, 70460, 0, 956302, 965302, -9000]
    assert [cell.value for cell in sheet[4]] == ["A & B", *numbers]


def test_another_council_and_a_reader_change_nothing(client, council, other_council, both):
    client.force_login(other_council[Role.COMMISSIONER])
    for name in (
        "savedreport:inspect",
        "savedreport:edit",
        "saved_report_xlsx",
        "saved_report_pdf",
    ):
        assert client.get(reverse(name, args=[both[0].pk])).status_code == 404, name
    assert client.get(reverse("against_budget"), {"report": both[0].pk}).status_code == 404

    client.force_login(council[Role.AUDITOR])
    answer = keep(client, "Taken", TABLE_12_2, "15.80")
    assert "may not" in answer.content.decode() or answer.redirect_chain
    assert SavedReport.objects.count() == 2


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_saved_report_and_budget_pages_are_read_by_everybody(visitor, client, council, both):  # noqa: F811
    set_budget(
        actor=council.system,
        name="Help to Live at Home",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O", "D"],
        amount_pence=909_400_000,
    )
    visitor.sign_in("commissioner")

    visitor.open(reverse("savedreport:inspect", args=[both[1].pk]))
    assert visitor.serious_axe_findings() == []
    page = visitor.open(reverse("against_budget"))
    page.get_by_label("Table 12.2, slider, percent").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Reckon").press("Enter")
    page.get_by_role("heading", name="under by £254,042.20").wait_for()

    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
