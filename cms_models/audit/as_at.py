"""Records as they stood on another day, read back out of the audit.

Two questions are answered together. *When does it count?* A record with a period (a rate card, a
lot award, a package) counts on the days of its period, a part of it (a line, a zone) on those of
the whole; one without a period counts from the day it was entered. *What was known?* The values
are those recorded by the end of the day, found by taking back every later entry of the audit; a
record entered after its own first day keeps the values it was entered with.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry

Period = tuple[date | None, date | None]
PERIODS = (("valid_from", "valid_to"), ("starts_on", "ends_on"))
OWN = "custom."
CHUNK = 500


@dataclass(frozen=True)
class Standing:
    """A record as it stood, never saved; `later` names what has changed since."""

    record: Any
    later: tuple[str, ...]
    entered_later: bool
    gone: bool


def end_of(day: date) -> datetime:
    """Return the moment a day ends in London."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def standings(
    rows: models.QuerySet[Any],
    *,
    user: User,
    on: date,
    known_by: date | None = None,
    kind: str = "",
) -> list[Standing]:
    """Return the records that counted on a day, as they stood; `rows` are those the user may see.

    `known_by` asks what was known by the end of an earlier day; without it published versions are
    taken as they are known now, so that a card loaded today prices the days of its period.
    `kind` is how the audit names such records where it is not by their model.
    """
    today = timezone.localdate()
    known = min(known_by or on, today)
    kind = kind or rows.model._meta.label_lower
    found = _known_by(rows, user=user, day=known, strictly=known_by is not None, kind=kind)
    return [one for one in found if counts_on(one.record, on)]


def counts_on(record: Any, on: date) -> bool:
    """Return whether a record counts on a day: published, and within its period if it has one."""
    whole = _whole(record)
    if getattr(whole, "state", None) in ("draft", "submitted") and hasattr(whole, "begins_on"):
        return False
    begins, ends = period_of(whole)
    return (begins is None or begins <= on) and (ends is None or on < ends)


def period_of(record: Any) -> Period:
    """Return a record's own period `[from, to)`; None for an open end or no period at all."""
    if hasattr(record, "begins_on"):
        return record.begins_on, record.over_on
    for first, last in PERIODS:
        if hasattr(record, first):
            return getattr(record, first), getattr(record, last, None)
    return None, None


def _whole(record: Any) -> Any:
    """Return what a record is a part of (`part_of` of its class), or the record itself."""
    part_of = getattr(record, "part_of", None)
    return getattr(record, part_of) if part_of else record


def _known_by(
    rows: models.QuerySet[Any], *, user: User, day: date, strictly: bool, kind: str
) -> Iterator[Standing]:
    at, today = end_of(day), timezone.localdate()
    stored = list(rows)
    entries = _entries_since(kind, user=user, at=at) if day < today else {}
    for row in stored:
        created = getattr(row, "created_at", None)
        entered_later = created is not None and created >= at
        if entered_later and (strictly or not _has_period(row)):
            continue
        since = entries.get(str(row.pk), [])
        if not strictly and _publishable(row):
            since = []
        yield _standing(row, since, entered_later=entered_later)
    kept = {str(row.pk) for row in stored}
    for pk, since in entries.items():
        if pk not in kept and since[0].action == "delete":
            gone = _gone(rows.model, pk, since)
            if gone is not None:
                yield gone


def _has_period(row: Any) -> bool:
    return any(value is not None for value in period_of(_whole(row)))


def _publishable(row: Any) -> bool:
    return hasattr(_whole(row), "begins_on")


def _entries_since(kind: str, *, user: User, at: datetime) -> dict[str, list[AuditEntry]]:
    """Return the entries of a kind of record since a moment, newest first, by record."""
    found: dict[str, list[AuditEntry]] = defaultdict(list)
    entries = AuditEntry.objects.filter(
        authority_id=user.authority_id, subject_type=kind, at__gte=at
    ).order_by("-sequence")
    for entry in entries.only("subject_id", "action", "before", "after").iterator(CHUNK):
        found[entry.subject_id].append(entry)
    return found


def _standing(row: Any, since: Sequence[AuditEntry], *, entered_later: bool) -> Standing:
    changed: dict[str, None] = {}
    for entry in since:
        if entry.action == "create":
            continue
        for name, value in entry.before.items():
            if _set(row, name, value):
                changed[name] = None
    return Standing(row, tuple(changed), entered_later, gone=False)


def _gone(model: type[models.Model], pk: str, since: Sequence[AuditEntry]) -> Standing | None:
    """Return a record deleted since, out of its last picture; None when it was new then too."""
    if any(entry.action == "create" for entry in since):
        return None
    row = model(pk=model._meta.pk.to_python(pk))
    one = _standing(row, since, entered_later=False)
    return Standing(one.record, one.later, entered_later=False, gone=True)


def _set(row: Any, name: str, value: Any) -> bool:
    """Put a recorded value back; False for what the record no longer has a field for."""
    if name.startswith(OWN):
        own = {key: kept for key, kept in row.custom.items() if key != name.removeprefix(OWN)}
        row.custom = own if value is None else {**own, name.removeprefix(OWN): value}
        return True
    field = _fields(type(row)).get(name)
    if field is None:
        return False
    try:
        setattr(row, field.attname, _as_stored(field, value))
    except (ValidationError, TypeError, ValueError):
        return False
    return True


def _fields(model: type[models.Model]) -> dict[str, Any]:
    own = model._meta.concrete_fields
    return {name: field for field in own for name in (field.name, field.attname)}


def _as_stored(field: Any, value: Any) -> Any:
    if isinstance(field, models.JSONField):
        # Registration keeps a list of codes as one text: `medication+peg`.
        listed = isinstance(value, str) and field.default is list
        return [code for code in value.split("+") if code] if listed else value
    return field.target_field.to_python(value) if field.is_relation else field.to_python(value)


def matching(
    found: Iterable[Standing], *, text: str, said: Callable[[Any], Iterable[str]]
) -> list[Standing]:
    """Return the records of which some shown value holds a text, whatever its case."""
    wanted = text.casefold().strip()
    if not wanted:
        return list(found)
    return [one for one in found if any(wanted in words.casefold() for words in said(one.record))]
