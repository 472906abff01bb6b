"""Reading a council's rules."""

from typing import Any

from cms_models.accounts.models import Authority
from cms_models.fields.domain import RULES, rule_named
from cms_models.fields.models import RuleSetting


def rule_value(authority: Authority, key: str) -> Any:
    """Return the council's value of a rule, or the rule's default."""
    rule = rule_named(key)
    row = RuleSetting.objects.filter(authority=authority, key=key).first()
    return rule.default if row is None else row.value


def rule_values(authority: Authority) -> dict[str, Any]:
    """Return every rule's value for a council, in one query."""
    own = dict(RuleSetting.objects.filter(authority=authority).values_list("key", "value"))
    return {key: own.get(key, rule.default) for key, rule in RULES.items()}
