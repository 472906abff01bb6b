"""GeoJSON that somebody should not be sent, and the sentence each file is refused with."""

import json
from collections.abc import Sequence
from typing import Any

SCRIPT = "<script>alert('taken')</script>"
Ring = Sequence[Sequence[float]]

SQUARE: Ring = [[-2.9, 51.9], [-2.6, 51.9], [-2.6, 52.2], [-2.9, 52.2], [-2.9, 51.9]]
# Two edges meet half way between (-2.9, 51.9) and (-2.6, 52.2).
BOW: Ring = [[-2.9, 51.9], [-2.6, 52.2], [-2.6, 51.9], [-2.9, 52.2], [-2.9, 51.9]]


def collection(*features: dict[str, Any]) -> bytes:
    """Return a FeatureCollection as it is sent."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def area(ring: Ring, **properties: str) -> dict[str, Any]:
    """Return a polygon with the properties of a ward as the ONS names them."""
    geometry = {"type": "Polygon", "coordinates": [ring]}
    said = {"WD25CD": "E05000009", "WD25NM": "Ward", "code": "E05000009", "name": "Ward"}
    return {"type": "Feature", "properties": {**said, **properties}, "geometry": geometry}


def million() -> bytes:
    """Return one ring of a million points, as short as they can be written."""
    points = b",".join([b"[-2,52]"] * 1_000_000)
    before, after = collection(area([])).split(b"[[]]")
    return before + b"[[" + points + b"]]" + after


def swapped() -> bytes:
    """Return a square with latitude first."""
    return collection(area([[latitude, longitude] for longitude, latitude in SQUARE]))


def crossing() -> bytes:
    """Return a bow tie."""
    return collection(area(BOW))


def scripted() -> bytes:
    """Return a square whose name is a script."""
    return collection(area(SQUARE, WD25NM=SCRIPT, name=SCRIPT))
