"""Who works on a day: shifts in force less absences, and what a carer may still work."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum

from cms_models.accounts.models import Authority
from cms_models.care.patterns import clock
from cms_models.rounds.models import Carer, CarerAbsence, PlanState, Round, Shift

Times = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Roster:
    """The carers of one day with their shifts, and who of them is away."""

    on: date
    shifts: Mapping[Carer, Times]
    notes: tuple[str, ...]


def roster_of(authority: Authority, *, on: date) -> Roster:
    """Return the day's shifts, each cut where its carer goes absent."""
    away = {
        row.carer_id: row
        for row in CarerAbsence.objects.filter(authority=authority, on=on).select_related("carer")
    }
    found: dict[Carer, list[tuple[int, int]]] = defaultdict(list)
    for row in _in_force(authority, on=on).filter(weekday=on.weekday()):
        absence = away.get(row.carer_id)
        ends = min(row.ends_minutes, absence.from_minutes) if absence else row.ends_minutes
        if row.starts_minutes < ends:
            found[row.carer].append((row.starts_minutes, ends))
    return Roster(
        on=on,
        shifts={carer: tuple(times) for carer, times in found.items()},
        notes=tuple(_away_words(row) for row in away.values()),
    )


def _away_words(absence: CarerAbsence) -> str:
    since = f" from {clock(absence.from_minutes)}" if absence.from_minutes else ""
    return f"{absence.carer.ref} is away{since}."


def week_minutes_of(authority: Authority, *, on: date) -> dict[int, int]:
    """Return carer id → the minutes of all weekly shifts in force on a day."""
    found: dict[int, int] = defaultdict(int)
    for row in _in_force(authority, on=on):
        found[row.carer_id] += row.ends_minutes - row.starts_minutes
    return dict(found)


def worked_in_week(authority: Authority, *, on: date, but: Iterable[date]) -> dict[int, int]:
    """Return carer id → working minutes published from Monday to Sunday, without some days."""
    monday = on - timedelta(days=on.weekday())
    rows = (
        Round.objects.filter(
            run__authority=authority,
            run__state=PlanState.PUBLISHED,
            run__on__gte=monday,
            run__on__lt=monday + timedelta(days=7),
        )
        .exclude(run__on__in=list(but))
        .order_by()
        .values_list("carer_id")
        .annotate(worked=Sum(F("travel_minutes") + F("contact_minutes") + F("break_minutes")))
    )
    return dict(rows)


def _in_force(authority: Authority, *, on: date) -> QuerySet[Shift]:
    return (
        Shift.objects.filter(authority=authority, valid_from__lte=on)
        .filter(Q(valid_to=None) | Q(valid_to__gt=on))
        .select_related("carer")
        .order_by("carer__ref", "starts_minutes")
    )
