"""How one more visit shifts the starts of others, without timing the whole day again.

`timetable` gives every start of a day; what a coordinator drags changes a few of them. From the
least starts of a day, putting a visit in only makes starts later, so the change runs from the
visit along its rounds, its ties and its double-ups, and stops where there is slack. The starts are
the ones `timetable` gives for the same order and the same breaks.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from optimiser.rounds.problem import Break, Carer, Problem
from optimiser.rounds.timetable import Key, Timetable


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one shift: between two stops (None: an end); the break comes after stop `rest`."""

    carer: str
    shift: int
    position: int
    before: str | None
    after: str | None
    rest: str | None = None

    @property
    def key(self) -> Key:
        """The carer and the number of the shift."""
        return self.carer, self.shift


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What stands in the way, by how many minutes.

    `kind` is "window" (`who` is a visit started late), "break", "shift" or "hours" (`who` is a
    carer whose break begins late, who is back late, or who works too long).
    """

    kind: str
    who: str
    over: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One shift as the sums need it."""

    carer: Carer
    begins: int
    ends: int
    travel: Callable[[int, int], int]
    rest: Break | None


class Grid:
    """What of a problem is looked up again and again: its shifts, and the ties both ways."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.visits = problem.visit_by_id
        self.lanes: dict[Key, Lane] = {
            (carer.id, number): Lane(
                carer, *hours, problem.matrix(carer.travel_mode).item, carer.break_of(number)
            )
            for carer in problem.carers
            for number, hours in enumerate(carer.shifts)
        }
        # visit → (visit, gap): the second starts at least `gap` minutes after the first.
        self.onward: dict[str, list[tuple[str, int]]] = {}
        self.inward: dict[str, list[tuple[str, int]]] = {}
        for visit in problem.visits:
            for tie in visit.after:
                self._tie(tie.visit, visit.id, tie.min_gap)
                if tie.max_gap is not None:
                    self._tie(visit.id, tie.visit, -tie.max_gap)

    def _tie(self, source: str, target: str, gap: int) -> None:
        self.onward.setdefault(source, []).append((target, gap))
        self.inward.setdefault(target, []).append((source, gap))


class Ripples:
    """The starts of a timetable and what hangs on what in it."""

    def __init__(self, table: Timetable, grid: Grid) -> None:
        self.grid = grid
        self.starts = dict(table.starts)
        self.following: dict[Key, dict[str, str]] = {}
        self.preceding: dict[Key, dict[str, str]] = {}
        self.where: dict[str, list[Key]] = {}
        for key, order in table.orders.items():
            self.following[key] = dict(pairwise(order))
            self.preceding[key] = {after: before for before, after in pairwise(order)}
            for name in order:
                self.where.setdefault(name, []).append(key)
        self.rest_after: dict[Key, str | None] = {
            key: table.orders[key][stops - 1] for key, stops in table.rests.items()
        }

    def put(
        self, visit: str, places: Iterable[Place], base: Mapping[str, int] | None = None
    ) -> dict[str, int] | Hurdle:
        """Return the starts that a visit in these places changes, its own among them.

        Or what stands in the way.

        `base` holds the starts to begin from, the timetable's by default; none may be too late.
        """
        at = {place.key: place for place in places}
        starts = self.starts if base is None else base
        one = self.grid.visits[visit]
        soonest = max(one.earliest, starts.get(visit, 0))
        for source, gap in self.grid.inward.get(visit, ()):
            if source in starts:
                soonest = max(soonest, starts[source] + gap)
        for key, place in at.items():
            soonest = max(soonest, self._reached(key, place.before, visit, starts, place.rest))
        changed = {visit: soonest}
        seeds = [visit, *(p.rest for p in at.values() if p.rest and p.rest != visit)]
        return self._settle(changed, starts, seeds, put=visit, at=at)

    def without_rest(self, key: Key) -> dict[str, int]:
        """Return the starts that come earlier if the break of one shift is not taken."""
        rest = self.rest_after.get(key)
        if rest is None:
            return {}
        self.rest_after[key] = None
        loose = self._held_up(self.following[key][rest])
        earlier = {name: self._least(name, loose) for name in loose}
        settled = self._settle(earlier, self.starts, list(loose))
        self.rest_after[key] = rest
        if isinstance(settled, Hurdle):  # the same starts without a break cannot clash
            raise AssertionError(settled)
        return {name: start for name, start in settled.items() if start != self.starts[name]}

    def _reached(
        self, key: Key, before: str | None, visit: str, starts: Mapping[str, int], rest: str | None
    ) -> int:
        lane, place = self.grid.lanes[key], self.grid.visits[visit].location
        if before is None:
            return lane.begins + lane.travel(lane.carer.start_location, place)
        one = self.grid.visits[before]
        leave = starts[before] + one.minutes
        if rest == before and lane.rest is not None:
            leave = max(leave, lane.rest.earliest) + lane.rest.minutes
        return leave + lane.travel(one.location, place)

    def _settle(
        self,
        changed: dict[str, int],
        starts: Mapping[str, int],
        seeds: Iterable[str],
        *,
        put: str = "",
        at: Mapping[Key, Place] = MappingProxyType({}),
    ) -> dict[str, int] | Hurdle:
        """Carry later starts on until nothing moves; `put` is a visit put in, `at` its places."""
        grid, queue = self.grid, deque(seeds)
        while queue:
            name = queue.popleft()
            visit = grid.visits[name]
            start = changed[name] if name in changed else starts[name]
            if start > visit.latest:
                return Hurdle("window", name, start - visit.latest)
            keys = [*self.where.get(name, ()), *at] if name == put else self.where[name]
            for key in keys:
                place = at.get(key)
                after = self._next(key, name, put, place)
                lane = grid.lanes[key]
                leave = start + visit.minutes
                if after is None:
                    home = lane.travel(visit.location, lane.carer.end_location)
                    if leave + home > lane.ends:
                        return Hurdle("shift", lane.carer.id, leave + home - lane.ends)
                    continue
                rest = place.rest if place is not None else self.rest_after.get(key)
                if rest == name and lane.rest is not None:
                    if leave > lane.rest.latest:
                        return Hurdle("break", lane.carer.id, leave - lane.rest.latest)
                    leave = max(leave, lane.rest.earliest) + lane.rest.minutes
                reach = leave + lane.travel(visit.location, grid.visits[after].location)
                if reach > (changed[after] if after in changed else starts[after]):
                    changed[after] = reach
                    queue.append(after)
            for target, gap in grid.onward.get(name, ()):
                known = changed.get(target, starts.get(target))
                if known is not None and start + gap > known:
                    changed[target] = start + gap
                    queue.append(target)
        return changed

    def _next(self, key: Key, name: str, put: str, place: Place | None) -> str | None:
        if place is not None:
            if name == put:
                return place.after
            if name == place.before:
                return put
        return self.following[key].get(name)

    def _held_up(self, first: str) -> dict[str, None]:
        """Return a visit and those that start when they do only because it does, in order."""
        found: dict[str, None] = {first: None}
        queue = deque([first])
        while queue:
            name = queue.popleft()
            hanging = [
                (after, self._reached(key, name, after, self.starts, self.rest_after.get(key)))
                for key in self.where[name]
                if (after := self.following[key].get(name)) is not None
            ]
            hanging += [
                (target, self.starts[name] + gap) for target, gap in self.grid.onward.get(name, ())
            ]
            for target, bound in hanging:
                if target in self.starts and target not in found and bound >= self.starts[target]:
                    found[target] = None
                    queue.append(target)
        return found

    def _least(self, name: str, loose: Mapping[str, None]) -> int:
        """Return the least start of a visit as far as visits that stay put hold it."""
        least = self.grid.visits[name].earliest
        for key in self.where[name]:
            before = self.preceding[key].get(name)
            if before not in loose:
                rest = self.rest_after.get(key)
                least = max(least, self._reached(key, before, name, self.starts, rest))
        for source, gap in self.grid.inward.get(name, ()):
            if source in self.starts and source not in loose:
                least = max(least, self.starts[source] + gap)
        return least
