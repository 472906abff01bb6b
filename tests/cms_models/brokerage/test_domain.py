"""Rules of brokerage without a database: who is asked, prices, scores, shares, fees."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cms_models.brokerage.domain import (
    Asking,
    Candidate,
    Needs,
    OfferTerms,
    Standing,
    agreed_week_pence,
    arrangement_fee,
    budget_refusal,
    decision_refusal,
    funder_shares,
    left_out_because,
    next_opening,
    offer_refusals,
    passes_over,
    points_refusal,
    price_refusal,
    score_of,
    tiers_asked,
)
from cms_models.market.domain import Tier

NEEDS = Needs("HC-1", frozenset({"peg"}), lot="O-A")
GOOD = {"key": 1, "name": "Alpha", "skills": frozenset({"peg"}), "tier": Tier.LEAD}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"not_active": "closed"}, "Alpha is closed."),
        ({"skills": frozenset()}, "Alpha does not have the skill peg."),
        ({"tier": None}, "Alpha holds no place in lot O-A."),
        (
            {"tier": None, "in_house": True},
            "Alpha is the council's own service, without a place in lot O-A.",
        ),
        ({"standstill": "O-A is in standstill."}, "O-A is in standstill."),
        ({"gave_back": True}, "Alpha gave this package back."),
    ],
)
def test_who_is_not_asked_is_told_why(changes, why):
    assert left_out_because(Candidate(**{**GOOD, **changes}), NEEDS) == why


def test_a_spot_purchase_needs_no_place_and_a_home_needs_a_bed():
    spot = Needs("HC-1", needs_place=False)
    home = Needs("HC-1", home_kind="nursing", needs_place=False)
    one = Candidate(1, "Alpha")

    assert left_out_because(one, spot) is None
    assert left_out_because(one, home) == "Alpha has no free nursing bed."
    assert left_out_because(Candidate(1, "Alpha", vacant=True), home) is None


def test_tiers_are_asked_in_order_and_within_one_by_rank_then_name():
    people = [
        Candidate(1, "Beta", tier=Tier.DPS),
        Candidate(2, "Alpha", tier=Tier.DPS),
        Candidate(3, "Gamma", tier=Tier.ADDITIONAL, rank=2),
        Candidate(4, "Delta", tier=Tier.ADDITIONAL, rank=1),
    ]

    found = [(tier.words, [one.name for one in some]) for tier, some in tiers_asked(people)]

    assert found == [("additional", ["Delta", "Gamma"]), ("DPS", ["Alpha", "Beta"])]


def test_a_scheduler_seconds_late_keeps_the_minute_and_one_that_was_down_gives_the_whole_clock():
    closed = datetime(2026, 11, 23, 13, tzinfo=UTC)
    late, later = closed + timedelta(seconds=9), closed + timedelta(hours=2)

    assert next_opening(closed, now=late) == closed
    assert next_opening(closed, now=later) == later


@pytest.mark.parametrize(
    ("decision", "minutes", "pathway", "words"),
    [
        ("", None, "O", "needs an individual decision first"),
        ("O", 1695, "O", None),
        ("O", 1680, "O", "was decided at 28 h a week and now has 28 h 15"),
        ("D", 1695, "O", "make it Home care D first"),
        ("D", 1695, "D", None),
    ],
)
def test_al_06_a_flagged_package_waits_for_a_decision_that_fits(decision, minutes, pathway, words):
    found = decision_refusal(
        reference="HC-1",
        reasons=["28 h 15 a week is more than 28 h"],
        decision=decision,
        decided_minutes=minutes,
        weekly_minutes=1695,
        pathway=pathway,
    )

    assert found is None if words is None else words in found


@pytest.mark.parametrize(
    ("pence", "approved", "own", "refused"),
    [
        (None, None, False, False),
        (100_000, None, False, False),  # exactly the limit needs nobody
        (100_001, None, False, True),
        (100_001, 100_000, False, True),
        (100_001, 100_001, False, False),
        (100_001, 100_001, True, True),
    ],
)
def test_a_weekly_cost_above_the_limit_needs_somebody_else(pence, approved, own, refused):
    found = budget_refusal(
        reference="HC-1",
        weekly_pence=pence,
        limit_pence=100_000,
        approved_pence=approved,
        approved_by_actor=own,
    )

    assert (found is not None) == refused


@pytest.mark.parametrize(
    ("pence", "fits"), [(1, True), (9_999_999, True), (0, False), (-5, False), (10_000_000, False)]
)
def test_a_price_lies_above_nothing_and_below_100_000_pounds(pence, fits):
    assert (price_refusal(pence) is None) == fits


@pytest.mark.parametrize("pence", [0.005, True, "12"])
def test_a_price_is_whole_pence(pence):
    assert price_refusal(pence) == "A price is a whole number of pence."


def test_an_offer_is_told_everything_that_is_amiss_at_once():
    day = date(2026, 11, 23)
    asking = Asking(day, None, 210, False, False, {"q": "Who visits?"})

    found = offer_refusals(OfferTerms(date(2026, 11, 22), 0, price_pence=5), asking)

    assert [words.split(":")[0][:24] for words in found] == [
        "The start lies in the pa",
        "Offer between 1 minute a",
        "This lot's prices stand ",
        "Answer the question “Who",
    ]


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800b"])
def test_words_that_no_database_keeps_are_refused(words):
    asking = Asking(date(2026, 11, 23), None, 210, False, False, {})

    [found] = offer_refusals(OfferTerms(date(2026, 11, 23), 210, conditions=words), asking)

    assert found == "The words hold a character that cannot be kept: type them anew."


def test_care_that_has_ended_by_the_start_is_not_offered():
    asking = Asking(date(2026, 11, 23), None, 210, False, False, {}, ends_on=date(2026, 12, 1))

    assert offer_refusals(OfferTerms(date(2026, 11, 30), 210), asking) == []
    assert offer_refusals(OfferTerms(date(2026, 12, 1), 210), asking) == [
        "The care ends before: 01/12/2026 is the first day without it."
    ]


def test_an_answer_to_a_question_that_is_not_asked_is_refused():
    asking = Asking(date(2026, 11, 23), None, 210, False, False, {})

    found = offer_refusals(OfferTerms(date(2026, 11, 23), 210, answers={"zz": "x"}), asking)

    assert found == ["'zz' is not a question of this package: open it again."]


def test_where_a_price_must_be_named_an_offer_without_is_refused():
    asking = Asking(date(2026, 11, 23), None, 210, True, True, {})

    assert offer_refusals(OfferTerms(date(2026, 11, 23), 210), asking) == [
        "Name a price: this package has none of its own."
    ]


@pytest.mark.parametrize(
    ("points", "fits"),
    [("0", True), ("10", True), ("7.25", True), ("7.255", False), ("10.01", False), ("inf", False)],
)
def test_points_lie_within_the_question_s_with_two_decimals(points, fits):
    refusal = points_refusal(Decimal(points), most=Decimal(10), question="Who visits?")

    assert (refusal is None) == fits


def test_a_score_adds_the_points_and_says_whether_all_are_given():
    answers = {"a": {"points": "7.5"}, "b": {"points": None}, "c": {"points": None}}

    found = score_of(answers, {"a": Decimal(10), "b": Decimal(20)})

    assert (found.points, found.complete) == (Decimal("7.5"), False)
    assert found.percent == Decimal("25.00")  # 7.5 of 30
    assert score_of({}, {}).percent is None


@pytest.mark.parametrize(
    ("chosen", "others", "over"),
    [
        ((1, 1, None), [(2, 2, None)], False),
        ((2, 2, None), [(1, 1, None)], True),
        ((1, 2, 60), [(2, 2, 75)], True),
        ((1, 2, 75), [(2, 2, 60)], False),
        ((1, 1, 60), [(2, 2, 75)], False),  # an earlier tier goes before a better score
        ((1, None, 60), [(2, None, 75)], True),
    ],
)
def test_an_earlier_tier_or_a_better_score_is_not_passed_over_unseen(chosen, others, over):
    assert passes_over(Standing(*chosen), [Standing(*one) for one in others]) == over


def test_br_07_a_ccg_that_shares_30_percent_of_14_hours_pays_66_36_of_221_20():
    week = 14 * 1580  # 14 h × £15.80 = £221.20

    assert week == 22_120
    assert funder_shares(week, Decimal(30)) == (6636, 15_484)  # £66.36 + £154.84


@pytest.mark.parametrize("percent", ["0", "33.33", "50", "99.99", "100"])
def test_br_07_the_shares_always_add_up_to_the_penny(percent):
    for week in (1, 3, 101, 5530, 22_121):
        assert sum(funder_shares(week, Decimal(percent))) == week


def test_br_06_only_a_self_funder_is_charged_for_arranging():
    assert arrangement_fee(funder="Self-funder", fee_pence=34_400) == 34_400
    assert arrangement_fee(funder="Local authority", fee_pence=34_400) is None


def test_an_agreed_hour_is_charged_by_the_minutes_half_up_and_a_home_by_the_week():
    assert agreed_week_pence(2000, weekly_minutes=210, by_week=False) == 7000  # 3.5 h × £20
    assert agreed_week_pence(1, weekly_minutes=30, by_week=False) == 1  # half a penny, half-up
    assert agreed_week_pence(95_000, weekly_minutes=0, by_week=True) == 95_000
