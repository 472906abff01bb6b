"""How long packages take to place, and how long those without a provider have waited."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from cms_models.accounts.models import User
from cms_models.brokerage.models import Release
from cms_models.brokerage.report_domain import (
    AGES,
    Column,
    Findings,
    How,
    Period,
    Piece,
    Table,
    Unit,
    age_of,
    minutes_between,
)
from cms_models.brokerage.report_rows import (
    Row,
    day_of,
    lot_key,
    lot_rows,
    lots_of,
    package,
    within,
)
from cms_models.care.models import Award, AwardSource, CarePackage, PackageStatus

NOT_PLACED_HERE = (AwardSource.IMPORTED, AwardSource.TRANSFER)
TIMES = (
    Column("placed", "Packages placed"),
    Column("median", "Median time, hours", Unit.MINUTES, How.MEDIAN, of="minutes"),
    Column("ninetieth", "Nine in ten within, hours", Unit.MINUTES, How.NINETIETH, of="minutes"),
)


@dataclass(frozen=True)
class Placed:
    """A package placed in a period: when it was first released for this award, and decided."""

    key: int
    name: str
    lot_id: int | None
    provider: str
    released_at: datetime | None
    decided_at: datetime

    @property
    def minutes(self) -> int | None:
        """How long it took; None without a release."""
        if self.released_at is None:
            return None
        return minutes_between(self.released_at, self.decided_at)


def time_to_place(user: User, period: Period, *, now: datetime) -> Findings:
    """Return how long placing took in a period by lot and month, and the ages of the unplaced."""
    lots = lots_of(user, period)
    known = {str(lot.pk) for lot in lots}
    placed = list(_placed(user, period))
    by_lot = list(_times(placed, lambda one: lot_key(one.lot_id, known)))
    by_month = list(_times(placed, lambda one: f"{day_of(one.decided_at):%Y-%m}"))
    waiting = list(_waiting(user, known, now))
    direct = sum(one.minutes is None for one in placed)
    sentences = ["The time runs from the first release to the award."]
    if direct:
        sentences.append(
            f"{direct} award{' was' if direct == 1 else 's were'} made without a release: counted "
            "among those placed, with no time to tell."
        )
    return Findings(
        tables=[
            Table(
                "lot",
                "Time to place, by lot",
                "Lot",
                lot_rows(lots, used={piece.row for piece in by_lot}),
                TIMES,
                by_lot,
                charted="median",
            ),
            Table(
                "month",
                "Time to place, by month",
                "Month of the award",
                _months({piece.row for piece in by_month}),
                TIMES,
                by_month,
                charted="median",
            ),
            Table(
                "waiting",
                "Packages that need a provider now, by age",
                "Lot",
                lot_rows(lots, used={piece.row for piece in waiting}),
                [
                    Column("all", "All"),
                    *(Column(key, title) for key, title, _ in AGES),
                    Column("unreleased", "Not released yet"),
                ],
                waiting,
                charted="all",
                note="Whole days since the first release after the last award; the period above "
                "does not count here.",
            ),
        ],
        sentences=sentences,
    )


def _months(keys: Iterable[str]) -> list[Row]:
    return [(key, f"{key[5:]}/{key[:4]}") for key in sorted(keys)]


def _times(placed: Iterable[Placed], row_of: Callable[[Placed], str]) -> Iterator[Piece]:
    for one in placed:
        row, subject = row_of(one), package(one.key, one.name)
        said = f"awarded to {one.provider} on {day_of(one.decided_at):%d/%m/%Y}"
        yield Piece(row, "placed", 1, subject, said)
        if one.minutes is not None:
            yield Piece(row, "minutes", one.minutes, subject, said)


def _releases(user: User, packages: QuerySet[Any]) -> dict[int, list[datetime]]:
    """Return the moments some packages were released at, the oldest first, in one query."""
    found: dict[int, list[datetime]] = {}
    rows = Release.objects.visible_to(user).filter(package__in=packages).order_by("released_at")
    for key, released_at in rows.values_list("package_id", "released_at").iterator():
        found.setdefault(key, []).append(released_at)
    return found


def _placed(user: User, period: Period) -> Iterator[Placed]:
    """Yield the packages placed in a period, in two queries."""
    awards = Award.objects.visible_to(user)
    chosen = awards.filter(within("decided_at", period)).order_by().values("package_id")
    released = _releases(user, chosen)
    before: dict[int, datetime] = {}
    rows = awards.filter(package__in=chosen).order_by("decided_at", "id")
    for key, name, lot_id, provider, source, decided_at in rows.values_list(
        *("package_id", "package__package_ref", "package__lot_id", "provider__name"),
        *("source", "decided_at"),
    ).iterator():
        last, before[key] = before.get(key), decided_at
        if source in NOT_PLACED_HERE or not period.holds(day_of(decided_at)):
            continue
        first = _first(released.get(key, []), after=last, until=decided_at)
        yield Placed(key, name, lot_id, provider, first, decided_at)


def _first(
    moments: Iterable[datetime], *, after: datetime | None, until: datetime
) -> datetime | None:
    fitting = (one for one in moments if one <= until and (after is None or one > after))
    return next(fitting, None)


def _waiting(user: User, known: Iterable[str], now: datetime) -> Iterator[Piece]:
    """Yield the packages that need a provider, by lot and age, in three queries."""
    waiting = CarePackage.objects.visible_to(user).filter(status=PackageStatus.REFERRED)
    released = _releases(user, waiting.order_by().values("pk"))
    awards = Award.objects.visible_to(user).filter(package__in=waiting.order_by().values("pk"))
    last: dict[int, datetime] = {}
    for key, decided_at in awards.order_by("decided_at").values_list("package_id", "decided_at"):
        last[key] = decided_at
    for key, name, lot_id in waiting.order_by("package_ref").values_list(
        "pk", "package_ref", "lot_id"
    ):
        first = _first(released.get(key, []), after=last.get(key), until=now)
        row, subject = lot_key(lot_id, known), package(key, name)
        said = "not released yet" if first is None else f"released on {day_of(first):%d/%m/%Y}"
        band = "unreleased" if first is None else age_of((now - first).days)
        yield Piece(row, "all", 1, subject, said)
        yield Piece(row, band, 1, subject, said)
