"""Points on the earth, and what goes wrong with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

Mode = Literal["car", "walk", "cycle"]
MODES: tuple[Mode, ...] = get_args(Mode)


class TravelError(ValueError):
    """Travel minutes cannot be worked out from what was given; the text says why."""


class Point(NamedTuple):
    """A place in decimal degrees (WGS 84)."""

    latitude: float
    longitude: float


def coordinates(points: Sequence[Point]) -> npt.NDArray[np.float64]:
    """Return the points as an array of shape (n, 2), or raise `TravelError` naming a bad one."""
    for index, (latitude, longitude) in enumerate(points):
        if not (math.isfinite(latitude) and math.isfinite(longitude)):
            raise TravelError(f"Point {index} has no usable position ({latitude}, {longitude}).")
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise TravelError(
                f"Point {index} ({latitude}, {longitude}) is not on the earth: latitude runs "
                "from -90 to 90 and longitude from -180 to 180. Are the two swapped?"
            )
    return np.array([tuple(point) for point in points], dtype=np.float64).reshape(-1, 2)


def checked_mode(mode: str) -> Mode:
    """Return the travel mode, or raise `TravelError` listing the known ones."""
    if mode not in MODES:
        raise TravelError(f"Travel mode “{mode}” is not known; use one of {', '.join(MODES)}.")
    return mode
