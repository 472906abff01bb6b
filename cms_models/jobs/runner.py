"""Runs one job: takes the lease, keeps it, calls the kind's function, writes the end of it."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.jobs import services
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.registry import kind_named

log = logging.getLogger("homeward.jobs")
HEARTBEAT_SECONDS = 10
PROGRESS_SECONDS = 0.5


class JobCancelled(Exception):  # noqa: N818 - it reads as what happened
    """Raised by a job that stops because somebody asked."""


class RunningJob:
    """The line from a job's function to its row."""

    def __init__(self, row: Job) -> None:
        self.row = row
        self.actor: User = row.started_by
        self.job_id: int = row.pk
        self._told_at = 0.0
        self._stop = False

    def progress(
        self, fraction: float, note: str = "", point: Mapping[str, Any] | None = None
    ) -> None:
        """Write progress at most twice a second; learn at the same time of a wish to cancel."""
        if time.monotonic() - self._told_at < PROGRESS_SECONDS and fraction < 1:
            return
        self._told_at = time.monotonic()
        self._stop = services.report_progress(
            job_id=self.row.pk, percent=round(100 * fraction), note=note, point=point
        )

    def cancelled(self) -> bool:
        """Return whether somebody asked for this job to stop (asks the row twice a second)."""
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self._stop = Job.objects.values_list("cancel_requested", flat=True).get(pk=self.row.pk)
        return self._stop


def _keep_lease(job_id: int, over: threading.Event) -> None:
    """Renew the lease until the job is over; a locked database is tried again at the next beat."""
    try:
        while not over.wait(HEARTBEAT_SECONDS):
            try:
                services.renew_lease(job_id=job_id, now=timezone.now())
            except OperationalError:
                log.warning("Job %s: heartbeat waits for the database", job_id)
    finally:
        connection.close()


def run_job(job_id: int, *, heartbeat: bool = True) -> str:
    """Run a waiting job to its end and return the state it ended in.

    Each kind's function writes in one transaction of its own and can run twice, so a worker that
    dies at any point leaves the old or the new state; an exception is put into the row in words.
    """
    row = services.take_lease(job_id=job_id, now=timezone.now())
    if row is None:
        return "not taken"
    over = threading.Event()
    beat = threading.Thread(target=_keep_lease, args=(row.pk, over), daemon=True)
    if heartbeat:
        beat.start()
    try:
        return _work(row)
    finally:
        over.set()
        if heartbeat:
            beat.join()


def _work(row: Job) -> str:
    state, error = JobState(JobState.DONE), ""
    result: dict[str, Any] = {}
    try:
        result = dict(kind_named(row.kind).run(RunningJob(row), **row.params))
    except JobCancelled as stopped:
        state = JobState(JobState.CANCELLED)
        error = str(stopped) or "Stopped as asked; nothing was kept."
    except (ValidationError, PermissionDenied, ValueError) as refusal:
        state, error = JobState(JobState.FAILED), _words(refusal)
        log.info("Job %s refused: %s", row.pk, error)
    except Exception:
        state = JobState(JobState.FAILED)
        error = f"Homeward failed in the middle of this job (log reference job-{row.pk})."
        log.exception("job-%s failed", row.pk)
    services.finish(job_id=row.pk, state=state, result=result, error=error)
    return state


def _words(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    return str(refusal)
