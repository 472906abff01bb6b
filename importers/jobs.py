"""What the worker runs for imports: untrusted files are read here, never in a web process."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.jobs.models import ImportRun
from cms_models.jobs.registry import JobContext, job
from cms_models.jobs.runner import JobCancelled
from importers import session
from importers.base import Step
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
