"""A drawing of zones and what is done to it: split, merge, snap, move a shared corner.

Every act takes the zones of a drawing and returns them anew, so that an editor can undo it. Zones
beside each other keep the same corners on both sides, so that moving one moves the edge of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from cms_models.places.domain import BadPlace
from cms_models.places.edges import SHARED_METRES, Rings, shared
from cms_models.places.faults import ZoneFault, find_faults
from cms_models.places.geojson import DRAWING, Limits, features_of, plain_words
from cms_models.places.geometry import (
    METRES_PER_DEGREE,
    Position,
    as_geojson,
    joined,
    mended,
    polygonal,
    rounded,
    width_metres,
)

ZONES_MOST = 500
CODE_LONGEST = 30
NAME_LONGEST = 80
# Corners this near in degrees are the same corner: a tenth of a millimetre.
SAME_DEGREES = 1e-9
SNAP_METRES = 10.0
# How far a splitting line is drawn on at both ends: it may end on the very edge of its zone.
LINE_ON_METRES = 1.0


@dataclass(frozen=True)
class DrawnZone:
    """A zone of a drawing; `boundary` is a GeoJSON Polygon or MultiPolygon, WGS84."""

    code: str
    name: str
    boundary: Mapping[str, Any]

    @property
    def shape(self) -> BaseGeometry:
        """The boundary as a shape, which may cross itself."""
        return shapely.geometry.shape(self.boundary)

    def with_shape(self, shape: BaseGeometry) -> "DrawnZone":
        """Return the zone with another boundary."""
        return replace(self, boundary=as_geojson(shape))


def read_drawing(collection: Any, *, limits: Limits = DRAWING) -> list[DrawnZone]:
    """Return the zones of a GeoJSON FeatureCollection with `code` and (optional) `name`.

    A boundary may cross itself (a fault of a draft); everything else that could not be kept, shown
    or measured is refused with BadPlace.
    """
    zones = [
        read_zone(feature.properties, feature.geometry, number=feature.number)
        for feature in features_of(collection, limits=limits)
    ]
    return with_codes_once(zones)


def read_zone(
    properties: Mapping[str, Any], geometry: Mapping[str, Any], *, number: int
) -> DrawnZone:
    """Return a zone from a feature's properties and checked geometry."""
    code = plain_words(properties.get("code", ""), what=f"The code of area {number}", longest=30)
    if not code:
        raise BadPlace(f"Area {number} has no “code”: give every zone one, such as A.")
    name = properties.get("name")
    words = plain_words(code if name is None else name, what=f"The name of zone {code}", longest=80)
    return DrawnZone(code, words or code, dict(geometry))


def with_codes_once(zones: Sequence[DrawnZone]) -> list[DrawnZone]:
    """Return the zones; BadPlace when there are too many or two have one code."""
    if len(zones) > ZONES_MOST:
        raise BadPlace(f"There are {len(zones):,} zones; a map has at most {ZONES_MOST}.")
    seen: set[str] = set()
    for zone in zones:
        if zone.code in seen:
            raise BadPlace(f"Two zones are called {zone.code}: give each a code of its own.")
        seen.add(zone.code)
    return list(zones)


def as_collection(zones: Sequence[DrawnZone]) -> dict[str, Any]:
    """Return a drawing as a GeoJSON FeatureCollection, which `read_drawing` reads again."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": zone.code, "name": zone.name},
                "geometry": dict(zone.boundary),
            }
            for zone in zones
        ],
    }


def with_shared_edges(
    zones: Sequence[DrawnZone], *, metres: float = SHARED_METRES
) -> list[DrawnZone]:
    """Return the zones with the same corners on both sides of every edge two of them share.

    A corner within `metres` of a neighbour's corner becomes that corner; one on a neighbour's edge
    is put into that edge. Doing it again changes nothing.
    """
    rings = shared([Rings.of_boundary(zone.boundary) for zone in zones], metres=metres)
    return [replace(zone, boundary=one.boundary()) for zone, one in zip(zones, rings, strict=True)]


def snapped(zones: Sequence[DrawnZone], *, metres: float = SNAP_METRES) -> list[DrawnZone]:
    """Return the zones with gaps and overlaps narrower than `metres` closed, nothing else moved.

    A zone that would come to cross itself keeps its boundary. What is left of a narrow overlap
    stays with the zone first by code; a narrow gap goes to the zone it borders longest.
    """
    narrow = _narrow_faults(zones, metres=metres)
    if not narrow:
        return with_shared_edges(zones)
    reach = metres / METRES_PER_DEGREE
    near = shapely.union_all([where.buffer(reach) for _, where in narrow])
    rings = shared([Rings.of_boundary(zone.boundary) for zone in zones], metres=metres, near=near)
    drawn = [replace(zone, boundary=one.boundary()) for zone, one in zip(zones, rings, strict=True)]
    closer = [
        new if new.shape.is_valid or not old.shape.is_valid else old
        for old, new in zip(zones, drawn, strict=True)
    ]
    return with_shared_edges(_settled(closer, metres=metres))


def _narrow_faults(
    zones: Sequence[DrawnZone], *, metres: float
) -> list[tuple[ZoneFault, BaseGeometry]]:
    """Return the gaps and overlaps below a width, with their shapes."""
    faults = find_faults({zone.code: mended(zone.shape) for zone in zones})
    found = [(fault, shapely.geometry.shape(fault.where)) for fault in faults]
    return [(fault, where) for fault, where in found if width_metres(where) < metres]


def _settled(zones: Sequence[DrawnZone], *, metres: float) -> list[DrawnZone]:
    """Give what is left of each narrow overlap and gap to one zone."""
    shapes = {zone.code: mended(zone.shape) for zone in zones}
    changed = set()
    for fault, where in _narrow_faults(zones, metres=metres):
        if fault.kind == "overlap":
            code = fault.zones[-1]
            shapes[code] = polygonal(shapes[code].difference(where))
        else:
            edge = where.boundary.buffer(SAME_DEGREES)
            code = max(fault.zones, key=lambda one: shapes[one].boundary.intersection(edge).length)
            shapes[code] = joined([shapes[code], where])
        changed.add(code)
    return [
        zone.with_shape(rounded(shapes[zone.code])) if zone.code in changed else zone
        for zone in zones
    ]


def split(
    zones: Sequence[DrawnZone],
    *,
    code: str,
    line: Sequence[Sequence[float]],
    new_code: str,
    new_name: str,
) -> list[DrawnZone]:
    """Return the zones with one cut in two along a line of [longitude, latitude] points.

    The larger part keeps the code. A line that crosses a bent zone several times parts it by the
    sides of the line. BadPlace when the line does not cut the zone through.
    """
    zone = _zone(zones, code)
    _require_new(zones, new_code)
    shape = _whole_shape(zone)
    sides = _sides(_pieces(shape, _cutting_line(line, zone)), shapely.LineString(line))
    kept, cut = joined(sides[0]), joined(sides[1])
    if kept.is_empty or cut.is_empty:
        raise BadPlace(
            f"The line does not cut zone {code} in two: begin and end it outside the zone, or on "
            "its edge."
        )
    if cut.area > kept.area:
        kept, cut = cut, kept
    new = read_zone({"code": new_code, "name": new_name or None}, {}, number=len(zones) + 1)
    position = list(zones).index(zone)
    parted = [zone.with_shape(rounded(kept)), new.with_shape(rounded(cut))]
    return with_shared_edges([*zones[:position], *parted, *zones[position + 1 :]])


def _cutting_line(line: Sequence[Sequence[float]], zone: DrawnZone) -> shapely.LineString:
    if len(line) < 2 or len({tuple(point) for point in line}) < 2:
        raise BadPlace("A splitting line needs at least two different points.")
    drawn = shapely.LineString(line)
    if not drawn.is_simple:
        raise BadPlace(f"The line through zone {zone.code} crosses itself: draw it without loops.")
    first = _drawn_on(line[1], line[0])
    last = _drawn_on(line[-2], line[-1])
    return shapely.LineString([first, *line, last])


def _drawn_on(start: Sequence[float], end: Sequence[float]) -> Position:
    """Return the point a little beyond `end`, coming from `start`."""
    run = shapely.LineString([start, end]).length
    on = LINE_ON_METRES / METRES_PER_DEGREE / run if run else 0.0
    return end[0] + (end[0] - start[0]) * on, end[1] + (end[1] - start[1]) * on


def _pieces(shape: BaseGeometry, line: shapely.LineString) -> list[BaseGeometry]:
    """Return the faces a shape falls into when its edges and a line are drawn, the largest first.

    A line along an old edge leaves splinters beside it: each stays with the face it lies against.
    """
    # A line through a corner goes through that very corner, or two would lie side by side there.
    corners = shapely.multipoints(shapely.get_coordinates(shape))
    through = shapely.snap(line, corners, SHARED_METRES / METRES_PER_DEGREE)
    drawn = shapely.union_all([shape.boundary, through])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(drawn)))
    inside = [face for face in faces if shape.covers(face.representative_point())]
    inside.sort(key=lambda face: -face.area)
    pieces = [face for face in inside if width_metres(face) > SHARED_METRES]
    for splinter in inside:
        if width_metres(splinter) <= SHARED_METRES and pieces:
            beside = [piece.intersection(splinter).length for piece in pieces]
            place = beside.index(max(beside))
            pieces[place] = joined([pieces[place], splinter])
    return pieces


def _sides(
    pieces: Sequence[BaseGeometry], line: shapely.LineString
) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """Return the pieces in two heaps, so that those parted by the line lie in different ones.

    Parts the line does not reach stay in the first heap, that of the largest piece.
    """
    near = line.buffer(SAME_DEGREES)
    reached = [piece.boundary.intersection(near).length > 10 * SAME_DEGREES for piece in pieces]
    side: dict[int, int] = {}
    for start in range(len(pieces)):
        waiting = [] if start in side or not reached[start] else [start]
        side.setdefault(start, 0)
        while waiting:
            here = waiting.pop()
            for other in set(range(len(pieces))) - set(side):
                edge = pieces[here].intersection(pieces[other])
                if reached[other] and edge.length > SAME_DEGREES:
                    side[other] = 1 - side[here]
                    waiting.append(other)
    first, second = (
        [piece for place, piece in enumerate(pieces) if side[place] == one] for one in (0, 1)
    )
    return first, second


def merge(
    zones: Sequence[DrawnZone], *, codes: Sequence[str], code: str, name: str
) -> list[DrawnZone]:
    """Return the zones with some of them joined into one, in the place of the first.

    `code` is one of the joined or a new one. BadPlace when they do not lie side by side: a lot can
    hold zones apart from each other, a merged zone would hide that it has two parts.
    """
    chosen = [_zone(zones, one) for one in dict.fromkeys(codes)]
    if len(chosen) < 2:
        raise BadPlace("Choose at least two zones to merge.")
    if code not in codes:
        _require_new(zones, code)
    close = {zone.code: zone for zone in with_shared_edges(zones)}
    shapes = [_whole_shape(close[zone.code]) for zone in chosen]
    beside, apart = _side_by_side(shapes)
    if apart:
        names = [" and ".join(chosen[one].code for one in group) for group in (beside, apart)]
        raise BadPlace(
            f"{names[0]} shares no edge with {names[1]}, so they cannot be one zone. Zones apart "
            "from each other can be put into one lot instead."
        )
    new = read_zone({"code": code, "name": name or None}, {}, number=1).with_shape(joined(shapes))
    first, merged = chosen[0].code, {zone.code for zone in chosen}
    rest = [
        new if zone.code == first else close[zone.code]
        for zone in zones
        if zone.code not in merged - {first}
    ]
    return with_shared_edges(rest)


def _side_by_side(shapes: Sequence[BaseGeometry]) -> tuple[list[int], list[int]]:
    """Return the shapes reached from the first over shared edges, and those that are not."""
    reached, waiting = {0}, [0]
    while waiting:
        here = waiting.pop()
        for other in set(range(len(shapes))) - reached:
            both = shapes[here].intersection(shapes[other])
            if both.length > SAME_DEGREES:
                reached.add(other)
                waiting.append(other)
    return sorted(reached), sorted(set(range(len(shapes))) - reached)


def moved_vertices(
    zones: Sequence[DrawnZone], *, moves: Mapping[Position, Position]
) -> list[DrawnZone]:
    """Return the zones with corners moved, each in every zone that has it: no gap can open.

    `moves` maps a corner's longitude, latitude to where it goes. BadPlace for one that no zone has.
    """
    found: set[Position] = set()
    moved = [
        replace(zone, boundary=Rings.of_boundary(zone.boundary).moved(moves, found).boundary())
        for zone in zones
    ]
    missing = [corner for corner in moves if corner not in found]
    if missing:
        longitude, latitude = missing[0]
        raise BadPlace(f"No zone has a corner at {latitude:.6f}, {longitude:.6f}.")
    return moved


def _zone(zones: Sequence[DrawnZone], code: str) -> DrawnZone:
    for zone in zones:
        if zone.code == code:
            return zone
    names = ", ".join(zone.code for zone in zones)
    raise BadPlace(f"There is no zone {code} in the drawing; there are {names}.")


def _require_new(zones: Sequence[DrawnZone], code: str) -> None:
    if any(zone.code == code for zone in zones):
        raise BadPlace(f"There is a zone {code} already: choose another code.")


def _whole_shape(zone: DrawnZone) -> BaseGeometry:
    shape = zone.shape
    if not shape.is_valid:
        raise BadPlace(f"Zone {zone.code} crosses itself: mend that first.")
    return shape
