"""The tables beside the map: what each zone and lot holds, who is offered its work, viability."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import shapely

from cms_models.care.selectors import Load, PackageSpot, load_of
from cms_models.market.domain import Tier, cascade_words
from cms_models.market.models import Lot, LotAward
from cms_models.places.drawing import DrawnZone
from cms_models.places.geometry import area_words, mended, square_metres
from cms_models.places.models import Zone
from cms_models.rates.domain import pounds
from cms_models.rates.tables import Viability, viability

PROVIDERS_TRIED = (1, 2, 3)


def week_words(minutes: int) -> str:
    """Return weekly minutes as hours with thousands marked: `1,682 h`, `1,682 h 30`."""
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h {rest:02d}" if rest else f"{hours:,} h"


@dataclass(frozen=True)
class Place:
    """A provider's place in a lot, in words."""

    provider: str
    tier: str
    capacity: str


@dataclass(frozen=True)
class LotOffer:
    """How a lot offers work: cascade words and its providers in order."""

    lot: Lot
    cascade: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class ZoneRow:
    """A zone of the table; `viabilities` for one, two and three equal providers."""

    zone: Zone | DrawnZone
    load: Load
    lots: tuple[LotOffer, ...]
    viabilities: tuple[Viability, ...]

    @property
    def weekly_hours(self) -> str:
        """The week's hours in words."""
        return week_words(self.load.weekly_minutes)

    @property
    def weekly_pounds(self) -> str:
        """The week's price."""
        return pounds(self.load.weekly_pence)


@dataclass(frozen=True)
class LotRow:
    """A lot of the table, with its share of the pathway's hours."""

    offer: LotOffer
    load: Load
    share_percent: str

    @property
    def weekly_hours(self) -> str:
        """The week's hours in words."""
        return week_words(self.load.weekly_minutes)

    @property
    def weekly_pounds(self) -> str:
        """The week's price."""
        return pounds(self.load.weekly_pence)


def offers_of(lots: Sequence[Lot], awards: Iterable[LotAward], *, on: date) -> list[LotOffer]:
    """Return how each lot offers work on a day; a lot without a lead says so (PR-07)."""
    by_lot: dict[int, list[LotAward]] = {lot.pk: [] for lot in lots}
    for row in awards:
        by_lot[row.lot_id].append(row)
    return [
        LotOffer(
            lot=lot,
            cascade=cascade_words([row.terms for row in by_lot[lot.pk]], on=on),
            places=tuple(_place(row) for row in by_lot[lot.pk] if row.terms.in_force(on)),
        )
        for lot in lots
    ]


def _place(row: LotAward) -> Place:
    minutes = row.capacity_minutes_per_week
    room = "no limit agreed" if minutes is None else f"{week_words(minutes)} a week"
    return Place(row.provider.name, Tier(row.tier).words, room)


def zone_rows(
    zones: Iterable[Zone | DrawnZone],
    spots: Sequence[PackageSpot],
    offers: Sequence[LotOffer],
    *,
    pathway: str,
    floor_hours: Decimal,
) -> list[ZoneRow]:
    """Return one row a zone for a pathway (empty: all pathways)."""
    return [
        ZoneRow(
            zone=zone,
            load=(held := load_of(spot for spot in spots if spot.zone == zone.code)),
            lots=tuple(
                offer
                for offer in offers
                if zone.code in offer.lot.zones and pathway in (*offer.lot.pathways, "")
            ),
            viabilities=tuple(
                viability(
                    zone=zone.name,
                    weekly_hours=held.weekly_hours,
                    providers=providers,
                    floor_hours=floor_hours,
                )
                for providers in PROVIDERS_TRIED
            ),
        )
        for zone in zones
    ]


def lot_rows(
    spots: Sequence[PackageSpot], offers: Sequence[LotOffer], *, pathway: str
) -> list[LotRow]:
    """Return one row a lot of a pathway; packages are counted in the lot they resolved to."""
    shown = [offer for offer in offers if pathway in (*offer.lot.pathways, "")]
    loads = [load_of(spot for spot in spots if spot.lot == offer.lot.code) for offer in shown]
    total = sum(load.weekly_minutes for load in loads)
    return [
        LotRow(offer, load, f"{100 * load.weekly_minutes / total:.2f} %" if total else "–")
        for offer, load in zip(shown, loads, strict=True)
    ]


@dataclass(frozen=True)
class Difference:
    """A zone in somebody else's version and in one's own, in words; empty where it is not."""

    code: str
    theirs: str
    mine: str


def differences(theirs: Sequence[DrawnZone], mine: Sequence[DrawnZone]) -> list[Difference]:
    """Return the zones that differ between two versions of a drawing, by code."""
    one = {zone.code: zone for zone in theirs}
    other = {zone.code: zone for zone in mine}
    return [
        Difference(code, _drawn_words(one.get(code)), _drawn_words(other.get(code)))
        for code in sorted({*one, *other})
        if one.get(code) != other.get(code)
    ]


def _drawn_words(zone: DrawnZone | None) -> str:
    if zone is None:
        return "not there"
    shape = mended(zone.shape)
    points = shapely.get_num_coordinates(zone.shape) - 1
    name = "" if zone.name == zone.code else f"{zone.name}, "
    return f"{name}{area_words(square_metres(shape))}, {points} points"
