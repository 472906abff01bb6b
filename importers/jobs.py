"""What the worker runs for imports: untrusted files are read here, never in a web process."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.jobs.exports import keep_export
from cms_models.jobs.models import ImportRun
from cms_models.jobs.registry import JobContext, job
from cms_models.jobs.runner import JobCancelled
from importers import session
from importers.base import Step
from importers.exports import awards_table, file_bytes
from importers.faults import BadFile

PERMISSION = "jobs.change_importrun"


@job(name="check_import", label="Check an import", permission=PERMISSION)
def check_import(
    context: JobContext, *, import_id: int, on: str | None = None
) -> Mapping[str, Any]:
    """Dry run: say what each row of a file would do."""
    run = _run(context.actor, import_id)
    totals = session.check(actor=context.actor, run=run, on=_day(on), step=_step(context))
    return {"import_id": run.pk, **totals}


@job(name="accept_import", label="Accept an import", permission=PERMISSION)
def accept_import(
    context: JobContext, *, import_id: int, on: str | None = None
) -> Mapping[str, Any]:
    """Do what the dry run showed, all or nothing."""
    run = _run(context.actor, import_id)
    totals = session.accept(
        actor=context.actor, run=run, on=_day(on), now=timezone.now(), step=_step(context)
    )
    return {"import_id": run.pk, **totals}


@job(name="export_awards", label="Export awards for Mosaic", permission="care.change_award")
def export_awards(
    context: JobContext, *, since: str | None = None, format_name: str = "csv"
) -> Mapping[str, Any]:
    """Write the awards made in Homeward as a file for the case system."""
    first = date.fromisoformat(since) if since else None
    headings, found = awards_table(context.actor, since=first)
    rows = list(found)
    file = keep_export(
        actor=context.actor,
        kind="awards",
        filename=f"awards-{timezone.localtime():%Y-%m-%d-%H%M}.{format_name}",
        content=file_bytes(headings, rows, format_name=format_name),
        rows=len(rows),
    )
    return {"export_id": file.pk, "rows": file.rows}


def _run(actor: User, import_id: int) -> ImportRun:
    runs = ImportRun.objects.visible_to(actor).select_related("authority")
    run = runs.filter(pk=import_id).first()
    if run is None:
        raise BadFile(f"There is no import {import_id} that {actor} may work on.")
    return run


def _day(on: str | None) -> date:
    return date.fromisoformat(on) if on else timezone.localdate()


def _step(context: JobContext) -> Step:
    def step(fraction: float, note: str) -> None:
        context.progress(fraction, note)
        if context.cancelled():
            raise JobCancelled("Stopped as asked; nothing was written.")

    return step
