"""Reads the ways of an OpenStreetMap extract (.osm.pbf) into arrays a road graph is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from optimiser.travel.crowfly import great_circle_metres
from optimiser.travel.points import MODES, TravelError
from optimiser.travel.ways import WaySpeeds, way_speeds

# A graph node is kept at every junction and at least this often in between, so that a home on a
# long lane snaps near its own gate and the graph stays a third of the map.
KEPT_EVERY_METRES = 120.0

# The first blob of every .osm.pbf names itself so (OpenStreetMap wiki, PBF format).
PBF_MARK = b"OSMHeader"
PBF_MARK_WITHIN_BYTES = 64

# Limits the damage of a hostile upload; the whole of Great Britain holds about 6 million ways.
LARGEST_WAYS = 10_000_000


class RoadMapError(TravelError):
    """A road map cannot be used; the text says why and what to load instead."""


@dataclass(frozen=True)
class WayPiece:
    """A run of nodes along one way whose positions are all known, with its speeds."""

    node_ids: npt.NDArray[np.int64]
    latitudes: npt.NDArray[np.float64]
    longitudes: npt.NDArray[np.float64]
    speeds: WaySpeeds


@dataclass(frozen=True)
class Network:
    """Nodes (degrees) and directed edges with seconds by mode (infinite where not allowed)."""

    latitudes: npt.NDArray[np.float64]
    longitudes: npt.NDArray[np.float64]
    edges_from: npt.NDArray[np.int32]
    edges_to: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.float32]


def read_network(source: Path | str | bytes) -> Network:
    """Read every usable way of a .osm.pbf file or its bytes; raise `RoadMapError` if it is none."""
    pieces: list[WayPiece] = []
    try:
        for way in _highways(source):
            pieces.extend(_pieces(way))
            if len(pieces) > LARGEST_WAYS:
                raise RoadMapError("The road map is too large; cut it to the council's area.")
    except (RuntimeError, OSError) as error:
        raise RoadMapError(
            f"The road map could not be read ({error}). Load a complete OpenStreetMap extract "
            "in the .osm.pbf form, for instance of the county."
        ) from error
    if not pieces:
        raise RoadMapError(
            "The road map holds no road anybody may use. Load an extract that includes highways."
        )
    return _network(pieces)


def _highways(source: Path | str | bytes) -> Iterator[Any]:
    head, opened = _opened(source)
    if PBF_MARK not in head:
        raise RoadMapError(
            "The road map is not an .osm.pbf file. Other forms (.osm, .shp, .zip) must be "
            "converted first, for instance by “osmium cat”."
        )
    return iter(
        osmium.FileProcessor(opened)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("highway"))
    )


def _opened(source: Path | str | bytes) -> tuple[bytes, Any]:
    if isinstance(source, bytes):
        return source[:PBF_MARK_WITHIN_BYTES], osmium.io.FileBuffer(source, "pbf")
    with Path(source).open("rb") as file:
        head = file.read(PBF_MARK_WITHIN_BYTES)
    return head, osmium.io.File(str(source), "pbf")


def _pieces(way: Any) -> Iterator[WayPiece]:
    """Cut a way where a node lies outside the extract and so has no position."""
    speeds = way_speeds({tag.k: tag.v for tag in way.tags})
    if not speeds.usable:
        return
    run: list[tuple[int, float, float]] = []
    for node in way.nodes:
        if node.location.valid():
            run.append((node.ref, node.location.lat, node.location.lon))
            continue
        if len(run) > 1:
            yield _piece(run, speeds)
        run = []
    if len(run) > 1:
        yield _piece(run, speeds)


def _piece(run: list[tuple[int, float, float]], speeds: WaySpeeds) -> WayPiece:
    ids, latitudes, longitudes = zip(*run, strict=True)
    return WayPiece(
        np.array(ids, dtype=np.int64), np.array(latitudes), np.array(longitudes), speeds
    )


def _network(pieces: list[WayPiece]) -> Network:
    """Keep junctions, way ends and a node now and then; join the rest into edges between them."""
    ids = np.concatenate([piece.node_ids for piece in pieces])
    latitudes = np.concatenate([piece.latitudes for piece in pieces])
    longitudes = np.concatenate([piece.longitudes for piece in pieces])
    piece_of = np.repeat(np.arange(len(pieces)), [len(piece.node_ids) for piece in pieces])
    step = np.zeros(len(ids))
    step[1:] = great_circle_metres(latitudes[:-1], longitudes[:-1], latitudes[1:], longitudes[1:])
    starts = np.r_[True, piece_of[1:] != piece_of[:-1]]
    ends = np.r_[starts[1:], True]
    step[starts] = 0
    along = np.cumsum(step)
    in_piece = along - along[starts][piece_of]
    _, node_of, uses = np.unique(ids, return_inverse=True, return_counts=True)
    spaced = np.r_[False, np.diff(np.floor(in_piece / KEPT_EVERY_METRES)) > 0]
    kept = starts | ends | (uses[node_of] > 1) | spaced
    places = np.flatnonzero(kept)
    _, first, graph_node = np.unique(node_of[places], return_index=True, return_inverse=True)
    same_piece = piece_of[places[1:]] == piece_of[places[:-1]]
    return _directed(
        latitudes[places[first]],
        longitudes[places[first]],
        graph_node[:-1][same_piece],
        graph_node[1:][same_piece],
        np.diff(along[places])[same_piece],
        piece_of[places[1:]][same_piece],
        pieces,
    )


def _directed(
    latitudes: npt.NDArray[np.float64],
    longitudes: npt.NDArray[np.float64],
    starts: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
    metres: npt.NDArray[np.float64],
    piece_of: npt.NDArray[np.intp],
    pieces: list[WayPiece],
) -> Network:
    forward = _seconds_per_metre([piece.speeds.forward for piece in pieces])[:, piece_of] * metres
    backward = _seconds_per_metre([piece.speeds.backward for piece in pieces])[:, piece_of] * metres
    seconds = np.concatenate([forward, backward], axis=1).astype(np.float32)
    edges_from, edges_to = np.r_[starts, ends], np.r_[ends, starts]
    useful = np.isfinite(seconds).any(axis=0) & (edges_from != edges_to)
    return Network(
        latitudes,
        longitudes,
        edges_from[useful].astype(np.int32),
        edges_to[useful].astype(np.int32),
        seconds[:, useful],
    )


def _seconds_per_metre(speeds: list[Any]) -> npt.NDArray[np.float64]:
    """Return seconds a metre by mode and piece; infinite where the mode may not go."""
    return np.array(
        [[3.6 / piece[mode] if mode in piece else np.inf for piece in speeds] for mode in MODES]
    )
