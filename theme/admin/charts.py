"""Charts drawn on the server as plain numbers for SVG; each has a table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, MARGIN = 640, 180, 8


@dataclass(frozen=True)
class Curve:
    """A line over time: its points for SVG, and the ends in words."""

    line: str
    first: str
    last: str
    seconds: str
    rows: Sequence[tuple[str, str, str]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def words(self) -> str:
        """The curve in a sentence."""
        return f"From {self.first} to {self.last} minutes in {self.seconds} s."


def _point(point: Mapping[str, Any]) -> tuple[float, float] | None:
    seconds, best = point.get("seconds"), point.get("best_minutes")
    return None if seconds is None or best is None else (float(seconds), float(best))


def curve_of_points(points: Sequence[Mapping[str, Any]]) -> Curve | None:
    """Return the curve of a job's best cost over time, None with fewer than two points.

    Points are {seconds, best_minutes, unplaced}, as the rounds job reports them.
    """
    found = [pair for pair in map(_point, points) if pair is not None]
    if len(found) < 2:
        return None
    seconds = [pair[0] for pair in found]
    costs = [pair[1] for pair in found]
    across = max(seconds[-1] - seconds[0], 0.001)
    low, high = min(costs), max(costs)
    up = max(high - low, 0.001)
    line = " ".join(
        f"{MARGIN + (WIDTH - 2 * MARGIN) * (x - seconds[0]) / across:.1f},"
        f"{MARGIN + (HEIGHT - 2 * MARGIN) * (high - y) / up:.1f}"
        for x, y in found
    )
    rows = [
        (
            f"{point['seconds']:.1f}",
            f"{point['best_minutes']:,.0f}",
            str(point.get("unplaced", "–")),
        )
        for point in points
        if _point(point) is not None
    ]
    step = max(1, len(rows) // 12)
    return Curve(
        line=line,
        first=f"{costs[0]:,.0f}",
        last=f"{costs[-1]:,.0f}",
        seconds=f"{seconds[-1]:.0f}",
        rows=[*rows[:-1:step], rows[-1]],
    )


@dataclass(frozen=True)
class Bar:
    """A bar: its share of the longest, in percent."""

    label: str
    value: str
    percent: float
    tone: str = ""


def bars(items: Sequence[tuple[str, float, str]]) -> list[Bar]:
    """Return bars of (label, size, words), as long as their share of the longest."""
    longest = max((size for _, size, _ in items), default=0) or 1
    return [Bar(label, words, round(100 * size / longest, 1)) for label, size, words in items]
