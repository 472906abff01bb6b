"""Zones built from lists: of wards and other areas, or of postcode sectors and districts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from cms_models.places.domain import BadPlace, ZoneIndex, postcode_district, postcode_sector
from cms_models.places.drawing import (
    DrawnZone,
    read_zone,
    with_codes_once,
    with_shared_edges,
)
from cms_models.places.geometry import (
    METRES_PER_DEGREE,
    as_geojson,
    in_metres,
    joined,
    mended,
    polygonal,
    rounded,
)

NAMED = 10
# Ground given to postcodes at the border where no outline is known.
MARGIN_METRES = 500.0
# How far beyond every zone an address may lie and still be taken in.
REACH_METRES = 250.0
# A generalised border cuts off addresses beside it: each gets a path and this much ground back.
DOORSTEP_METRES = 50.0


@dataclass(frozen=True)
class ZoneList:
    """A zone to build: the codes of its areas, or its postcode sectors (`HR4 9`) and districts."""

    code: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """The zones built, and in words what was left out or could not be placed."""

    zones: list[DrawnZone]
    left_out: list[str] = field(default_factory=list)


def zones_from_areas(
    lists: Sequence[ZoneList],
    *,
    areas: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str] | None = None,
    points: Mapping[str, tuple[float, float]] | None = None,
) -> Built:
    """Return zones as unions of areas: code of an area → its GeoJSON boundary.

    Edges two areas share stay shared to the corner. `names` are shown for areas in no list. With
    `points`, postcode → (latitude, longitude), those just beyond a border are taken in. BadPlace
    for an area nobody loaded, or in two lists.
    """
    zone_of = _members(lists)
    unknown = [member for member in zone_of if member not in areas]
    if unknown:
        raise BadPlace(
            f"{_some(unknown)} {'is' if len(unknown) == 1 else 'are'} not among the loaded areas: "
            "correct the code, or import the boundaries."
        )
    used = with_shared_edges([DrawnZone(code, code, areas[code]) for code in zone_of])
    shapes = {one.code: mended(one.shape) for one in used}
    zones = [_drawn(one, joined(shapes[member] for member in one.members)) for one in lists]
    left = [code for code in areas if code not in zone_of]
    words = names or {}
    left_out = [f"In no zone: {_some([words.get(code, code) for code in left])}."] if left else []
    drawn = with_shared_edges(with_codes_once(zones))
    # Where areas were left out on purpose, so were the postcodes beside the zones.
    return Built(drawn if left else taken_in(drawn, points=points or {}), left_out)


def taken_in(
    zones: Sequence[DrawnZone],
    *,
    points: Mapping[str, tuple[float, float]],
    metres: float = REACH_METRES,
) -> list[DrawnZone]:
    """Return the zones with a doorstep for each postcode that lies in none, within some metres.

    ONS boundaries are generalised and end at the water's edge, so that a few addresses of every
    council lie just beyond them. The nearest zone takes each; nothing is taken from another zone.
    """
    if not points:
        return list(zones)
    shapes = [mended(zone.shape) for zone in zones]
    index = ZoneIndex({zone.code: shape for zone, shape in zip(zones, shapes, strict=True)})
    inside = index.places_of([at[0] for at in points.values()], [at[1] for at in points.values()])
    spots = shapely.points([(at[1], at[0]) for at in points.values()])[inside < 0]
    tree = shapely.STRtree(shapes)
    reach = metres / METRES_PER_DEGREE
    spot, near = tree.query_nearest(spots, max_distance=reach, all_matches=False)
    grown = list(shapes)
    for number, place in zip(spot.tolist(), near.tolist(), strict=True):
        step = _doorstep(spots[number], shapes[place])
        others = [shape for other, shape in enumerate(grown) if other != place]
        grown[place] = joined([grown[place], step.difference(shapely.union_all(others))])
    changed = [
        zone if new is old else zone.with_shape(rounded(new))
        for zone, old, new in zip(zones, shapes, grown, strict=True)
    ]
    return with_shared_edges(changed) if len(spot) else list(zones)


def _doorstep(spot: BaseGeometry, shape: BaseGeometry) -> BaseGeometry:
    """Return the ground from an address to a shape, so that no island and no slit comes of it."""
    path = shapely.shortest_line(spot, shape)
    return shapely.buffer(path, DOORSTEP_METRES / METRES_PER_DEGREE, quad_segs=2)


def zones_from_sectors(
    lists: Sequence[ZoneList],
    *,
    points: Mapping[str, tuple[float, float]],
    outline: BaseGeometry | None = None,
) -> Built:
    """Return zones of postcode sectors: the ground nearest each of their postcodes, in an outline.

    `points` is postcode → (latitude, longitude); the outline (degrees) is that of the council's
    areas or present map, without one the ground around the postcodes. Sectors in no list get no
    ground. Two postcodes at one point cannot be parted: the first decides, the others are named.
    """
    zone_of = _members(lists)
    _require_sectors_known(zone_of, points)
    wanted = [_zone_of_postcode(code, zone_of) for code in points]
    places, clashes = _places(points, wanted)
    ground = _ground(np.array(list(places)), outline)
    cells = _cells(np.array(list(places)), ground)
    shapes = {
        one.code: _clipped([cells[number] for number, zone in enumerate(places.values())
                            if zone == one.code], ground)
        for one in lists
    }  # fmt: skip
    zones = [_drawn(one, shapes[one.code]) for one in lists]
    stray = sorted({postcode_sector(code) for code, zone in zip(points, wanted, strict=True)
                    if zone is None})  # fmt: skip
    left_out = [f"In no zone: {_some(stray)}."] if stray else []
    return Built(with_shared_edges(with_codes_once(zones)), [*left_out, *clashes])


def _members(lists: Sequence[ZoneList]) -> dict[str, str]:
    """Return member → zone code; BadPlace for an empty list or a member of two zones."""
    zone_of: dict[str, str] = {}
    for one in lists:
        if not one.members:
            raise BadPlace(f"Zone {one.code} has nothing in its list.")
        for member in one.members:
            other = zone_of.setdefault(member, one.code)
            if other != one.code:
                raise BadPlace(f"{member} stands in zones {other} and {one.code}: choose one.")
    return zone_of


def _require_sectors_known(zone_of: Mapping[str, str], points: Iterable[str]) -> None:
    codes = list(points)
    known = {postcode_sector(code) for code in codes} | {postcode_district(code) for code in codes}
    unknown = [member for member in zone_of if member not in known]
    if unknown:
        raise BadPlace(
            f"No postcode of the council begins with {_some(unknown)}: a sector looks like HR4 9, "
            "a district like HR4."
        )


def _zone_of_postcode(code: str, zone_of: Mapping[str, str]) -> str | None:
    """Return a postcode's zone: its sector's, else its district's."""
    return zone_of.get(postcode_sector(code)) or zone_of.get(postcode_district(code))


def _places(
    points: Mapping[str, tuple[float, float]], zones: Sequence[str | None]
) -> tuple[dict[tuple[float, float], str | None], list[str]]:
    """Return each different point (longitude, latitude) with its zone, and the clashes in words."""
    places: dict[tuple[float, float], str | None] = {}
    clashing = []
    for (code, (latitude, longitude)), zone in zip(points.items(), zones, strict=True):
        if places.setdefault((longitude, latitude), zone) != zone:
            clashing.append(code)
    if not clashing:
        return places, []
    words = (
        f"At the same point as a postcode of another zone, and so in that zone: {_some(clashing)}."
    )
    return places, [words]


def _ground(places: NDArray[np.float64], outline: BaseGeometry | None) -> BaseGeometry:
    """Return the ground to share out: the outline, with a doorstep for postcodes just beyond it."""
    spots = shapely.points(places)
    if outline is None or outline.is_empty:
        return shapely.union_all(spots).convex_hull.buffer(MARGIN_METRES / METRES_PER_DEGREE)
    whole = mended(outline)
    shapely.prepare(whole)
    beyond = spots[~shapely.covers(whole, spots)]
    return polygonal(shapely.union_all([whole, *(_doorstep(spot, whole) for spot in beyond)]))


def _cells(places: NDArray[np.float64], ground: BaseGeometry) -> list[BaseGeometry]:
    """Return for each point the ground nearer to it than to any other, in metres made true."""
    latitude = float(np.median(places[:, 1]))
    factor = in_metres(np.ones((1, 2)), latitude=latitude)[0]
    west, south, east, north = ground.buffer(1.0).bounds
    frame = shapely.box(west * factor[0], south * factor[1], east * factor[0], north * factor[1])
    spots = shapely.multipoints(places * factor)
    if len(places) == 1:
        return [ground.envelope]
    cells = shapely.get_parts(shapely.voronoi_polygons(spots, extend_to=frame, ordered=True))
    return list(shapely.transform(cells, lambda corners: corners / factor))


def _clipped(cells: Sequence[BaseGeometry], ground: BaseGeometry) -> BaseGeometry:
    return polygonal(joined(cells).intersection(ground))


def _drawn(one: ZoneList, shape: BaseGeometry) -> DrawnZone:
    zone = read_zone({"code": one.code, "name": one.name or None}, {}, number=1)
    return DrawnZone(zone.code, zone.name, as_geojson(rounded(shape)))


def _some(names: Sequence[str]) -> str:
    """Return names as a list of words, the first of many and how many more."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
