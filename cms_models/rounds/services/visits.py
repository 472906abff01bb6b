"""Dated visits from the weekly patterns."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.care.models import CarePackage, PackageStatus, VisitPattern
from cms_models.rounds.models import Visit, VisitState

BATCH = 1000


@dataclass(frozen=True)
class VisitsMade:
    """What making visits did."""

    new: int
    cancelled: int
    unchanged: int


def make_visits(*, actor: User, first: date, days: int) -> VisitsMade:
    """Make the dated visits of `days` days from `first` for the actor's council.

    Running it again makes only what is missing. A planned visit whose pattern no longer holds on
    its day, or whose package is suspended or ended then, is cancelled.
    """
    last = first + timedelta(days=days)
    with transaction.atomic():
        wanted = {
            (pattern.pk, day): pattern
            for pattern in _patterns(actor, first=first, last=last)
            for day in _days_of(pattern, first=first, last=last)
        }
        stored = {
            (row.pattern_id, row.on): row
            for row in Visit.objects.filter(
                authority=actor.authority, on__gte=first, on__lt=last
            ).only("id", "pattern_id", "on", "state")
        }
        new = [_visit(actor, wanted[key], key[1]) for key in wanted if key not in stored]
        Visit.objects.bulk_create(new, batch_size=BATCH)
        gone = [
            row.pk
            for key, row in stored.items()
            if key not in wanted and row.state == VisitState.PLANNED
        ]
        for start in range(0, len(gone), BATCH):
            Visit.objects.filter(pk__in=gone[start : start + BATCH]).update(
                state=VisitState.CANCELLED, version=F("version") + 1
            )
        made = VisitsMade(len(new), len(gone), len(wanted) - len(new))
        if new or gone:
            record(
                actor=actor,
                action="make_visits",
                subject=actor.authority,
                after={"from": first, "to": last, "new": len(new), "cancelled": len(gone)},
            )
    return made


def _patterns(actor: User, *, first: date, last: date) -> Iterator[VisitPattern]:
    return (
        VisitPattern.objects.filter(
            package__authority=actor.authority,
            package__status=PackageStatus.ACTIVE,
            package__starts_on__lt=last,
            valid_from__lt=last,
        )
        .filter(Q(valid_to=None) | Q(valid_to__gt=first))
        .filter(Q(package__ends_on=None) | Q(package__ends_on__gt=first))
        .select_related("package")
        .iterator(chunk_size=2000)
    )


def _days_of(pattern: VisitPattern, *, first: date, last: date) -> Iterator[date]:
    package: CarePackage = pattern.package
    starts = max(first, package.starts_on, pattern.valid_from)
    ends = min([day for day in (last, package.ends_on, pattern.valid_to) if day is not None])
    for offset in range((ends - starts).days):
        day = starts + timedelta(days=offset)
        if day.weekday() in pattern.weekdays:
            yield day


def _visit(actor: User, pattern: VisitPattern, day: date) -> Visit:
    return Visit(
        authority=actor.authority,
        package=pattern.package,
        pattern=pattern,
        on=day,
        earliest_minutes=pattern.earliest_minutes,
        latest_minutes=pattern.latest_minutes,
        minutes=pattern.minutes,
        carers=pattern.carers,
        skills=sorted({*pattern.skills}),
        visit_kind=pattern.visit_kind,
    )
