"""The geometry of the timeline: minutes of the day as percentages of its width."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cms_models.care.patterns import clock
from cms_models.rounds.selectors.day import RoundLine, StopLine

FIRST_MINUTES = 6 * 60
LAST_MINUTES = 24 * 60
HOUR = 60
# A bar has room for its number from this share of the day, a figure each.
PERCENT_A_FIGURE = 0.9


@dataclass(frozen=True)
class Span:
    """A stretch of the drawing, in percent of its width, as SVG wants it."""

    x: str
    width: str
    middle: str


@dataclass(frozen=True)
class Scale:
    """From minutes after midnight to percent; whole hours, 06:00 to 24:00 or wider."""

    first: int
    last: int

    def percent(self, minutes: float) -> float:
        """Return where a minute lies."""
        return 100 * (minutes - self.first) / (self.last - self.first)

    def span(self, start: int, end: int) -> Span:
        """Return the stretch from one minute to another."""
        left, right = self.percent(start), self.percent(end)
        return Span(f"{left:.3f}%", f"{right - left:.3f}%", f"{(left + right) / 2:.3f}%")

    @property
    def hours(self) -> list[dict[str, object]]:
        """The hour lines: place, and a label at every second one."""
        return [
            {
                "x": f"{self.percent(minutes):.3f}%",
                "label": clock(minutes) if (minutes // HOUR) % 2 == 0 else "",
                "edge": {self.first: "start", self.last: "end"}.get(minutes, "middle"),
            }
            for minutes in range(self.first, self.last + 1, HOUR)
        ]


def scale_of(rounds: Iterable[RoundLine]) -> Scale:
    """Return 06:00 to 24:00, widened to whole hours where a round reaches beyond."""
    lines = list(rounds)
    starts = [min(line.shift_starts_minutes, line.leaves_home_minutes) for line in lines]
    ends = [max(line.shift_ends_minutes, line.back_home_minutes) for line in lines]
    first = min([FIRST_MINUTES, *starts]) // HOUR * HOUR
    last = -(-max([LAST_MINUTES, *ends]) // HOUR) * HOUR
    return Scale(first, last)


@dataclass(frozen=True)
class Bar:
    """A stop as drawn: its bar, the thin way there, the wait, and what a screen reader says."""

    stop: StopLine
    visit: Span
    travel: Span
    waiting: Span | None
    numbered: bool
    times: str
    label: str
    pinned: bool = False


@dataclass(frozen=True)
class Part:
    """One shift of a carer's day: its background, its bars, the way home."""

    line: RoundLine
    shift: Span
    home: Span
    bars: tuple[Bar, ...]
    shift_words: str
    out_words: str
    rest: Span | None = None
    rest_words: str = ""


@dataclass(frozen=True)
class Row:
    """A carer's row of the timeline: one shift, or two with a gap between."""

    carer_id: int
    carer: str
    parts: tuple[Part, ...]
    note: str


Pins = Mapping[int, Collection[int]]


def rows_of(rounds: Iterable[RoundLine], scale: Scale, pins: Pins | None = None) -> list[Row]:
    """Return one row a carer, by the start of the first shift and the name.

    `pins` says to which carers a visit is pinned.
    """
    by_carer: dict[int, list[RoundLine]] = defaultdict(list)
    for line in sorted(rounds, key=lambda line: (line.shift_starts_minutes, line.carer)):
        by_carer[line.carer_id].append(line)
    return [_row(lines, scale, pins or {}) for lines in by_carer.values()]


def _row(lines: Sequence[RoundLine], scale: Scale, pins: Pins) -> Row:
    visits = sum(len(line.stops) for line in lines)
    travel = sum(line.travel_minutes for line in lines)
    return Row(
        carer_id=lines[0].carer_id,
        carer=lines[0].carer,
        parts=tuple(_part(line, scale, pins) for line in lines),
        note=f"{visits} visits, {travel} min travel",
    )


def _part(line: RoundLine, scale: Scale, pins: Pins) -> Part:
    last = line.stops[-1].leave_minutes if line.stops else line.leaves_home_minutes
    return Part(
        line=line,
        shift=scale.span(line.shift_starts_minutes, line.shift_ends_minutes),
        home=scale.span(last, line.back_home_minutes),
        bars=tuple(
            _bar(stop, scale, pinned=line.carer_id in pins.get(stop.visit.visit_id, ()))
            for stop in line.stops
        ),
        shift_words=f"{clock(line.shift_starts_minutes)}–{clock(line.shift_ends_minutes)}",
        out_words=f"{clock(line.leaves_home_minutes)}–{clock(line.back_home_minutes)}",
        **_rest(line, scale),
    )


def _rest(line: RoundLine, scale: Scale) -> dict[str, Any]:
    starts = line.break_starts_minutes
    if starts is None:
        return {}
    ends = starts + line.break_minutes
    words = f"Paid break {clock(starts)}–{clock(ends)}"
    return {"rest": scale.span(starts, ends), "rest_words": words}


def _bar(stop: StopLine, scale: Scale, *, pinned: bool) -> Bar:
    visit = scale.span(stop.start_minutes, stop.leave_minutes)
    wide = scale.percent(stop.leave_minutes) - scale.percent(stop.start_minutes)
    times = f"{clock(stop.start_minutes)}–{clock(stop.leave_minutes)}"
    together = f", together with {' and '.join(stop.together_with)}" if stop.together_with else ""
    return Bar(
        stop=stop,
        visit=visit,
        travel=scale.span(stop.left_minutes, stop.arrive_minutes),
        waiting=(
            scale.span(stop.arrive_minutes, stop.start_minutes) if stop.waiting_minutes else None
        ),
        numbered=wide >= PERCENT_A_FIGURE * len(str(stop.number)),
        times=times,
        label=f"Stop {stop.number}, {times}, {stop.visit.who}{together}{', pinned' * pinned}",
        pinned=pinned,
    )
