"""A package after its award: paused, given back, moved, looked at again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel
from cms_models.brokerage.models.release import Release
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import OwnedQuerySet, Provider


class SuspensionReason(models.TextChoices):
    """Why care pauses."""

    HOSPITAL = "hospital", "In hospital"
    RESPITE = "respite", "In respite care"
    AWAY = "away", "Away with family or friends"
    OTHER = "other", "Another reason"


class Suspension(TenantModel):
    """Care paused on `[starts_on, ends_on)`: no end while nobody knows when it resumes."""

    package = models.ForeignKey(CarePackage, on_delete=models.PROTECT, related_name="suspensions")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="First day of care again.")
    reason = models.CharField(max_length=10, choices=SuspensionReason.choices)
    words = models.TextField(blank=True)
    # Whether care was resumed after it: then the package's status is no longer its to say.
    over = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["package"], condition=Q(ends_on=None), name="one_open_suspension"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="suspension_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} paused from {self.starts_on:%d/%m/%Y}"


class HandBackReason(models.TextChoices):
    """Why a provider gives a package back; only some are allowed (AL-12, AL-13)."""

    CANNOT_WORK = "cannot_work", "Cannot work with this person"
    NEEDS_CHANGED = "needs_changed", "The needs have changed beyond the agreed care"
    SAFETY = "safety", "Carers are not safe there"
    STAFF = "staff", "Not enough staff"
    PRICE = "price", "The price does not cover the cost"


class HandBackState(models.TextChoices):
    """How a hand-back stands."""

    REFUSED_AT_ONCE = "not_allowed", "Not an allowed reason"
    SUBMITTED = "submitted", "Submitted"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class HandBack(TenantModel):
    """A provider asks to give a package back; accepted, the notice runs and it is offered again."""

    package = models.ForeignKey(CarePackage, on_delete=models.PROTECT, related_name="hand_backs")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="hand_backs")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="hand_backs")
    reason = models.CharField(max_length=14, choices=HandBackReason.choices)
    words = models.TextField()
    evidence_name = models.CharField(max_length=120, blank=True)
    evidence = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=HandBackState.choices)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_words = models.TextField(blank=True)
    # The first day the provider no longer owes the care: the day after the notice has run.
    ends_on = models.DateField(null=True, blank=True)
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="hand_backs"
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = "hand-back"
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award"], condition=Q(state="submitted"), name="one_hand_back_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} gives {self.package} back"


class Transfer(TenantModel):
    """A package that goes from one provider to another on a day, with the reason.

    The new provider's award is made with the decision and is in force from the day.
    """

    package = models.ForeignKey(CarePackage, on_delete=models.PROTECT, related_name="transfers")
    from_award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="+")
    to_provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    to_award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="transfer")
    on = models.DateField("first day with the new provider")
    reason = models.TextField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["package"],
                condition=Q(begun_at=None, cancelled_at=None),
                name="one_transfer_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.package} to {self.to_provider} on {self.on:%d/%m/%Y}"


class ReviewKind(models.TextChoices):
    """What somebody is asked to look at."""

    REVIEW = "review", "Review of the care"
    TRUSTED_ASSESSOR = "trusted", "Trusted assessor's assessment"
    OVER_LIMIT = "over_limit", "Individual decision after an amendment"
    AFTER_HOSPITAL = "hospital", "Before care resumes after hospital"
    HAND_BACK = "hand_back", "Hand-back to look at"


class ReviewTask(TenantModel):
    """Something to look at by a day, and what came of it."""

    package = models.ForeignKey(CarePackage, on_delete=models.CASCADE, related_name="review_tasks")
    kind = models.CharField(max_length=10, choices=ReviewKind.choices)
    words = models.TextField(blank=True)
    due_on = models.DateField(db_index=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="review_tasks",
    )
    # A trusted assessor works for the provider that delivers the care.
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="review_tasks"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.TextField(blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.package}"
