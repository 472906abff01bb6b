"""How a rule's value goes live."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cms_models.accounts.models import User
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_value
from cms_models.fields.services import publish_rule, rule_refusals, take_back_rule
from cms_models.publication.registry import Publication, declare


def _publish(*, actor: User, record: RuleSetting) -> Any:
    return publish_rule(actor=actor, setting=record)


def _take_back(*, actor: User, record: RuleSetting) -> None:
    take_back_rule(actor=actor, setting=record)


def _changes(record: RuleSetting) -> Sequence[str]:
    eve = record.valid_from - timedelta(days=1)
    before = rule_value(record.authority, record.key, on=eve)
    rule = record.rule
    return [f"{rule.title}: {rule.say(before)} → {rule.say(record.value)}. {rule.sentence}"]


declare(Publication(RuleSetting, rule_refusals, _publish, _take_back, _changes, prices=True))
