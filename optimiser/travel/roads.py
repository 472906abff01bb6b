"""Road travel minutes: a graph from OpenStreetMap, shortest times by Dijkstra, never pickled.

Turn bans, gates and traffic of the hour are not in the graph; class speeds carry their average.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from optimiser.travel.crowfly import (
    DEFAULT_BANDS,
    DEFAULT_DOOR_MINUTES,
    EARTH_RADIUS_METRES,
    Band,
    banded_minutes,
    distance_matrix_metres,
    whole_minutes,
)
from optimiser.travel.osm import Network, RoadMapError, read_network
from optimiser.travel.points import MODES, Mode, Point, checked_mode, coordinates

FILE_FORMAT = "homeward-roads/1"
ARRAYS = ("latitudes", "longitudes", "edges_from", "edges_to", "seconds")
# A graph of Great Britain is under 1 GB unpacked; more is a mistake or an attack.
LARGEST_UNPACKED_BYTES = 2_000_000_000

# A home further than this from any road of its mode counts as off the map. In rural Rutland
# every postcode centroid lies within 600 m (measured; docs/algorithms/travel.md).
SNAP_LIMIT_METRES = 1_500.0
# The metres between the point and its road node are ridden at this speed: a drive or a yard.
CONNECTOR_KMH: Mapping[Mode, float] = MappingProxyType({"car": 18.0, "walk": 4.8, "cycle": 12.0})

# Roads cut off from the main network by the edge of an extract, or mapped without a junction,
# are no place to snap to; an island or a second county in the same file is.
SMALLEST_PART_SHARE = 0.05

# Two nodes mapped at the same place are still an edge; sparse matrices drop zeros.
SHORTEST_EDGE_SECONDS = 0.01


@dataclass(frozen=True)
class RoadTimes:
    """A matrix of whole minutes and how much of it the road map could not say.

    `crowfly_pairs` counts the ordered pairs of different points whose minutes are by crow-fly;
    `points_off_map` are the indices of points further than the snap limit from any road.
    """

    minutes: npt.NDArray[np.int64]
    crowfly_pairs: int
    points_off_map: tuple[int, ...]


@dataclass(frozen=True)
class Snapped:
    """For each point: its road node (-1 when off the map) and the metres to it."""

    nodes: npt.NDArray[np.intp]
    metres: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """A road network: nodes in degrees, directed edges with seconds by mode."""

    network: Network

    @classmethod
    def from_osm(cls, source: Path | str | bytes) -> RoadGraph:
        """Build the graph from a .osm.pbf file or its bytes, or raise `RoadMapError`."""
        return cls(read_network(source))

    @property
    def node_count(self) -> int:
        """How many nodes the graph has."""
        return len(self.network.latitudes)

    @property
    def edge_count(self) -> int:
        """How many directed edges the graph has."""
        return len(self.network.edges_from)

    def save(self, file: Path | str | BinaryIO) -> None:
        """Write the graph as compressed .npz to a path or a binary file."""
        arrays = {name: getattr(self.network, name) for name in ARRAYS}
        # numpy adds “.npz” to a bare path, so a path is opened here and keeps its own name.
        if isinstance(file, str | Path):
            with Path(file).open("wb") as opened:
                np.savez_compressed(opened, format=np.array(FILE_FORMAT), **arrays)
        else:
            np.savez_compressed(file, format=np.array(FILE_FORMAT), **arrays)

    @classmethod
    def load(cls, file: Path | str | BinaryIO) -> RoadGraph:
        """Read a graph written by `save`, or raise `RoadMapError`; nothing in it is executed."""
        try:
            _refuse_oversized(file)
            with np.load(file, allow_pickle=False) as stored:
                if str(stored["format"]) != FILE_FORMAT:
                    raise RoadMapError(f"The stored road graph is not of the form {FILE_FORMAT}.")
                network = Network(**{name: stored[name] for name in ARRAYS})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            if isinstance(error, RoadMapError):
                raise
            raise RoadMapError(
                f"The stored road graph is damaged ({error}); load the road map again."
            ) from error
        _refuse_inconsistent(network)
        return cls(network)

    def snap(
        self, points: Sequence[Point], *, mode: Mode, limit_metres: float = SNAP_LIMIT_METRES
    ) -> Snapped:
        """Find each point's nearest node on a road of the mode, or -1 beyond the limit."""
        usable = self._usable_nodes(checked_mode(mode))
        degrees = coordinates(points)
        if not len(usable):
            return Snapped(np.full(len(degrees), -1), np.full(len(degrees), np.inf))
        tree = cKDTree(_chord(self.network.latitudes[usable], self.network.longitudes[usable]))
        chords, found = tree.query(_chord(degrees[:, 0], degrees[:, 1]))
        # A chord is a thousandth of a millimetre short of its arc at these distances.
        metres = np.asarray(chords) * EARTH_RADIUS_METRES
        return Snapped(np.where(metres <= limit_metres, usable[found], -1), metres)

    def travel_minutes_matrix(
        self,
        points: Sequence[Point],
        *,
        mode: Mode = "car",
        door_minutes: float | None = None,
        fallback_bands: Sequence[Band] | None = None,
        snap_limit_metres: float = SNAP_LIMIT_METRES,
    ) -> RoadTimes:
        """Return whole minutes by road between all points; crow-fly fills and counts the rest."""
        mode = checked_mode(mode)
        snapped = self.snap(points, mode=mode, limit_metres=snap_limit_metres)
        by_road = self._road_minutes(snapped, mode=mode)
        bands = DEFAULT_BANDS[mode] if fallback_bands is None else fallback_bands
        unknown = ~np.isfinite(by_road)
        np.fill_diagonal(unknown, val=False)
        crowfly = banded_minutes(distance_matrix_metres(points), bands)
        door = DEFAULT_DOOR_MINUTES[mode] if door_minutes is None else door_minutes
        np.fill_diagonal(by_road, 0)
        return RoadTimes(
            minutes=whole_minutes(np.where(unknown, crowfly, by_road), door_minutes=door),
            crowfly_pairs=int(unknown.sum()),
            points_off_map=tuple(np.flatnonzero(snapped.nodes < 0).tolist()),
        )

    def _road_minutes(self, snapped: Snapped, *, mode: Mode) -> npt.NDArray[np.float64]:
        """Minutes between snapped points, infinite where there is no way by road."""
        count = len(snapped.nodes)
        minutes = np.full((count, count), np.inf)
        on_map = np.flatnonzero(snapped.nodes >= 0)
        if not len(on_map):
            return minutes
        nodes, place = np.unique(snapped.nodes[on_map], return_inverse=True)
        between = np.empty((len(nodes), len(nodes)))
        matrix = self._matrix(mode)
        # One source at a time keeps memory at one row of the whole graph.
        for row, node in enumerate(nodes):
            between[row] = dijkstra(matrix, indices=int(node))[nodes]
        connector = snapped.metres[on_map] * 3.6 / CONNECTOR_KMH[mode]
        seconds = between[np.ix_(place, place)] + connector[:, None] + connector[None, :]
        minutes[np.ix_(on_map, on_map)] = seconds / 60
        return minutes

    def _matrix(self, mode: Mode) -> csr_matrix:
        """The edges of one mode; of parallel edges the fastest, as sparse matrices add them up."""
        seconds = self.network.seconds[MODES.index(mode)].astype(np.float64)
        open_edges = np.flatnonzero(np.isfinite(seconds))
        starts, ends = self.network.edges_from[open_edges], self.network.edges_to[open_edges]
        order = np.lexsort((seconds[open_edges], ends, starts))
        starts, ends, seconds = starts[order], ends[order], seconds[open_edges][order]
        fastest = np.ones(len(order), dtype=bool)
        fastest[1:] = (starts[1:] != starts[:-1]) | (ends[1:] != ends[:-1])
        return csr_matrix(
            (
                np.maximum(seconds[fastest], SHORTEST_EDGE_SECONDS),
                (starts[fastest], ends[fastest]),
            ),
            shape=(self.node_count, self.node_count),
        )

    def _usable_nodes(self, mode: Mode) -> npt.NDArray[np.intp]:
        """Nodes of every part of the network large enough to be more than a loose end.

        A part is strongly connected: from each of its nodes every other can be reached, so two
        points snapped to one part always have a way between them.
        """
        _, part = connected_components(self._matrix(mode), directed=True, connection="strong")
        sizes = np.bincount(part, minlength=1)
        large = sizes >= max(2, SMALLEST_PART_SHARE * sizes.max())
        return np.flatnonzero(large[part])


def _chord(
    latitudes: npt.NDArray[np.float64], longitudes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Points on the unit sphere, whose straight distances order like great circles."""
    lat, lon = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _refuse_oversized(file: Path | str | BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > LARGEST_UNPACKED_BYTES:
        raise RoadMapError("The stored road graph is too large; cut the map to the council's area.")
    if not isinstance(file, str | Path):
        file.seek(0)


def _refuse_inconsistent(network: Network) -> None:
    nodes, edges = len(network.latitudes), len(network.edges_from)
    shapes_agree = (
        network.longitudes.shape == network.latitudes.shape == (nodes,)
        and network.edges_to.shape == network.edges_from.shape == (edges,)
        and network.seconds.shape == (len(MODES), edges)
    )
    numbers = all(
        getattr(network, name).dtype.kind == kind
        for name, kind in zip(ARRAYS, "ffiif", strict=True)
    )
    if not (shapes_agree and numbers and nodes and edges):
        raise RoadMapError("The stored road graph is damaged (its arrays do not agree).")
    ends = np.concatenate([network.edges_from, network.edges_to])
    on_earth = np.abs(network.latitudes) <= 90, np.abs(network.longitudes) <= 180
    # A NaN fails these comparisons, so it is refused too.
    if ends.min() < 0 or ends.max() >= nodes or not all(mask.all() for mask in on_earth):
        raise RoadMapError("The stored road graph is damaged (edges or positions out of range).")
    if not (network.seconds >= 0).all():
        raise RoadMapError("The stored road graph is damaged (a time is negative or no number).")
