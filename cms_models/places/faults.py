"""What stands in the way of a zone map: gaps, overlaps, self-crossings and orphan postcodes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from cms_models.places.geometry import (
    METRES_PER_DEGREE,
    Position,
    area_words,
    as_geojson,
    place_words,
    polygonal,
    square_metres,
)

SLIVER_SQUARE_METRES = 1.0
SLIT_METRES = 25.0
# A notch in the council's own border is open to the outside by more than this part of its outline.
MOUTH_SHARE_MOST = 0.1
REASON = re.compile(r"(?P<why>[^\[]*)\[(?P<x>[-\d.e+]+) (?P<y>[-\d.e+]+)\]")
# Why GEOS calls a shape invalid, in our words.
REASONS = {
    "Hole lies outside shell": "has a hole outside its own edge",
    "Holes are nested": "has a hole within a hole",
    "Nested holes": "has a hole within a hole",
    "Nested shells": "has one part inside another",
    "Interior is disconnected": "falls apart where its edges touch",
    "Too few points in geometry component": "has a part without area",
}


@dataclass(frozen=True)
class ZoneFault:
    """A gap, an overlap, a self-crossing or an orphan; the place as GeoJSON for a map to show it.

    `kind` is gap, overlap, crossing or orphan; `zones` are the codes it concerns.
    """

    kind: str
    sentence: str
    square_metres: float
    where: Mapping[str, Any]
    zones: tuple[str, ...] = ()

    def is_on(self, ground: BaseGeometry) -> bool:
        """Return whether a fault concerns some ground: all do, but for gaps that lie off it."""
        if self.kind != "gap":
            return True
        both = polygonal(shapely.geometry.shape(self.where).intersection(ground))
        return square_metres(both) > SLIVER_SQUARE_METRES


def find_faults(shapes: Mapping[str, BaseGeometry]) -> list[ZoneFault]:
    """Return every overlap of and gap between valid shapes by zone code."""
    codes = sorted(code for code, shape in shapes.items() if not shape.is_empty)
    found = [shapes[code] for code in codes]
    tree = shapely.STRtree(found)
    return [*_overlaps(codes, found, tree), *_gaps(codes, found, tree)]


def _overlaps(
    codes: Sequence[str], shapes: Sequence[BaseGeometry], tree: shapely.STRtree
) -> Iterator[ZoneFault]:
    if shapely.coverage_is_valid(shapes):
        return
    for first, second in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if first >= second:
            continue
        both = polygonal(shapes[first].intersection(shapes[second]))
        area = square_metres(both)
        if area > SLIVER_SQUARE_METRES:
            names = codes[first], codes[second]
            words = f"Zones {names[0]} and {names[1]} overlap by {area_words(area)}"
            yield ZoneFault("overlap", words, area, as_geojson(both), names)


def _gaps(
    codes: Sequence[str], shapes: Sequence[BaseGeometry], tree: shapely.STRtree
) -> Iterator[ZoneFault]:
    slit = SLIT_METRES / METRES_PER_DEGREE
    union = shapely.union_all(shapes)
    holes = _holes(union)
    slits = [part for part in _slits(shapes, union, holes, slit) if _borders_two(tree, part, slit)]
    for gap in [*holes, *slits]:
        area = square_metres(gap)
        if area > SLIVER_SQUARE_METRES:
            beside = tuple(codes[place] for place in sorted(_near(tree, gap, slit)))
            words = f"There is a gap of {area_words(area)} beside {' and '.join(beside)}"
            yield ZoneFault("gap", words, area, as_geojson(gap), beside)


def _near(tree: shapely.STRtree, shape: BaseGeometry, slit: float) -> list[int]:
    found: list[int] = tree.query(shape, predicate="dwithin", distance=slit / 100).tolist()
    return found


def _borders_two(tree: shapely.STRtree, part: BaseGeometry, slit: float) -> bool:
    return len(_near(tree, part, slit)) > 1


def _holes(union: BaseGeometry) -> list[BaseGeometry]:
    return [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]


def _slits(
    shapes: Sequence[BaseGeometry], union: BaseGeometry, holes: Sequence[BaseGeometry], slit: float
) -> Iterator[BaseGeometry]:
    """Yield narrow gaps that open to the outside, but no notch in the outer border.

    A division without two edges near each other but apart has none, which is quickly seen.
    """
    edges = shapely.coverage_invalid_edges(shapes, gap_width=2 * slit)
    if shapely.is_empty(edges).all():
        return
    # Corners in a straight line say nothing here and make the closing slow.
    plain = shapely.simplify(union, slit / 1000)
    closed = plain.buffer(slit, join_style="mitre").buffer(-slit, join_style="mitre")
    enclosed = shapely.union_all(holes)
    outline = plain.boundary
    for part in shapely.get_parts(polygonal(closed.difference(plain))):
        if part.is_empty or enclosed.intersects(part.representative_point()):
            continue
        beside = shapely.clip_by_rect(outline, *part.buffer(slit).bounds)
        mouth = part.boundary.difference(beside.buffer(slit / 1000)).length
        if mouth <= MOUTH_SHARE_MOST * part.length:
            yield part


def crossing(code: str, shape: BaseGeometry, *, called: str = "Zone") -> ZoneFault | None:
    """Return where a zone crosses itself (or is no area otherwise), None when it does not.

    `called` is what the sentence calls it where it is no zone, such as a ward.
    """
    if shape.is_valid and not shape.is_empty:
        return None
    places, why = _crossings(shape)
    if not places:
        words = f"{called} {code} has no boundary that can be read"
        return ZoneFault("crossing", words, 0.0, as_geojson(shapely.MultiPoint([])), (code,))
    more = f" and at {len(places) - 1} more" if len(places) > 1 else ""
    more += " places" if len(places) > 2 else " place" if more else ""
    words = f"{called} {code} {why} at {place_words(places[0])}{more}"
    return ZoneFault("crossing", words, 0.0, as_geojson(shapely.MultiPoint(places)), (code,))


def _crossings(shape: BaseGeometry) -> tuple[list[Position], str]:
    """Return the places where a shape is invalid, and what is wrong there."""
    if shape.is_empty:
        return [], ""
    match = REASON.match(shapely.is_valid_reason(shape))
    if match is None:
        return [], ""
    first = (float(match["x"]), float(match["y"]))
    why = REASONS.get(match["why"].strip())
    if why:
        return [first], why
    lines = shapely.get_parts(shapely.union_all(shape.boundary))
    meets = Counter(corner for line in lines for corner in (line.coords[0], line.coords[-1]))
    places = sorted(corner for corner, lines_there in meets.items() if lines_there > 2)
    return ([(x, y) for x, y in places] or [first]), "crosses itself"


def orphans(places: Iterable[tuple[str, Position]]) -> list[ZoneFault]:
    """Return a fault for each postcode (with its longitude, latitude) that lies in no zone."""
    return [
        ZoneFault(
            "orphan",
            f"Postcode {postcode} lies in no zone",
            0.0,
            {"type": "Point", "coordinates": [longitude, latitude]},
        )
        for postcode, (longitude, latitude) in places
    ]
