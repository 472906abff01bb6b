"""What providers are told: events written with the change they tell of, and how they go out."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from cms_models.accounts.models import ApiKey, TenantModel
from cms_models.market.models import OwnedQuerySet, Provider

if TYPE_CHECKING:
    pass


class EventKind(models.TextChoices):
    """What happened, as e-mails and webhooks name it."""

    PACKAGE_OPENED = "package.opened", "A package is open to you"
    PACKAGE_CHANGED = "package.changed", "An open package changed"
    PACKAGE_CLOSED = "package.closed", "A package is no longer open to you"
    PACKAGE_AWARDED = "package.awarded", "A package is awarded to you"
    PACKAGE_AMENDED = "package.amended", "A package you deliver changed"
    PACKAGE_SUSPENDED = "package.suspended", "A package you deliver is suspended"
    PACKAGE_RESUMED = "package.resumed", "A package you deliver is resumed"
    PACKAGE_ENDED = "package.ended", "A package you deliver ends"
    OFFER_WITHDRAWN = "offer.withdrawn", "Your offer is withdrawn"
    QUESTION_ANSWERED = "question.answered", "A question about an open package is answered"
    MESSAGE_SENT = "message.sent", "A message from the council"
    HAND_BACK_DECIDED = "hand_back.decided", "Your hand-back is decided"
    DOCUMENT_EXPIRES = "document.expires", "A document of yours expires"
    TEST = "test", "A test of your webhook"


class OutboxEvent(TenantModel):
    """Something a provider is told, written in the transaction of the change it tells of.

    The payload holds public ids and references only: what the provider may read it asks for.
    The id is the cursor: a council's events are read in this order.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30, choices=EventKind.choices)
    package_id = models.UUIDField("package's public id", null=True, db_index=True)
    payload = models.JSONField(default=dict)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["provider", "id"])]

    def __str__(self) -> str:
        return f"{self.kind} to {self.provider}"


class Webhook(TenantModel):
    """An address of a provider's that events are posted to, signed with its secret."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField("address", max_length=400)
    secret = models.CharField(max_length=80)
    kinds = models.JSONField(default=list, blank=True, help_text="Empty for every kind of event.")
    active = models.BooleanField(default=True)
    paused_because = models.CharField(max_length=200, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["url"]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    """How far a notice got."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class Delivery(TenantModel):
    """An event on its way to one address: tried again with growing pauses until sent or failed."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(
        Webhook, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    email = models.EmailField("e-mail address", blank=True)
    state = models.CharField(
        max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["next_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "webhook"], condition=~Q(webhook=None), name="one_post_an_event"
            ),
            models.UniqueConstraint(
                fields=["event", "email"], condition=~Q(email=""), name="one_mail_an_event"
            ),
        ]
        indexes = [models.Index(fields=["state", "next_at"])]

    def __str__(self) -> str:
        return f"{self.event} by {self.webhook or self.email}"


class NoticeWish(TenantModel):
    """Which kinds of event a person who acts for a provider wants by e-mail."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_wish"
    )
    kinds = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return f"Notices of {self.user}"


class AnsweredRequest(TenantModel):
    """An answer kept under the caller's own key, so that a retried request does nothing twice."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="+")
    key = models.CharField("idempotency key", max_length=80)
    asked = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    answer = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return self.key


class KeyMinute(models.Model):
    """What an API key asked in one minute: requests, and their cost."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="minutes")
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField(default=0)
    cost = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "minute"], name="one_row_a_minute")
        ]

    def __str__(self) -> str:
        return f"{self.api_key} at {self.minute:%H:%M}"


class TrustedDocument(TenantModel):
    """A GraphQL document a provider registered: asked for by its SHA-256."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="documents_asked")
    sha256 = models.CharField(max_length=64)
    text = models.TextField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "sha256"], name="one_document_a_digest")
        ]

    def __str__(self) -> str:
        return self.sha256
