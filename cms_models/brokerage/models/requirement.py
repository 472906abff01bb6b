"""What a package asks for, in a form that can be shown to providers before anybody is named."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from cms_models.accounts.models import TenantModel
from cms_models.care.models import CarePackage


class Urgency(models.TextChoices):
    """How soon care must begin; each has a response clock of its own among the rules."""

    ROUTINE = "routine", "Routine"
    SOON = "soon", "Soon"
    URGENT = "urgent", "Urgent"


class OwnDecision(models.TextChoices):
    """What was decided of a package over the limit or with two carers (AL-06, AL-07)."""

    STANDARD = "O", "Stays with the standard pathway"
    COMPLEX = "D", "Goes to the complex pathway"


class Requirement(TenantModel):
    """What is needed of a provider for one package; nothing in it may name the person."""

    package = models.OneToOneField(
        CarePackage, on_delete=models.CASCADE, related_name="requirement"
    )
    must_haves = models.JSONField(default=list, blank=True, help_text="One sentence each.")
    nice_to_haves = models.JSONField(default=list, blank=True)
    needs = models.JSONField(default=list, blank=True, help_text="Kinds of help, one a line.")
    outcomes = models.JSONField(default=list, blank=True)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.ROUTINE)
    start_by = models.DateField(null=True, blank=True, help_text="The last day care may begin.")
    # The weekly cost somebody approved, when it lies above the limit that a broker may release.
    approved_pence = models.PositiveIntegerField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approval_reason = models.TextField(blank=True, editable=False)
    own_decision = models.CharField(
        "individual decision", max_length=1, choices=OwnDecision.choices, blank=True
    )
    own_decision_reason = models.TextField(blank=True)
    own_decision_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False)
    own_decision_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        ordering = ["package__package_ref"]

    def __str__(self) -> str:
        return f"Requirement of {self.package}"


class OfferQuestion(TenantModel):
    """A question every offer for a package answers; a scored one gives points."""

    part_of: ClassVar = "requirement"

    requirement = models.ForeignKey(
        Requirement, on_delete=models.CASCADE, related_name="offer_questions"
    )
    order = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=300)
    scored = models.BooleanField(default=False)
    most_points = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scored=False, most_points=None)
                | models.Q(scored=True, most_points__isnull=False),
                name="scored_has_points",
            )
        ]

    def __str__(self) -> str:
        return self.text
