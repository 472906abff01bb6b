"""The only writers of rule settings."""

from typing import Any

from django.core.exceptions import ValidationError

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.fields.domain import rule_named
from cms_models.fields.models import RuleSetting


def set_rule(*, actor: User, key: str, value: Any, reason: str = "") -> RuleSetting:
    """Set a rule of the actor's council; a refusal names the rule and its bounds."""
    actor.must("change", RuleSetting)
    refusal = rule_named(key).refusal(value)
    if refusal:
        raise ValidationError(refusal)
    row = RuleSetting.objects.filter(authority=actor.authority, key=key).first()
    if row is None:
        row = RuleSetting(authority=actor.authority, key=key, value=value)
        return save_record(actor=actor, record_=row, expected_version=None, reason=reason)
    row.value = value
    return save_record(actor=actor, record_=row, expected_version=row.version, reason=reason)
