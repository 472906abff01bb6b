"""What putting one visit into a timed plan adds to its cost, to the thousandth of a minute."""

from collections.abc import Mapping, Sequence

from optimiser.rounds.problem import Problem, Visit
from optimiser.rounds.ripple import Hurdle, Lane, Place, Ripples
from optimiser.rounds.timetable import Timetable
from optimiser.rounds.totals import assignment_cost


class Surcharge:
    """What a visit adds to a plan without it: the charges of totals.py that it changes."""

    def __init__(self, problem: Problem, table: Timetable, ripples: Ripples, visit: Visit) -> None:
        self.problem, self.table, self.visit = problem, table, visit
        self.starts, self.grid = ripples.starts, ripples.grid
        self.lasts: dict[str, list[tuple[str, int]]] = {}
        for key, order in table.orders.items():
            if order:
                self.lasts.setdefault(order[-1], []).append(key)
        same_person = (
            {each.id for each in problem.visits if each.person == visit.person}
            if visit.person
            else {visit.id}
        )
        self.known_faces = {
            carer for name in same_person for carer in table.carers.get(name, frozenset())
        }
        self.late = {name: self._late(name, start) for name, start in self.starts.items()}
        self.worst = max(self.late.values(), default=0)

    def travel(self, place: Place) -> int:
        """Return the minutes of travel a place adds."""
        come, go, direct = self._legs(place)
        return come + go - direct

    def is_shortcut(self, place: Place) -> bool:
        """Whether going by way of the visit is quicker than the journey it replaces."""
        come, go, direct = self._legs(place)
        return place.after is not None and come + self.visit.minutes + go < direct

    def minutes(self, place: Place) -> int:
        """Return the working minutes a place adds."""
        pause = self._lane(place).rest
        second = len(self.table.orders.get(place.key, ())) == 1
        rest = pause.minutes if pause is not None and second else 0
        return self.travel(place) + self.visit.minutes + rest

    def too_long(self, place: Place) -> Hurdle | None:
        """Return by how much the carer would work too long, if at all."""
        most = self.problem.carer_by_id[place.carer].max_minutes
        over = self.table.working_minutes[place.carer] + self.minutes(place) - (most or 0)
        return Hurdle("hours", place.carer, over) if most is not None and over > 0 else None

    def of_places(self, places: Sequence[Place]) -> int:
        """Return what the places cost, whatever the starts: travel, who goes, hours, faces."""
        rate, cost = self.problem.rate, 0
        for place in places:
            cost += rate("travel") * self.travel(place)
            cost += assignment_cost(self.problem, self.visit, place.carer)
            cost += self._off_contract(place)
            cost += 0 if place.carer in self.known_faces else rate("faces")
        return cost

    def of_starts(self, places: Sequence[Place], changed: Mapping[str, int]) -> int:
        """Return what the changed starts cost: paid hours, lateness, change of published starts."""
        rate, published = self.problem.rate, self.problem.published_starts
        late = moved = 0
        lates = {}
        for name, start in changed.items():
            before = self.starts.get(name)
            lates[name] = self._late(name, start)
            late += lates[name] - self.late.get(name, 0)
            if name in published:
                moved += abs(start - published[name])
                moved -= abs(before - published[name]) if before is not None else 0
        return (
            rate("paid_span") * self._span(places, changed)
            + rate("late") * late
            + rate("worst_late") * (self._worst(lates) - self.worst)
            + rate("change_of_start") * moved
        )

    def most_spared(self, starts: Mapping[str, int]) -> int:
        """Return the most by which later starts could lower the cost: all kept as published."""
        published = self.problem.published_starts
        moved = sum(abs(start - published[n]) for n, start in starts.items() if n in published)
        return moved * self.problem.rate("change_of_start")

    def _lane(self, place: Place) -> Lane:
        return self.grid.lanes[place.key]

    def _legs(self, place: Place) -> tuple[int, int, int]:
        lane, visits, here = self._lane(place), self.grid.visits, self.visit.location
        origin = visits[place.before].location if place.before else lane.carer.start_location
        target = visits[place.after].location if place.after else lane.carer.end_location
        alone = place.before is None and place.after is None
        direct = 0 if alone else lane.travel(origin, target)
        return lane.travel(origin, here), lane.travel(here, target), direct

    def _off_contract(self, place: Place) -> int:
        contract = self.problem.carer_by_id[place.carer].contract_minutes
        rate = self.problem.rate("off_contract")
        if contract is None or not rate:
            return 0
        working = self.table.working_minutes[place.carer]
        after = rate * (working + self.minutes(place) - contract) ** 2 // contract
        return after - rate * (working - contract) ** 2 // contract

    def _span(self, places: Sequence[Place], changed: Mapping[str, int]) -> int:
        at_the_end = {place.key for place in places if place.after is None}
        span = sum(
            changed[name] - self.starts[name]
            for name in changed
            for key in self.lasts.get(name, ())
            if key not in at_the_end
        )
        for place in places:
            if place.after is None:
                span += self._back(place, self.visit.id, changed[self.visit.id])
                if place.before is not None:
                    span -= self._back(place, place.before, self.starts[place.before])
                else:
                    span -= self._lane(place).begins
        return span

    def _back(self, place: Place, name: str, start: int) -> int:
        lane, visit = self._lane(place), self.grid.visits[name]
        return start + visit.minutes + lane.travel(visit.location, lane.carer.end_location)

    def _late(self, name: str, start: int) -> int:
        due = self.grid.visits[name].due
        return 0 if due is None else max(0, start - due)

    def _worst(self, lates: Mapping[str, int]) -> int:
        worst = max(lates.values(), default=0)
        if worst >= self.worst:
            return worst
        return max(worst, max((v for n, v in self.late.items() if n not in lates), default=0))
