"""The append-only record of every decision. Nothing here is ever changed or deleted."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

from cms_models.accounts.models import Authority, TenantQuerySet
from cms_models.accounts.roles import EVERYTHING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms_models.accounts.models import User


class AuditEntryQuerySet(TenantQuerySet):
    """The trail of one council; what somebody may not see, they may not read the history of."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the entries about the kinds of record this user may see."""
        return super().visible_to(user).filter(subject_type__in=kinds_seen_by(user))


# Kinds that are no models of their own (types a council made) say here which of them a user sees.
MORE_KINDS: list[Callable[[Any], Iterable[str]]] = []


def kinds_seen_by(user: "User | AnonymousUser") -> list[str]:
    """Return the names (`app.model`) of the kinds of record a user may see."""
    labels = (label.split(".") for label in sorted(EVERYTHING))
    seen = [f"{app}.{model}" for app, model in labels if user.has_perm(f"{app}.view_{model}")]
    return [*seen, *(kind for kinds in MORE_KINDS for kind in kinds(user))]


def kind_of(record: models.Model) -> str:
    """Return the name of a record's kind: its own (`entry.safeguarding-alert`) or its model's."""
    own: str = getattr(record, "kind_label", "")
    return own or record._meta.label_lower


class AuditEntry(models.Model):
    """Who did what to which record, before and after, and why: one link of the council's chain."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_label = models.CharField(max_length=200)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "sequence"], name="audit_one_chain")
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.subject_label}"


class PersonalRead(models.Model):
    """Whose personal data somebody was shown, when and where: never what it said."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    where = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=60)
    # Ids of the people shown: one row a page shown, however many are on it.
    subject_ids = models.JSONField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.reader} at {self.where}"


class AuditHead(models.Model):
    """Where a council's chain ends: taken with a lock by whoever appends."""

    authority = models.OneToOneField(Authority, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.authority}: {self.sequence}"
