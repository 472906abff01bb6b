"""TB and ZN-06, ZN-08: planning tables held against their own arithmetic."""

from decimal import Decimal

import pytest

from cms_models.rates.tables import (
    BudgetGap,
    PlanningRow,
    PlanningTable,
    after_change,
    cost_mismatches,
    hours_mismatches,
    hours_per_person,
    row_mismatches,
    total_annual_hours,
    total_mismatches,
    viability,
)


def row(name: str, weekly: int, annual: int, cost: int) -> PlanningRow:
    """Return a printed row."""
    return PlanningRow(name, Decimal(weekly), Decimal(annual), Decimal(cost))


TABLE_12_1 = PlanningTable(
    "12.1",
    Decimal("13.70"),
    52,
    (row("A & B", 1355, 70460, 956302), row("C, D, E", 975, 50700, 694590)),
    row("Total", 2330, 121160, 1659892),
)
TABLE_12_2 = PlanningTable(
    "12.2",
    Decimal("15.80"),
    52,
    (
        row("A", 1682, 87452, 1381734),
        row("B", 2174, 113046, 1786126),
        row("C", 1696, 88169, 1393072),
        row("D", 2352, 122327, 1932765),
        row("E", 1295, 67359, 1064268),
    ),
    row("Total", 9199, 478348, 7557964),
)
UNROUNDED = [Decimal(h) for h in ("1681.77", "2173.96", "1695.56", "2352.44", "1295.37")]


def test_tb_01_table_12_1_has_one_wrong_cost_and_a_total_that_is_not_its_rows():
    (wrong,) = list(row_mismatches(TABLE_12_1))

    assert (wrong.row, wrong.expected, wrong.printed) == ("A & B", 965302, 956302)
    assert wrong.difference == -9000
    assert cost_mismatches(TABLE_12_1) == [wrong]
    (total,) = list(total_mismatches(TABLE_12_1))
    assert total.difference == 9000  # printed 1,659,892; rows add to 1,650,892


def test_tb_02_table_12_2_with_annual_as_weekly_times_52():
    found = hours_mismatches(TABLE_12_2)

    assert [(one.row, one.difference) for one in found] == [
        ("A", -12),  # 1,682 × 52 = 87,464
        ("B", -2),
        ("C", -23),
        ("D", 23),
        ("E", 19),
    ]  # and the total row, 9,199 × 52 = 478,348, matches


def test_tb_03_from_unrounded_hours_the_total_is_never_the_printed_one():
    rounded = total_annual_hours(UNROUNDED, weeks=52, round_rows=True)
    unrounded = total_annual_hours(UNROUNDED, weeks=52, round_rows=False)

    # 87,452.04 + 113,045.92 + 88,169.12 + 122,326.88 + 67,359.24 = 478,353.20
    assert (rounded, unrounded) == (478353, 478353)
    # From the hours the costs imply: 87,451.52 + 113,045.95 + 88,169.11 + 122,326.90 + 67,358.73
    implied = [Decimal(h) for h in ("87451.52", "113045.95", "88169.11", "122326.90", "67358.73")]
    assert total_annual_hours(implied, weeks=1, round_rows=False) == 478352
    assert 478348 not in (rounded, unrounded)


def test_tb_04_the_gap_to_the_budget_and_five_percent_less_on_o():
    o_pence, d_pence, budget = 755_796_400, 165_989_200, 909_400_000

    gap = BudgetGap(o_pence + d_pence, budget)
    less = BudgetGap(after_change(o_pence, percent=Decimal(-5)) + d_pence, budget)

    assert gap.sentence == "over by £123,856 (1.36 %)"
    assert less.sentence == "under by £254,042.20"
    assert BudgetGap(budget, budget).sentence == "exactly on budget"


@pytest.mark.parametrize(
    ("zone", "weekly", "providers", "each", "viable"),
    [
        ("A", 1682, 2, "841", True),
        ("B", 2174, 2, "1087", True),
        ("C", 1696, 2, "848", True),
        ("D", 2352, 2, "1176", True),
        ("E", 1295, 2, "647.5", False),
        ("B", 2174, 3, "724.7", True),
        ("D", 2352, 3, "784.0", True),
        ("A", 1682, 3, "560.7", False),
        ("C", 1696, 3, "565.3", False),
        ("E", 1295, 3, "431.7", False),
    ],
)
def test_zn_06_equal_split_against_the_floor_of_700(zone, weekly, providers, each, viable):
    found = viability(
        zone=zone, weekly_hours=Decimal(weekly), providers=providers, floor_hours=Decimal(700)
    )

    assert found.hours_each.quantize(Decimal("0.1")) == Decimal(each).quantize(Decimal("0.1"))
    assert found.viable is viable


def test_zn_06_after_five_percent_less_only_d_carries_three_providers():
    weekly = {"A": 1682, "B": 2174, "C": 1696, "D": 2352, "E": 1295}

    found = {
        zone: viability(
            zone=zone,
            weekly_hours=hours * Decimal("0.95"),
            providers=3,
            floor_hours=Decimal(700),
        )
        for zone, hours in weekly.items()
    }

    assert [zone for zone, one in found.items() if one.viable] == ["D"]
    assert found["D"].hours_each == Decimal("744.8")
    assert found["B"].hours_each.quantize(Decimal("0.1")) == Decimal("688.4")


@pytest.mark.parametrize(
    ("hours", "people", "each"),
    [
        (1682, 161, "10.45"),
        (2174, 178, "12.21"),
        (1696, 152, "11.16"),
        (2352, 191, "12.31"),
        (1295, 86, "15.06"),
        (1355, 29, "46.72"),
        (975, 29, "33.62"),
    ],
)
def test_zn_08_hours_per_person(hours, people, each):
    assert hours_per_person(weekly_hours=Decimal(hours), people=people) == Decimal(each)
    assert hours_per_person(weekly_hours=Decimal(hours), people=0) is None
