"""Every cell opens to its formula, inputs, rounding and packages, and no name of anybody."""

from decimal import Decimal

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage
from cms_models.planning.comparing import compare
from cms_models.planning.explaining import explained, hours_words, value_words
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.selectors import sheet_of, sheets_of
from cms_models.planning.sheet import COLUMNS, NONE, TOTAL, Input
from tests.council import TODAY


@pytest.fixture
def sheet(county):
    user = county[Role.COMMISSIONER]
    return sheet_of(option_in_force(user, TODAY), user=user)


def test_every_cell_of_every_table_opens_without_anybodys_name(sheet):
    for table in sheet.tables.values():
        for row in (*table.rows, table.total):
            for column in COLUMNS:
                found = explained(sheet, table=table.key, row=row.key, column=column.key)
                assert found.formula
                assert found.rounding
                assert found.value == value_words(row.cell(column.key), unit=column.unit)
                assert found.package_count <= row.packages
                assert "anary" not in repr(found)


def test_a_cost_opens_to_visits_minutes_and_rates(sheet):
    found = explained(sheet, table="zone", row="A", column="weekly_pence")

    assert (found.title, found.value) == ("Weekly cost, Zone A", "£1,304.15")
    assert found.formula == "Visits a week × minutes × carers × rate an hour, added up"
    assert found.inputs == (
        Input("Sleep-in, any area at £12.80/h", "7 visits, 70 h: £896.00", "2017 card"),
        Input("Hourly, any area at £15.80/h", "21 visits, 25 h 50: £408.15", "2017 card"),
    )
    assert found.rounding.startswith("Half-up to the penny for each payment line")
    assert [line.package_ref for line in found.lines] == [
        f"HC-00000{number}" for number in (1, 2, 5, 6, 7)
    ]
    assert found.lines[3].weekly_pence == 5_265


def test_the_pence_of_the_inputs_are_the_cell(sheet):
    found = explained(sheet, table="zone", row=TOTAL, column="weekly_pence")

    costs = [Decimal(one.value.split("£")[1].replace(",", "")) for one in found.inputs]
    assert sum(costs) * 100 == sheet.total.weekly_pence


def test_a_year_opens_to_its_week_and_the_weeks(sheet):
    found = explained(sheet, table="pathway", row="D", column="annual_pence")

    assert found.formula == "£896.00 a week × 52 weeks"
    assert found.value == "£46,592.00"


def test_contributions_open_to_those_who_pay(sheet):
    found = explained(sheet, table="pathway", row="O", column="weekly_contribution_pence")

    assert [line.package_ref for line in found.lines] == ["HC-000001"]
    assert found.lines[0].note == "pays £110.60 a week: the council's share in full"


def test_a_contribution_held_at_the_most_assessed_says_so(county):
    CarePackage.objects.update(contribution_most_pence=5_000)
    user = county[Role.COMMISSIONER]
    sheet = sheet_of(option_in_force(user, TODAY), user=user)

    found = explained(sheet, table="pathway", row="O", column="weekly_contribution_pence")

    assert found.lines[0].note == "pays £50.00 a week: the most assessed, £50.00"
    assert found.inputs[1] == Input(
        "Packages held at the most assessed", "1: £50.00 a week", "financial assessment"
    )


def test_a_change_in_hours_is_an_input_and_is_rounded_once(county):
    user = county[Role.COMMISSIONER]
    option = with_drafts(option_in_force(user, TODAY), hours_percent={"O": Decimal(-5)})
    sheet = sheet_of(option, user=user)

    found = explained(sheet, table="pathway", row="O", column="weekly_pence")
    other = explained(sheet, table="pathway", row="D", column="weekly_pence")

    assert Input("Change in hours, pathway O", "-5 %", "option") in found.inputs
    assert found.formula.endswith("× the change in hours of each pathway")
    assert "rounded half-up once" in found.rounding
    assert "change in hours" not in other.formula


def test_packages_come_a_page_at_a_time(sheet):
    pages = [
        explained(sheet, table="zone", row=TOTAL, column="packages", page=page, page_size=3)
        for page in (1, 2, 3, 4, 0)
    ]

    assert [len(one.lines) for one in pages] == [3, 3, 1, 1, 3]
    assert [(one.page, one.pages) for one in pages] == [(1, 3), (2, 3), (3, 3), (3, 3), (1, 3)]
    ids = [pk for one in pages[:3] for pk in one.package_ids]
    assert len(set(ids)) == 7


@pytest.mark.parametrize(
    "cell",
    [
        {"table": "moon", "row": "A", "column": "packages"},
        {"table": "zone", "row": "Z", "column": "packages"},
        {"table": "zone", "row": "A", "column": "__class__"},
        {"table": "zone", "row": NONE, "column": "packages"},
    ],
)
def test_a_cell_that_is_none_is_no_cell(sheet, cell):
    with pytest.raises(KeyError):
        explained(sheet, **cell)


def test_hours_in_words():
    assert [hours_words(minutes) for minutes in (0, 60, 100_950, -90)] == [
        "0 h",
        "1 h",
        "1,682 h 30",
        "−1 h 30",
    ]


def test_two_sheets_are_joined_by_row(county):
    user = county[Role.COMMISSIONER]
    option = option_in_force(user, TODAY)
    first, second = sheets_of(
        [option, with_drafts(option, hours_percent={"O": Decimal(10)})], user=user
    )

    found = compare(first, second)

    rows = {row.key: row for row in found.tables["pathway"].rows}
    # £466.10 + 10 % = £512.71
    assert rows["O"].difference("weekly_pence") == 4_661
    assert rows["O"].percent("weekly_pence") == Decimal("10.00")
    assert rows["D"].difference("weekly_pence") == 0
    assert rows["M"].percent("unpriced") is None
    assert found.total.difference("weekly_minutes") == 177
    assert [table.key for table in found] == list(first.tables)


def test_rows_that_only_one_sheet_has_stand_beside_nothing(county):
    user = county[Role.COMMISSIONER]
    option = option_in_force(user, TODAY)
    early = option_in_force(user, TODAY.replace(year=2016, month=1, day=1))
    first, second = sheets_of([early, option], user=user)

    rows = {row.key: row for row in compare(first, second).tables["zone"].rows}

    assert rows["A"].first is None
    assert rows["A"].difference("packages") == 5
    assert rows["A"].percent("packages") is None
    with pytest.raises(KeyError):
        rows["A"].difference("hours_per_person")
