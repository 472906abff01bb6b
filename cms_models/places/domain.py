"""Which zone, urban or rural, and whether a zone map is whole."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import shapely
from shapely.geometry.base import BaseGeometry

from optimiser.travel.crowfly import METRES_PER_MILE, great_circle_metres, within_metres

# Metres in a degree of latitude on the sphere of RT/ZN-01 (R = 6,371,008.8 m).
METRES_PER_DEGREE = 6_371_008.8 * math.pi / 180
SLIVER_SQUARE_METRES = 1.0
SLIT_METRES = 25.0
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
    try:
        shape = shapely.geometry.shape(geometry)
    except Exception as broken:
        raise BadPlace(f"Zone {name}: the boundary is not a GeoJSON geometry.") from broken
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise BadPlace(f"Zone {name}: a Polygon or MultiPolygon is needed, not {shape.geom_type}.")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise BadPlace(f"Zone {name}: coordinates must be longitude, latitude in degrees (WGS84).")
    if not shape.is_valid:
        raise BadPlace(f"Zone {name}: {shapely.is_valid_reason(shape)}.")
    return shape


@dataclass(frozen=True)
class ZoneFault:
    """A gap, an overlap or an orphan postcode; the place as GeoJSON so that a map can show it."""

    kind: str
    sentence: str
    square_metres: float
    where: Mapping[str, Any]


class ZoneIndex:
    """The zones of one map, ready to be asked where a point lies."""

    def __init__(self, boundaries: Mapping[str, BaseGeometry]) -> None:
        self.codes = sorted(boundaries)
        self.shapes = [boundaries[code] for code in self.codes]
        self._tree = shapely.STRtree(self.shapes)

    @classmethod
    def from_geojson(cls, geometries: Mapping[str, Mapping[str, Any]]) -> Self:
        """Build from zone code → GeoJSON geometry; BadPlace names the zone that is wrong."""
        return cls(
            {code: boundary_from_geojson(shape, name=code) for code, shape in geometries.items()}
        )

    def zone_of(self, *, latitude: float, longitude: float) -> str | None:
        """Return the code of the zone that covers a point, or None.

        A point on a shared edge belongs to the first zone by code, so the answer is always one.
        """
        point = shapely.Point(longitude, latitude)
        hits = self._tree.query(point, predicate="covered_by")
        return self.codes[min(hits)] if len(hits) else None

    def faults(self, *, points: Mapping[str, tuple[float, float]]) -> list[ZoneFault]:
        """Return every overlap, gap and orphan; `points` is postcode → (latitude, longitude)."""
        return [*self._overlaps(), *self._gaps(), *self._orphans(points)]

    def _overlaps(self) -> Iterable[ZoneFault]:
        left, right = self._tree.query(self.shapes, predicate="intersects")
        for first, second in zip(left, right, strict=True):
            if first >= second:
                continue
            shared = self.shapes[first].intersection(self.shapes[second])
            area = square_metres(shared)
            if area > SLIVER_SQUARE_METRES:
                names = f"{self.codes[first]} and {self.codes[second]}"
                yield _fault("overlap", f"Zones {names} overlap by {area_words(area)}", shared)

    def _gaps(self) -> Iterable[ZoneFault]:
        union = shapely.union_all(self.shapes)
        slit = SLIT_METRES / METRES_PER_DEGREE
        closed = union.buffer(slit, join_style="mitre").buffer(-slit, join_style="mitre")
        holes = [
            shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors
        ]
        slits = [
            part
            for part in shapely.get_parts(closed.difference(union))
            if not any(hole.buffer(slit).covers(part) for hole in holes)
            and len(self._zones_near(part, degrees=slit / 100)) > 1
        ]
        for gap in [*holes, *slits]:
            area = square_metres(gap)
            if area > SLIVER_SQUARE_METRES:
                beside = " and ".join(self._zones_near(gap, degrees=slit))
                yield _fault("gap", f"There is a gap of {area_words(area)} beside {beside}", gap)

    def _zones_near(self, shape: BaseGeometry, *, degrees: float) -> list[str]:
        near = self._tree.query(shape, predicate="dwithin", distance=degrees)
        return [self.codes[position] for position in sorted(near)]

    def _orphans(self, points: Mapping[str, tuple[float, float]]) -> Iterable[ZoneFault]:
        if not points:
            return
        names = list(points)
        where = shapely.points([(points[name][1], points[name][0]) for name in names])
        inside, _ = self._tree.query(where, predicate="covered_by")
        for position in sorted(set(range(len(names))) - {int(i) for i in inside}):
            yield _fault("orphan", f"Postcode {names[position]} lies in no zone", where[position])


def _fault(kind: str, sentence: str, shape: BaseGeometry) -> ZoneFault:
    return ZoneFault(kind, sentence, square_metres(shape), shapely.geometry.mapping(shape))


def square_metres(shape: BaseGeometry) -> float:
    """Return the area of a shape in degrees, in square metres of its own latitude."""
    if shape.is_empty:
        return 0.0
    shrink = math.cos(math.radians(shape.centroid.y))
    return float(shape.area * METRES_PER_DEGREE**2 * shrink)


def area_words(area_square_metres: float) -> str:
    """Return an area as people read it: m² below a hectare, km² above."""
    if area_square_metres < 10_000:
        return f"{area_square_metres:,.0f} m²"
    return f"{area_square_metres / 1_000_000:,.2f} km²"
