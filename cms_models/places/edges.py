"""The corners of zones: as arrays, moved together, and shared on both sides of an edge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from cms_models.places.geometry import Floats, Position, in_metres

# Two drawings of one line differ by less than this; a pavement is wider.
SHARED_METRES = 0.1
# Corners are the same when they agree to this many decimals of a degree: a tenth of a millimetre.
SAME_DECIMALS = 9
CORNERS_LEAST = 3

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Rings:
    """A boundary as polygons of rings of corners, the closing corner left out."""

    polygons: Sequence[Sequence[Floats]]

    @classmethod
    def of_boundary(cls, boundary: Mapping[str, Any]) -> Self:
        """Return the rings of a GeoJSON Polygon or MultiPolygon."""
        parts = boundary["coordinates"]
        polygons = parts if boundary["type"] == "MultiPolygon" else [parts]
        return cls([[_opened(ring) for ring in polygon] for polygon in polygons])

    def boundary(self) -> dict[str, Any]:
        """Return the rings as GeoJSON."""
        parts = [[_closed(ring) for ring in polygon] for polygon in self.polygons]
        if len(parts) == 1:
            return {"type": "Polygon", "coordinates": parts[0]}
        return {"type": "MultiPolygon", "coordinates": parts}

    def flat(self) -> list[Floats]:
        """Return every ring, polygon by polygon."""
        return [ring for polygon in self.polygons for ring in polygon]

    def each(self, change: Callable[[Floats], Floats]) -> "Rings":
        """Return the rings changed; rings that came to nothing are left out, unless all did."""
        polygons = []
        for polygon in self.polygons:
            shell, *holes = [_without_doubles(change(ring)) for ring in polygon]
            if len(shell) >= CORNERS_LEAST:
                polygons.append([shell, *(ring for ring in holes if len(ring) >= CORNERS_LEAST)])
        return Rings(polygons) if polygons else self

    def moved(self, moves: Mapping[Position, Position], found: set[Position]) -> "Rings":
        """Return the rings with some corners moved; those that are here are added to `found`."""
        wanted = {_key(corner): corner for corner in moves}

        def change(ring: Floats) -> Floats:
            new = ring.copy()
            for number, (longitude, latitude) in enumerate(ring.tolist()):
                corner = wanted.get(_key((longitude, latitude)))
                if corner is not None:
                    found.add(corner)
                    new[number] = moves[corner]
            return new

        return Rings([[change(ring) for ring in polygon] for polygon in self.polygons])


def _opened(ring: Sequence[Sequence[float]]) -> Floats:
    corners = np.array([point[:2] for point in ring], dtype=float).reshape(-1, 2)
    closed = len(corners) > 1 and bool((corners[0] == corners[-1]).all())
    return corners[:-1] if closed else corners


def _closed(ring: Floats) -> list[list[float]]:
    corners: list[list[float]] = ring.tolist()
    return [*corners, list(corners[0])]


def _without_doubles(ring: Floats) -> Floats:
    """Drop corners that repeat the one before."""
    if len(ring) < 2:
        return ring
    fresh = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    return ring[fresh]


def _key(corner: Position) -> Position:
    return round(corner[0], SAME_DECIMALS), round(corner[1], SAME_DECIMALS)


@dataclass(frozen=True)
class _Corners:
    """All corners of a drawing in one array; `owner` is the zone's place, `ring` the ring's."""

    at: Floats
    owner: Whole
    ring: Whole

    @classmethod
    def of(cls, zones: Sequence[Rings]) -> Self:
        rings = [(place, ring) for place, zone in enumerate(zones) for ring in zone.flat()]
        sizes = [len(ring) for _, ring in rings]
        return cls(
            np.concatenate([ring for _, ring in rings]) if rings else np.empty((0, 2)),
            np.repeat([place for place, _ in rings], sizes).astype(np.int64),
            np.repeat(np.arange(len(rings)), sizes).astype(np.int64),
        )

    def identities(self) -> Whole:
        """Return a number for each corner, the same for corners at the same place."""
        _, same = np.unique(self.at, axis=0, return_inverse=True)
        return np.asarray(same, dtype=np.int64).reshape(-1)


def shared(
    zones: Sequence[Rings], *, metres: float, near: BaseGeometry | None = None
) -> list[Rings]:
    """Return zones with the same corners on both sides of the edges they share.

    First a corner takes the place of a corner of an earlier zone within `metres`; then a corner on
    an edge of another zone is put into that edge. `near` (degrees) keeps corners elsewhere as they
    are. A corner that both zones have already is settled and stays.
    """
    if not zones:
        return []
    corners = _Corners.of(zones)
    latitude = float(np.median(corners.at[:, 1]))
    free = np.ones(len(corners.at), dtype=bool)
    if near is not None:
        free = shapely.intersects_xy(near, corners.at[:, 0], corners.at[:, 1])
    leaders = _leaders(corners, free, metres=metres, latitude=latitude)
    joined = _rebuilt(zones, corners.at[leaders])
    corners = _Corners.of(joined)
    added = _corners_on_edges(corners, metres=metres, latitude=latitude, near=near)
    return _with_added(joined, corners, added)


def _leaders(
    corners: _Corners, free: NDArray[np.bool_], *, metres: float, latitude: float
) -> Whole:
    """Return for each corner the corner whose place it takes: itself, or one of an earlier zone."""
    places = shapely.points(in_metres(corners.at, latitude=latitude))
    tree = shapely.STRtree(places)
    here, there = tree.query(places[free], predicate="dwithin", distance=metres)
    here = np.flatnonzero(free)[here]
    same = corners.identities()
    owned = set(_pairs(corners.owner, same).tolist())
    taken = np.array(
        [pair in owned for pair in _pairs(corners.owner[here], same[there]).tolist()], dtype=bool
    )
    exact = same[here] == same[there]
    keep = (corners.owner[there] < corners.owner[here]) & (exact | ~taken)
    here, there = here[keep], there[keep]
    apart = shapely.distance(places[here], places[there])
    order = np.lexsort((there, apart, here))
    here, there = here[order], there[order]
    _, first = np.unique(here, return_index=True)
    leaders = np.arange(len(corners.at))
    leaders[here[first]] = there[first]
    # A leader may follow another; owners only ever grow earlier, so this ends.
    while (leaders != leaders[leaders]).any():
        leaders = leaders[leaders]
    return leaders


def _pairs(owner: Whole, identity: Whole) -> Whole:
    """Return one number for a zone and a place."""
    return owner * (2**32) + identity


def _rebuilt(zones: Sequence[Rings], at: Floats) -> list[Rings]:
    """Return zones with their corners, in order, replaced."""
    position = 0

    def take(ring: Floats) -> Floats:
        nonlocal position
        begins, position = position, position + len(ring)
        return at[begins:position]

    return [zone.each(take) for zone in zones]


@dataclass(frozen=True)
class _Added:
    """A corner to put behind the corner numbered `after`, at `along` of the edge there."""

    after: int
    along: float
    at: Position


def _corners_on_edges(
    corners: _Corners, *, metres: float, latitude: float, near: BaseGeometry | None
) -> list[_Added]:
    """Return the corners of a zone that lie on another's edge, each with its place in it."""
    follows = _next_in_ring(corners.ring)
    flat = in_metres(corners.at, latitude=latitude)
    edges = shapely.linestrings(np.stack([flat, flat[follows]], axis=1))
    same = corners.identities()
    _, one_each = np.unique(same, return_index=True)
    if near is not None:
        inside = shapely.intersects_xy(near, corners.at[one_each, 0], corners.at[one_each, 1])
        one_each = one_each[inside]
    points = shapely.points(flat[one_each])
    point, edge = shapely.STRtree(edges).query(points, predicate="dwithin", distance=metres)
    owned = set(_pairs(corners.owner, same).tolist())
    stranger = np.array(
        [pair not in owned for pair in _pairs(corners.owner[edge], same[one_each[point]]).tolist()],
        dtype=bool,
    )
    point, edge = point[stranger], edge[stranger]
    along = shapely.line_locate_point(edges[edge], points[point], normalized=True)
    apart = shapely.distance(edges[edge], points[point])
    best: dict[tuple[int, int], tuple[float, int, float]] = {}
    for number, (which, where) in enumerate(zip(point.tolist(), edge.tolist(), strict=True)):
        if not 0 < along[number] < 1:
            continue
        key = which, int(corners.owner[where])
        found = (float(apart[number]), where, float(along[number]))
        best[key] = min(best.get(key, found), found)
    return [
        _Added(where, share, tuple(corners.at[one_each[which]].tolist()))
        for (which, _), (_, where, share) in best.items()
    ]


def _next_in_ring(ring: Whole) -> Whole:
    """Return the number of the corner that follows each in its ring."""
    follows = np.arange(1, len(ring) + 1)
    begins = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    ends = np.r_[begins[1:], len(ring)] - 1
    follows[ends] = begins
    return follows


def _with_added(zones: Sequence[Rings], corners: _Corners, added: Sequence[_Added]) -> list[Rings]:
    behind: dict[int, list[_Added]] = {}
    for one in sorted(added, key=lambda one: (one.after, one.along)):
        behind.setdefault(one.after, []).append(one)
    position = 0

    def fill(ring: Floats) -> Floats:
        nonlocal position
        begins, position = position, position + len(ring)
        if not any(number in behind for number in range(begins, position)):
            return ring
        filled: list[Any] = []
        for number, corner in enumerate(ring.tolist(), start=begins):
            filled.append(corner)
            filled.extend(one.at for one in behind.get(number, ()))
        return np.array(filled, dtype=float)

    return [zone.each(fill) for zone in zones]
