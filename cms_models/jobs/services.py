"""The only writers of job rows: queue, take, renew, finish, cancel, run again, sweep."""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone
from django_q.tasks import async_task

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.audit.services import plain
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.registry import KINDS, kind_named

LEASE = timedelta(seconds=60)
SENT_AGAIN_AFTER = timedelta(minutes=15)
TICKS_KEPT = timedelta(days=1)
RUNNER = "cms_models.jobs.runner.run_job"


class NotNow(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when a job cannot be cancelled or run again in the state it is in."""


def this_worker() -> str:
    """Return the name a worker signs leases with: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def require_permission(*, actor: User, kind: str) -> None:
    """Refuse with the role named when the actor may not start this kind of job."""
    permission = kind_named(kind).permission
    if actor.role != Role.SYSTEM and not actor.has_perm(permission):
        raise PermissionDenied(
            f"{actor} ({actor.get_role_display()}) may not start “{kind_named(kind).label}”."
        )


def enqueue(
    *, actor: User, kind: str, params: Mapping[str, Any], idempotency_key: str | None = None
) -> Job:
    """Queue a job and return its row; the same idempotency key returns the row there already is.

    The row and the queue entry are written in one transaction, so neither exists alone (with the
    database as broker; with Redis the entry follows the commit).
    """
    require_permission(actor=actor, kind=kind)
    with transaction.atomic():
        if idempotency_key is not None:
            known = Job.objects.filter(idempotency_key=idempotency_key).first()
            if known is not None:
                return known
        row = Job.objects.create(
            authority=actor.authority,
            kind=kind,
            params=plain(params),
            started_by=actor,
            idempotency_key=idempotency_key,
        )
        _send(row)
    return row


def _send(row: Job) -> None:
    if "orm" in settings.Q_CLUSTER:
        async_task(RUNNER, row.pk, task_name=f"{row.kind}-{row.pk}")
    else:
        transaction.on_commit(lambda: async_task(RUNNER, row.pk))


def start_here(*, actor: User, kind: str, params: Mapping[str, Any]) -> Job:
    """Make a job row to be run in this process: for commands, which wait for their work."""
    require_permission(actor=actor, kind=kind)
    return Job.objects.create(
        authority=actor.authority, kind=kind, params=plain(params), started_by=actor
    )


def take_lease(*, job_id: int, now: datetime) -> Job | None:
    """Take a waiting job for this worker, or return None when it is taken, over or cancelled."""
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        worker=this_worker(),
        lease_until=now + LEASE,
        started_at=now,
        finished_at=None,
        attempts=models.F("attempts") + 1,
        error="",
        progress_percent=0,
        progress_note="",
        progress_points=[],
    )
    return Job.objects.select_related("started_by__authority").get(pk=job_id) if taken else None


def renew_lease(*, job_id: int, now: datetime) -> bool:
    """Say that this worker still lives; False when the job is no longer this worker's."""
    return bool(
        Job.objects.filter(pk=job_id, state=JobState.RUNNING, worker=this_worker()).update(
            lease_until=now + LEASE
        )
    )


def report_progress(
    *, job_id: int, percent: int, note: str, point: Mapping[str, Any] | None
) -> bool:
    """Write how far a job is and return whether somebody asked for it to stop."""
    row = Job.objects.only("progress_points", "cancel_requested").get(pk=job_id)
    points = [*row.progress_points, plain(point)][-500:] if point else row.progress_points
    Job.objects.filter(pk=job_id).update(
        progress_percent=max(0, min(100, percent)),
        progress_note=note[:200],
        progress_points=points,
    )
    return row.cancel_requested


def finish(*, job_id: int, state: JobState, result: Mapping[str, Any], error: str = "") -> bool:
    """End a job this worker runs; False when the lease was lost meanwhile (nothing written)."""
    changes: dict[str, Any] = {
        "state": state,
        "result": plain(result),
        "error": error,
        "finished_at": timezone.now(),
        "lease_until": None,
    }
    if state == JobState.DONE:
        changes["progress_percent"] = 100
    return bool(
        Job.objects.filter(pk=job_id, state=JobState.RUNNING, worker=this_worker()).update(
            **changes
        )
    )


def cancel(*, actor: User, row: Job) -> None:
    """Ask a running job to stop at its next step, or take a waiting one off the queue."""
    require_permission(actor=actor, kind=row.kind)
    waiting = Job.objects.filter(pk=row.pk, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, cancel_requested=True, finished_at=timezone.now()
    )
    running = Job.objects.filter(pk=row.pk, state=JobState.RUNNING).update(cancel_requested=True)
    if not waiting and not running:
        raise NotNow(f"{row} is over: there is nothing to cancel.")


def run_again(*, actor: User, row: Job) -> Job:
    """Put an interrupted, failed or cancelled job back on the queue with the same parameters."""
    require_permission(actor=actor, kind=row.kind)
    over = [JobState.INTERRUPTED, JobState.FAILED, JobState.CANCELLED]
    with transaction.atomic():
        again = Job.objects.filter(pk=row.pk, state__in=over).update(
            state=JobState.QUEUED, cancel_requested=False, error="", progress_percent=0
        )
        if not again:
            raise NotNow(f"{row} is {row.get_state_display().lower()}: it need not be run again.")
        _send(row)
    row.refresh_from_db()
    return row


def sweep(*, now: datetime) -> int:
    """Mark as interrupted every running job whose worker is gone, and return how many.

    Gone means: the lease ran out, or the worker was a process of this machine that is no more.
    """
    interrupted = 0
    for row in Job.objects.filter(state=JobState.RUNNING):
        if row.lease_until is not None and row.lease_until > now and not _died_here(row.worker):
            continue
        interrupted += Job.objects.filter(
            pk=row.pk, state=JobState.RUNNING, lease_until=row.lease_until
        ).update(
            state=JobState.INTERRUPTED,
            finished_at=now,
            lease_until=None,
            error="The worker stopped in the middle. Nothing half-done was kept; run it again.",
        )
    return interrupted


def send_forgotten(*, now: datetime) -> int:
    """Send waiting jobs to the queue again when it seems to have lost them; twice is harmless."""
    forgotten = Job.objects.filter(state=JobState.QUEUED, updated_at__lt=now - SENT_AGAIN_AFTER)
    for row in forgotten:
        row.save(update_fields=["updated_at"])
        _send(row)
    return len(forgotten)


def under_way(*, authority: Authority, kind: str) -> bool:
    """Return whether a job of this kind waits or runs in a council."""
    open_states = [JobState.QUEUED, JobState.RUNNING]
    return Job.objects.filter(authority=authority, kind=kind, state__in=open_states).exists()


def forget_ticks(*, now: datetime) -> int:
    """Delete what was done tick by tick once it is a day old: it would bury people's own jobs."""
    kinds = [kind.name for kind in KINDS.values() if kind.due is not None]
    done = Job.objects.filter(kind__in=kinds, state=JobState.DONE, finished_at__lt=now - TICKS_KEPT)
    return done.delete()[0] if done.exists() else 0


def _died_here(worker: str) -> bool:
    host, _, pid = worker.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
