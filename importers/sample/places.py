"""The committed postcodes of a sample council, and how near they lie to each other."""

import csv
import gzip
import math
import random
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"
KILOMETRES_PER_DEGREE = 111.195  # 6,371.0088 km × π / 180


@dataclass(frozen=True)
class Point:
    """A postcode's centroid in WGS84 degrees, and the code of the zone it lies in."""

    postcode: str
    latitude: float
    longitude: float
    zone: str


@dataclass(frozen=True)
class Town:
    """A market town: the centre the urban rule measures from."""

    name: str
    latitude: float
    longitude: float


def read_points(area: str) -> list[Point]:
    """Read the postcodes cut for `area`, in the order of the file."""
    path = DATA / f"{area}_postcodes.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [
            Point(r["postcode"], float(r["latitude"]), float(r["longitude"]), r["zone"])
            for r in csv.DictReader(file)
        ]


def kilometres(point: Point, town: Town) -> float:
    """Distance on a flat map around the town: good to a hundredth within a county."""
    north = (point.latitude - town.latitude) * KILOMETRES_PER_DEGREE
    east = (point.longitude - town.longitude) * KILOMETRES_PER_DEGREE
    return math.hypot(north, east * math.cos(math.radians(town.latitude)))


def nearest_town(point: Point, towns: tuple[Town, ...]) -> Town:
    """The town a point is closest to."""
    return min(towns, key=lambda town: kilometres(point, town))


def near_towns(points: list[Point], towns: tuple[Town, ...], *, within_km: float) -> list[Point]:
    """The points within `within_km` of any of the towns."""
    return [p for p in points if any(kilometres(p, town) <= within_km for town in towns)]


def pick_points(
    rng: random.Random, points: list[Point], favoured: list[Point], *, count: int, share: float
) -> list[Point]:
    """Pick `count` points, each with chance `share` from the favoured ones."""
    return [rng.choice(favoured if rng.random() < share else points) for _ in range(count)]
