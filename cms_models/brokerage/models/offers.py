"""Providers asked, and what each answered."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantModel
from cms_models.brokerage.models.release import Release, ReleaseStep
from cms_models.care.models import Award
from cms_models.market.models import OwnedQuerySet, Provider

if TYPE_CHECKING:
    from cms_models.care.models import CarePackage


class InvitationState(models.TextChoices):
    """How far a provider got with a package it was asked about."""

    OPEN = "open", "Asked"
    OFFERED = "offered", "Offered"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Did not answer in time"
    CLOSED = "closed", "Closed"


class DeclineReason(models.TextChoices):
    """Why a provider does not offer."""

    CAPACITY = "capacity", "No capacity at these times"
    DISTANCE = "distance", "Too far away"
    SKILLS = "skills", "No carer with the skills"
    START = "start", "Cannot start in time"
    PRICE = "price", "Not at this price"
    OTHER = "other", "Another reason"


class Invitation(TenantModel):
    """A provider asked about a package in one step of a release: sent, opened, answered, lapsed."""

    part_of: ClassVar = "release"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="invitations")
    step = models.ForeignKey(ReleaseStep, on_delete=models.CASCADE, related_name="invitations")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="invitations")
    state = models.CharField(
        max_length=8, choices=InvitationState.choices, default=InvitationState.OPEN, db_index=True
    )
    sent_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField()
    decline_reason = models.CharField(max_length=10, choices=DeclineReason.choices, blank=True)
    decline_words = models.TextField(blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["release", "step__number", "provider__name"]
        constraints = [
            models.UniqueConstraint(fields=["release", "provider"], name="asked_once_a_release")
        ]
        indexes = [models.Index(fields=["provider", "state"])]

    def __str__(self) -> str:
        return f"{self.provider} asked about {self.release.package}"

    @property
    def package(self) -> "CarePackage":
        """The package it is about."""
        return self.release.package


class OfferState(models.TextChoices):
    """How an offer stands."""

    OPEN = "open", "Open"
    WITHDRAWN = "withdrawn", "Withdrawn"
    WON = "won", "Awarded"
    LOST = "lost", "Not awarded"


class Offer(TenantModel):
    """What a provider offers for a package; one stands a provider and release."""

    part_of: ClassVar = "invitation"

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="offers")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(
        max_length=9, choices=OfferState.choices, default=OfferState.OPEN, db_index=True
    )
    starts_on = models.DateField()
    weekly_minutes = models.PositiveIntegerField(
        "capacity offered", help_text="Carer-minutes a week the provider can give."
    )
    conditions = models.TextField(blank=True)
    # Pence an hour (a week for a care home), only where the lot lets a provider name a price.
    price_pence = models.PositiveIntegerField(null=True, blank=True)
    # Public id of the question → {"question", "answer", "points" (decimal text or None)}.
    answers = models.JSONField(default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    award = models.OneToOneField(
        Award, null=True, blank=True, on_delete=models.PROTECT, related_name="offer"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation"], condition=~Q(state="withdrawn"), name="one_offer_stands"
            )
        ]

    def __str__(self) -> str:
        return f"Offer of {self.provider} for {self.invitation.release.package}"
