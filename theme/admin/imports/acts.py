"""What the wizard's buttons do: one service call each, and the job that does the work."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.jobs import imports
from cms_models.jobs.models import ImportRun, ImportState, Job
from cms_models.jobs.services import enqueue
from theme.admin.imports import reading


def send(*, actor: User, kind: str, filename: str, content: bytes) -> ImportRun:
    """Keep a file as sent and queue its check, both or neither."""
    with transaction.atomic():
        received = imports.receive_file(actor=actor, kind=kind, filename=filename, content=content)
        check(actor=actor, run=received.run)
    return received.run


def map_columns(*, actor: User, run: ImportRun, mapping: Mapping[str, str]) -> None:
    """Save which heading is which column and queue a check with it, both or neither."""
    with transaction.atomic():
        check(actor=actor, run=imports.set_mapping(actor=actor, run=run, mapping=mapping))


def check(*, actor: User, run: ImportRun) -> Job:
    """Queue a dry run; a second press while one waits or runs is the same one."""
    imports.require_import_permission(actor=actor, kind=run.kind)
    if run.state not in imports.OPEN_STATES:
        raise ValidationError(
            f"{run.filename} is {run.get_state_display().lower()}: send the file again to start "
            "afresh."
        )
    if reading.is_busy(run):
        raise ValidationError(f"{reading.current_job(run)} is not over yet: wait for it.")
    job = enqueue(
        actor=actor,
        kind="check_import",
        params={"import_id": run.pk},
        idempotency_key=_once("check", run),
    )
    imports.attach_job(run=run, check=job)
    return job


def accept(*, actor: User, run: ImportRun, seen: str) -> Job:
    """Queue the acceptance of the dry run numbered `seen`, the one the person looked at."""
    imports.require_import_permission(actor=actor, kind=run.kind)
    if run.state != ImportState.CHECKED:
        raise ValidationError(
            f"{run.filename} is {run.get_state_display().lower()}: only a checked file is accepted."
        )
    if seen != str(run.check_job_id or ""):
        raise ValidationError(
            f"{run.filename} was checked again since you looked: read the difference below first."
        )
    if reading.is_busy(run):
        raise ValidationError(f"{reading.current_job(run)} is not over yet: wait for it.")
    job = enqueue(
        actor=actor,
        kind="accept_import",
        params={"import_id": run.pk},
        idempotency_key=_once("accept", run),
    )
    imports.attach_job(run=run, accept=job)
    return job


def discard(*, actor: User, run: ImportRun) -> None:
    """Put an import aside that nobody will accept."""
    if reading.is_busy(run):
        raise ValidationError(f"{reading.current_job(run)} is not over yet: wait for it.")
    imports.discard(actor=actor, run=run)


def _once(act: str, run: ImportRun) -> str:
    """Two presses on the same page are one job: both saw the same jobs before them."""
    return f"{act}-import-{run.pk}-{run.check_job_id or 0}-{run.accept_job_id or 0}"
