"""The rule book: what it says is what is in force, an edition whenever it says something new."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.fields.services import set_rule
from cms_models.rates import services as rates
from cms_models.rates.domain import Line
from cms_models.rulebook.domain import changes_between, line_sentence, listed
from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.selectors import book_on
from cms_models.rulebook.services import draw_up
from tests.council import TODAY


def sentences(council, title: str, on: date = TODAY) -> list[str]:
    chapters = {chapter.title: chapter.sentences for chapter in book_on(council.authority, on=on)}
    return list(chapters[title])


def publish_card(council, *, name: str, valid_from: date, pence: int) -> None:
    card = rates.draft_card(
        actor=council.system,
        name=name,
        valid_from=valid_from,
        lines=[Line(None, None, "hourly", pence)],
    )
    rates.publish_card(actor=council.system, card=card)


def test_rates_are_said_with_their_days_and_what_comes_next(council):
    publish_card(council, name="2027 card", valid_from=date(2027, 4, 1), pence=1610)

    said = sentences(council, "How a visit is priced")

    assert said[0] == (
        "Rates are those of the “2017 card”, in force from 1 July 2017 to 31 March 2027."
    )
    assert "An hourly visit: £15.80 an hour." in said
    assert "From 1 April 2027 the “2027 card” applies:" in said
    assert said[-1] == "An hourly visit: £16.10 an hour."


def test_the_book_of_a_past_day_says_the_rates_of_that_day(council):
    said = sentences(council, "How a visit is priced", on=date(2017, 6, 30))

    assert "An hourly visit to an urban home: £14.76 an hour." in said
    assert "An hourly visit to a rural home: £15.76 an hour." in said


def test_who_is_offered_first_is_named_in_order(council):
    said = sentences(council, "Who is offered a package first")

    assert said[2] == (
        "Lot O-A, Zone A: pathway O in A. The offer starts at lead. In order: Provider One (lead) "
        "and Provider Two (additional)."
    )


def test_a_rule_is_said_with_its_value_on_the_day(council):
    set_rule(actor=council.system, key="care.notice_days", value=14, valid_from=TODAY)

    before = sentences(council, "How a package ends", on=TODAY - timedelta(days=1))
    after = sentences(council, "How a package ends")

    assert "paid for 28 days more" in before[0]
    assert "paid for 14 days more" in after[0]


def test_an_edition_is_made_when_the_rules_say_something_new_and_not_otherwise(council):
    first = draw_up(actor=council.system, on=TODAY)
    again = draw_up(actor=council.system, on=TODAY + timedelta(days=1))
    publish_card(council, name="2027 card", valid_from=TODAY + timedelta(days=9), pence=1610)
    second = draw_up(actor=council.system, on=TODAY + timedelta(days=2))

    assert (first.number, again, second.number) == (1, None, 2)
    changes = changes_between(first.chapters, second.chapters)
    assert [one.sentence for one in changes if not one.was][
        -1
    ] == "An hourly visit: £16.10 an hour."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "An hourly visit: £15.80 an hour."),
        ({"area": "rural", "pathway": "D"}, "An hourly visit to a rural home on pathway D: £15.80"),
        ({"day_type": "bank_holiday"}, "An hourly visit on a bank holiday: £15.80"),
        (
            {"day_type": "weekend", "from_minutes": 1320, "to_minutes": 420},
            "An hourly visit at a weekend that starts at 22:00 or later, before 07:00: £15.80",
        ),
        ({"most_minutes": 30}, "An hourly visit, shorter than 30 min: £15.80"),
    ],
)
def test_a_rate_says_which_visits_it_is_for(asked, said):
    line = replace(Line(None, None, "hourly", 1580), **asked)

    assert line_sentence(line).startswith(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_lists_read_as_english(words, said):
    assert listed(words) == said


def test_anybody_reads_the_book_any_edition_and_any_day(council, client):
    draw_up(actor=council.system, on=date(2017, 6, 30))
    draw_up(actor=council.system, on=TODAY)

    latest = client.get(reverse("rule_book", args=["testshire"])).content.decode()
    first = client.get(reverse("rule_book", args=["testshire", 1])).content.decode()
    then = client.get(reverse("rule_book", args=["testshire"]) + "?on=2020-01-01").content.decode()

    assert "Edition 2, in force from 23 November 2026" in latest
    assert "<del>An hourly visit to an urban home: £14.76 an hour.</del>" in latest
    assert "£14.76" in first
    assert "Edition 1, in force from 30 June 2017" in then


def test_odd_questions_about_the_book_are_answered_plainly(council, client):
    draw_up(actor=council.system, on=TODAY)

    assert client.get(reverse("rule_book", args=["nowhere"])).status_code == 404
    assert client.get(reverse("rule_book", args=["testshire", 99])).status_code == 404
    odd = client.get(reverse("rule_book", args=["testshire"]) + "?on=<script>")
    assert odd.status_code == 200
    assert "&lt;script&gt;” is no day" in odd.content.decode()


def test_staff_of_a_council_see_its_own_editions_in_the_admin(council, other_council, client):
    draw_up(actor=council.system, on=TODAY)
    draw_up(actor=other_council.system, on=TODAY)

    mine = RuleBookEdition.objects.visible_to(council[Role.BROKER])

    assert {one.authority_id for one in mine} == {council.authority.pk}
