"""When each visit starts, given who drives what in which order; and where one more would fit.

Start times are the least ones that travel, windows and ties between visits allow: a carer goes as
soon as possible, and leaves home only in time for the first visit. Plain Python, and no part of
any engine: it is what an engine's order of visits is turned into minutes by.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from optimiser.rounds.problem import (
    LONGEST_MINUTES,
    Carer,
    Problem,
    Round,
    Stop,
    Visit,
)

Key = tuple[str, int]  # a carer and the number of the shift


class ClashError(ValueError):
    """An order of visits that no start times can keep; the message names the first one late."""


@dataclass(frozen=True)
class Slot:
    """A place for one more visit: after `position` stops of a round, starting in an interval."""

    carer: str
    shift: int
    position: int
    soonest: int
    latest: int
    added_travel_minutes: int


@dataclass(frozen=True)
class Link:
    """`target` starts at least `gap` minutes after `source` starts."""

    source: str
    target: str
    gap: int


@dataclass(frozen=True)
class Timetable:
    """The visits of each shift in order, with the least start of each."""

    problem: Problem
    orders: Mapping[Key, tuple[str, ...]]
    starts: Mapping[str, int]
    links: tuple[Link, ...]

    @cached_property
    def latests(self) -> Mapping[str, int]:
        """The last start of each visit that makes no later visit miss its window."""
        problem = self.problem
        latest = {visit: problem.visit_by_id[visit].latest for visit in self.starts}
        for (carer, shift), order in self.orders.items():
            if order:
                last = problem.visit_by_id[order[-1]]
                home = problem.carer_by_id[carer].end_location
                back = problem.carer_by_id[carer].shifts[shift][1]
                limit = back - last.minutes - problem.travel(last.location, home)
                latest[last.id] = min(latest[last.id], limit)
        into: dict[str, list[Link]] = {}
        for link in self.links:
            into.setdefault(link.target, []).append(link)
        queue = deque(latest)
        while queue:
            target = queue.popleft()
            for link in into.get(target, ()):
                if latest[target] - link.gap < latest[link.source]:
                    latest[link.source] = latest[target] - link.gap
                    queue.append(link.source)
        return latest

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds with their minutes, in the order of the problem's carers."""
        found = []
        for carer in self.problem.carers:
            for shift in range(len(carer.shifts)):
                order = self.orders.get((carer.id, shift), ())
                if order:
                    found.append(Round(carer.id, shift, tuple(self._stops(carer, order))))
        return tuple(found)

    def _stops(self, carer: Carer, order: Sequence[str]) -> Iterator[Stop]:
        before: Stop | None = None
        place = carer.start_location
        for name in order:
            visit = self.problem.visit_by_id[name]
            start = self.starts[name]
            # The first journey begins just in time: waiting at home is not waiting on the road.
            come = (
                start
                if before is None
                else before.leave + self.problem.travel(place, visit.location)
            )
            before = Stop(name, come, start, start + visit.minutes)
            place = visit.location
            yield before

    def slots(self, visit: Visit, carer: Carer, shift: int, *, slack: int = 0) -> Iterator[Slot]:
        """Yield the places in one shift where a visit fits in its window widened by `slack`."""
        problem = self.problem
        starts, ends = carer.shifts[shift]
        order = self.orders.get((carer.id, shift), ())
        for position in range(len(order) + 1):
            before = problem.visit_by_id[order[position - 1]] if position else None
            after = problem.visit_by_id[order[position]] if position < len(order) else None
            origin = before.location if before else carer.start_location
            target = after.location if after else carer.end_location
            free = self.starts[before.id] + before.minutes if before else starts
            until = self.latests[after.id] if after else ends
            come = problem.travel(origin, visit.location)
            go = problem.travel(visit.location, target)
            soonest = max(visit.earliest - slack, free + come)
            latest = min(visit.latest + slack, until - go - visit.minutes)
            if soonest <= latest:
                added = come + go - (problem.travel(origin, target) if order else 0)
                yield Slot(carer.id, shift, position, soonest, latest, added)


def timetable(problem: Problem, orders: Mapping[Key, Sequence[str]]) -> Timetable:
    """Give each visit its least start; raises ClashError where no start times keep every limit."""
    kept = {key: tuple(order) for key, order in orders.items() if order}
    starts: dict[str, int] = {}
    for (carer, shift), order in kept.items():
        begins = problem.carer_by_id[carer].shifts[shift][0]
        home = problem.carer_by_id[carer].start_location
        for name in order:
            starts.setdefault(name, problem.visit_by_id[name].earliest)
        first = problem.visit_by_id[order[0]]
        starts[first.id] = max(starts[first.id], begins + problem.travel(home, first.location))
    links = tuple(_links(problem, kept))
    _settle(problem, starts, links)
    for (carer, shift), order in kept.items():
        last = problem.visit_by_id[order[-1]]
        home = problem.carer_by_id[carer].end_location
        back = starts[last.id] + last.minutes + problem.travel(last.location, home)
        ends = problem.carer_by_id[carer].shifts[shift][1]
        if back > ends:
            raise ClashError(f"{carer} would be back {back - ends} min after the shift")
    return Timetable(problem, kept, starts, links)


def orders_of(rounds: Sequence[Round]) -> dict[Key, tuple[str, ...]]:
    """Return who visits whom in which order, without the minutes."""
    return {(each.carer, each.shift): tuple(s.visit for s in each.stops) for each in rounds}


def _links(problem: Problem, orders: Mapping[Key, tuple[str, ...]]) -> Iterator[Link]:
    placed = {name for order in orders.values() for name in order}
    for order in orders.values():
        for before, after in pairwise(order):
            one, two = problem.visit_by_id[before], problem.visit_by_id[after]
            yield Link(before, after, one.minutes + problem.travel(one.location, two.location))
    for name in placed:
        for tie in problem.visit_by_id[name].after:
            if tie.visit in placed:
                yield Link(tie.visit, name, tie.min_gap)
                if tie.max_gap is not None:
                    yield Link(name, tie.visit, -tie.max_gap)


def _settle(problem: Problem, starts: dict[str, int], links: Sequence[Link]) -> None:
    out: dict[str, list[Link]] = {}
    for link in links:
        out.setdefault(link.source, []).append(link)
    queue = deque(starts)
    while queue:
        source = queue.popleft()
        if starts[source] > min(problem.visit_by_id[source].latest, LONGEST_MINUTES):
            late = starts[source] - problem.visit_by_id[source].latest
            raise ClashError(f"{source} would start {late} min after its window")
        for link in out.get(source, ()):
            if starts[source] + link.gap > starts[link.target]:
                starts[link.target] = starts[source] + link.gap
                queue.append(link.target)
