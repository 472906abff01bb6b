"""What a council has set for itself."""

from django.core.exceptions import ValidationError
from django.db import models

from cms_models.accounts.models import TenantModel
from cms_models.fields.domain import RULES, Rule


class RuleSetting(TenantModel):
    """A council's own value for a rule; without a row the rule's default holds."""

    key = models.CharField(
        max_length=60, choices=[(rule.key, rule.title) for rule in RULES.values()]
    )
    value = models.JSONField()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "key"], name="one_setting_a_rule")
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
