"""What a council has set for itself."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantQuerySet
from cms_models.fields.domain import RULES, Rule
from cms_models.fields.own.models import (  # noqa: F401 - Django finds an app's models here
    CustomField,
    Entry,
    RecordType,
    SavedView,
    StoredFile,
)
from cms_models.publication.models import DatedPublishable, PublicationState


class RuleSetting(DatedPublishable):
    """A council's own value for a rule, in force on `[valid_from, valid_to)` once published.

    Without a row in force the rule's default holds.
    """

    key = models.CharField(max_length=60)
    value = models.JSONField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "key", "valid_from"],
                condition=Q(state=PublicationState.PUBLISHED),
                name="one_setting_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="rulesetting_period",
            ),
        ]

    def __str__(self) -> str:
        return self.rule.title if self.key in RULES else self.key

    @property
    def rule(self) -> Rule:
        """The definition of this setting's rule."""
        return RULES[self.key]

    def clean(self) -> None:
        """Refuse a value outside the rule's bounds, in the rule's own words."""
        refusal = self.rule.refusal(self.value) if self.key in RULES else "Unknown rule."
        if refusal:
            raise ValidationError({"value": refusal})
