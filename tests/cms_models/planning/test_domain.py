"""BR-06, BR-07, RT-11, ZN-07: who pays a week, changes in hours, balance between lots."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_models.planning.domain import (
    SCALE,
    Parts,
    apportioned,
    balance_of,
    contribution_of,
    hours_factor,
    parts_of,
    rounded,
    share_of,
)


def test_br_07_the_nhs_shares_three_tenths_of_14_hours_to_the_penny():
    parts = parts_of(22_120, funder="Shared", council_share_percent=Decimal(70))

    # 14 h × £15.80 = £221.20; 30 % is £66.36 and the council keeps £154.84.
    assert parts == Parts(council=15_484, nhs=6_636, self_funded=0)


@pytest.mark.parametrize(
    ("funder", "parts"),
    [
        ("Local authority", Parts(10_001, 0, 0)),
        ("CHC", Parts(0, 10_001, 0)),
        ("Self-funder", Parts(0, 0, 10_001)),  # BR-06: costs the council nothing
    ],
)
def test_one_payer_pays_all(funder, parts):
    assert parts_of(10_001, funder=funder, council_share_percent=Decimal(100)) == parts


@given(st.integers(0, 10**7), st.decimals(0, 100, places=2))
def test_a_shared_week_is_divided_without_a_penny_lost(pence, percent):
    parts = parts_of(pence, funder="Shared", council_share_percent=percent)

    assert parts.council + parts.nhs == pence
    assert abs(parts.council - pence * percent / 100) <= Decimal("0.5")


def test_shares_of_columns_are_those_of_single_numbers():
    pence, points = np.array([22_120, 1, 3, 999]), np.array([7_000, 5_000, 5_000, 6_667])

    found = share_of(pence, points)

    # 0.5 and 1.5 go up to 1 and 2; 999 × 66.67 % = 666.03…
    assert found.tolist() == [15_484, 1, 2, 666]


def test_rt_11_a_full_payer_pays_the_actual_cost_up_to_what_was_assessed():
    assert contribution_of(14_760, most_pence=None) == 14_760
    assert contribution_of(15_800, most_pence=None) == 15_800
    assert contribution_of(15_800, most_pence=15_000) == 15_000
    assert contribution_of(14_760, most_pence=15_000) == 14_760


def test_a_change_in_hours_is_exact_to_two_decimals_of_a_percent():
    assert hours_factor(Decimal(-5)) == 9_500
    assert hours_factor(Decimal("1.25")) == 10_125
    assert hours_factor(Decimal(-100)) == 0
    # 14 h − 5 % = 13.3 h = 798 min
    assert rounded(840 * hours_factor(Decimal(-5))) == 798


@pytest.mark.parametrize(
    ("percent", "sentence"),
    [
        ("-100.01", "A change in hours lies between -100 % and 1000 %, not -100.01."),
        ("1000.5", "A change in hours lies between -100 % and 1000 %, not 1000.5."),
        ("NaN", "A change in hours lies between -100 % and 1000 %, not NaN."),
        ("Infinity", "A change in hours lies between -100 % and 1000 %, not Infinity."),
        ("1.234", "A change in hours has at most two decimals, not 1.234 %."),
    ],
)
def test_a_change_in_hours_that_cannot_be_is_refused_in_words(percent, sentence):
    with pytest.raises(ValueError, match=sentence):
        hours_factor(Decimal(percent))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_rounded_parts_add_up_to_the_rounded_whole(parts):
    total = rounded(sum(parts))

    found = apportioned(total, parts)

    assert sum(found) == total
    assert all(abs(one * SCALE - part) < SCALE for one, part in zip(found, parts, strict=True))


def test_zn_07_equal_clients_but_unequal_hours_are_named():
    lots = [
        ("D-AB", "Complex A & B", 29, Decimal(1355)),
        ("D-CDE", "Complex C, D, E", 29, Decimal(975)),
    ]

    found = balance_of("D", lots, tolerance_points=Decimal(5))

    # 1,355 of 2,330 h is 58.15 %, 975 is 41.85 %: 8.15 points from half the clients.
    assert [share.hours_percent for share in found.lots] == [Decimal("58.15"), Decimal("41.85")]
    assert [share.clients_percent for share in found.lots] == [Decimal("50.00")] * 2
    assert [share.points for share in found.lots] == [Decimal("8.15"), Decimal("-8.15")]
    assert not found.balanced
    assert found.sentence == (
        "Pathway D: Complex A & B has 50.00 % of the clients but 58.15 % of the hours "
        "(1,355 h a week); Complex C, D, E has 50.00 % of the clients but 41.85 % of the hours "
        "(975 h a week)."
    )
    assert balance_of("D", lots, tolerance_points=Decimal("8.15")).balanced


def test_zn_07_the_zones_of_the_ongoing_pathway_carry_hours_as_they_carry_clients():
    clients = {
        "A": (161, 1682),
        "B": (178, 2174),
        "C": (152, 1696),
        "D": (191, 2352),
        "E": (86, 1295),
    }
    lots = [
        (key, f"Zone {key}", people, Decimal(hours)) for key, (people, hours) in clients.items()
    ]

    found = balance_of("O", lots, tolerance_points=Decimal(5))

    # The widest is E: 86 of 768 clients, 11.20 %, and 1,295 of 9,199 h, 14.08 %.
    assert max(share.points for share in found.lots) == Decimal("2.88")
    assert found.balanced


def test_lots_without_anybody_are_in_balance():
    lots = [("D-1", "One", 0, Decimal(0)), ("D-2", "Two", 0, Decimal(0))]

    assert balance_of("D", lots, tolerance_points=Decimal(5)).balanced
