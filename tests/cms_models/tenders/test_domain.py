"""How a tender is judged, checked by hand."""

from decimal import Decimal

import pytest

from cms_models.tenders.domain import (
    BidTerms,
    Criterion,
    PriceRule,
    TenderTerms,
    cap_refusal,
    evaluate,
    moderation_refusal,
    order_of_award,
    price_refusal,
    score_refusal,
    terms_refusals,
    whole_life_cost,
)

QUALITY = (Criterion("Q", "Quality", Decimal(100)),)
FIXED = TenderTerms(PriceRule.PASS_FAIL, Decimal(100), Decimal(100), QUALITY, 1580)
HALVES = TenderTerms(PriceRule.LOWEST, Decimal(50), Decimal(100), QUALITY)


def bid(bidder: str, pence: int, quality: int | str) -> BidTerms:
    return BidTerms(bidder, pence, {"Q": Decimal(quality)})


@pytest.mark.parametrize(("pence", "passes"), [(1580, True), (1581, False)])
def test_rt_14_a_price_passes_at_the_ceiling_and_fails_a_penny_above(pence, passes):
    refusal = price_refusal(pence, terms=FIXED)

    assert (refusal is None) is passes
    if not passes:
        assert refusal == "£15.81 is above the ceiling of £15.80."


def test_pr_01_a_price_above_the_ceiling_is_excluded_before_scoring():
    outcome = evaluate(FIXED, [bid("X", 1580, 71), bid("Y", 1580, 84), BidTerms("Z", 1590)])

    assert [(one.bidder, one.rank, one.total) for one in outcome.ranked] == [
        ("Y", 1, Decimal(84)),
        ("X", 2, Decimal(71)),
    ]
    dear = outcome.verdicts[-1]
    assert (dear.bidder, dear.rank, dear.total) == ("Z", None, 0)  # it had no score to look at
    assert dear.excluded == "£15.90 is above the ceiling of £15.80."


def test_pr_02_half_price_half_quality_adds_up_as_printed():
    outcome = evaluate(HALVES, [bid("B", 12_000_000, 70), bid("A", 13_333_000, 82)])

    first, second = outcome.ranked
    # 120,000 / 133,330 × 50 = 45.00112… → 45.0011; 82 × 50 / 100 = 41; 45.0011 + 41 = 86.0011
    assert (first.bidder, first.price_score, first.quality_score, first.total) == (
        "A",
        Decimal("45.0011"),
        Decimal("41.0000"),
        Decimal("86.0011"),
    )
    assert (second.bidder, second.total) == ("B", Decimal("85.0000"))  # 50 + 70 / 2
    assert [line.working for line in first.lines] == [
        "lowest £120,000.00 / £133,330.00 × 50 = 45.0011",
        "82 of 100 × 100 = 82.0000",
        "82.0000 = 82.0000",
        "82.0000 × 50 / 100 = 41.0000",
        "45.0011 + 41.0000 = 86.0011",
    ]


def test_pr_03_the_cost_over_five_years_is_awarded_up_to_the_cap_and_not_a_penny_more():
    cost = whole_life_cost(one_off_pence=1_105_000, annual_pence=2_445_600, years=5)

    assert cost == 13_333_000  # 11,050 + 5 × 24,456 = 133,330
    assert cap_refusal(bidder="W", price_pence=cost, cap_pence=13_333_000) is None
    refusal = cap_refusal(bidder="W", price_pence=cost + 1, cap_pence=13_333_000)
    assert refusal is not None
    assert refusal.startswith("W costs £133,330.01, £0.01 over the £133,330.00")


def test_equal_totals_share_a_rank_and_are_named():
    outcome = evaluate(FIXED, [bid("X", 1500, 80), bid("Y", 1580, 80), bid("Z", 1400, 60)])

    assert [one.rank for one in outcome.ranked] == [1, 1, 3]
    assert outcome.ties == ("X and Y tie at 80.0000 for rank 1: a person decides, with a reason.",)
    assert order_of_award(outcome.ranked, places=1, settled={}) == (
        [outcome.ranked[0]],
        ["X and Y tie for rank 1: give them an order, with the reason."],
    )
    won, ties = order_of_award(outcome.ranked, places=2, settled={"X": 2, "Y": 1})
    assert ([one.bidder for one in won], ties) == (["Y", "X"], [])


def test_a_tie_below_the_places_needs_nobody():
    outcome = evaluate(FIXED, [bid("X", 1500, 90), bid("Y", 1580, 80), bid("Z", 1400, 80)])

    won, ties = order_of_award(outcome.ranked, places=1, settled={})

    assert ([one.bidder for one in won], ties) == (["X"], [])


def test_criteria_are_weighed_and_scaled():
    terms = TenderTerms(
        PriceRule.PASS_FAIL,
        Decimal(100),
        Decimal(5),
        (
            Criterion("1", "Staff", Decimal(60)),
            Criterion("2", "Rural", Decimal(40), least_score=Decimal(2)),
        ),
        1580,
    )
    good = BidTerms("Good", 1580, {"1": Decimal(4), "2": Decimal(3)})
    poor = BidTerms("Poor", 1580, {"1": Decimal(5), "2": Decimal(1)})

    outcome = evaluate(terms, [good, poor])

    assert [one.bidder for one in outcome.ranked] == ["Good"]
    assert outcome.ranked[0].total == Decimal(72)  # 4/5 × 60 + 3/5 × 40 = 48 + 24
    assert outcome.verdicts[1].excluded == "Rural: 1 is below the least score of 2."


def test_weights_that_do_not_add_up_are_refused_with_their_sum():
    terms = TenderTerms(
        PriceRule.LOWEST,
        Decimal(60),
        Decimal(100),
        (Criterion("1", "One", Decimal(60)), Criterion("2", "Two", Decimal("30.5"))),
    )

    assert terms_refusals(terms) == ["The criteria weigh 60 + 30.5 = 90.5, not 100: add 9.5."]


def test_rules_that_contradict_each_other_are_refused():
    fixed = TenderTerms(PriceRule.PASS_FAIL, Decimal(50), Decimal(100), QUALITY)
    scored = TenderTerms(PriceRule.LOWEST, Decimal(100), Decimal(100), ())

    assert len(terms_refusals(fixed)) == 2  # no ceiling, and quality weighs only half
    assert len(terms_refusals(scored)) == 2  # no criterion, and no weight left for the price
    assert terms_refusals(HALVES) == []


def test_a_score_stays_on_the_scale():
    assert score_refusal(Decimal("100.5"), terms=FIXED) == "100.5 is not between 0 and 100."
    assert score_refusal(Decimal(-1), terms=FIXED) is not None
    assert score_refusal(Decimal(0), terms=FIXED) is None


def test_an_agreed_score_that_is_not_the_mean_needs_a_reason():
    scores = [Decimal(70), Decimal(75), Decimal(75)]

    # (70 + 75 + 75) / 3 = 73.33…
    assert moderation_refusal(agreed=Decimal("73.33"), scores=scores, reason="") is None
    assert moderation_refusal(agreed=Decimal(75), scores=scores, reason="site visit") is None
    assert moderation_refusal(agreed=Decimal(75), scores=scores, reason=" ") == (
        "75 is not the mean of 70, 75, 75 (73.33): say why it was agreed."
    )
