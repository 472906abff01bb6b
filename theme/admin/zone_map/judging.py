"""What a drawing does: faults, hours and viability by zone, balance of lots, and what moves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from cms_models.accounts.models import User
from cms_models.care.selectors import Load, PackageSpot, load_of, running_spots
from cms_models.fields.selectors import rule_values
from cms_models.market.domain import LotTerms, lot_for
from cms_models.market.models import Lot
from cms_models.market.selectors import awards_of, lots_in_force
from cms_models.places.domain import ZoneIndex
from cms_models.places.drawing import DrawnZone
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import index_of, zone_map_in_force
from cms_models.rates.domain import pounds
from theme.admin.zone_map.tables import LotRow, ZoneRow, lot_rows, offers_of, week_words, zone_rows

NOWHERE = "no zone"


@dataclass(frozen=True)
class Move:
    """What goes from one zone to another when a drawing comes into force."""

    from_zone: str
    to_zone: str
    load: Load

    @property
    def weekly_hours(self) -> str:
        """The week's hours in words."""
        return week_words(self.load.weekly_minutes)

    @property
    def weekly_pounds(self) -> str:
        """The week's price."""
        return pounds(self.load.weekly_pence)


@dataclass(frozen=True)
class LotBalance:
    """A lot under the drawing, beside its share under the map in force."""

    row: LotRow
    share_before: str


@dataclass(frozen=True)
class Judgement:
    """Everything the tables beside a drawing say."""

    rows: list[ZoneRow]
    outside: Load
    total: Load
    moves: list[Move]
    moving: Load
    lots: list[LotBalance]
    in_no_lot: Load
    in_no_lot_before: Load
    in_force: ZoneMap | None
    floor_hours: Decimal

    @property
    def total_hours(self) -> str:
        """The week's hours of all zones, in words."""
        return week_words(self.total.weekly_minutes)

    @property
    def total_pounds(self) -> str:
        """The week's price of all zones."""
        return pounds(self.total.weekly_pence)

    @property
    def moving_hours(self) -> str:
        """The week's hours that change zone, in words."""
        return week_words(self.moving.weekly_minutes)

    @property
    def moving_pounds(self) -> str:
        """The week's price of what changes zone."""
        return pounds(self.moving.weekly_pence)

    @property
    def below_floor(self) -> tuple[int, ...]:
        """How many zones are below the floor with one, two and three providers."""
        return tuple(
            sum(not each.viable for each in column)
            for column in zip(*(row.viabilities for row in self.rows), strict=True)
        )


def judge(
    user: User, zones: Sequence[DrawnZone], *, zone_map: ZoneMap, pathway: str, on: date
) -> Judgement:
    """Return what a drawing of `zone_map` does to one pathway (empty: all) on a day.

    "Before" is the map in force on the day; without one every package comes from no zone.
    """
    authority = zone_map.authority
    in_force = zone_map_in_force(authority, on=on)
    found = running_spots(user, zone_map=in_force or zone_map, on=on)
    counted = [spot for spot in found if pathway in (spot.pathway, "")]
    before = counted if in_force else [replace(spot, zone=None) for spot in counted]
    lots = lots_in_force(authority, on=on)
    after = placed(counted, index=index_of(zones), lots=[terms_of(lot) for lot in lots])
    offers = offers_of(lots, awards_of(lots), on=on)
    floor = Decimal(str(rule_values(authority)["market.viability_floor_hours"]))
    moves = moves_of(before, after)
    return Judgement(
        rows=zone_rows(zones, after, offers, pathway=pathway, floor_hours=floor),
        outside=load_of(spot for spot in after if spot.zone is None),
        total=load_of(after),
        moves=moves,
        moving=load_of(now for was, now in zip(before, after, strict=True) if was.zone != now.zone),
        lots=_balance(
            lot_rows(before, offers, pathway=pathway), lot_rows(after, offers, pathway=pathway)
        ),
        in_no_lot=load_of(spot for spot in after if spot.lot is None),
        in_no_lot_before=load_of(spot for spot in before if spot.lot is None),
        in_force=in_force,
        floor_hours=floor,
    )


def terms_of(lot: Lot) -> LotTerms:
    """Return a lot as the rules see it."""
    return LotTerms(lot.code, lot.name, frozenset(lot.pathways), frozenset(lot.zones))


def placed(
    spots: Sequence[PackageSpot], *, index: ZoneIndex, lots: Sequence[LotTerms]
) -> list[PackageSpot]:
    """Return packages with the zone of a drawing they fall in, and the lot of that zone."""
    zones = index.zones_of([spot.latitude for spot in spots], [spot.longitude for spot in spots])
    lot_codes: dict[tuple[str, str | None], str | None] = {}
    for spot, zone in zip(spots, zones, strict=True):
        if (spot.pathway, zone) not in lot_codes:
            lot = lot_for(lots, pathway=spot.pathway, zone=zone) if zone else None
            lot_codes[spot.pathway, zone] = lot.code if lot else None
    return [
        replace(spot, zone=zone, lot=lot_codes[spot.pathway, zone])
        for spot, zone in zip(spots, zones, strict=True)
    ]


def moves_of(before: Sequence[PackageSpot], after: Sequence[PackageSpot]) -> list[Move]:
    """Return what changes zone, most hours first; `before` and `after` are in one order."""
    moved: dict[tuple[str, str], list[PackageSpot]] = defaultdict(list)
    for was, now in zip(before, after, strict=True):
        if was.zone != now.zone:
            moved[was.zone or NOWHERE, now.zone or NOWHERE].append(now)
    found = [Move(*way, load_of(spots)) for way, spots in moved.items()]
    return sorted(found, key=lambda one: (-one.load.weekly_minutes, one.from_zone, one.to_zone))


def _balance(before: Sequence[LotRow], after: Sequence[LotRow]) -> list[LotBalance]:
    shares: Mapping[str, str] = {row.offer.lot.code: row.share_percent for row in before}
    return [LotBalance(row, shares.get(row.offer.lot.code, "–")) for row in after]
