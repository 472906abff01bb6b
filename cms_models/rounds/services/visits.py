"""Dated visits from the weekly patterns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q

from cms_models.accounts.models import User
from cms_models.audit.services import picture, record
from cms_models.brokerage.life_selectors import Pauses
from cms_models.care.models import CarePackage, PackageStatus, VisitPattern
from cms_models.care.patterns import CARERS_MOST, MINUTES_PER_DAY
from cms_models.rounds.models import Visit, VisitState

BATCH = 1000
RUNNING = (PackageStatus.ACTIVE, PackageStatus.SUSPENDED)


@dataclass(frozen=True)
class VisitsMade:
    """What making visits did."""

    new: int
    cancelled: int
    unchanged: int


def make_visits(*, actor: User, first: date, days: int) -> VisitsMade:
    """Make the dated visits of `days` days from `first` for the actor's council.

    Running it again makes only what is missing. A planned visit whose pattern no longer holds on
    its day, or whose package is suspended or ended then, is cancelled, and planned again where
    care resumes before it; one added by hand stays.
    """
    last = first + timedelta(days=days)
    with transaction.atomic():
        pauses = Pauses(actor.authority, first=first, last=last)
        wanted = {
            (pattern.pk, day): pattern
            for pattern in _patterns(actor, first=first, last=last)
            for day in _days_of(pattern, first=first, last=last)
            if not pauses.covers(pattern.package, day)
        }
        stored = {
            (row.pattern_id, row.on): row
            for row in Visit.objects.filter(
                authority=actor.authority, on__gte=first, on__lt=last, pattern__isnull=False
            ).only("id", "pattern_id", "on", "state")
        }
        new = [_visit(actor, wanted[key], key[1]) for key in wanted if key not in stored]
        Visit.objects.bulk_create(new, batch_size=BATCH)
        gone = [
            row.pk
            for key, row in stored.items()
            if key not in wanted and row.state == VisitState.PLANNED
        ]
        again = [
            stored[key].pk
            for key in wanted
            if key in stored and stored[key].state == VisitState.CANCELLED
        ]
        _set_state(gone, str(VisitState.CANCELLED))
        _set_state(again, str(VisitState.PLANNED))
        fresh = len(new) + len(again)
        made = VisitsMade(fresh, len(gone), len(wanted) - fresh)
        if fresh or gone:
            record(
                actor=actor,
                action="make_visits",
                subject=actor.authority,
                after={"from": first, "to": last, "new": fresh, "cancelled": len(gone)},
            )
    return made


def _set_state(ids: Sequence[int], state: str) -> None:
    for start in range(0, len(ids), BATCH):
        Visit.objects.filter(pk__in=ids[start : start + BATCH]).update(
            state=state, version=F("version") + 1
        )


def add_visit(
    *,
    actor: User,
    package: CarePackage,
    on: date,
    earliest_minutes: int,
    latest_minutes: int,
    minutes: int,
    carers: int = 1,
    skills: Sequence[str] = (),
    priority: str = "",
    reason: str = "",
) -> Visit:
    """Add one visit that no weekly pattern holds, as in an emergency; plan the day again then.

    An empty priority is the package's own.
    Refused for a package that is not running on that day.
    """
    actor.must("add", Visit)
    if package.authority_id != actor.authority_id:
        raise PermissionDenied(f"{package} belongs to another council.")
    ends = package.ends_on
    pauses = Pauses(actor.authority, first=on, last=on + timedelta(days=1))
    runs = package.status in RUNNING and not pauses.covers(package, on)
    if not runs or not (package.starts_on <= on and (ends is None or on < ends)):
        raise ValidationError(f"{package} is not running on {on:%d/%m/%Y}: no visit can be added.")
    if not 0 <= earliest_minutes <= latest_minutes <= MINUTES_PER_DAY:
        raise ValidationError(
            "The visit must start within one day, no later than its latest start."
        )
    if not 1 <= minutes <= MINUTES_PER_DAY or not 1 <= carers <= CARERS_MOST:
        raise ValidationError(
            f"A visit lasts 1 to {MINUTES_PER_DAY} minutes and takes 1 to {CARERS_MOST} carers."
        )
    visit = Visit(
        authority=actor.authority,
        package=package,
        on=on,
        earliest_minutes=earliest_minutes,
        latest_minutes=latest_minutes,
        minutes=minutes,
        carers=carers,
        skills=sorted({*skills}),
        priority=priority,
    )
    with transaction.atomic():
        visit.save()
        record(actor=actor, action="add_visit", subject=visit, after=picture(visit), reason=reason)
    return visit


def _patterns(actor: User, *, first: date, last: date) -> Iterator[VisitPattern]:
    return (
        VisitPattern.objects.filter(
            package__authority=actor.authority,
            package__status__in=RUNNING,
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
