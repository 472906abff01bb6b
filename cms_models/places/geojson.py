"""GeoJSON that somebody sent → checked features, or a refusal that names the place and the way out.

Everything is counted and looked at as plain lists before any shape is made of it.
"""

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from cms_models.places.domain import BadPlace

VERTICES_MOST = 200_000
FEATURES_MOST = 2_000
WORDS_LONGEST_SHOWN = 40
# Where a British council can lie, generously: degrees west to east and south to north.
BRITAIN = (-9.0, 49.0, 3.0, 62.0)
# Metres of the British National Grid (EPSG:27700) and of web maps (EPSG:3857) there.
GRID = (0.0, 0.0, 800_000.0, 1_400_000.0)
WEB_MAP = (-1_010_000.0, 6_200_000.0, 350_000.0, 9_000_000.0)


@dataclass(frozen=True)
class Limits:
    """How much of a file is read; `what` names it in a refusal."""

    what: str = "The drawing"
    vertices_most: int = VERTICES_MOST
    features_most: int = FEATURES_MOST


@dataclass(frozen=True)
class Feature:
    """A feature as sent: its place in the file, its properties, and its checked geometry."""

    number: int
    properties: Mapping[str, Any]
    geometry: Mapping[str, Any]


DRAWING = Limits()


def parsed(content: bytes, *, limits: Limits = DRAWING) -> Any:
    """Return what GeoJSON bytes hold; BadPlace says where they are none."""
    # Each point opens a bracket of its own, so that far too many are seen before any is read.
    if content.count(b"[") > 2 * limits.vertices_most:
        raise BadPlace(_too_many(limits, f"more than {limits.vertices_most:,}"))
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except BadPlace:
        raise
    except UnicodeDecodeError as broken:
        raise BadPlace(f"{limits.what} is not UTF-8 text (byte {broken.start}).") from broken
    except json.JSONDecodeError as broken:
        raise BadPlace(
            f"{limits.what} is no GeoJSON: line {broken.lineno}, column {broken.colno}: "
            f"{broken.msg}."
        ) from broken
    except ValueError as broken:
        # Python reads no whole number of more than 4,300 digits.
        raise BadPlace(f"{limits.what} holds a number beyond any map.") from broken
    except RecursionError as broken:
        raise BadPlace(
            f"{limits.what} nests lists in lists far deeper than a boundary."
        ) from broken


def _no_constant(name: str) -> NoReturn:
    raise BadPlace(f"{name} stands among the coordinates: every one must be a number.")


def features_of(collection: Any, *, limits: Limits = DRAWING) -> list[Feature]:
    """Return the features of a FeatureCollection, each a polygon with plain finite coordinates."""
    found = collection.get("features") if isinstance(collection, Mapping) else None
    kind = collection.get("type") if isinstance(collection, Mapping) else None
    if kind != "FeatureCollection" or not isinstance(found, list):
        said = f"says “type”: {_shown(kind)}" if kind else "says none"
        raise BadPlace(f"{limits.what} must be a GeoJSON FeatureCollection; it {said}.")
    if not found:
        raise BadPlace(f"{limits.what} holds no areas.")
    if len(found) > limits.features_most:
        raise BadPlace(
            f"{limits.what} has {len(found):,} areas; at most {limits.features_most:,} are read: "
            "keep those of your council."
        )
    points = sum(_points_of(one) for one in found)
    if points > limits.vertices_most:
        raise BadPlace(_too_many(limits, f"{points:,}"))
    return [_feature(number, one) for number, one in enumerate(found, start=1)]


def _too_many(limits: Limits, points: str) -> str:
    return (
        f"{limits.what} has {points} points; at most {limits.vertices_most:,} are read. Use a "
        "generalised version of the boundaries (ONS: BGC), or simplify it first."
    )


def _points_of(feature: Any) -> int:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    return sum(len(ring) for ring in _rings(geometry))


def _rings(geometry: Any) -> Iterator[Sequence[Any]]:
    """Yield what stands where rings stand; things of another shape yield nothing."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    parts = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    polygons = parts if kind == "MultiPolygon" else [parts]
    for polygon in polygons if isinstance(polygons, list) else []:
        for ring in polygon if isinstance(polygon, list) else []:
            if isinstance(ring, list):
                yield ring


def _feature(number: int, sent: Any) -> Feature:
    if not isinstance(sent, Mapping) or sent.get("type", "Feature") != "Feature":
        raise BadPlace(f"Area {number} is no GeoJSON Feature.")
    properties = sent.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise BadPlace(f"Area {number}: its properties must be names with values.")
    return Feature(number, properties, checked_geometry(sent.get("geometry"), f"Area {number}"))


def checked_geometry(geometry: Any, name: str) -> dict[str, Any]:
    """Return a Polygon or MultiPolygon of closed rings of [longitude, latitude] numbers.

    `name` begins every refusal; self-crossing rings pass, they are a fault of a drawing.
    """
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadPlace(f"{name}: a Polygon or MultiPolygon is needed, not {_shown(kind)}.")
    sent = geometry.get("coordinates")
    polygons = sent if kind == "MultiPolygon" else [sent]
    if not isinstance(polygons, list) or not polygons:
        raise BadPlace(f"{name}: it has no coordinates.")
    parts = [_polygon(polygon, name) for polygon in polygons]
    _require_degrees(parts, name)
    return {"type": kind, "coordinates": parts if kind == "MultiPolygon" else parts[0]}


def _polygon(polygon: Any, name: str) -> list[list[list[float]]]:
    if not isinstance(polygon, list) or not polygon:
        raise BadPlace(f"{name}: a polygon must be a list of rings.")
    return [_ring(ring, name) for ring in polygon]


def _ring(ring: Any, name: str) -> list[list[float]]:
    if not isinstance(ring, list):
        raise BadPlace(f"{name}: a ring must be a list of points.")
    points = [_point(point, name) for point in ring]
    if points and points[0] != points[-1]:
        points.append(list(points[0]))
    if len({tuple(point) for point in points}) < 3:
        raise BadPlace(f"{name}: a ring needs at least three different corners.")
    return points


def _point(point: Any, name: str) -> list[float]:
    if not isinstance(point, list) or len(point) < 2 or len(point) > 4:
        raise BadPlace(f"{name}: a point must be [longitude, latitude], not {_shown(point)}.")
    longitude, latitude = point[0], point[1]
    for number in (longitude, latitude):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise BadPlace(f"{name}: {_shown(number)} is no coordinate.")
    # An integer of a thousand digits is a number of JSON and none of geometry.
    if abs(longitude) > 1e9 or abs(latitude) > 1e9 or not math.isfinite(longitude + latitude):
        raise BadPlace(f"{name}: {_shown(point)} is no place on Earth.")
    return [float(longitude), float(latitude)]


def _require_degrees(parts: Sequence[Any], name: str) -> None:
    """Refuse coordinates that are no longitude, latitude in degrees, saying what they look like."""
    points = [point for polygon in parts for ring in polygon for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    box = (west, south, east, north)
    if _inside((south, west, north, east), BRITAIN):
        raise BadPlace(
            f"{name}: the coordinates are swapped, latitude first ({west:.4f}, {south:.4f}). "
            "GeoJSON wants longitude first: export it again, or swap each pair."
        )
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return
    if _inside(box, GRID):
        raise BadPlace(
            f"{name}: the coordinates are eastings and northings of the British National Grid "
            f"(EPSG:27700), such as {west:.0f}, {south:.0f}. Export it as WGS84 longitude and "
            "latitude (EPSG:4326)."
        )
    if _inside(box, WEB_MAP):
        raise BadPlace(
            f"{name}: the coordinates are metres of a web map (EPSG:3857), such as {west:.0f}, "
            f"{south:.0f}. Export it as WGS84 longitude and latitude (EPSG:4326)."
        )
    raise BadPlace(f"{name}: coordinates must be longitude, latitude in degrees (WGS84).")


def _inside(box: Sequence[float], ground: Sequence[float]) -> bool:
    west, south, east, north = ground
    return box[0] >= west and box[1] >= south and box[2] <= east and box[3] <= north


def plain_words(value: Any, *, what: str, longest: int) -> str:
    """Return a name or code as plain words; BadPlace for markup, control characters or length."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadPlace(f"{what} must be words, not {_shown(value)}.")
    words = str(value).strip()
    for sign in words:
        if sign in "<>":
            raise BadPlace(
                f"{what} “{_shortened(words)}” holds markup (“{sign}”): only plain words are kept."
            )
        # Control, invisible, unassigned, half characters and line ends.
        if unicodedata.category(sign) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
            raise BadPlace(
                f"{what} holds an invisible character (U+{ord(sign):04X}): type it again."
            )
    if len(words) > longest:
        raise BadPlace(
            f"{what} “{_shortened(words)}” has {len(words)} characters; at most {longest} are kept."
        )
    return words


def _shortened(words: str) -> str:
    return words if len(words) <= WORDS_LONGEST_SHOWN else words[:WORDS_LONGEST_SHOWN] + "…"


def _shown(value: Any) -> str:
    """Return a value as a refusal may show it: short, on one line, nothing that is no text."""
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) and len(value) > 4 else _plain(repr(value))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**15:
        return "a number beyond any map"
    return _plain(str(value))


def _plain(text: str) -> str:
    return _shortened("".join(sign if sign.isprintable() else "·" for sign in text))
