"""Reading a council's rules, as they are in force on a day."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.fields.domain import RULES, rule_named
from cms_models.fields.models import RuleSetting
from cms_models.publication.models import PublicationState


def settings_in_force(authority: Authority, *, on: date | None = None) -> QuerySet[RuleSetting]:
    """Return the council's own values in force on a day (today), the newest of a rule last."""
    day = on or timezone.localdate()
    return (
        RuleSetting.objects.filter(
            authority=authority, state=PublicationState.PUBLISHED, valid_from__lte=day
        )
        .filter(Q(valid_to=None) | Q(valid_to__gt=day))
        .order_by("valid_from", "id")
    )


def versions_by_rule(user: User) -> dict[str, list[RuleSetting]]:
    """Return rule → every value this user may see, drafts too, the latest first day in front."""
    found: dict[str, list[RuleSetting]] = {}
    rows = RuleSetting.objects.visible_to(user).select_related("submitted_by", "approved_by")
    for row in rows.order_by("key", "-valid_from", "-id"):
        found.setdefault(row.key, []).append(row)
    return found


def rule_value(authority: Authority, key: str, *, on: date | None = None) -> Any:
    """Return the council's value of a rule on a day (today), or the rule's default."""
    rule = rule_named(key)
    row = settings_in_force(authority, on=on).filter(key=key).last()
    return rule.default if row is None else row.value


def rule_values(authority: Authority, *, on: date | None = None) -> dict[str, Any]:
    """Return every rule's value for a council on a day (today), in one query."""
    own = dict(settings_in_force(authority, on=on).values_list("key", "value"))
    return {key: own.get(key, rule.default) for key, rule in RULES.items()}
