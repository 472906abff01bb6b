"""Demand and supply by zone and time of day, and by lot against capacity (BR-04)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from cms_models.accounts.models import User
from cms_models.brokerage.report_domain import (
    TIME_BANDS,
    Column,
    Findings,
    Period,
    Piece,
    Table,
    Unit,
    band_of,
)
from cms_models.brokerage.report_rows import (
    Row,
    in_force,
    lot_key,
    lot_rows,
    lots_of,
    package,
    place,
)
from cms_models.care.models import CarePackage, PackageStatus, VisitPattern
from cms_models.market.models import DeclaredCapacity, Lot, LotAward

OUTSIDE = "none"
BANDS = [Column(key, title, Unit.MINUTES) for key, title, _, _ in TIME_BANDS]
WHOLE_WEEK = Column("week", "The whole week", Unit.MINUTES)


@dataclass(frozen=True)
class Week:
    """A package with the minutes of its week by time band, as counted in a period."""

    key: int
    name: str
    waiting: bool
    zone: str
    zone_name: str
    lot_id: int | None
    minutes: dict[str, int]


def demand(user: User, period: Period, *, now: datetime) -> Findings:
    """Return what needs a provider now and what ran in a period, against capacity."""
    weeks = list(_weeks(user, period))
    lots = lots_of(user, period)
    zones = sorted({(week.zone, week.zone_name) for week in weeks})
    open_ones = [week for week in weeks if week.waiting]
    running = [week for week in weeks if not week.waiting]
    return Findings(
        tables=[
            _by_zone("open", "Packages that need a provider", zones, open_ones),
            _by_zone("running", "Packages delivered in the period", zones, running),
            _against_capacity(user, period, lots, weeks),
        ],
        sentences=[
            "Hours are carer-hours a week: a call with two carers counts twice. A call counts in "
            "the band in which it may begin at the earliest."
        ],
    )


def _weeks(user: User, period: Period) -> Iterator[Week]:
    """Yield each package waiting now or running in a period, in two queries."""
    found = {row["pk"]: row for row in _packages(user, period)}
    minutes: dict[int, dict[str, int]] = {key: {} for key in found}
    patterns = VisitPattern.objects.filter(package__in=_chosen(user, period)).values_list(
        *("package_id", "weekdays", "earliest_minutes", "minutes", "carers"),
        *("valid_from", "valid_to"),
    )
    for key, weekdays, earliest, length, carers, first, until in patterns.iterator():
        day = _counted_on(found[key], period)
        if first > day or (until is not None and until <= day):
            continue
        band = band_of(earliest)
        week = minutes[key]
        week[band] = week.get(band, 0) + len(weekdays) * length * carers
    for key, row in found.items():
        yield Week(
            key,
            row["package_ref"],
            row["status"] == PackageStatus.REFERRED,
            row["zone__code"] or OUTSIDE,
            row["zone__name"] or "Outside every zone",
            row["lot_id"],
            minutes[key],
        )


def _chosen(user: User, period: Period) -> Any:
    """Return the packages that wait now, and those that ran on some day of a period."""
    ran = Q(starts_on__lt=period.until) & (Q(ends_on=None) | Q(ends_on__gt=period.first))
    return (
        CarePackage.objects.visible_to(user)
        .filter(Q(status=PackageStatus.REFERRED) | ran)
        .order_by()
    )


def _packages(user: User, period: Period) -> list[dict[str, Any]]:
    return list(
        _chosen(user, period)
        .order_by("package_ref")
        .values(
            *("pk", "package_ref", "status", "lot_id", "zone__code", "zone__name"),
            *("starts_on", "ends_on"),
        )
    )


def _counted_on(row: dict[str, Any], period: Period) -> date:
    """Return the day whose week counts: the period's last, or the last day of care before it."""
    day = period.last
    if row["ends_on"] is not None:
        day = min(day, row["ends_on"] - timedelta(days=1))
    counted: date = max(day, row["starts_on"])
    return counted


def _by_zone(key: str, title: str, zones: Sequence[Row], weeks: Sequence[Week]) -> Table:
    pieces = [
        Piece(week.zone, band, minutes, package(week.key, week.name))
        for week in weeks
        for band, minutes in week.minutes.items()
    ]
    pieces += [
        Piece(week.zone, column, amount, package(week.key, week.name))
        for week in weeks
        for column, amount in (("packages", 1), ("week", sum(week.minutes.values())))
    ]
    return Table(
        key,
        title,
        "Zone",
        [(code, name if code == OUTSIDE else f"{code} {name}") for code, name in zones],
        [Column("packages", "Packages"), *BANDS, WHOLE_WEEK],
        pieces,
        charted="week",
        note="The week in force on the last day of the period, or on the last day of care in it.",
    )


def _against_capacity(
    user: User, period: Period, lots: Sequence[Lot], weeks: Sequence[Week]
) -> Table:
    known = {str(lot.pk) for lot in lots}
    pieces = [
        Piece(
            lot_key(week.lot_id, known),
            "open" if week.waiting else "running",
            sum(week.minutes.values()),
            package(week.key, week.name),
        )
        for week in weeks
    ]
    held = list(_places(user, period, lots))
    pieces += [
        Piece(str(row.lot_id), "agreed", row.capacity_minutes_per_week, place(row))
        for row in held
        if row.capacity_minutes_per_week is not None
    ]
    pieces += _declared(user, period, held)
    unlimited = {str(row.lot_id) for row in held if row.capacity_minutes_per_week is None}
    return Table(
        "capacity",
        "Against capacity, by lot",
        "Lot",
        lot_rows(lots, used={piece.row for piece in pieces}),
        [
            Column("open", "Needs a provider", Unit.MINUTES),
            Column("running", "Delivered", Unit.MINUTES),
            Column("agreed", "Agreed capacity", Unit.MINUTES),
            Column("declared", "Declared capacity", Unit.MINUTES),
        ],
        pieces,
        charted="open",
        note="Agreed: the weekly capacity of the places in the lot. Declared: what providers of "
        "the lot say they can take, the latest of each by the last day of the period.",
        saying=("Zones", "Places without a limit"),
        said={
            str(lot.pk): (", ".join(lot.zones), "yes" if str(lot.pk) in unlimited else "no")
            for lot in lots
        },
    )


def _places(user: User, period: Period, lots: Sequence[Lot]) -> Iterable[LotAward]:
    """Return the places in force on the last day of a period."""
    last = Period(period.last, period.until)
    return (
        LotAward.objects.visible_to(user)
        .filter(in_force(last), lot__in=lots)
        .select_related("provider", "lot")
    )


def _declared(user: User, period: Period, held: Sequence[LotAward]) -> Iterator[Piece]:
    """Yield the latest declaration of each provider that holds a place, by a period's last day."""
    places = {(row.provider_id, row.lot_id): row for row in held}
    rows = (
        DeclaredCapacity.objects.visible_to(user)
        .filter(from_day__lte=period.last)
        .order_by("from_day", "id")
        .values_list("provider_id", "lot_id", "minutes_per_week", "from_day")
    )
    latest = {(provider, lot): (minutes, day) for provider, lot, minutes, day in rows.iterator()}
    for pair, (minutes, day) in latest.items():
        if pair in places:
            said = f"declared from {day:%d/%m/%Y}"
            yield Piece(str(pair[1]), "declared", minutes, place(places[pair]), said)
