"""Sealed allocation files in the list; each is read on its own page."""

from collections.abc import Sequence

from django.db import models
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.brokerage.models import AllocationFile
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment, Number


class AllocationFileViewSet(RecordViewSet):
    """What each award was decided by, as it was sealed."""

    model = AllocationFile
    icon = "doc-full"
    related_fields = ("award__package", "award__provider")
    heavy_fields = ("document",)
    cells: Sequence[Cell] = (
        Cell("package", "Package", "award.package.package_ref"),
        Cell("provider", "Awarded to", "award.provider.name"),
        Cell("source", "How", lambda row: row.award.get_source_display()),
        Moment("sealed_at", "Sealed", sort_key="sealed_at"),
        Number("audit_sequence", "Audit entry", sort_key="audit_sequence"),
        Cell("digest", "Digest, its beginning", lambda row: row.sha256[:12]),
    )
    detail_cells: Sequence[Cell] = (
        *cells[:-1],
        Cell("sha256", "Digest (SHA-256)"),
        Cell("audit_hash", "Hash of the audit entry"),
    )
    search_fields = ["award__package__package_ref", "award__provider__name", "sha256"]
    empty = "No file yet: one is sealed with each award made in Homeward."

    def record_url(self, user: User, record: models.Model) -> str | None:
        """Lead to the file's own page."""
        return reverse("allocation_file_page", args=[record.pk])
