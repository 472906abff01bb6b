"""The only writers of rule settings."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import save_record
from cms_models.fields.domain import rule_named
from cms_models.fields.models import RuleSetting
from cms_models.publication.models import PublicationState
from cms_models.publication.services import end_earlier, mark_published, reopen_earlier, submit

# A council's very first value of a rule, stated when it was set up, holds for all of its records.
RULES_BEGIN = date(2000, 1, 1)


def set_rule(
    *, actor: User, key: str, value: Any, reason: str = "", valid_from: date | None = None
) -> RuleSetting:
    """Set a rule of the actor's council from a day (today); a refusal names its bounds.

    The value before it stays on file for its own days. A reviewed rule that the council has set
    already is another person's to approve: refused, with the way out.
    """
    actor.must("change", RuleSetting)
    refusal = rule_named(key).refusal(value)
    if refusal:
        raise ValidationError(refusal)
    begins = valid_from or timezone.localdate()
    published = _settings_of(actor, key).filter(state=PublicationState.PUBLISHED)
    if actor.role != Role.SYSTEM and rule_named(key).reviewed and published.exists():
        raise ValidationError(
            f"{rule_named(key).title} is a rule that a second person approves: draft its new value "
            "with a first day and ask for approval."
        )
    now = published.filter(valid_from=begins).first()
    if now is not None:
        now.value = value
        return save_record(actor=actor, record_=now, expected_version=now.version, reason=reason)
    with transaction.atomic():
        row = draft_rule(actor=actor, key=key, value=value, valid_from=begins)
        return publish_rule(actor=actor, setting=row)


def set_rule_at_first(*, actor: User, key: str, value: Any) -> RuleSetting | None:
    """Set a rule as a council's file states it: for all time where it was never set before.

    Another value of a reviewed rule becomes a draft that waits for a second person; a file that
    states what is in force, or what waits already, changes nothing.
    """
    rows, today = _settings_of(actor, key), timezone.localdate()
    if not rows.filter(state=PublicationState.PUBLISHED).exists():
        return set_rule(actor=actor, key=key, value=value, valid_from=RULES_BEGIN)
    # In force, to come, or on its way: what is over may be stated anew.
    if rows.filter(Q(valid_to=None) | Q(valid_to__gt=today), value=value).exists():
        return None
    if not rule_named(key).reviewed:
        return set_rule(actor=actor, key=key, value=value)
    tomorrow = today + timedelta(days=1)
    row = draft_rule(actor=actor, key=key, value=value, valid_from=tomorrow)
    submit(actor=actor, version=row, text="Stated by the council's configuration file.")
    return row


def draft_rule(*, actor: User, key: str, value: Any, valid_from: date) -> RuleSetting:
    """Save a value as a draft that begins on a day: nothing goes by it until it is approved."""
    actor.must("change", RuleSetting)
    row = RuleSetting(authority=actor.authority, key=key, value=value, valid_from=valid_from)
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=None)


def change_draft_rule(
    *, actor: User, setting: RuleSetting, value: Any, valid_from: date, expected_version: int | None
) -> RuleSetting:
    """Give a draft another value or first day; refused once it was submitted or approved."""
    actor.must("change", RuleSetting)
    if setting.locked_because:
        raise ValidationError(setting.locked_because)
    setting.value, setting.valid_from = value, valid_from
    setting.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=setting, expected_version=expected_version)


def rule_refusals(setting: RuleSetting) -> list[str]:
    """Return why a rule's value cannot be put in force."""
    refusal = setting.rule.refusal(setting.value)
    if refusal:
        return [refusal]
    published = RuleSetting.objects.filter(
        authority=setting.authority,
        key=setting.key,
        state=PublicationState.PUBLISHED,
        valid_from=setting.valid_from,
    )
    if published.exclude(pk=setting.pk).exists():
        return [f"{setting} has a value from {setting.valid_from:%d/%m/%Y}: choose another day."]
    return []


def publish_rule(*, actor: User, setting: RuleSetting) -> RuleSetting:
    """Put a rule's value in force from its day; the one before it ends that day."""
    actor.must("publish", RuleSetting)
    refusals = rule_refusals(setting)
    if refusals:
        raise ValidationError(refusals)
    with transaction.atomic():
        end_earlier(actor=actor, version=setting, others=_others_of(setting))
        return mark_published(actor=actor, version=setting)


def take_back_rule(*, actor: User, setting: RuleSetting) -> None:
    """Let the value that this one ended run on; it becomes a draft in the caller's step."""
    reopen_earlier(actor=actor, version=setting, others=_others_of(setting))


def _settings_of(actor: User, key: str) -> QuerySet[RuleSetting]:
    return RuleSetting.objects.filter(authority=actor.authority, key=key)


def _others_of(setting: RuleSetting) -> QuerySet[RuleSetting]:
    return RuleSetting.objects.filter(authority=setting.authority, key=setting.key)
