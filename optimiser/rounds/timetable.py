"""When each visit starts, given who drives what in which order; and where one more would fit.

Start times are the least ones that travel, breaks, windows and ties between visits allow: a carer
goes as soon as possible, and leaves home only in time for the first visit. Plain Python, and no
part of any engine: it is what an engine's order of visits is turned into minutes by.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from optimiser.rounds.problem import Break, Carer, Problem, Rest, Round, Stop, Visit
from optimiser.rounds.totals import travel_of_order

Key = tuple[str, int]  # a carer and the number of the shift


class ClashError(ValueError):
    """An order of visits that no start times can keep; the message names the first one late."""


@dataclass(frozen=True)
class Slot:
    """A place for one more visit: after `position` stops of a round, starting in an interval.

    `rest` is the number of stops, the new one among them, after which the round's break then is;
    `added_minutes` are the working minutes the visit adds.
    """

    carer: str
    shift: int
    position: int
    soonest: int
    latest: int
    added_travel_minutes: int
    rest: int | None = None
    added_minutes: int = 0


class Link(NamedTuple):
    """`target` starts at least `gap` minutes after `source` starts."""

    source: str
    target: str
    gap: int


@dataclass(frozen=True)
class Timetable:
    """The visits of each shift in order, with the least start of each.

    `rests` says after how many stops a shift's break is; `ceilings` is the last start of each
    visit that its own window and a break right after it allow.
    """

    problem: Problem
    orders: Mapping[Key, tuple[str, ...]]
    rests: Mapping[Key, int]
    starts: Mapping[str, int]
    ceilings: Mapping[str, int]
    links: tuple[Link, ...]

    @cached_property
    def latests(self) -> Mapping[str, int]:
        """The last start of each visit that makes no later visit miss its window."""
        latest = dict(self.ceilings)
        for last, limit, _ in _ways_home(self.problem, self.orders):
            latest[last] = min(latest[last], limit)
        into: dict[str, list[Link]] = {}
        for link in self.links:
            into.setdefault(link.target, []).append(link)
        queue = deque(latest)
        while queue:
            target = queue.popleft()
            for source, _, gap in into.get(target, ()):
                if latest[target] - gap < latest[source]:
                    latest[source] = latest[target] - gap
                    queue.append(source)
        return latest

    @cached_property
    def working_minutes(self) -> Mapping[str, int]:
        """The visits, journeys and breaks of each carer over all shifts."""
        problem = self.problem
        found = {carer.id: 0 for carer in problem.carers}
        for (carer, shift), order in self.orders.items():
            found[carer] += travel_of_order(problem, carer, order)
            found[carer] += sum(problem.visit_by_id[name].minutes for name in order)
            pause = _pause(problem.carer_by_id[carer], shift, len(order))
            found[carer] += pause.minutes if pause else 0
        return found

    @cached_property
    def carers(self) -> Mapping[str, frozenset[str]]:
        """The carers of each visit that is made."""
        found: dict[str, set[str]] = {}
        for (carer, _), order in self.orders.items():
            for name in order:
                found.setdefault(name, set()).add(carer)
        return {name: frozenset(carers) for name, carers in found.items()}

    def rounds(self) -> tuple[Round, ...]:
        """Return the rounds with their minutes, in the order of the problem's carers."""
        return tuple(
            self._round(carer, shift, order)
            for carer in self.problem.carers
            for shift in range(len(carer.shifts))
            if (order := self.orders.get((carer.id, shift), ()))
        )

    def _round(self, carer: Carer, shift: int, order: Sequence[str]) -> Round:
        way = self.problem.matrix(carer.travel_mode).item
        pause, after = carer.break_of(shift), self.rests.get((carer.id, shift))
        rest: Rest | None = None
        stops: list[Stop] = []
        place = carer.start_location
        for number, name in enumerate(order):
            visit = self.problem.visit_by_id[name]
            start = self.starts[name]
            # The first journey begins just in time: waiting at home is not waiting on the road.
            come = start
            if stops:
                free = stops[-1].leave
                if pause is not None and number == after:
                    rest = Rest(number, max(free, pause.earliest), pause.minutes)
                    free = rest.start + rest.minutes
                come = free + way(place, visit.location)
            stops.append(Stop(name, come, start, start + visit.minutes))
            place = visit.location
        return Round(carer.id, shift, tuple(stops), rest)

    def slots(self, visit: Visit, carer: Carer, shift: int, *, slack: int = 0) -> Iterator[Slot]:
        """Yield the places in one shift where a visit fits in its window widened by `slack`.

        Where the visit would come between two stops with the break between them, the break is
        looked at before it and after it. Of hours and company `allows` is the judge.
        """
        key = (carer.id, shift)
        order = self.orders.get(key, ())
        pause, now = _pause(carer, shift, len(order) + 1), self.rests.get(key)
        for position in range(len(order) + 1):
            if pause is None:
                rests: tuple[int | None, ...] = (None,)
            elif now is None:
                rests = (1,)
            elif now == position:
                rests = (position, position + 1)
            else:
                rests = (now + (now > position),)
            for rest in rests:
                slot = self._slot(visit, carer, shift, position, pause, rest, slack)
                if slot is not None:
                    yield slot

    def _slot(
        self,
        visit: Visit,
        carer: Carer,
        shift: int,
        position: int,
        pause: Break | None,
        rest: int | None,
        slack: int,
    ) -> Slot | None:
        problem = self.problem
        way = problem.matrix(carer.travel_mode).item
        starts, ends = carer.shifts[shift]
        order = self.orders.get((carer.id, shift), ())
        before = problem.visit_by_id[order[position - 1]] if position else None
        after = problem.visit_by_id[order[position]] if position < len(order) else None
        origin = before.location if before else carer.start_location
        target = after.location if after else carer.end_location
        come, go = way(origin, visit.location), way(visit.location, target)
        free = self.starts[before.id] + before.minutes if before else starts
        until = (self.latests[after.id] if after else ends) - go
        if pause is not None and rest == position:
            if free > pause.latest:
                return None
            free = max(free, pause.earliest) + pause.minutes
        elif pause is not None and rest == position + 1:
            until = min(until - pause.minutes, pause.latest)
            if pause.earliest + pause.minutes + go > (self.latests[after.id] if after else ends):
                return None
        soonest = max(visit.earliest - slack, free + come)
        latest = min(visit.latest + slack, until - visit.minutes)
        if soonest > latest:
            return None
        added = come + go - (way(origin, target) if order else 0)
        working = added + visit.minutes + (pause.minutes if pause and len(order) == 1 else 0)
        return Slot(carer.id, shift, position, soonest, latest, added, rest, working)

    def allows(self, visit: Visit, slot: Slot) -> bool:
        """Whether the carer's most working minutes and the visit's "another carer" leave a slot."""
        most = self.problem.carer_by_id[slot.carer].max_minutes
        return (most is None or self.working_minutes[slot.carer] + slot.added_minutes <= most) and (
            not any(
                slot.carer in self.carers.get(name, ())
                for name in self.problem.apart.get(visit.id, ())
            )
        )


def timetable(
    problem: Problem,
    orders: Mapping[Key, Sequence[str]],
    rests: Mapping[Key, int] | None = None,
) -> Timetable:
    """Give each visit its least start; raises ClashError where no start times keep every limit.

    `rests` says after how many stops the break of a shift is; where it is silent and the shift
    holds a break, it is the first place where the break fits, one shift after another.
    """
    draft = _Draft(problem, {key: tuple(order) for key, order in orders.items() if order})
    given = rests or {}
    open_ones = []
    for key, order in draft.orders.items():
        pause = _pause(problem.carer_by_id[key[0]], key[1], len(order))
        if pause is None:
            continue
        if key in given:
            draft.rest(key, pause, given[key])
        else:
            open_ones.append((key, pause))
    draft.settle(draft.starts)
    for key, pause in open_ones:
        draft.find_rest(key, pause)
    return Timetable(
        problem,
        draft.orders,
        draft.rests,
        draft.starts,
        draft.ceilings,
        tuple(link for links in draft.out.values() for link in links),
    )


def orders_of(rounds: Iterable[Round]) -> dict[Key, tuple[str, ...]]:
    """Return who visits whom in which order, without the minutes."""
    return {(each.carer, each.shift): tuple(s.visit for s in each.stops) for each in rounds}


def rests_of(rounds: Iterable[Round]) -> dict[Key, int]:
    """Return after how many stops each round's break is, of the rounds that have one."""
    return {(each.carer, each.shift): each.rest.stops for each in rounds if each.rest is not None}


class _Draft:
    """A timetable under way: links and bounds may be added, so starts only ever grow."""

    def __init__(self, problem: Problem, orders: dict[Key, tuple[str, ...]]) -> None:
        self.problem = problem
        self.orders = orders
        self.rests: dict[Key, int] = {}
        self.starts: dict[str, int] = {}
        self.ceilings: dict[str, int] = {}
        self.out: dict[str, list[Link]] = {}
        self.ways_home = tuple(_ways_home(problem, orders))
        for (carer, shift), order in orders.items():
            self._add_round(problem.carer_by_id[carer], shift, order)
        for name in self.starts:
            for tie in problem.visit_by_id[name].after:
                if tie.visit in self.starts:
                    self._link(tie.visit, name, tie.min_gap)
                    if tie.max_gap is not None:
                        self._link(name, tie.visit, -tie.max_gap)

    def rest(self, key: Key, pause: Break, after: int) -> None:
        """Put the break of a shift after so many stops."""
        order = self.orders[key]
        if not 1 <= after < len(order):
            raise ClashError(f"{key[0]} has no break after {after} of {len(order)} visits")
        carer = self.problem.carer_by_id[key[0]]
        one, two = (self.problem.visit_by_id[name] for name in order[after - 1 : after + 1])
        onward = pause.minutes + self.problem.travel(one.location, two.location, carer.travel_mode)
        self._link(one.id, two.id, one.minutes + onward)
        self.starts[two.id] = max(self.starts[two.id], pause.earliest + onward)
        self.ceilings[one.id] = min(self.ceilings[one.id], pause.latest - one.minutes)
        self.rests[key] = after

    def find_rest(self, key: Key, pause: Break) -> None:
        """Put the break of a shift where it first fits."""
        order = self.orders[key]
        for after, (one, two) in enumerate(pairwise(order), start=1):
            if self.starts[one] + self.problem.visit_by_id[one].minutes > pause.latest:
                break  # and later ones are left later still
            starts, ceiling = self.starts.copy(), self.ceilings[one]
            self.rest(key, pause, after)
            try:
                self.settle((one, two))
            except ClashError:
                self.starts, self.ceilings[one] = starts, ceiling
                self.out[one].pop()
                del self.rests[key]
            else:
                return
        raise ClashError(f"{key[0]} has no room for a break of {pause.minutes} min in the shift")

    def settle(self, changed: Iterable[str]) -> None:
        """Move starts on along the links from those changed; ClashError if a limit is passed."""
        starts, ceilings, out = self.starts, self.ceilings, self.out
        queue = deque(changed)
        while queue:
            source = queue.popleft()
            start = starts[source]
            if start > ceilings[source]:
                raise ClashError(self._late(source))
            for _, target, gap in out[source]:
                if start + gap > starts[target]:
                    starts[target] = start + gap
                    queue.append(target)
        for last, limit, carer in self.ways_home:
            if starts[last] > limit:
                raise ClashError(
                    f"{carer} would be back {starts[last] - limit} min after the shift"
                )

    def _add_round(self, carer: Carer, shift: int, order: Sequence[str]) -> None:
        way = self.problem.matrix(carer.travel_mode).item
        before: Visit | None = None
        for name in order:
            visit = self.problem.visit_by_id[name]
            self.starts.setdefault(name, visit.earliest)
            self.ceilings.setdefault(name, visit.latest)
            self.out.setdefault(name, [])
            if before is None:
                arrive = carer.shifts[shift][0] + way(carer.start_location, visit.location)
                self.starts[name] = max(self.starts[name], arrive)
            else:
                gap = before.minutes + way(before.location, visit.location)
                self._link(before.id, name, gap)
            before = visit

    def _link(self, source: str, target: str, gap: int) -> None:
        self.out[source].append(Link(source, target, gap))

    def _late(self, name: str) -> str:
        late = self.starts[name] - self.problem.visit_by_id[name].latest
        if late > 0:
            return f"{name} would start {late} min after its window"
        late = self.starts[name] - self.ceilings[name]
        return f"the break after {name} would begin {late} min after its window"


def _pause(carer: Carer, shift: int, stops: int) -> Break | None:
    """Return the break a round of so many stops takes."""
    return carer.break_of(shift) if stops >= 2 else None


def _ways_home(
    problem: Problem, orders: Mapping[Key, tuple[str, ...]]
) -> Iterator[tuple[str, int, str]]:
    """Yield the last visit of each round, its last start to be back in time, and the carer."""
    for (name, shift), order in orders.items():
        if order:
            carer, last = problem.carer_by_id[name], problem.visit_by_id[order[-1]]
            home = problem.travel(last.location, carer.end_location, carer.travel_mode)
            yield last.id, carer.shifts[shift][1] - home - last.minutes, name
