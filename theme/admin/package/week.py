"""The week of a package as a drawing: seven columns, the time of day downwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cms_models.care.models import VisitPattern
from cms_models.care.patterns import DAYS, MINUTES_PER_DAY, clock, days_text

# Most packages lie in these hours: the same frame makes weeks comparable at a glance.
FRAME_STARTS_MINUTES, FRAME_ENDS_MINUTES = 7 * 60, 21 * 60
PIXELS_PER_MINUTE = 0.46
HOUR = 60
SHORTEST_NAMED_PIXELS = 13
COLUMN_PERCENT = 100 / len(DAYS)
GUTTER_PERCENT = 0.5


@dataclass(frozen=True)
class Block:
    """A visit of one day: the window in which it may start, and the visit at its earliest."""

    x: str
    text_x: str
    width: str
    y: float
    height: float
    window_height: float
    text_y: float
    named: bool
    double: bool
    words: str
    title: str


@dataclass(frozen=True)
class Week:
    """The drawing: its height in pixels, the hour lines, the days, the visits."""

    height: int
    hours: Sequence[dict[str, object]]
    days: Sequence[dict[str, str]]
    blocks: Sequence[Block]


def week_of(patterns: Iterable[VisitPattern]) -> Week:
    """Return the drawing of some patterns; a visit past midnight is cut there and says so."""
    rows = list(patterns)
    first = min([FRAME_STARTS_MINUTES, *(row.earliest_minutes for row in rows)]) // HOUR * HOUR
    ends = [min(MINUTES_PER_DAY, row.latest_minutes + row.minutes) for row in rows]
    last = -(-max([FRAME_ENDS_MINUTES, *ends]) // HOUR) * HOUR
    return Week(
        height=round((last - first) * PIXELS_PER_MINUTE),
        hours=[
            {
                "y": _pixels(minutes, first),
                "dy": {first: 10, last: -1}.get(minutes, 4),
                "label": clock(minutes),
            }
            for minutes in range(first, last + 1, 2 * HOUR)
        ],
        days=[
            {"x": f"{place * COLUMN_PERCENT:.3f}%", "name": name} for place, name in enumerate(DAYS)
        ],
        blocks=[
            block for day in range(len(DAYS)) for block in _blocks_of_day(rows, day, first, last)
        ],
    )


def _pixels(minutes: int, first: int) -> float:
    return round((minutes - first) * PIXELS_PER_MINUTE, 1)


def _blocks_of_day(
    rows: Sequence[VisitPattern], day: int, first: int, last: int
) -> Iterable[Block]:
    """Yield a day's visits; those whose windows overlap stand side by side."""
    lanes: list[int] = []
    placed = []
    for row in sorted(rows, key=lambda row: row.earliest_minutes):
        if day not in row.weekdays:
            continue
        free = next((n for n, end in enumerate(lanes) if end <= row.earliest_minutes), len(lanes))
        lanes[free : free + 1] = [row.latest_minutes + row.minutes]
        placed.append((free, row))
    for lane, row in placed:
        yield _block(row, day=day, lane=lane, lanes=len(lanes), first=first, last=last)


def _block(row: VisitPattern, *, day: int, lane: int, lanes: int, first: int, last: int) -> Block:
    width = (COLUMN_PERCENT - 2 * GUTTER_PERCENT) / lanes
    x = day * COLUMN_PERCENT + GUTTER_PERCENT + lane * width
    y = _pixels(row.earliest_minutes, first)
    height = _pixels(min(row.earliest_minutes + row.minutes, last), first) - y
    window = _pixels(min(row.latest_minutes + row.minutes, last), first) - y
    carers = f" ×{row.carers}" if row.carers > 1 else ""
    return Block(
        x=f"{x:.3f}%",
        text_x=f"{x + width / 2:.3f}%",
        width=f"{width:.3f}%",
        y=y,
        height=round(height, 1),
        window_height=round(window, 1),
        text_y=round(y + min(height, 22) / 2 + 4, 1),
        named=height >= SHORTEST_NAMED_PIXELS and lanes < 3,
        double=row.carers > 1,
        words=f"{row.minutes} min{carers}",
        title=f"{DAYS[day]} {window_words(row)}, {row.minutes} min{carers}",
    )


def window_words(row: VisitPattern) -> str:
    """Return when a visit may start."""
    if row.latest_minutes == row.earliest_minutes:
        return clock(row.earliest_minutes)
    return f"{clock(row.earliest_minutes)}–{clock(row.latest_minutes)}"


def table_of(patterns: Iterable[VisitPattern]) -> list[dict[str, object]]:
    """Return the same as a table: days, window, length, carers, skills, hours a week."""
    return [
        {
            "days": days_text(row.weekdays),
            "window": window_words(row),
            "minutes": row.minutes,
            "carers": row.carers,
            "kind": row.get_visit_kind_display(),
            "skills": ", ".join(code.replace("_", " ") for code in row.skills),
            "weekly_minutes": row.clause.weekly_minutes,
            "past_midnight": row.earliest_minutes + row.minutes > MINUTES_PER_DAY,
        }
        for row in patterns
    ]
