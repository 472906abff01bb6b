"""Sealing the allocation file of an award."""

from datetime import datetime

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.file_domain import digest
from cms_models.brokerage.file_selectors import document_of, releases_behind
from cms_models.brokerage.models import AllocationFile, Release
from cms_models.care.models import Award, AwardSource


def seal_award(
    *, actor: User, award: Award, release: Release | None, now: datetime
) -> AllocationFile:
    """Keep everything an award was decided by, with its digest in the audit chain (BR-03).

    Called within the award's transaction, after the award's own audit entry.
    """
    if award.source == AwardSource.IMPORTED:
        raise ValueError(f"{award} was in place when it was imported: nothing was decided here.")
    award = Award.objects.select_related("authority", "provider", "lot__framework").get(pk=award.pk)
    behind = releases_behind(award)
    if release is None:  # nobody took what was released, and it was awarded directly
        release = behind[0] if behind else None
    else:
        release = Release.objects.select_related("released_by").get(pk=release.pk)
    document = document_of(award, release=release)
    with transaction.atomic():
        row = AllocationFile.objects.create(
            authority=award.authority,
            award=award,
            release=release,
            document=document,
            sha256=digest(document),
            sealed_at=now,
            audit_sequence=0,
            audit_hash="",
        )
        entry = record(
            actor=actor,
            action="seal_file",
            subject=row,
            after={"sha256": row.sha256, "award": award.pk, "sealed_at": now},
        )
        row.audit_sequence, row.audit_hash = entry.sequence, entry.hash
        row.save(update_fields=["audit_sequence", "audit_hash"])
    return row
