"""A package offered to providers: by which way, to whom in turn, and until when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantModel
from cms_models.care.models import CarePackage
from cms_models.market.domain import Tier


class Route(models.TextChoices):
    """To whom a package is released."""

    TIERS = "tiers", "The lot's tiers, in order"
    ALL = "all", "Every provider of the lot at once"
    SELECTED = "selected", "Selected providers"
    SPOT = "spot", "Spot purchase"
    HOMES = "homes", "Care homes with a vacancy"


class ReleaseState(models.TextChoices):
    """How a release stands."""

    OPEN = "open", "Open"
    UNPLACED = "unplaced", "Nobody took it"
    AWARDED = "awarded", "Awarded"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Release(TenantModel):
    """One time a package was offered to providers; at most one is open a package."""

    package = models.ForeignKey(CarePackage, on_delete=models.PROTECT, related_name="releases")
    route = models.CharField(max_length=8, choices=Route.choices)
    state = models.CharField(
        max_length=9, choices=ReleaseState.choices, default=ReleaseState.OPEN, db_index=True
    )
    reason = models.TextField(blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)
    # What the rules said when it was released, by key: the file of the award shows them.
    rules = models.JSONField(default=dict)
    # Who was not asked, and why: [{"provider": ref, "name": …, "why": sentence}].
    left_out = models.JSONField(default=list)

    class Meta:
        ordering = ["-released_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["package"], condition=Q(state="open"), name="one_open_release"
            )
        ]

    def __str__(self) -> str:
        return f"{self.package}: {self.get_route_display().lower()}"


class ReleaseStep(TenantModel):
    """One turn of a release: a tier (or everybody asked at once) with its response clock."""

    part_of: ClassVar = "release"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    tier = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(tier.value, tier.words.capitalize()) for tier in Tier]
    )
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["release", "number"]
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="one_step_a_number"),
            models.UniqueConstraint(
                fields=["release"], condition=Q(ended_at=None), name="one_step_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release}, step {self.number}"
