"""Shapes in degrees measured in metres, cleaned, and written as GeoJSON."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

# Metres in a degree of latitude on the sphere of RT/ZN-01 (R = 6,371,008.8 m).
METRES_PER_DEGREE = 6_371_008.8 * math.pi / 180
# Drawn shapes made here are kept to seven decimals of a degree: about a centimetre.
DECIMALS = 7

Position = tuple[float, float]
Floats = NDArray[np.float64]


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


def place_words(position: Position) -> str:
    """Return a longitude, latitude as people find it on a map: latitude first, five decimals."""
    return f"{position[1]:.5f}, {position[0]:.5f}"


def in_metres(coordinates: Floats, *, latitude: float) -> Floats:
    """Return longitude, latitude rows as metres east and north, true near one latitude."""
    shrink = math.cos(math.radians(latitude))
    return np.asarray(coordinates, dtype=float) * (METRES_PER_DEGREE * shrink, METRES_PER_DEGREE)


def polygonal(shape: BaseGeometry) -> BaseGeometry:
    """Return the polygons of a shape, its stray points and lines left out."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [
        polygon
        for part in shapely.get_parts(shape)
        for polygon in shapely.get_parts(part)
        if polygon.geom_type == "Polygon"
    ]
    return shapely.MultiPolygon(parts)


def mended(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape whose area can be asked: one that crosses itself is taken apart."""
    if shape.is_valid:
        return shape
    return polygonal(shapely.make_valid(shape))


def joined(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return one shape of several; edges two of them share exactly leave no trace."""
    found = list(shapes)
    if len(found) > 1 and shapely.coverage_is_valid(found):
        return polygonal(shapely.coverage_union_all(found))
    return polygonal(shapely.union_all(found))


def rounded(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape with its corners kept to a centimetre; equal corners stay equal."""
    plain = shapely.transform(shape, lambda corners: np.round(corners, DECIMALS))
    if plain.is_valid or not shape.is_valid:
        return plain
    return polygonal(shapely.set_precision(shape, 10**-DECIMALS))


def width_metres(shape: BaseGeometry) -> float:
    """Return the mean width of a long thin shape: twice its area over its outline."""
    outline = shape.length * METRES_PER_DEGREE
    return 2 * square_metres(shape) / outline if outline else 0.0


def as_geojson(shape: BaseGeometry) -> dict[str, Any]:
    """Return a shape as plain GeoJSON, lists not tuples; a multipolygon of one as a polygon."""
    parts = shapely.get_parts(shape)
    if shape.geom_type == "MultiPolygon" and len(parts) == 1:
        shape = parts[0]
    return _listed(shapely.geometry.mapping(shape))


def _listed(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": found["type"], "coordinates": _lists(found["coordinates"])}


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
