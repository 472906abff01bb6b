"""Rate cards through the services: drafts price nothing, a later card supersedes."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.selectors import history_of
from cms_models.care.services.registration import resolve_again
from cms_models.rates import services
from cms_models.rates.domain import Line, price_visit
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import published_cards
from tests.council import TODAY


def draft(council, valid_from: date, lines=None):
    """Draft a card at £16.10."""
    return services.draft_card(
        actor=council[Role.COMMISSIONER],
        name="New card",
        valid_from=valid_from,
        lines=[Line(None, None, "hourly", 1610)] if lines is None else lines,
    )


def price(council, on: date) -> int:
    """Return what an urban hour costs on a day."""
    return price_visit(
        published_cards(council.authority), starts_on=on, minutes=60, pathway="O", area="urban"
    ).pence


def test_rt_12_a_draft_prices_nothing_and_a_published_card_begins_on_its_day(council):
    card = draft(council, date(2027, 4, 1))
    assert price(council, date(2027, 4, 1)) == 1580

    services.publish_card(actor=council[Role.COMMISSIONER], card=card)

    assert [price(council, day) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [1580, 1610]
    newest = history_of(card, user=council[Role.AUDITOR]).first()
    assert (newest.actor, newest.reason) == (council[Role.COMMISSIONER], "published")
    before = RateCard.objects.get(authority=council.authority, name="2017 card")
    assert before.valid_to == date(2027, 4, 1)


def test_a_card_between_two_others_ends_where_the_later_begins(council):
    services.publish_card(actor=council.system, card=draft(council, date(2017, 1, 1)))

    days = (date(2016, 12, 31), date(2017, 1, 1), date(2017, 6, 30), date(2017, 7, 1))
    assert [price(council, day) for day in days] == [1476, 1610, 1610, 1580]


@pytest.mark.parametrize(
    ("valid_from", "lines", "words"),
    [
        (date(2017, 7, 1), None, "2017 card also begins on 01/07/2017"),
        (date(2027, 4, 1), [], "has no hourly line"),
    ],
)
def test_a_card_that_cannot_be_published_says_why(council, valid_from, lines, words):
    card = draft(council, valid_from, lines)

    with pytest.raises(ValidationError, match=words):
        services.publish_card(actor=council.system, card=card)

    card.refresh_from_db()
    assert card.state == "draft"


def test_pricing_again_changes_what_the_card_changed_and_nothing_the_second_time(council):
    package = council.package()
    services.publish_card(actor=council.system, card=draft(council, TODAY))

    assert resolve_again(actor=council.system, on=TODAY) == 1
    package.refresh_from_db()
    assert package.weekly_pence == 7 * 805  # half of £16.10
    assert resolve_again(actor=council.system, on=TODAY) == 0
