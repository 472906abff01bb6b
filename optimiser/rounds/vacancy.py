"""A plan with one visit, or one carer's part of it, taken out, and every place it could go to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice

from optimiser.rounds.check import clock
from optimiser.rounds.problem import Problem, Visit
from optimiser.rounds.ripple import Grid, Hurdle, Place, Ripples
from optimiser.rounds.surcharge import Surcharge
from optimiser.rounds.timetable import ClashError, Key, Timetable, timetable
from optimiser.rounds.totals import cost_milliminutes

MOST_PARTNERS = 12  # ways tried to go together with others for a visit that needs several carers


@dataclass(frozen=True)
class Option:
    """One carer's shift for a visit: the cheapest place there, or the sentence why there is none.

    `cost_milliminutes` and `travel_minutes` are what the whole plan would have more (or less) than
    now; `places` are all the places taken, those of other carers who would come along included.
    """

    carer: str
    shift: int
    position: int = 0
    start: int = 0
    cost_milliminutes: int = 0
    travel_minutes: int = 0
    refused: str | None = None
    places: tuple[Place, ...] = ()

    @property
    def with_carers(self) -> tuple[str, ...]:
        """The other carers who would come along to a visit nobody makes yet."""
        return tuple(place.carer for place in self.places if place.carer != self.carer)


class Vacancy:
    """A visit taken out of a timed plan.

    `table` is the plan without it (with the carers who stay), `staying` are those carers, and
    `left_out` are the other visits nobody makes. Costs are those of the whole plan.
    """

    def __init__(
        self,
        grid: Grid,
        visit: Visit,
        table: Timetable,
        *,
        staying: Sequence[str],
        left_out: Sequence[str],
    ) -> None:
        self.problem: Problem = grid.problem
        self.grid, self.visit, self.table, self.staying = grid, visit, table, tuple(staying)
        self.left_out = tuple(left_out)
        self.needed = visit.carers - len(self.staying)
        self.ripples = Ripples(table, grid)
        self.surcharge = Surcharge(self.problem, table, self.ripples, visit)
        self._answers: dict[str, tuple[Option, ...]] = {}
        self._relaxed: dict[Key, dict[str, int]] = {}

    @cached_property
    def cost(self) -> int:
        """What the plan costs without the visit, a visit left out not counted."""
        return cost_milliminutes(self.problem, self.table.rounds(), self.left_out)

    def options_of(self, carer_id: str, position: int | None = None) -> tuple[Option, ...]:
        """Return a carer's options, one a shift; travel is against the plan without the visit."""
        if position is not None:
            return tuple(self._options_of(carer_id, position))
        if carer_id not in self._answers:
            self._answers[carer_id] = tuple(self._options_of(carer_id, None))
        return self._answers[carer_id]

    def _options_of(self, carer_id: str, position: int | None) -> Iterator[Option]:
        carer = self.problem.carer_by_id[carer_id]
        refusal = self.refusal(carer_id)
        for shift in range(len(carer.shifts)):
            key = (carer_id, shift)
            words = refusal or self._out_of_shift(key)
            yield Option(*key, refused=words) if words else self._best(key, position)
        if not carer.shifts:
            yield Option(carer_id, 0, refused=refusal or "has no shift this day")

    def table_with(self, places: Sequence[Place]) -> Timetable:
        """Return the timetable with the visit in these places; ClashError if it cannot be."""
        orders, rests = dict(self.table.orders), dict(self.table.rests)
        for place in places:
            order = orders.get(place.key, ())
            order = (*order[: place.position], self.visit.id, *order[place.position :])
            orders[place.key] = order
            if place.rest is not None:
                rests[place.key] = order.index(place.rest) + 1
        return timetable(self.problem, orders, rests)

    def refusal(self, carer_id: str) -> str | None:
        """Return why this carer may not go at all, whatever the hour."""
        carer, visit = self.problem.carer_by_id[carer_id], self.visit
        lacking = sorted(visit.skills - carer.skills)
        pin = self.problem.pin_by_visit.get(visit.id)
        if carer_id in self.staying:
            return "already goes to this visit"
        if lacking:
            return f"has no skill in {', '.join(lacking)}"
        if carer_id in visit.not_carers:
            return "must not go to this person"
        if visit.only_carers is not None and carer_id not in visit.only_carers:
            return f"only {', '.join(sorted(visit.only_carers)) or 'nobody'} may go"
        if pin is not None and len({*pin.carers, *self.staying, carer_id}) > visit.carers:
            return f"the visit is pinned to {', '.join(pin.carers)}"
        for other in sorted(self.problem.apart.get(visit.id, ())):
            if carer_id in self.table.carers.get(other, ()):
                return f"also goes to {other}, which must have another carer"
        return None

    def _out_of_shift(self, key: Key) -> str | None:
        lane, visit = self.grid.lanes[key], self.visit
        home, end = lane.carer.start_location, lane.carer.end_location
        soonest = max(visit.earliest, lane.begins + lane.travel(home, visit.location))
        hours = f"the shift {clock(lane.begins)} to {clock(lane.ends)}"
        # A way by other visits may be quicker where journeys break the triangle inequality: only
        # what holds for every way is said of the shift alone.
        if lane.begins > visit.latest or (soonest > visit.latest and not self._order(key)):
            return (
                f"{hours} begins too late: there at {clock(soonest)}, "
                f"{soonest - visit.latest} min after the window"
            )
        back = soonest + visit.minutes + lane.travel(visit.location, end)
        least = max(visit.earliest, lane.begins) + visit.minutes
        if least > lane.ends or (back > lane.ends and not self._order(key)):
            return f"{hours} ends too early: back at {clock(back)}, {back - lane.ends} min over"
        return None

    def _order(self, key: Key) -> tuple[str, ...]:
        return self.table.orders.get(key, ())

    def _best(self, key: Key, position: int | None) -> Option:
        nearest, roomy = self._roomy(key, position)
        for near in (True, False) if self.grid.lanes[key].rest is not None else (True,):
            found = self._cheapest(self._groups(key, roomy, near=near), key)
            if isinstance(found, Option):
                return found
            nearest = _nearer(nearest, found)
        return Option(*key, refused=self._no_room(nearest))

    def _roomy(self, key: Key, position: int | None) -> tuple[Hurdle | None, list[int]]:
        """Return the positions with room if no break were taken, and what least denies others."""
        stops, nearest = len(self._order(key)), None
        roomy = [at for at in range(stops + 1) if position is None or at == position]
        if self.grid.lanes[key].rest is None or not stops or self.needed > 1:
            return None, roomy
        found, starts = [], {**self.ripples.starts, **self._without_rest(key)}
        for at in roomy:
            bare = self._place(key, at, None)
            tried = self.surcharge.too_long(bare)
            if tried is None and not self.surcharge.is_shortcut(bare):
                put = self.ripples.put(self.visit.id, (bare,), starts)
                tried = put if isinstance(put, Hurdle) else None
            if tried is None:
                found.append(at)
            else:
                nearest = _nearer(nearest, tried)
        return nearest, found

    def _cheapest(
        self, ways: Iterable[tuple[int, tuple[Place, ...]]], key: Key
    ) -> Option | Hurdle | None:
        """Return the cheapest of the ways that hold, or what stands least in the way."""
        best: Option | None = None
        nearest: Hurdle | None = None
        for cost, places in ways:
            if best is not None and self._floor(cost, places) >= best.cost_milliminutes:
                continue
            option = self._tried(key, places, cost)
            if isinstance(option, Hurdle):
                nearest = _nearer(nearest, option)
            elif best is None or option.cost_milliminutes < best.cost_milliminutes:
                best = option
        return best or nearest

    def _floor(self, cost: int, places: Sequence[Place]) -> int:
        """Return the least a way can cost, whatever it does to the starts."""
        if self._needs_timing(places):
            return 0
        for place in places:
            if place.rest != self.ripples.rest_after.get(place.key):
                cost += self.surcharge.of_starts((), self._without_rest(place.key))
                cost -= self.surcharge.most_spared(self._without_rest(place.key))
        return cost - self._most_spared

    @cached_property
    def _most_spared(self) -> int:
        return self.surcharge.most_spared(self.ripples.starts)

    def _tried(self, key: Key, places: tuple[Place, ...], floor: int) -> Option | Hurdle:
        for place in places:
            too_long = self.surcharge.too_long(place)
            if too_long is not None:
                return too_long
        if self._needs_timing(places):
            return self._timed_anew(key, places)
        changed = self._starts(places)
        if isinstance(changed, Hurdle):
            return changed
        return Option(
            *key,
            position=places[0].position,
            start=changed[self.visit.id],
            cost_milliminutes=floor + self.surcharge.of_starts(places, changed),
            travel_minutes=sum(self.surcharge.travel(place) for place in places),
            places=places,
        )

    def _starts(self, places: tuple[Place, ...]) -> dict[str, int] | Hurdle:
        earlier: dict[str, int] = {}
        for place in places:
            if place.rest != self.ripples.rest_after.get(place.key):
                earlier = self._without_rest(place.key)
        base = {**self.ripples.starts, **earlier} if earlier else None
        changed = self.ripples.put(self.visit.id, places, base)
        return changed if isinstance(changed, Hurdle) else {**earlier, **changed}

    def _without_rest(self, key: Key) -> dict[str, int]:
        if key not in self._relaxed:
            self._relaxed[key] = self.ripples.without_rest(key)
        return self._relaxed[key]

    def _needs_timing(self, places: Sequence[Place]) -> bool:
        """Whether starts may come earlier in a way that does not ripple on from the visit."""
        moved = sum(place.rest != self.ripples.rest_after.get(place.key) for place in places)
        return moved > 1 or any(self.surcharge.is_shortcut(place) for place in places)

    def _timed_anew(self, key: Key, places: tuple[Place, ...]) -> Option | Hurdle:
        try:
            table = self.table_with(places)
        except ClashError:
            return Hurdle("clash", key[0], self.problem.longest)
        return Option(
            *key,
            position=places[0].position,
            start=table.starts[self.visit.id],
            cost_milliminutes=cost_milliminutes(self.problem, table.rounds(), self.left_out),
            travel_minutes=sum(self.surcharge.travel(place) for place in places),
            places=places,
        )

    def _groups(
        self, key: Key, positions: Iterable[int], *, near: bool
    ) -> list[tuple[int, tuple[Place, ...]]]:
        """Return the ways to put the visit in with what they cost whatever the starts."""
        ways: list[tuple[Place, ...]] = [(each,) for each in self._places(key, positions, near)]
        if self.needed > 1:
            partners = [place for place in self._partners if place.carer != key[0]]
            ways = [
                (place, *others)
                for (place,) in ways
                for others in islice(combinations(partners, self.needed - 1), MOST_PARTNERS)
                if len({each.carer for each in others}) == self.needed - 1
                and self._keeps_pin(place.carer, others)
            ]
        rated = [(self.cost + self.surcharge.of_places(way), way) for way in ways]
        return sorted(rated, key=lambda pair: pair[0])

    def _keeps_pin(self, carer: str, others: Sequence[Place]) -> bool:
        pin = self.problem.pin_by_visit.get(self.visit.id)
        return pin is None or {*pin.carers} <= {carer, *(each.carer for each in others)}

    @cached_property
    def _partners(self) -> list[Place]:
        """The places of carers who could go along, pinned ones first, then the cheapest."""
        pin = self.problem.pin_by_visit.get(self.visit.id)
        found = []
        for key in self.grid.lanes:
            if self.refusal(key[0]) or self._out_of_shift(key):
                continue
            carer = self.problem.carer_by_id[key[0]]
            for slot in self.table.slots(self.visit, carer, key[1]):
                if self.table.allows(self.visit, slot):
                    place = self._place(key, slot.position, slot.rest)
                    free = pin is None or key[0] not in pin.carers
                    found.append((free, self.surcharge.of_places((place,)), key, place))
        found.sort(key=lambda each: each[:3])
        return [each[-1] for each in found]

    def _places(self, key: Key, positions: Iterable[int], near: bool) -> Iterator[Place]:
        """Yield the places in one shift, each with every break that may go with it."""
        stops = len(self._order(key))
        for at in positions:
            for rest in self._rests(key, at, stops, near):
                yield self._place(key, at, rest)

    def _rests(self, key: Key, at: int, stops: int, near: bool) -> Sequence[int | None]:
        """Return the breaks looked at: all, or where it is now and the stops around it."""
        if self.grid.lanes[key].rest is None or not stops:
            return (None,)
        now = self.table.rests.get(key)
        if now is None:
            return (1,)
        same = now + (now > at)
        looked_at = {same - 1, same + 1, at, at + 1} if near else set(range(1, stops + 1))
        return [same, *sorted(each for each in looked_at - {same} if 1 <= each <= stops)]

    def _place(self, key: Key, position: int, rest: int | None) -> Place:
        order = self._order(key)
        before = order[position - 1] if position else None
        after = order[position] if position < len(order) else None
        name = None
        if rest is not None:
            name = (*order[:position], self.visit.id, *order[position:])[rest - 1]
        return Place(*key, position, before, after, name)

    def _no_room(self, nearest: Hurdle | None) -> str:
        if nearest is None:
            return "no room: nobody is free to go along" if self.needed > 1 else "no room there"
        over, who = nearest.over, nearest.who
        if nearest.kind == "window":
            name = "it" if who == self.visit.id else who
            return f"no room: {name} would start {over} min after its window"
        return {
            "break": f"no room: the break of {who} would begin {over} min too late",
            "shift": f"no room: {who} would be back {over} min after the shift",
            "hours": f"{who} would work {over} min more than allowed",
        }.get(nearest.kind, "no room: the starts of its double-ups and gaps cannot be kept")


def _nearer(one: Hurdle | None, other: Option | Hurdle | None) -> Hurdle | None:
    if not isinstance(other, Hurdle):
        return one
    return other if one is None or other.over < one.over else one
