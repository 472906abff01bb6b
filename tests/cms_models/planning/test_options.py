"""Options: what is in force on a day with drafts in its place, refused in words."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.rates.models import RateCard
from tests.council import TODAY


def test_an_option_is_what_is_in_force_on_its_day(council):
    user = council[Role.COMMISSIONER]

    now, before = option_in_force(user, TODAY), option_in_force(user, date(2017, 6, 30))

    assert (str(now.card), str(before.card)) == ("2017 card", "2016 card")
    assert now.zone_map == council.zone_map
    assert (now.tried, now.rules["rates.planning_weeks"]) == ((), 52)
    assert option_in_force(user, date(2016, 6, 30)).card is None
    assert option_in_force(user, date(2016, 6, 30)).zone_map is None


def test_what_is_tried_is_said_and_what_is_in_force_is_not(council):
    option = option_in_force(council[Role.COMMISSIONER], TODAY)
    old = RateCard.objects.get(name="2016 card")

    tried = with_drafts(option, name="Old rates", card=old, hours_percent={"O": Decimal("2.5")})
    same = with_drafts(option, card=option.card, rules={"rates.planning_weeks": 52})

    assert tried.tried == ("Rate card: 2016 card", "Hours of pathway O: +2.5 %")
    assert tried.card_tried == old
    assert same.tried == ()
    assert same.card_tried is None
    again = with_drafts(tried, rules={"rates.planning_weeks": 53})
    assert again.tried[-2:] == (
        "Weeks in a planning year: 52 weeks → 53 weeks",
        "Hours of pathway O: +2.5 %",
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rules": {"rates.planning_weeks": 60}}, "at most 53 weeks is possible, not 60"),
        ({"rules": {"rates.colour": 1}}, "No rule is called rates.colour."),
        ({"hours_percent": {"X": Decimal(1)}}, "No pathway is called X; there are O, D, M."),
        ({"hours_percent": {"O": "much"}}, "Pathway O: a percentage is needed, not “much”."),
        ({"hours_percent": {"O": Decimal(-101)}}, "lies between -100 % and 1000 %, not -101"),
        ({"hours_percent": {"O": Decimal("0.001")}}, "has at most two decimals"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(council, changes, sentence):
    option = option_in_force(council[Role.COMMISSIONER], TODAY)

    with pytest.raises(ValidationError, match=sentence):
        with_drafts(option, **changes)


def test_drafts_of_another_council_are_refused(council, other_council):
    option = option_in_force(council[Role.COMMISSIONER], TODAY)
    theirs = RateCard.objects.get(authority=other_council.authority, name="2016 card")

    with pytest.raises(ValidationError, match="This rate card is not one of Testshire"):
        with_drafts(option, card=theirs)


def test_a_sign_in_without_a_council_has_no_option(db):
    with pytest.raises(ValidationError, match="belongs to a council"):
        option_in_force(User(username="nobody"), TODAY)
