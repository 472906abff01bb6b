"""The sealed file of an award."""

from django.db import models

from cms_models.accounts.models import TenantModel
from cms_models.brokerage.models.release import Release
from cms_models.care.models import Award


class AllocationFile(TenantModel):
    """Everything an award was decided by, sealed: its digest stands in the audit chain (BR-03)."""

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="allocation_file")
    release = models.ForeignKey(
        Release, null=True, on_delete=models.PROTECT, related_name="allocation_files"
    )
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    audit_sequence = models.PositiveBigIntegerField()
    audit_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-sealed_at", "-id"]

    def __str__(self) -> str:
        return f"Allocation file of {self.award}"
