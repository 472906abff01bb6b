"""Travel minutes where no road map is loaded: great circle, times detour, at a banded speed.

The minutes of a band are exact at its middle distance (middle × detour ÷ speed) and run straight
between the middles, so that a place a metre further away is never suddenly nearer in minutes, as
it would be if detour and speed jumped at a band's edge. Beyond the last middle the pace of the
last band goes on; below the first middle the pace of the first band holds down to nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from optimiser.travel.points import Mode, Point, TravelError, checked_mode, coordinates

# Mean earth radius of the 4-mile rule (domain example ZN-01; IUGG mean radius R1).
EARTH_RADIUS_METRES = 6_371_008.8

METRES_PER_MILE = 1_609.344

# Positions come to six decimals of a degree, a step of 0.11 m: a point written on a limit may lie
# this much beyond it. ZN-01's own point on the 4-mile line, 52.114593, lies 0.04 m beyond.
POSITION_STEP_METRES = 0.11

# Whole minutes are rounded up; a float error must not turn 7.0000000001 into 8.
ROUNDING_SLACK_MINUTES = 1e-6


@dataclass(frozen=True)
class Band:
    """How travel behaves between two crow-fly distances, `[from_metres, to_metres)`.

    `detour` is road metres per crow-fly metre (at least 1), `kmh` the speed along the road.
    """

    from_metres: float
    to_metres: float
    detour: float
    kmh: float

    def __post_init__(self) -> None:
        if not 0 <= self.from_metres < self.to_metres:
            raise TravelError(
                f"A travel band from {self.from_metres:g} m to {self.to_metres:g} m is empty; "
                "its end must be beyond its start."
            )
        if not (self.detour >= 1 and self.kmh > 0):
            raise TravelError(
                f"The travel band from {self.from_metres:g} m has detour {self.detour:g} and "
                f"{self.kmh:g} km/h; the detour must be at least 1 and the speed above 0."
            )

    @property
    def middle_metres(self) -> float:
        """The crow-fly distance at which the band's minutes hold exactly."""
        return (self.from_metres + self.to_metres) / 2

    @property
    def middle_minutes(self) -> float:
        """Minutes to travel the band's middle distance."""
        return self.middle_metres * self.detour / 1000 / self.kmh * 60


# Medians of our own measure on an OpenStreetMap road network of a rural English county, all
# roads free-flowing, from and to postcodes: see docs/algorithms/travel.md. A council with a road
# map of its own measures its own; a city council must lower the speeds.
CAR_BANDS = (
    Band(0, 500, 1.78, 24),
    Band(500, 1_000, 1.59, 29),
    Band(1_000, 2_000, 1.46, 31),
    Band(2_000, 4_000, 1.35, 37),
    Band(4_000, 8_000, 1.32, 47),
    Band(8_000, 12_000, 1.29, 54),
    Band(12_000, 16_000, 1.31, 55),
    Band(16_000, 24_000, 1.28, 56),
    Band(24_000, 32_000, 1.22, 55),
)
# 4.8 km/h is the walking speed of UK accessibility planning (DfT); detours measured like the
# car's, footpaths included.
WALK_BANDS = (
    Band(0, 500, 1.7, 4.8),
    Band(500, 1_000, 1.46, 4.8),
    Band(1_000, 2_000, 1.34, 4.8),
    Band(2_000, 4_000, 1.25, 4.8),
    Band(4_000, 8_000, 1.2, 4.8),
)
# 16 km/h is the cycling speed of UK accessibility planning (DfT), less where junctions are near.
CYCLE_BANDS = (
    Band(0, 500, 1.7, 14),
    Band(500, 1_000, 1.5, 15),
    Band(1_000, 2_000, 1.4, 16),
    Band(2_000, 4_000, 1.3, 16),
    Band(4_000, 16_000, 1.22, 16),
)
DEFAULT_BANDS: Mapping[Mode, tuple[Band, ...]] = MappingProxyType(
    {"car": CAR_BANDS, "walk": WALK_BANDS, "cycle": CYCLE_BANDS}
)

# Parking, locking and walking to the door, added once to every journey. Our assumption, as no
# source publishes one; a council measures its own from actual visits.
DEFAULT_DOOR_MINUTES: Mapping[Mode, float] = MappingProxyType(
    {"car": 2.0, "walk": 0.0, "cycle": 1.0}
)


def great_circle_metres(
    latitudes_from: npt.ArrayLike,
    longitudes_from: npt.ArrayLike,
    latitudes_to: npt.ArrayLike,
    longitudes_to: npt.ArrayLike,
) -> npt.NDArray[np.float64]:
    """Return metres along the great circle between degrees, broadcasting like numpy.

    Haversine on a sphere of `EARTH_RADIUS_METRES`: exact to the rule of ZN-01, up to 0.5 % from
    the ellipsoid.
    """
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(degrees, dtype=np.float64))
        for degrees in (latitudes_from, longitudes_from, latitudes_to, longitudes_to)
    )
    half_chord_squared = (
        np.sin((lat2 - lat1) / 2) ** 2
        + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    )
    metres: npt.NDArray[np.float64] = (
        2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(half_chord_squared, 0, 1)))
    )
    return metres


def within_metres(metres: npt.ArrayLike, limit_metres: float) -> npt.NDArray[np.bool_]:
    """Whether distances are within a limit, a point on the limit being inside (ZN-01).

    “On” is read as finely as positions are written, `POSITION_STEP_METRES`.
    """
    inside: npt.NDArray[np.bool_] = np.asarray(metres) <= limit_metres + POSITION_STEP_METRES
    return inside


def checked_bands(bands: Sequence[Band]) -> tuple[Band, ...]:
    """Return the bands in order, or raise `TravelError` for a gap, an overlap or a faster-further.

    The first band starts where it likes (distances below its middle use its pace); the others
    must each start where the one before ends, and further must not take fewer minutes.
    """
    ordered = tuple(sorted(bands, key=lambda band: band.from_metres))
    if not ordered:
        raise TravelError("At least one travel band is needed.")
    for near, far in pairwise(ordered):
        if near.to_metres != far.from_metres:
            raise TravelError(
                f"Travel bands must meet: one ends at {near.to_metres:g} m and the next starts at "
                f"{far.from_metres:g} m."
            )
        if far.middle_minutes <= near.middle_minutes:
            raise TravelError(
                f"The travel band from {far.from_metres:g} m takes {far.middle_minutes:.1f} min, "
                f"no more than the nearer band's {near.middle_minutes:.1f} min; check its speed."
            )
    return ordered


def banded_minutes(
    metres: npt.NDArray[np.float64], bands: Sequence[Band]
) -> npt.NDArray[np.float64]:
    """Return the unrounded travel minutes for crow-fly metres, any shape."""
    ordered = checked_bands(bands)
    middles = np.array([0.0, *(band.middle_metres for band in ordered)])
    minutes = np.array([0.0, *(band.middle_minutes for band in ordered)])
    last = ordered[-1]
    beyond = np.maximum(metres - last.middle_metres, 0) * (last.middle_minutes / last.middle_metres)
    return np.interp(metres, middles, minutes) + beyond


def whole_minutes(
    minutes: npt.NDArray[np.float64], *, door_minutes: float
) -> npt.NDArray[np.int64]:
    """Add the door allowance, round up to whole minutes and put 0 on the diagonal."""
    if not 0 <= door_minutes <= 60:
        raise TravelError(f"The door allowance is {door_minutes:g} min; it must be 0 to 60.")
    whole = np.ceil(minutes + door_minutes - ROUNDING_SLACK_MINUTES).astype(np.int64)
    whole = np.maximum(whole, 0)
    np.fill_diagonal(whole, 0)
    return whole


def travel_minutes_matrix(
    points: Sequence[Point],
    *,
    bands: Sequence[Band] | None = None,
    mode: Mode = "car",
    door_minutes: float | None = None,
) -> npt.NDArray[np.int64]:
    """Return whole minutes from every point to every other, shape (n, n), 0 on the diagonal.

    `bands` and `door_minutes` default to those of the mode. Two points at one position are two
    doors and so cost the door allowance; people of one household share one point.
    """
    mode = checked_mode(mode)
    metres = distance_matrix_metres(points)
    minutes = banded_minutes(metres, DEFAULT_BANDS[mode] if bands is None else bands)
    door = DEFAULT_DOOR_MINUTES[mode] if door_minutes is None else door_minutes
    return whole_minutes(minutes, door_minutes=door)


def distance_matrix_metres(points: Sequence[Point]) -> npt.NDArray[np.float64]:
    """Return great-circle metres from every point to every other, shape (n, n)."""
    degrees = coordinates(points)
    latitudes, longitudes = degrees[:, 0], degrees[:, 1]
    return great_circle_metres(
        latitudes[:, None], longitudes[:, None], latitudes[None, :], longitudes[None, :]
    )


BAND_COLUMNS = ("crowfly_km_from", "crowfly_km_to", "detour_median", "road_kmh_median")


def bands_from_csv(text: str) -> tuple[Band, ...]:
    """Read bands from CSV with the columns of `BAND_COLUMNS` (others are ignored)."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = [column for column in BAND_COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise TravelError(f"The travel bands lack the column(s) {', '.join(missing)}.")
    bands = []
    for line, row in enumerate(reader, start=2):
        try:
            start_km, end_km, detour, kmh = (float(row[column]) for column in BAND_COLUMNS)
        except (TypeError, ValueError) as error:
            raise TravelError(f"Line {line} of the travel bands is not all numbers.") from error
        bands.append(Band(start_km * 1000, end_km * 1000, detour, kmh))
    return checked_bands(bands)
