"""What is drafted, reviewed by a second person and put in force from a day."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.accounts.roles import Role
from cms_models.publication.domain import Standing, lock_words, standing

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PublicationState(models.TextChoices):
    """Whether a configuration is worked on, waits for a second person, or was approved."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for approval"
    PUBLISHED = "published", "Published"


class PublishedQuerySet(TenantQuerySet):
    """Configuration: staff by role see drafts too, a provider its council's published rows.

    `state_path` leads from the row to its publication state.
    """

    state_path = "state"

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the rows this user may see."""
        if isinstance(user, User) and user.is_active and user.role == Role.PROVIDER:
            published = {self.state_path: PublicationState.PUBLISHED}
            return self.filter(authority_id=user.authority_id, **published)
        return super().visible_to(user)


class Publishable(TenantModel):
    """A version of a configuration that somebody drafts and somebody else approves."""

    state = models.CharField(
        max_length=10,
        choices=PublicationState.choices,
        default=PublicationState.DRAFT,
        editable=False,
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def begins_on(self) -> date | None:
        """The first day in force; None where that is the day of approval."""
        raise NotImplementedError

    @property
    def over_on(self) -> date | None:
        """The first day no longer in force; None for no end."""
        return None

    @property
    def locked_because(self) -> str:
        """Why this version and what belongs to it cannot be edited; nothing for a draft."""
        return lock_words(name=str(self), state=self.state)

    def standing(self, on: date) -> Standing:
        """Return where this version stands on a day."""
        return standing(state=self.state, valid_from=self.begins_on, valid_to=self.over_on, on=on)


class DatedPublishable(Publishable):
    """A version in force on `[valid_from, valid_to)`; `ended_by` is the one that ended it."""

    valid_from = models.DateField()
    valid_to = models.DateField(
        null=True, blank=True, help_text="First day no longer in force; empty for no end."
    )
    ended_by = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )

    class Meta:
        abstract = True

    @property
    def begins_on(self) -> date | None:
        """The first day in force."""
        return self.valid_from

    @property
    def over_on(self) -> date | None:
        """The first day no longer in force; None for no end."""
        return self.valid_to


class ReviewAct(models.TextChoices):
    """What somebody did to a version under review."""

    COMMENTED = "commented", "Commented"
    SUBMITTED = "submitted", "Asked for approval"
    RETURNED = "returned", "Sent back"
    APPROVED = "approved", "Approved"
    WITHDRAWN = "withdrawn", "Took back"
    IN_FORCE = "in_force", "Came into force"


class ReviewNote(TenantModel):
    """One step of a review, with what was said."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.PositiveBigIntegerField()
    act = models.CharField(max_length=10, choices=ReviewAct.choices)
    text = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=models.Q(act=ReviewAct.IN_FORCE),
                name="in_force_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} by {self.author}"


class CutShort(TenantModel):
    """The end that was stated for a version, kept while a later version ends it sooner."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.PositiveBigIntegerField()
    own_end = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], name="one_own_end_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}, until {self.own_end:%d/%m/%Y}"
