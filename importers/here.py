"""Imports run to their end in this process, for commands: the same jobs as the worker's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cms_models.accounts.models import User
from cms_models.jobs import imports
from cms_models.jobs.models import ImportRun, Job, JobState
from cms_models.jobs.runner import run_job
from cms_models.jobs.services import start_here
from importers.faults import BadFile


@dataclass(frozen=True)
class Imported:
    """An import as a command leaves it, and when the same bytes were accepted before."""

    run: ImportRun
    accepted_before: datetime | None


def import_here(
    *,
    actor: User,
    kind: str,
    filename: str,
    content: bytes,
    on: date,
    profile: str = "mosaic",
    mapping: Mapping[str, str] | None = None,
    accepted: bool = False,
) -> Imported:
    """Receive and check a file, and accept it if asked; BadFile says why a job did not end well."""
    received = imports.receive_file(
        actor=actor,
        kind=kind,
        filename=filename,
        content=content,
        profile=profile,
        mapping=mapping,
    )
    run = received.run
    params = {"import_id": run.pk, "on": on.isoformat()}
    check = start_here(actor=actor, kind="check_import", params=params)
    imports.attach_job(run=run, check=check)
    _finish(check)
    if accepted:
        accept = start_here(actor=actor, kind="accept_import", params=params)
        imports.attach_job(run=run, accept=accept)
        _finish(accept)
    run.refresh_from_db()
    return Imported(run, received.accepted_before)


def _finish(job: Job) -> None:
    run_job(job.pk)
    job.refresh_from_db()
    if job.state != JobState.DONE:
        raise BadFile(job.error or f"{job} ended as {job.get_state_display().lower()}.")
