"""Appending to the audit chain, and saving an edited record with its audit entry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.audit import domain
from cms_models.audit.models import AuditEntry, AuditHead, PersonalRead, kind_of

BATCH = 500
NOT_AUDITED = frozenset(
    {
        "id",
        "version",
        "created_at",
        "updated_at",
        "public_id",
        "authority",
        "custom",
        "own_fields_stamp",
        # Of users: a digest does not belong in a chain that is never deleted (sign_ins.py).
        "password",
        "last_login",
        # Of webhooks and of links in e-mails, for the same reason.
        "secret",
        "digest",
    }
)


class NothingChanged(ValueError):  # noqa: N818 - it reads as what happened
    """Raised when an audit entry would say that nothing changed."""


class StaleEdit(Exception):  # noqa: N818 - it reads as what happened
    """Raised when a record was saved by somebody else after this editor opened it."""

    def __init__(self, *, record: models.Model, theirs: Mapping[str, Any]) -> None:
        super().__init__(f"{record} was changed by somebody else while you were editing it.")
        self.record, self.theirs = record, theirs


@dataclass(frozen=True)
class Decision:
    """What is about to be recorded of one record."""

    action: str
    subject: models.Model
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it: dates ISO, decimals and ids as text, records by id."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, float):
        return value + 0.0  # PostgreSQL keeps no −0.0, and the hash would be of another number
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def picture(record: models.Model) -> dict[str, Any]:
    """Return a record's audited fields as plain values, foreign keys by id.

    A council's own field is one of them, as `custom.<key>`.
    """
    stored = {
        item.attname: plain(getattr(record, item.attname))
        for item in record._meta.concrete_fields
        if item.name not in NOT_AUDITED
    }
    own = plain(getattr(record, "custom", {}))
    return {**stored, **{f"custom.{key}": value for key, value in own.items()}}


def record(
    *,
    actor: User,
    action: str,
    subject: models.Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Append one decision to the chain of the actor's council, in the caller's transaction.

    Raises NothingChanged when before equals after and there is something to compare.
    """
    decision = Decision(action, subject, before or {}, after or {}, reason)
    return record_many(actor=actor, decisions=[decision])[0]


def record_many(*, actor: User, decisions: Sequence[Decision]) -> list[AuditEntry]:
    """Append decisions to the chain in order: one lock and a few inserts for all of them."""
    if actor is None or actor.authority_id is None:
        raise ValueError("A decision needs an actor who belongs to a council.")
    for decision in decisions:
        if decision.before == decision.after and decision.before:
            raise NothingChanged(f"Nothing changed in {decision.subject}.")
    if not decisions:
        return []
    with transaction.atomic():
        head = _locked_head(actor.authority)
        entries = list(_linked(actor=actor, head=head, decisions=decisions, at=timezone.now()))
        AuditEntry.objects.bulk_create(entries, batch_size=BATCH)
        head.sequence, head.hash = entries[-1].sequence, entries[-1].hash
        head.save(update_fields=["sequence", "hash"])
    return entries


def hold_chain(authority: Authority) -> int:
    """Keep other writers of a council out until the caller's transaction ends; returns its length.

    Every audited write takes the head of the chain, so an unchanged length means unchanged records.
    """
    return _locked_head(authority).sequence


def _locked_head(authority: Authority) -> AuditHead:
    AuditHead.objects.get_or_create(authority=authority, defaults={"hash": domain.GENESIS})
    return AuditHead.objects.select_for_update().get(authority=authority)


def _linked(
    *, actor: User, head: AuditHead, decisions: Iterable[Decision], at: datetime
) -> Iterable[AuditEntry]:
    sequence, previous = head.sequence, head.hash
    for decision in decisions:
        sequence += 1
        entry = AuditEntry(
            authority_id=actor.authority_id,
            sequence=sequence,
            at=at,
            actor=actor,
            action=decision.action,
            subject_type=kind_of(decision.subject),
            subject_id=str(decision.subject.pk),
            subject_label=str(decision.subject)[:200],
            before=plain(decision.before),
            after=plain(decision.after),
            reason=decision.reason,
            previous_hash=previous,
        )
        entry.hash = previous = domain.link_hash(
            previous_hash=previous, sequence=sequence, content=content_of(entry)
        )
        yield entry


def content_of(entry: AuditEntry) -> dict[str, Any]:
    """Return what an entry's hash covers: everything but its place in the chain."""
    return {
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor_id,
        "action": entry.action,
        "subject": [entry.subject_type, entry.subject_id, entry.subject_label],
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }


def save_record(
    *, actor: User, record_: models.Model, expected_version: int | None, reason: str = ""
) -> models.Model:
    """Save a new or edited record with its audit entry, refusing to overwrite a newer version.

    `expected_version` is the version the editor opened (None for a new record). Raises StaleEdit
    with the stored values when somebody saved in between; nothing is written then.
    """
    with transaction.atomic():
        if expected_version is None or record_.pk is None:
            record_.save()
            record(actor=actor, action="create", subject=record_, after=picture(record_))
            return record_
        model = type(record_)
        stored = model.objects.select_for_update().get(pk=record_.pk)
        if stored.version != expected_version:
            raise StaleEdit(record=record_, theirs=picture(stored))
        before, after = domain.changes(picture(stored), picture(record_))
        if not after:
            return record_
        record_.version = expected_version + 1
        record_.save()
        record(
            actor=actor, action="edit", subject=record_, before=before, after=after, reason=reason
        )
    return record_


def record_reads(
    *, reader: User, people: Iterable[int], where: str, now: datetime
) -> PersonalRead | None:
    """Note of whom somebody was shown personal data: one row a page, by ids, nothing when none."""
    ids = sorted({pk for pk in people if pk is not None})
    if not ids or reader.authority_id is None:
        return None
    return PersonalRead.objects.create(
        authority_id=reader.authority_id,
        at=now,
        reader_id=reader.pk,
        where=where[:120],
        subject_type="care.person",
        subject_ids=ids,
    )


def delete_record(*, actor: User, record_: models.Model, reason: str = "") -> None:
    """Delete a record, keeping its last picture in the audit. ProtectedError says what needs it."""
    with transaction.atomic():
        record(
            actor=actor, action="delete", subject=record_, before=picture(record_), reason=reason
        )
        record_.delete()
