"""Who moves from zone to zone when one division replaces another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cms_models.accounts.models import User
from cms_models.care.selectors import Load, PackageSpot, load_of, running_spots, spots_in
from cms_models.places.drawing import DrawnZone
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import index_of

# A map on file, or a drawing that nobody saved yet.
Zones = ZoneMap | Sequence[DrawnZone]


@dataclass(frozen=True)
class Move:
    """What goes from one zone to another; an empty code stands for no zone.

    A person with two packages is counted once in each move. `unpriced` packages add no pence.
    """

    from_zone: str
    to_zone: str
    people: int
    packages: int
    weekly_minutes: int
    weekly_pence: int
    unpriced: int


def moves_between(*, user: User, before: Zones, after: Zones, on: date) -> list[Move]:
    """Return what a user's running packages do when one division replaces another.

    Only packages whose zone changes are in it, the most minutes first.
    """
    return moves(zoned_spots(user, zones=before, on=on), zoned_spots(user, zones=after, on=on))


def zoned_spots(user: User, *, zones: Zones, on: date) -> list[PackageSpot]:
    """Return the running packages with their zone in a map or a drawing."""
    if isinstance(zones, ZoneMap):
        return running_spots(user, zone_map=zones, on=on)
    return spots_in(user, index=index_of(zones), on=on)


def moves(before: Iterable[PackageSpot], after: Iterable[PackageSpot]) -> list[Move]:
    """Return what moves between two readings of the same packages."""
    was = {spot.package_id: spot.zone or "" for spot in before}
    moving: dict[tuple[str, str], list[PackageSpot]] = defaultdict(list)
    for spot in after:
        came, goes = was.get(spot.package_id), spot.zone or ""
        if came is not None and came != goes:
            moving[came, goes].append(spot)
    found = [_move(came, goes, load_of(spots)) for (came, goes), spots in moving.items()]
    return sorted(found, key=lambda one: (-one.weekly_minutes, one.from_zone, one.to_zone))


def _move(came: str, goes: str, load: Load) -> Move:
    return Move(
        from_zone=came,
        to_zone=goes,
        people=load.people,
        packages=load.packages,
        weekly_minutes=load.weekly_minutes,
        weekly_pence=load.weekly_pence,
        unpriced=load.unpriced,
    )
