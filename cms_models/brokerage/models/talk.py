"""What providers ask before an award, and what broker and provider write to each other."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from cms_models.accounts.models import TenantModel
from cms_models.brokerage.models.release import Release
from cms_models.care.models import CarePackage
from cms_models.market.models import OwnedQuerySet, Provider


class Question(TenantModel):
    """A question about an open package; everybody asked reads the answer, nobody who asked it."""

    part_of: ClassVar = "release"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="questions")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="questions")
    text = models.CharField(max_length=500)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class Message(TenantModel):
    """One message between the council and a provider, about a package or about none."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="messages")
    package = models.ForeignKey(
        CarePackage, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    text = models.TextField(max_length=4000)
    from_provider = models.BooleanField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "id"]

    def __str__(self) -> str:
        return f"{self.sent_by}: {self.text[:40]}"
