"""RT: what a visit costs, with domain.md's numbers."""

from datetime import date
from decimal import Decimal

import pytest

from cms_models.rates.domain import (
    Card,
    Line,
    NoRate,
    blended_pence_per_hour,
    card_in_force,
    half_up,
    passes_fixed_rate,
    pounds,
    price_visit,
    price_week,
)

CARD_2016 = Card(
    "2016 card",
    date(2016, 7, 1),
    date(2017, 7, 1),
    (
        Line(None, "urban", "hourly", 1476),
        Line(None, "rural", "hourly", 1576),
        Line(None, None, "sleep_in", 1148),
        Line(None, None, "24_hour", 1148),
    ),
)
CARD_2017 = Card(
    "2017 card",
    date(2017, 7, 1),
    None,
    (
        Line(None, None, "hourly", 1580),
        Line(None, None, "sleep_in", 1280),
        Line(None, None, "24_hour", 1280),
    ),
)
CARDS = [CARD_2016, CARD_2017]


def pence(on: date, minutes: int = 60, area: str = "urban", kind: str = "hourly", carers: int = 1):
    """Return the price of one visit."""
    return price_visit(
        CARDS,
        starts_on=on,
        minutes=minutes,
        pathway="O",
        area=area,
        visit_kind=kind,
        carers=carers,
    ).pence


def change_percent(before: int, after: int) -> Decimal:
    """Return the change as a percentage to three places, half-up."""
    return (Decimal(after - before) * 100 / before).quantize(Decimal("0.001"))


def test_rt_01_an_urban_hour_on_the_2016_card_is_14_76():
    assert pence(date(2017, 6, 30)) == 1476


def test_rt_02_a_rural_hour_is_15_76_a_premium_of_one_pound():
    rural = pence(date(2017, 6, 30), area="rural")

    assert rural == 1576
    assert rural - 1476 == 100
    assert change_percent(1476, rural) == Decimal("6.775")  # 100 / 14.76


def test_rt_03_a_ten_hour_sleep_in_on_the_2016_card():
    assert pence(date(2017, 6, 30), minutes=600, kind="sleep_in") == 11480  # 10 × 11.48


def test_rt_04_the_2017_card_prices_urban_and_rural_alike_from_its_day():
    day = date(2017, 7, 1)

    assert pence(day) == pence(day, area="rural") == 1580
    assert change_percent(1476, 1580) == Decimal("7.046")  # +1.04 urban
    assert change_percent(1576, 1580) == Decimal("0.254")  # +0.04 rural


def test_rt_05_a_24_hour_day_a_week_and_a_sleep_in_on_both_cards():
    day, before = date(2017, 7, 1), date(2017, 6, 30)

    assert pence(day, minutes=24 * 60, kind="24_hour") == 30720  # 24 × 12.80
    assert 7 * pence(day, minutes=24 * 60, kind="24_hour") == 215040
    assert pence(day, minutes=600, kind="sleep_in") == 12800
    assert pence(before, minutes=24 * 60, kind="24_hour") == 27552  # 24 × 11.48
    assert 7 * pence(before, minutes=24 * 60, kind="24_hour") == 192864
    assert pence(before, minutes=600, kind="sleep_in") == 11480
    assert change_percent(27552, 30720) == Decimal("11.498")


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("per_line", 3689),  # 7 × 5.27 (20 min × 15.80 / 60 = 5.2667)
        ("weekly_minutes", 3687),  # 140 min × 15.80 / 60 = 36.8667
    ],
)
def test_rt_07_rounding_each_visit_or_the_weeks_minutes(rounding, expected):
    visit = price_visit(CARDS, starts_on=date(2018, 1, 1), minutes=20, pathway="O", area="urban")

    assert price_week([visit] * 7, rounding=rounding) == expected


def test_rt_09_the_blended_rate():
    mix = [(Decimal("0.7"), 1280), (Decimal("0.3"), 1580)]
    other = [(Decimal("0.6"), 1280), (Decimal("0.4"), 1580)]

    assert blended_pence_per_hour(mix) == 1370  # 8.96 + 4.74
    assert blended_pence_per_hour(other) == 1400  # 7.68 + 6.32
    with pytest.raises(ValueError, match=r"add up to 0\.9"):
        blended_pence_per_hour([(Decimal("0.9"), 1280)])


def test_rt_10_complex_a_and_b_split_70_30():
    at_1280, at_1580 = half_up(Decimal("948.5") * 1280), half_up(Decimal("406.5") * 1580)

    assert (at_1280, at_1580) == (1_214_080, 642_270)
    assert at_1280 + at_1580 == 1_856_350  # £18,563.50 a week
    assert 52 * (at_1280 + at_1580) == 96_530_200  # £965,302.00 a year


def test_rt_11_a_full_payers_contribution_follows_the_card():
    before, after = 10 * pence(date(2017, 6, 30)), 10 * pence(date(2017, 7, 1))

    assert (before, after) == (14760, 15800)
    assert after - before == 1040  # +£10.40 a week
    assert 52 * (after - before) == 54080  # +£540.80 over 52 weeks


@pytest.mark.parametrize(("bid", "passes"), [(1580, True), (1581, False)])
def test_rt_14_a_fixed_rate_tender_passes_at_the_ceiling_and_fails_above(bid, passes):
    assert passes_fixed_rate(bid_pence=bid, ceiling_pence=1580) is passes


def test_the_narrowest_line_wins_and_a_double_up_counts_both_carers():
    card = Card(
        "cards",
        date(2020, 1, 1),
        None,
        (
            Line(None, None, "hourly", 1000),
            Line(None, "rural", "hourly", 1100),
            Line("D", "rural", "hourly", 1200),
        ),
    )
    asked = [("O", "urban"), ("O", "rural"), ("D", "rural")]

    found = [
        price_visit([card], starts_on=date(2020, 1, 1), minutes=60, pathway=p, area=a, carers=2)
        for p, a in asked
    ]

    assert [one.pence for one in found] == [2000, 2200, 2400]


def test_no_card_and_no_line_are_named():
    with pytest.raises(NoRate, match="in force on 30/06/2016"):
        card_in_force(CARDS, on=date(2016, 6, 30))
    only_hourly = Card("thin", date(2020, 1, 1), None, (Line(None, None, "hourly", 1),))
    with pytest.raises(NoRate, match="thin has no sleep-in line for pathway O, urban"):
        price_visit(
            [only_hourly],
            starts_on=date(2020, 1, 1),
            minutes=600,
            pathway="O",
            area="urban",
            visit_kind="sleep_in",
        )


def test_pounds_reads_as_money():
    assert [pounds(n) for n in (0, 5, 123456, -2607)] == ["£0.00", "£0.05", "£1,234.56", "−£26.07"]
