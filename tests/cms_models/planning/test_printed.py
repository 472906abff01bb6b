"""TB-01…04, ZN-06, ZN-08, RT-09, RT-10: printed tables beside what their own rules give."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from cms_models.planning.printed import parts_of_mix, printed_table, reconciled
from cms_models.rates.tables import BudgetGap, after_change, viability
from importers.sample.published import PRINTED_TABLES


def printed(number: str, **changes: object) -> SimpleNamespace:
    """Return a printed table that the sample council ships, as it is kept."""
    (found,) = [one for one in PRINTED_TABLES["herefordshire"] if f"Table {number}" in one["name"]]
    return SimpleNamespace(**{**found, **changes})


def test_tb_01_table_12_1_has_one_wrong_cost_and_a_total_that_is_not_its_rows():
    found = reconciled(printed("12.1"))

    cost = found.rows[0].figure("annual_pounds")
    assert (cost.printed, cost.expected, cost.difference) == (956_302, 965_302, -9_000)
    assert cost.formula == "70,460 h × £13.70"
    assert not cost.reproduces
    assert [one.reproduces for one in found.rows[1].figures] == [True, True, True]
    assert [one.reproduces for one in found.total.figures] == [True, True, True]
    assert found.sentences == (
        "A & B, annual cost: printed 956,302, expected 965,302.00, difference -9,000.00",
        # 956,302 + 694,590 = 1,650,892
        "Total, annual pounds: printed 1,659,892, expected 1,650,892, difference +9,000",
    )
    assert not found.reproduces


def test_tb_02_table_12_2_with_annual_as_weekly_times_52():
    found = reconciled(printed("12.2"))

    differences = {row.name: row.figure("annual_hours").difference for row in found.rows}
    assert differences == {"A": -12, "B": -2, "C": -23, "D": 23, "E": 19}
    assert found.total.figure("annual_hours").difference == 0  # 9,199 × 52 = 478,348
    totals = {one.figure: one.difference for one in found.total_mismatches}
    assert totals == {"annual hours": -5, "annual pounds": -1}  # rows: 478,353 and 7,557,965
    # 478,348 × £15.80 = £7,557,898.40
    assert found.total.figure("annual_pounds").difference == Decimal("65.60")


def test_tb_03_from_unrounded_hours_the_total_is_never_the_printed_one():
    found = reconciled(printed("12.2"))

    # 87,452.04 + 113,045.92 + 88,169.12 + 122,326.88 + 67,359.24 = 478,353.20
    assert found.unrounded_annual_hours == (478_353, 478_353)
    assert reconciled(printed("12.1")).unrounded_annual_hours is None


def test_tb_04_the_gap_to_the_budget_and_five_percent_less_on_o_only():
    complex_care, ongoing = printed_table(printed("12.1")), printed_table(printed("12.2"))

    def gap(o: str, d: str) -> str:
        planned = sum(
            after_change(int(table.total.annual_pounds * 100), percent=Decimal(percent))
            for table, percent in ((ongoing, o), (complex_care, d))
        )
        return BudgetGap(planned, 909_400_000).sentence

    # £7,557,964 + £1,659,892 = £9,217,856 against £9,094,000
    assert gap(o="0", d="0") == "over by £123,856 (1.36 %)"
    assert gap(o="-5", d="0") == "under by £254,042.20"  # £7,180,065.80 + £1,659,892
    assert gap(o="-5", d="-5") == "under by £337,036.80"


def test_rt_09_the_rate_of_table_12_1_is_a_mix():
    found = reconciled(printed("12.1"))
    other = printed_table(printed("12.1", mix=[[60, 1280], [40, 1580]]))

    assert found.rate_words == "£13.70 an hour = 70 % × £12.80 + 30 % × £15.80"
    assert found.rate_pounds == Decimal("13.70")  # 8.96 + 4.74
    assert other.rate_pounds == Decimal("14.00")  # 7.68 + 6.32


def test_rt_10_the_week_of_a_and_b_is_split_by_the_mix():
    nights, hours = reconciled(printed("12.1")).rows[0].parts

    assert (nights.weekly_hours, nights.weekly_pence) == (Decimal("948.5"), 1_214_080)
    assert (hours.weekly_hours, hours.weekly_pence) == (Decimal("406.5"), 642_270)
    week = nights.weekly_pence + hours.weekly_pence
    assert week == 1_856_350  # £18,563.50
    assert week * 52 == 96_530_200  # £965,302.00
    (nothing,) = parts_of_mix(Decimal(0), [(Decimal(1), 1580)])
    assert nothing.weekly_pence == 0


def test_zn_08_hours_per_person_of_the_printed_rows():
    ongoing, complex_care = reconciled(printed("12.2")), reconciled(printed("12.1"))

    each = {row.name: str(row.hours_per_person) for row in (*ongoing.rows, *complex_care.rows)}
    assert each == {
        "A": "10.45",  # 1,682 ÷ 161
        "B": "12.21",
        "C": "11.16",
        "D": "12.31",
        "E": "15.06",
        "A & B": "46.72",
        "C, D, E": "33.62",
    }


def test_zn_06_the_printed_zones_at_two_and_three_providers():
    rows = printed_table(printed("12.2")).rows

    def viable(providers: int, factor: str = "1") -> list[str]:
        return [
            row.name
            for row in rows
            if viability(
                zone=row.name,
                weekly_hours=row.weekly_hours * Decimal(factor),
                providers=providers,
                floor_hours=Decimal(700),
            ).viable
        ]

    assert viable(1) == ["A", "B", "C", "D", "E"]
    assert viable(2) == ["A", "B", "C", "D"]  # E: 1,295 ÷ 2 = 647.5
    assert viable(3) == ["B", "D"]  # 724.7 and 784.0
    assert viable(3, "0.95") == ["D"]  # 744.8; B: 688.4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": []}, "A printed table has at least one row."),
        ({"mix": []}, "A printed table needs the rate an hour that its cost is made with."),
        ({"mix": "13.70"}, "A printed table needs the rate an hour"),
        ({"mix": [[70, 1280]]}, "The shares add up to 0.7, not 1."),
        ({"mix": [[100, 15.8]]}, "Pence an hour are a whole number above nought, not 15.8."),
        ({"mix": [[100]]}, "A rate is a share in percent and pence an hour"),
        ({"mix": [["much", 1280]]}, "Share in percent: a number is needed, not “much”."),
        ({"rows": [{"name": " "}]}, "Every row of a printed table has a name."),
        ({"rows": [{"name": "A"}]}, "A, weekly hours: a number is needed, not “”."),
        (
            {"rows": [{"name": "A", "weekly_hours": "NaN"}]},
            "A, weekly hours: a number is needed, not “NaN”.",
        ),
        (
            {"rows": [{"name": "A", "weekly_hours": 1, "annual_hours": 52, "annual_pounds": -1}]},
            "A, annual cost: -1 is out of bounds.",
        ),
    ],
)
def test_figures_that_cannot_be_read_are_refused_by_name(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        printed_table(printed("12.2", **changes))


def test_two_rows_of_one_name_are_refused():
    row = {
        "name": "A",
        "weekly_hours": "1,000",
        "annual_hours": 52_000,
        "annual_pounds": "£821,600",
    }

    assert reconciled(printed("12.2", rows=[row], total=None)).reproduces
    with pytest.raises(ValueError, match="Two rows are called A"):
        printed_table(printed("12.2", rows=[row, row]))
