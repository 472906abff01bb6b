"""The only writers of imports: receive a file, keep what a dry run found, accept, discard."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import record
from cms_models.jobs.import_kinds import import_kind
from cms_models.jobs.models import ImportRow, ImportRun, ImportState, Job

FILE_BYTES_MOST = 20 * 1024 * 1024
BATCH = 1000
OPEN_STATES = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.UNREADABLE)


@dataclass(frozen=True)
class Received:
    """A file taken in, and when the same bytes were accepted before (None: never)."""

    run: ImportRun
    accepted_before: datetime | None


def require_import_permission(*, actor: User, kind: str) -> None:
    """Refuse, with the role named, an actor who may not change what such a file changes."""
    wanted = import_kind(kind, user=actor)
    if actor.role != Role.SYSTEM and not wanted.written_by(actor):
        raise PermissionDenied(
            f"{actor} ({actor.get_role_display()}) may not import “{wanted.label}”."
        )


def receive_file(
    *,
    actor: User,
    kind: str,
    filename: str,
    content: bytes,
    profile: str = "mosaic",
    mapping: Mapping[str, str] | None = None,
) -> Received:
    """Keep a file as sent, unread, for the actor's council; reading it is the worker's job.

    `mapping` is file heading → column name, for files with other headings than the profile's. The
    same bytes may come twice: nothing is doubled, and the answer says when they were accepted.
    """
    require_import_permission(actor=actor, kind=kind)
    if not content:
        raise ValidationError(f"{filename} is empty.")
    if len(content) > FILE_BYTES_MOST:
        raise ValidationError(
            f"{filename} is {len(content) / 2**20:.1f} MB; at most {FILE_BYTES_MOST // 2**20} MB "
            "can be sent: split it."
        )
    digest = hashlib.sha256(content).hexdigest()
    before = (
        ImportRun.objects.filter(
            authority=actor.authority, kind=kind, sha256=digest, state=ImportState.ACCEPTED
        )
        .order_by("-accepted_at")
        .first()
    )
    run = ImportRun.objects.create(
        authority=actor.authority,
        profile=profile,
        kind=kind,
        filename=filename[-200:],
        content=content,
        sha256=digest,
        size_bytes=len(content),
        mapping=dict(mapping or {}),
        uploaded_by=actor,
    )
    return Received(run, before.accepted_at if before else None)


def set_mapping(*, actor: User, run: ImportRun, mapping: Mapping[str, str]) -> ImportRun:
    """Say which heading of the file is which column; the file must be checked again after it."""
    require_import_permission(actor=actor, kind=run.kind)
    changed = ImportRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
        mapping=dict(mapping), state=ImportState.UPLOADED, problem=""
    )
    _require_open(run, changed)
    run.refresh_from_db()
    return run


def attach_job(*, run: ImportRun, check: Job | None = None, accept: Job | None = None) -> None:
    """Remember which jobs check and accept an import, so that a screen can follow them."""
    jobs = {"check_job": check, "accept_job": accept}
    ImportRun.objects.filter(pk=run.pk).update(**{name: job for name, job in jobs.items() if job})


def keep_headings(*, run: ImportRun, headings: Sequence[str]) -> None:
    """Keep the headings of a file that was read, so that its columns can be mapped."""
    run.headings = list(headings)
    ImportRun.objects.filter(pk=run.pk).update(headings=run.headings)


def keep_check(*, run: ImportRun, totals: Mapping[str, Any], rows: Iterable[ImportRow]) -> None:
    """Keep what a dry run found, in place of an earlier one; nothing else is written."""
    with transaction.atomic():
        changed = ImportRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
            state=ImportState.CHECKED, totals=dict(totals), problem="", updated_at=timezone.now()
        )
        _require_open(run, changed)
        ImportRow.objects.filter(run=run).delete()
        ImportRow.objects.bulk_create(rows, batch_size=BATCH)
    run.refresh_from_db(fields=["state", "totals", "problem"])


def keep_unreadable(*, run: ImportRun, problem: str) -> None:
    """Keep why a file cannot be read."""
    with transaction.atomic():
        changed = ImportRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
            state=ImportState.UNREADABLE, problem=problem, totals={}, updated_at=timezone.now()
        )
        _require_open(run, changed)
        ImportRow.objects.filter(run=run).delete()
    run.refresh_from_db(fields=["state", "totals", "problem"])


def mark_accepted(*, actor: User, run: ImportRun, now: datetime) -> bool:
    """Accept a checked import in the caller's transaction, with its audit entry; once only.

    False when it is not (or no longer) in the state checked: the caller must then write nothing.
    """
    accepted = ImportRun.objects.filter(pk=run.pk, state=ImportState.CHECKED).update(
        state=ImportState.ACCEPTED, accepted_at=now, updated_at=now
    )
    if accepted:
        after = {
            "state": ImportState.ACCEPTED,
            "sha256": run.sha256,
            "kind": run.kind,
            **run.totals,
        }
        record(
            actor=actor,
            action="accept_import",
            subject=run,
            before={"state": ImportState.CHECKED},
            after=after,
        )
    return bool(accepted)


def discard(*, actor: User, run: ImportRun) -> None:
    """Put an import aside that nobody will accept; its rows are forgotten."""
    require_import_permission(actor=actor, kind=run.kind)
    with transaction.atomic():
        changed = ImportRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
            state=ImportState.DISCARDED
        )
        _require_open(run, changed)
        ImportRow.objects.filter(run=run).delete()
        record(
            actor=actor,
            action="discard_import",
            subject=run,
            before={"state": run.state},
            after={"state": ImportState.DISCARDED},
        )


def _require_open(run: ImportRun, changed: int) -> None:
    if not changed:
        run.refresh_from_db(fields=["state"])
        raise ValidationError(
            f"{run} is {run.get_state_display().lower()}: send the file again to start afresh."
        )
