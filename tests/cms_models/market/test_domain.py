"""Lots, tiers and where a cascade begins."""

from datetime import date

import pytest

from cms_models.market.domain import (
    AwardTerms,
    LotTerms,
    Tier,
    cascade_words,
    lot_for,
    standstill_over,
    tiers_in_order,
)

ON = date(2018, 7, 6)
RUSHCLIFFE = [
    AwardTerms("P2", Tier.DPS, 1, date(2018, 7, 1), None),
    AwardTerms("P1", Tier.ADDITIONAL, 1, date(2018, 7, 1), None),
]
LOTS = [
    LotTerms("O-B", "Zone B", frozenset("O"), frozenset("B")),
    LotTerms("D-AB", "Complex A & B", frozenset("D"), frozenset("AB")),
    LotTerms("D-CDE", "Complex C, D, E", frozenset("D"), frozenset("CDE")),
]


def test_zn_03_a_complex_person_in_zone_b_is_in_complex_a_and_b():
    assert lot_for(LOTS, pathway="D", zone="B").name == "Complex A & B"
    assert lot_for(LOTS, pathway="O", zone="B").name == "Zone B"
    assert lot_for(LOTS, pathway="O", zone="E") is None


def test_al_02_without_a_lead_the_first_offer_goes_to_additional():
    assert tiers_in_order(RUSHCLIFFE, on=ON) == [Tier.ADDITIONAL, Tier.DPS]


def test_pr_07_a_lot_without_a_lead_says_so_and_where_it_begins():
    lead = AwardTerms("P3", Tier.LEAD, 1, date(2018, 7, 1), date(2019, 1, 1))

    assert cascade_words(RUSHCLIFFE, on=ON) == "no lead: starts at additional"
    assert cascade_words([*RUSHCLIFFE, lead], on=ON) == "starts at lead"
    assert (
        cascade_words([*RUSHCLIFFE, lead], on=date(2019, 1, 1)) == "no lead: starts at additional"
    )
    assert cascade_words([], on=ON) == "no provider: work cannot be offered"


@pytest.mark.parametrize(("day", "over"), [(5, False), (6, True)])
def test_pr_07_the_standstill_runs_to_its_last_day(day, over):
    assert standstill_over(standstill_ends_on=date(2018, 7, 5), on=date(2018, 7, day)) is over
