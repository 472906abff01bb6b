"""Reading the chain: verification and a record's history."""

from collections.abc import Iterator

from django.db import models
from django.db.models.functions import Cast

from cms_models.accounts.models import Authority, User
from cms_models.audit import domain
from cms_models.audit.models import AuditEntry, AuditHead, PersonalRead, kind_of
from cms_models.audit.services import content_of


def chain_faults(authority: Authority) -> Iterator[str]:
    """Yield a sentence for every fault in a council's chain; nothing when it is whole."""
    head = AuditHead.objects.filter(authority=authority).first()
    entries = AuditEntry.objects.filter(authority=authority).order_by("sequence")
    links = (
        domain.Link(
            sequence=entry.sequence,
            content=content_of(entry),
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )
        for entry in entries.iterator(chunk_size=2000)
    )
    yield from domain.broken_links(
        links,
        head_sequence=head.sequence if head else 0,
        head_hash=head.hash if head else domain.GENESIS,
    )


def chain_length(authority: Authority) -> int:
    """Return how many entries a council's chain has: unchanged while nothing audited happens."""
    head = AuditHead.objects.filter(authority=authority).first()
    return head.sequence if head else 0


def reads_of(*, user: User, person_id: int) -> models.QuerySet[PersonalRead]:
    """Return the pages that showed a person's data, newest first, if the user may read of them."""
    # SQLite has no JSON containment; a number between its neighbours' marks is the same question.
    marks = [f"{before}{person_id}{after}" for before in ("[", " ") for after in (",", "]")]
    asked = models.Q()
    for mark in marks:
        asked |= models.Q(ids_text__contains=mark)
    rows = PersonalRead.objects.visible_to(user).select_related("reader")
    return rows.annotate(ids_text=Cast("subject_ids", models.TextField())).filter(asked)


def history_of(record: models.Model, *, user: User) -> models.QuerySet[AuditEntry]:
    """Return the audit entries of one record, newest first, if the user may read the trail."""
    return (
        AuditEntry.objects.visible_to(user)
        .filter(subject_type=kind_of(record), subject_id=str(record.pk))
        .select_related("actor")
    )
