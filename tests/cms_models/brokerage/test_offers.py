"""What providers answer: offers in time, late, twice, withdrawn; declines; points."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import QuestionTerms
from cms_models.brokerage.models import Offer, ReleaseState
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.brokerage.selectors import offer_scores
from cms_models.brokerage.services.offers import (
    decline,
    make_offer,
    score_offer,
    withdraw_offer,
)
from cms_models.brokerage.services.releases import turn_clocks, withdraw_release
from cms_models.brokerage.services.requirements import set_offer_questions, set_requirement
from cms_models.market.models import Lot
from tests.cms_models.brokerage.releasing import hours, invited, release_it, terms


def offer_of(council, row, ref="P1", *, at=1.0, **changes) -> Offer:
    """Make a provider's offer."""
    return make_offer(
        actor=council.provider_users[ref],
        invitation=invited(row, ref),
        terms=terms(**changes),
        now=hours(at),
    )


def asking(council, package):
    """State a last day to begin, a scored and an unscored question; return their public ids."""
    requirement = set_requirement(
        actor=council[Role.BROKER],
        package=package,
        values={"start_by": date(2026, 12, 10)},
        expected_version=None,
    )
    rows = set_offer_questions(
        actor=council[Role.BROKER],
        requirement=requirement,
        questions=[
            QuestionTerms("How do you cover sickness?", scored=True, most_points=Decimal(10)),
            QuestionTerms("Who visits?"),
        ],
    )
    return [str(row.public_id) for row in rows]


def test_an_offer_keeps_what_was_offered_and_its_answers(council):
    package = council.package(1)
    scored, plain = asking(council, package)
    row = release_it(council, package)

    offer = offer_of(council, row, answers={scored: "A pool of carers", plain: "Two carers"})

    assert (offer.starts_on, offer.weekly_minutes) == (date(2026, 12, 1), 210)
    assert offer.answers[scored] == {
        "question": "How do you cover sickness?",
        "answer": "A pool of carers",
        "points": None,
    }
    assert invited(row, "P1").state == "offered"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"starts_on": date(2026, 11, 22)}, "lies in the past"),
        ({"starts_on": date(2026, 12, 11)}, "must begin by 10/12/2026, not 11/12/2026"),
        ({"weekly_minutes": 0}, "between 1 minute and 3 h 30 a week"),
        ({"weekly_minutes": 211}, "not 211 minutes"),
        ({"price_pence": 1600}, "leave the price out"),
        ({"answers": {}}, "Answer the question “Who visits"),
        ({"conditions": "Ring 01432 260000"}, "Conditions: “01432 260000” looks like a phone"),
    ],
)
def test_an_offer_that_does_not_fit_is_refused_in_words(council, changes, refusal):
    package = council.package(1)
    scored, plain = asking(council, package)
    row = release_it(council, package)
    changes = {"answers": {scored: "A", plain: "B"}, **changes}

    with pytest.raises(ValidationError, match=refusal):
        offer_of(council, row, **changes)
    assert Offer.objects.count() == 0


@pytest.mark.parametrize(("pence", "fits"), [(0, False), (1, True), (10_000_000, False)])
def test_where_the_lot_lets_offers_name_a_price_it_is_above_0_and_below_100_000_pounds(
    council, pence, fits
):
    Lot.objects.filter(code="O-A").update(offers_name_price=True)
    row = release_it(council, council.package(1))

    if fits:
        assert offer_of(council, row, price_pence=pence).price_pence == 1
    else:
        with pytest.raises(ValidationError, match=r"above £0.00 and below £100,000.00"):
            offer_of(council, row, price_pence=pence)


def test_an_offer_at_the_minute_the_clock_runs_out_is_too_late(council):
    row = release_it(council, council.package(1))

    with pytest.raises(TooLate, match="ran out on 23/11/2026 at 13:00"):
        offer_of(council, row, at=4)
    turn_clocks(authority=council.authority, now=hours(5))
    with pytest.raises(TooLate, match="ran out"):
        offer_of(council, row, at=5)
    assert offer_of(council, row, "P2", at=6).provider.ref == "P2"


def test_a_second_offer_is_told_which_one_stands(council):
    row = release_it(council, council.package(1))
    first = offer_of(council, row)

    with pytest.raises(AlreadyAnswered, match="offered on 23/11/2026 at 10:00") as refusal:
        offer_of(council, row, at=2, weekly_minutes=100)

    assert refusal.value.offer == first
    assert Offer.objects.get().weekly_minutes == 210


def test_a_withdrawn_offer_may_be_made_again_while_the_clock_runs(council):
    row, user = release_it(council, council.package(1)), council.provider_users["P1"]
    first = offer_of(council, row)
    with pytest.raises(ValidationError, match="Say why"):
        withdraw_offer(actor=user, offer=first, reason=" ", now=hours(2))

    withdraw_offer(actor=user, offer=first, reason="Carer left", now=hours(2))
    with pytest.raises(AlreadyAnswered, match="withdrawn already"):
        withdraw_offer(actor=user, offer=first, reason="Carer left", now=hours(2))

    assert offer_of(council, row, at=3).pk != first.pk
    assert Offer.objects.exclude(state="withdrawn").count() == 1


def test_an_offer_withdrawn_after_the_clock_lets_the_next_tier_be_asked(council):
    row = release_it(council, council.package(1))
    offer = offer_of(council, row)
    turn_clocks(authority=council.authority, now=hours(4))
    assert row.steps.count() == 1  # the offer waits for the broker

    withdraw_offer(
        actor=council.provider_users["P1"], offer=offer, reason="Carer left", now=hours(6)
    )

    assert row.steps.get(number=2).opens_at == hours(6)
    assert invited(row, "P1").state == "lapsed"


def test_a_decline_stands_with_its_reason(council):
    row, user = release_it(council, council.package(1)), council.provider_users["P1"]
    mine = invited(row, "P1")
    with pytest.raises(ValidationError, match="what the other reason is"):
        decline(actor=user, invitation=mine, reason="other", words="", now=hours(1))

    decline(actor=user, invitation=mine, reason="distance", words="Too far", now=hours(1))

    kept = invited(row, "P1")
    assert (kept.state, kept.decline_reason, kept.answered_at) == ("declined", "distance", hours(1))
    with pytest.raises(AlreadyAnswered, match="declined HC-000001 on 23/11/2026 at 10:00"):
        offer_of(council, row, at=2)


def test_a_withdrawn_release_answers_offers_clearly(council):
    row = release_it(council, council.package(1))
    withdraw_release(actor=council[Role.BROKER], release=row, reason="Needs changed", now=hours(1))

    with pytest.raises(TooLate, match="no longer open: withdrawn"):
        offer_of(council, row, at=2)


def test_nobody_answers_for_another_provider(council, other_council):
    row = release_it(council, council.package(1))
    mine = invited(row, "P1")

    for actor in (
        council.provider_users["P2"],
        council[Role.COMMISSIONER],
        other_council.provider_users["P1"],
        other_council[Role.BROKER],
    ):
        with pytest.raises(PermissionDenied):
            make_offer(actor=actor, invitation=mine, terms=terms(), now=hours(1))
        with pytest.raises(PermissionDenied):
            decline(actor=actor, invitation=mine, reason="price", words="", now=hours(1))
    assert Offer.objects.count() == 0
    assert invited(row, "P1").state == "open"


def test_points_are_given_for_scored_answers_within_bounds_and_order_the_offers(council):
    package, broker = council.package(1), council[Role.BROKER]
    scored, plain = asking(council, package)
    row = release_it(council, package, "all")
    answers = {scored: "A pool", plain: "Two"}
    one, two = (offer_of(council, row, ref, answers=answers) for ref in ("P1", "P2"))
    assert [each.score.complete for each in offer_scores(row)] == [False, False]

    for bad in ("10.01", "-1", "7.555", "NaN", "many"):
        with pytest.raises(ValidationError, match="takes"):
            score_offer(actor=broker, offer=one, points={scored: bad}, now=hours(2))
    with pytest.raises(ValidationError, match="scored questions"):
        score_offer(actor=broker, offer=one, points={plain: 5}, now=hours(2))
    score_offer(actor=broker, offer=one, points={scored: "6"}, now=hours(2))
    score_offer(actor=broker, offer=two, points={scored: "7.5"}, now=hours(2))

    # 7.5 of 10 = 75 %, 6 of 10 = 60 %; everybody was asked at once, so the score decides
    assert [(each.offer.provider.ref, each.score.percent) for each in offer_scores(row)] == [
        ("P2", Decimal("75.00")),
        ("P1", Decimal("60.00")),
    ]
    row.refresh_from_db()
    assert row.state == ReleaseState.OPEN
