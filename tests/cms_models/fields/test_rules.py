"""Rule settings: a sentence, a default, a unit and bounds each; in force on their days."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.fields.domain import RULES, rule_named
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_value, rule_values, versions_by_rule
from cms_models.fields.services import (
    RULES_BEGIN,
    change_draft_rule,
    draft_rule,
    set_rule,
    set_rule_at_first,
)
from cms_models.publication import services as review
from cms_models.publication.models import PublicationState


def test_every_rule_says_what_it_means_and_accepts_its_own_default():
    for rule in RULES.values():
        assert rule.sentence.endswith(".")
        assert rule.refusal(rule.default) is None
        assert rule.say(rule.default)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("places.urban_radius_miles", -1, "at least 0 miles"),
        ("places.urban_radius_miles", float("nan"), "a number is needed"),
        ("market.viability_floor_hours", float("inf"), "a number is needed"),
        ("care.notice_days", float("-inf"), "a number is needed"),
        ("places.urban_radius_miles", "four", "a number is needed"),
        ("care.notice_days", 28.5, "a whole number is needed"),
        ("care.notice_days", 1000, "at most 365 days"),
        ("care.two_carers_need_decision", 1, "yes or no is needed"),
        ("rates.rounding", "down", "is not one of per_line, weekly_minutes"),
    ],
)
def test_a_value_out_of_bounds_is_refused_in_words_and_not_kept(council, key, value, words):
    with pytest.raises(ValidationError, match=words):
        set_rule(actor=council.system, key=key, value=value)

    assert not RuleSetting.objects.filter(key=key).exists()


def test_a_council_sets_its_own_and_the_other_keeps_the_default(council, other_council):
    set_rule(actor=council.system, key="care.notice_days", value=14)
    set_rule(actor=council.system, key="care.notice_days", value=21)

    assert rule_value(council.authority, "care.notice_days") == 21
    assert rule_values(other_council.authority)["care.notice_days"] == 28
    with pytest.raises(KeyError, match="No rule is called"):
        rule_named("care.notice")


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def draft(council, value: int, *, begins: date) -> RuleSetting:
    return draft_rule(
        actor=council[Role.COMMISSIONER], key="care.notice_days", value=value, valid_from=begins
    )


def approved(council, value: int, *, begins: date) -> RuleSetting:
    row = draft(council, value, begins=begins)
    review.submit(actor=council[Role.COMMISSIONER], version=row)
    return review.approve(actor=council[Role.ADMINISTRATOR], version=row)


def notice_on(council, day: date) -> int:
    return rule_value(council.authority, "care.notice_days", on=day)


def test_rules_of_rounds_are_set_at_once_and_rules_of_money_and_offers_are_reviewed():
    assert not rule_named("rounds.seconds").reviewed
    assert not rule_named("allocation.seconds").reviewed
    assert {key.split(".")[0] for key, rule in RULES.items() if rule.reviewed} == {
        "places",
        "rates",
        "care",
        "market",
        "brokerage",
        "accounts",
    }


def test_a_person_does_not_set_a_reviewed_rule_over_the_value_in_force(council):
    commissioner = council[Role.COMMISSIONER]
    set_rule(actor=council.system, key="care.notice_days", value=21)

    with pytest.raises(ValidationError, match="draft its new value with a first day"):
        set_rule(actor=commissioner, key="care.notice_days", value=14)
    set_rule(actor=commissioner, key="rounds.seconds", value=5)
    set_rule(actor=commissioner, key="rounds.seconds", value=7)

    assert notice_on(council, in_days(0)) == 21
    assert rule_value(council.authority, "rounds.seconds") == 7


def test_a_drafted_value_holds_from_its_first_day_once_somebody_else_approved_it(council):
    row = draft(council, 14, begins=in_days(10))
    review.submit(actor=council[Role.COMMISSIONER], version=row)
    assert notice_on(council, in_days(10)) == 28  # the default, while it waits

    review.approve(actor=council[Role.ADMINISTRATOR], version=row)

    assert [notice_on(council, in_days(day)) for day in (9, 10, 400)] == [28, 14, 14]


def test_the_values_of_a_rule_follow_each_other_and_a_taken_back_one_leaves_no_gap(council):
    approved(council, 14, begins=in_days(10))
    later = approved(council, 7, begins=in_days(20))
    assert [notice_on(council, in_days(day)) for day in (0, 10, 19, 20)] == [28, 14, 14, 7]

    review.withdraw(actor=council[Role.ADMINISTRATOR], version=later, text="No", today=in_days(0))

    assert [notice_on(council, in_days(day)) for day in (0, 10, 19, 20)] == [28, 14, 14, 14]
    kept = versions_by_rule(council[Role.FINANCE])["care.notice_days"]
    assert [(row.value, row.state) for row in kept] == [(7, "draft"), (14, "published")]


def test_what_changes_is_said_in_the_rules_own_words(council):
    row = draft(council, 14, begins=in_days(10))
    kind = review.publication_of(row)

    (sentence,) = kind.changes(row)

    assert sentence.startswith("Notice to end a package: 28 days → 14 days.")


def test_two_values_of_a_rule_do_not_begin_on_one_day(council):
    approved(council, 14, begins=in_days(10))
    row = draft(council, 7, begins=in_days(10))

    with pytest.raises(ValidationError, match="choose another day"):
        review.submit(actor=council[Role.COMMISSIONER], version=row)


def test_a_submitted_value_is_not_edited(council):
    row = draft(council, 14, begins=in_days(10))
    changed = {
        "actor": council[Role.COMMISSIONER],
        "setting": row,
        "value": 7,
        "valid_from": in_days(11),
    }
    change_draft_rule(**changed, expected_version=row.version)
    review.submit(actor=council[Role.COMMISSIONER], version=row)

    with pytest.raises(ValidationError, match="waits for approval"):
        change_draft_rule(**{**changed, "value": 1}, expected_version=row.version)

    assert RuleSetting.objects.get(pk=row.pk).value == 7


def test_a_councils_file_sets_a_rule_for_all_time_first_and_by_review_afterwards(council):
    actor = council[Role.ADMINISTRATOR]

    set_rule_at_first(actor=actor, key="care.notice_days", value=21)
    assert notice_on(council, RULES_BEGIN) == 21
    assert set_rule_at_first(actor=actor, key="care.notice_days", value=21) is None
    second = set_rule_at_first(actor=actor, key="care.notice_days", value=14)

    assert second.state == PublicationState.SUBMITTED
    assert notice_on(council, in_days(400)) == 21
    assert set_rule_at_first(actor=actor, key="care.notice_days", value=14) is None
    assert RuleSetting.objects.filter(key="care.notice_days").count() == 2


def test_a_file_that_states_what_is_scheduled_or_in_force_changes_nothing(council):
    actor = council[Role.ADMINISTRATOR]
    set_rule_at_first(actor=actor, key="care.notice_days", value=21)
    approved(council, 14, begins=in_days(10))

    assert set_rule_at_first(actor=actor, key="care.notice_days", value=21) is None
    assert set_rule_at_first(actor=actor, key="care.notice_days", value=14) is None
