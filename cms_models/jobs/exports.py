"""The only writer of files that went out."""

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.jobs.models import ExportFile


def keep_export(*, actor: User, kind: str, filename: str, content: bytes, rows: int) -> ExportFile:
    """Keep a file made for another system, with an audit entry saying who made it."""
    with transaction.atomic():
        row = ExportFile.objects.create(
            authority=actor.authority,
            kind=kind,
            filename=filename,
            content=content,
            rows=rows,
            made_by=actor,
        )
        after = {"filename": filename, "rows": rows, "bytes": len(content)}
        record(actor=actor, action="export", subject=row, after=after)
    return row
