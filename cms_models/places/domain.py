"""Which zone, urban or rural, and whether a zone map is whole."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from cms_models.places.faults import ZoneFault, crossing, find_faults, orphans
from cms_models.places.geometry import mended
from optimiser.travel.crowfly import METRES_PER_MILE, great_circle_metres, within_metres

POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")


class BadPlace(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised for a postcode or boundary that cannot be understood; the text names the way out."""


def tidy_postcode(text: str) -> str:
    """Return a postcode in its usual form, `HR4 9AA`; BadPlace when it is none."""
    match = POSTCODE.fullmatch(re.sub(r"\s", "", text).upper())
    if match is None:
        raise BadPlace(f"“{text.strip()}” is not a postcode; one looks like HR4 9AA.")
    return f"{match[1]} {match[2]}"


def postcode_district(postcode: str) -> str:
    """Return the part before the space: all a provider sees before award."""
    return postcode.split(" ")[0]


def postcode_sector(postcode: str) -> str:
    """Return the district and the first figure after the space, such as `HR4 9`."""
    district, _, rest = postcode.partition(" ")
    return f"{district} {rest[:1]}"


@dataclass(frozen=True)
class Centre:
    """A town that makes its surroundings urban; degrees WGS84."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class AreaVerdict:
    """Urban or rural, and the nearest centre with its distance in miles, to explain it."""

    area: str
    centre: str
    miles: float

    def sentence(self, *, radius_miles: float) -> str:
        """Return the verdict as people read it."""
        if not self.centre:
            return "rural: the council has no urban centres"
        where = "within" if self.area == "urban" else "outside"
        return f"{self.area}: {self.miles:.2f} miles from {self.centre}, {where} {radius_miles:g}"


def urban_or_rural(
    *, latitude: float, longitude: float, centres: Sequence[Centre], radius_miles: float
) -> AreaVerdict:
    """Judge a point by great-circle distance to the nearest centre; exactly on the line is urban.

    Source: S4, urban rate within 4 miles of Hereford or a market town ("outside" is rural).
    """
    if not centres:
        return AreaVerdict("rural", "", float("inf"))
    metres, centre = min(
        (
            float(great_circle_metres(latitude, longitude, centre.latitude, centre.longitude)),
            centre.name,
        )
        for centre in centres
    )
    urban = bool(within_metres(metres, radius_miles * METRES_PER_MILE))
    return AreaVerdict("urban" if urban else "rural", centre, metres / METRES_PER_MILE)


def boundary_from_geojson(geometry: Mapping[str, Any] | None, *, name: str) -> BaseGeometry:
    """Return a zone's polygon from a GeoJSON geometry; BadPlace says what is wrong with it."""
    shape = drawn_shape(geometry, name=name)
    fault = crossing(name, shape)
    if fault:
        raise BadPlace(f"{fault.sentence}: move a corner there, then save it again.")
    return shape


def drawn_shape(geometry: Mapping[str, Any] | None, *, name: str) -> BaseGeometry:
    """Return a polygon as drawn, which may still cross itself; BadPlace when it is none."""
    try:
        shape = shapely.geometry.shape(geometry)
    except Exception as broken:
        raise BadPlace(f"Zone {name}: the boundary is not a GeoJSON geometry.") from broken
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise BadPlace(f"Zone {name}: a Polygon or MultiPolygon is needed, not {shape.geom_type}.")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise BadPlace(f"Zone {name}: coordinates must be longitude, latitude in degrees (WGS84).")
    return shape


class ZoneIndex:
    """The zones of one map, ready to be asked where points lie.

    Zones of a draft may have faults: one that crosses itself is asked as the areas it encloses, one
    without a readable boundary encloses nothing. `faults` names them.
    """

    def __init__(self, boundaries: Mapping[str, BaseGeometry]) -> None:
        self.codes = sorted(boundaries)
        self.drawn = dict(boundaries)
        self.shapes = [mended(boundaries[code]) for code in self.codes]
        shapely.prepare(self.shapes)

    @classmethod
    def from_geojson(cls, geometries: Mapping[str, Mapping[str, Any]]) -> Self:
        """Build from zone code → GeoJSON geometry; whatever is stored gives an index."""
        return cls({code: _readable(shape, code) for code, shape in geometries.items()})

    def zone_of(self, *, latitude: float, longitude: float) -> str | None:
        """Return the code of the zone that covers a point, or None.

        A point on a shared edge belongs to the first zone by code, so the answer is always one.
        """
        return self.zones_of([latitude], [longitude])[0]

    def zones_of(self, latitudes: Sequence[float], longitudes: Sequence[float]) -> list[str | None]:
        """Return the zone of each of many points, as `zone_of` would."""
        places = self.places_of(latitudes, longitudes)
        names: list[str | None] = [*self.codes, None]
        return [names[place] for place in places.tolist()]

    def places_of(
        self, latitudes: Sequence[float], longitudes: Sequence[float]
    ) -> NDArray[np.int64]:
        """Return for each point the place of its zone in `codes`, -1 outside every zone."""
        y, x = np.asarray(latitudes, dtype=float), np.asarray(longitudes, dtype=float)
        found = np.full(len(x), -1, dtype=np.int64)
        for place in reversed(range(len(self.codes))):
            west, south, east, north = self.shapes[place].bounds
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            found[near[shapely.intersects_xy(self.shapes[place], x[near], y[near])]] = place
        return found

    def faults(self, *, points: Mapping[str, tuple[float, float]]) -> list[ZoneFault]:
        """Return every crossing, overlap, gap and orphan; `points` is postcode → (lat, lon)."""
        crossed = [crossing(code, self.drawn[code]) for code in self.codes]
        areas = find_faults(dict(zip(self.codes, self.shapes, strict=True)))
        return [*(fault for fault in crossed if fault), *areas, *self._orphans(points)]

    def _orphans(self, points: Mapping[str, tuple[float, float]]) -> list[ZoneFault]:
        names = list(points)
        zones = self.zones_of(
            [points[name][0] for name in names], [points[name][1] for name in names]
        )
        return orphans(
            (name, (points[name][1], points[name][0]))
            for name, zone in zip(names, zones, strict=True)
            if zone is None
        )


def _readable(geometry: Mapping[str, Any], code: str) -> BaseGeometry:
    try:
        return drawn_shape(geometry, name=code)
    except BadPlace:
        return shapely.Polygon()
