"""An area drawn over zones: a new zone of it, or ground that one zone gets from the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from cms_models.places.domain import BadPlace
from cms_models.places.drawing import DrawnZone, read_zone, with_codes_once, with_shared_edges
from cms_models.places.faults import crossing
from cms_models.places.geojson import checked_geometry
from cms_models.places.geometry import (
    DECIMALS,
    METRES_PER_DEGREE,
    joined,
    mended,
    polygonal,
    rounded,
)

# Ground narrower than this is a slip of the mouse beside an edge, not ground.
SCRAP_METRES = 1.0


@dataclass(frozen=True)
class DrawnArea:
    """A ring of [longitude, latitude] corners drawn over a map, and the zone it is for."""

    corners: Sequence[Sequence[float]]
    code: str
    name: str = ""

    @property
    def shape(self) -> BaseGeometry:
        """The area; BadPlace when it is none or crosses itself."""
        ring = [list(corner) for corner in self.corners]
        checked = checked_geometry({"type": "Polygon", "coordinates": [ring]}, "The area you drew")
        shape = shapely.geometry.shape(checked)
        fault = crossing(self.code, shape)
        if fault:
            where = fault.sentence.partition(" at ")[2]
            raise BadPlace(f"The area you drew crosses itself at {where}: draw it without loops.")
        return rounded(shape)


def new_zone(zones: Sequence[DrawnZone], *, area: DrawnArea, takes_ground: bool) -> list[DrawnZone]:
    """Return the zones with one more, drawn; it takes its ground from the others, or overlaps them.

    BadPlace when its code is taken, or when nothing would be left of another zone.
    """
    shape = area.shape
    made = read_zone({"code": area.code, "name": area.name or None}, {}, number=len(zones) + 1)
    others = _carved(zones, shape) if takes_ground else list(zones)
    return with_shared_edges(with_codes_once([*others, made.with_shape(shape)]))


def given_to(zones: Sequence[DrawnZone], *, area: DrawnArea, takes_ground: bool) -> list[DrawnZone]:
    """Return the zones with an area added to one of them, taken from the others or overlapping."""
    if all(zone.code != area.code for zone in zones):
        raise BadPlace(f"There is no zone {area.code} in the drawing any more: choose another.")
    shape = area.shape
    others = _carved([zone for zone in zones if zone.code != area.code], shape)
    by_code = {zone.code: zone for zone in others} if takes_ground else {}
    return with_shared_edges(
        [
            zone.with_shape(_plain(joined([mended(zone.shape), shape])))
            if zone.code == area.code
            else by_code.get(zone.code, zone)
            for zone in zones
        ]
    )


def _carved(zones: Sequence[DrawnZone], area: BaseGeometry) -> list[DrawnZone]:
    return [_without(zone, area) for zone in zones]


def _without(zone: DrawnZone, area: BaseGeometry) -> DrawnZone:
    shape = mended(zone.shape)
    if not shape.intersects(area):
        return zone
    left = _plain(polygonal(shape.difference(area)))
    if left.is_empty:
        raise BadPlace(
            f"Nothing would be left of zone {zone.code}: merge it instead, delete it first, or "
            "draw a smaller area."
        )
    return zone.with_shape(left)


def _plain(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape to the centimetre, without the scraps that a hand leaves beside an edge."""
    scrap = SCRAP_METRES / METRES_PER_DEGREE
    whole = shapely.set_precision(shape, 10.0**-DECIMALS)
    parts = [
        shapely.Polygon(
            part.exterior,
            [ring for ring in part.interiors if _is_ground(shapely.Polygon(ring), scrap)],
        )
        for part in shapely.get_parts(polygonal(whole))
        if _is_ground(part, scrap)
    ]
    return rounded(joined(parts)) if parts else shapely.Polygon()


def _is_ground(part: shapely.Polygon, scrap: float) -> bool:
    return bool(2 * part.area > scrap * part.length)
