"""Lots, tiers and where a cascade begins."""

from datetime import date
from decimal import Decimal

import pytest

from cms_models.market.domain import (
    AwardTerms,
    LeadPromise,
    LeadShare,
    LotTerms,
    Tier,
    cascade_words,
    early_end_refusal,
    framework_term,
    last_day,
    lot_for,
    standstill_over,
    standstill_refusal,
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


def test_pr_06_five_years_and_up_to_five_end_on_the_last_day_of_june():
    term = framework_term(starts_on=date(2018, 7, 1), years=5, extension_years=5)

    assert last_day(term.ends_on) == date(2023, 6, 30)
    assert last_day(term.latest_end_on) == date(2028, 6, 30)


def test_a_framework_from_a_leap_day_ends_with_february():
    term = framework_term(starts_on=date(2020, 2, 29), years=1, extension_years=3)

    assert last_day(term.ends_on) == date(2021, 2, 28)
    assert last_day(term.latest_end_on) == date(2024, 2, 28)


@pytest.mark.parametrize(("day", "refused"), [(19, True), (20, False)])
def test_pr_04_a_place_waits_for_ten_days_after_the_letters_of_9_march(day, refused):
    refusal = standstill_refusal(
        name="Lot 1", standstill_ends_on=date(2017, 3, 19), on=date(2017, 3, day)
    )

    assert (refusal is not None) is refused
    if refused:
        assert refusal == "Lot 1 is in standstill to 19/03/2017: award from 20/03/2017."


def test_pr_09_without_a_break_clause_the_packages_are_ended_instead():
    asked = {"name": "Home care", "ends_on": date(2023, 7, 1), "on": date(2020, 1, 1)}

    refused = early_end_refusal(**asked, has_break_clause=False)

    assert refused == (
        "Home care has no break clause: it runs to 30/06/2023. "
        "Its packages can be ended: end the packages instead."
    )
    assert early_end_refusal(**asked, has_break_clause=True) is None


@pytest.mark.parametrize(
    ("to_lead", "percent", "kept"), [(41, "51.25", True), (40, "50.00", False)]
)
def test_al_04_a_majority_is_more_than_half(to_lead, percent, kept):
    share = LeadShare(to_lead, 80, LeadPromise.MAJORITY)

    # 41 / 80 = 0.5125; 40 / 80 = 0.5, which is no majority
    assert share.percent == Decimal(percent)
    assert share.kept is kept
    assert ("not kept" in share.words) is not kept


def test_a_promised_percentage_is_kept_when_it_is_reached():
    assert LeadShare(2, 3, LeadPromise.PERCENT, Decimal("66.67")).kept is False  # 66.666…
    assert LeadShare(2, 3, LeadPromise.PERCENT, Decimal("66.66")).kept is True
    assert LeadShare(0, 0, LeadPromise.MAJORITY).kept is None
    assert LeadShare(0, 9, LeadPromise.NONE).kept is None


def test_pr_08_new_work_goes_to_the_framework_that_began_last():
    core = LotTerms("1", "Core", frozenset("O"), frozenset("AB"), date(2014, 4, 1), 1)
    new = LotTerms("1", "Lead", frozenset("O"), frozenset("A"), date(2018, 7, 1), 2)

    assert lot_for([core, new], pathway="O", zone="A") is new
    assert lot_for([core, new], pathway="O", zone="B") is core
