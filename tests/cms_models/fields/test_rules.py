"""Rule settings: a sentence, a default, a unit and bounds each."""

import pytest
from django.core.exceptions import ValidationError

from cms_models.fields.domain import RULES, rule_named
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_value, rule_values
from cms_models.fields.services import set_rule


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

    assert not RuleSetting.objects.exists()


def test_a_council_sets_its_own_and_the_other_keeps_the_default(council, other_council):
    set_rule(actor=council.system, key="care.notice_days", value=14)
    set_rule(actor=council.system, key="care.notice_days", value=21)

    assert rule_value(council.authority, "care.notice_days") == 21
    assert rule_values(other_council.authority)["care.notice_days"] == 28
    with pytest.raises(KeyError, match="No rule is called"):
        rule_named("care.notice")
