"""What if: the exact cost of giving one visit of a plan to any carer, fast enough to drag.

A board takes the visit out once, times the rest once, and then asks of every place in every shift
only what changes (vacancy.py, ripple.py). What an option costs is what `totals` says of the plan
after the move less what it says of the plan before it.
"""

from collections.abc import Mapping
from dataclasses import replace

from optimiser.rounds.problem import Plan, Problem, ProblemError, Unplaced
from optimiser.rounds.ripple import Grid
from optimiser.rounds.timetable import (
    ClashError,
    Key,
    Timetable,
    orders_of,
    rests_of,
    timetable,
)
from optimiser.rounds.totals import cost_milliminutes, totals_of, travel_of_order
from optimiser.rounds.unplaced import why_unplaced
from optimiser.rounds.vacancy import Option, Vacancy

__all__ = ["Board", "Option"]

VACANCIES_KEPT = 8  # visits taken out whose timetable is kept, the latest


class HeldError(ProblemError):
    """A visit whose round cannot be driven without it: a break or a journey hangs on it."""


class Board:
    """A plan on which visits may be moved; the plan itself never changes."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.orders, self.rests = orders_of(plan.rounds), rests_of(plan.rounds)
        self.left_out = tuple(each.visit for each in plan.unplaced)
        self.cost = cost_milliminutes(problem, plan.rounds, self.left_out)
        self._grid = Grid(problem)
        self._vacancies: dict[tuple[str, str | None], Vacancy] = {}

    def options(
        self,
        visit_id: str,
        instead_of: str | None = None,
        *,
        carers: frozenset[str] | None = None,
    ) -> tuple[Option, ...]:
        """Return one option a carer and shift, the cheapest first, those refused last.

        A visit with one carer is moved whole; of a double-up say `instead_of` whom. A visit
        nobody makes is put in, all its carers at once: the best found, its cost exact. `carers`
        narrows whom to look at. Raises ProblemError for a visit that is not there.
        """
        asked = [each for each in self.problem.carers if carers is None or each.id in carers]
        try:
            vacancy = self._vacancy(visit_id, instead_of)
        except HeldError as held:
            return tuple(
                Option(carer.id, shift, refused=str(held))
                for carer in asked
                for shift in range(max(1, len(carer.shifts)))
            )
        saved = self._travel_saved(vacancy)
        found = [
            self._against_now(option, saved)
            for carer in asked
            for option in vacancy.options_of(carer.id)
        ]
        return tuple(sorted(found, key=lambda each: (bool(each.refused), each.cost_milliminutes)))

    def move(
        self,
        visit_id: str,
        carer: str,
        shift: int,
        *,
        instead_of: str | None = None,
        position: int | None = None,
    ) -> Plan:
        """Return the plan with a visit in a carer's shift: the cheapest place, or `position`.

        Raises ProblemError with the sentence why it cannot be there.
        """
        if carer not in self.problem.carer_by_id:
            raise ProblemError(f"{carer} is not a carer of this day")
        vacancy = self._vacancy(visit_id, instead_of)
        option = next((o for o in vacancy.options_of(carer, position) if o.shift == shift), None)
        if option is None:
            raise ProblemError(f"{carer} has no shift {shift}")
        if option.refused is not None:
            raise ProblemError(f"{carer}: {option.refused}")
        unplaced = tuple(each for each in self.plan.unplaced if each.visit != visit_id)
        return self._planned(vacancy.table_with(option.places), unplaced)

    def take_out(self, visit_id: str) -> Plan:
        """Return the plan with a visit left out by hand; every carer of it is freed.

        Raises ProblemError for a visit that nobody makes.
        """
        if not self.plan.carers_of(visit_id):
            raise ProblemError(f"{visit_id} is not made in this plan")
        table = self._without(visit_id, frozenset(self.plan.carers_of(visit_id)))
        why = why_unplaced(table, self.problem.visit_by_id[visit_id])
        left = Unplaced(visit_id, ("taken out by hand", *why))
        return self._planned(table, (*self.plan.unplaced, left))

    def cost_of_pin(self, visit_id: str) -> Option | None:
        """Return the cheapest change if a visit were not pinned; None if the pin costs nothing.

        Its cost is below zero: so much does the pin cost this plan (SC-05).
        """
        if visit_id not in self.problem.pin_by_visit:
            return None
        pins = tuple(pin for pin in self.problem.pins if pin.visit != visit_id)
        free = Board(replace(self.problem, pins=pins), self.plan)
        made_by = self.plan.carers_of(visit_id)
        found = [
            option
            for carer in made_by or (None,)
            for option in free.options(visit_id, carer)
            if option.refused is None and option.cost_milliminutes < 0
        ]
        return min(found, key=lambda each: each.cost_milliminutes, default=None)

    def _vacancy(self, visit_id: str, instead_of: str | None) -> Vacancy:
        key = (visit_id, instead_of)
        vacancy = self._vacancies.pop(key, None) or self._new_vacancy(visit_id, instead_of)
        self._vacancies[key] = vacancy
        while len(self._vacancies) > VACANCIES_KEPT:
            del self._vacancies[next(iter(self._vacancies))]
        return vacancy

    def _new_vacancy(self, visit_id: str, instead_of: str | None) -> Vacancy:
        if visit_id not in self.problem.visit_by_id:
            raise ProblemError(f"{visit_id} is not a visit of this day")
        made_by = self.plan.carers_of(visit_id)
        if instead_of is not None and instead_of not in made_by:
            raise ProblemError(f"{instead_of} does not make {visit_id} in this plan")
        if instead_of is None and len(made_by) > 1:
            raise ProblemError(
                f"{visit_id} is made by {' and '.join(made_by)}: say instead of whom"
            )
        freed = frozenset((instead_of,) if instead_of else made_by)
        return Vacancy(
            self._grid,
            self.problem.visit_by_id[visit_id],
            self._without(visit_id, freed),
            staying=[carer for carer in made_by if carer not in freed],
            left_out=[name for name in self.left_out if name != visit_id],
        )

    def _without(self, visit_id: str, freed: frozenset[str]) -> Timetable:
        """Return the timetable without a visit of these carers, breaks as they were."""
        orders, rests = dict(self.orders), dict(self.rests)
        for key, order in self.orders.items():
            if key[0] in freed and visit_id in order:
                orders[key] = tuple(name for name in order if name != visit_id)
                if key in rests:
                    rests[key] -= order.index(visit_id) < rests[key]
                    rests[key] = max(1, min(rests[key], len(orders[key]) - 1))
        try:
            return timetable(self.problem, orders, rests)
        except ClashError:
            return self._timed_anew(visit_id, orders)

    def _timed_anew(self, visit_id: str, orders: Mapping[Key, tuple[str, ...]]) -> Timetable:
        rests = {key: stops for key, stops in self.rests.items() if orders[key] == self.orders[key]}
        try:
            return timetable(self.problem, orders, rests)
        except ClashError as clash:
            raise HeldError(f"{visit_id} cannot be taken out of this plan: {clash}") from clash

    def _travel_saved(self, vacancy: Vacancy) -> int:
        """Return the travel of the rounds at hand less theirs without the visit."""
        return sum(
            travel_of_order(self.problem, key[0], order)
            - travel_of_order(self.problem, key[0], vacancy.table.orders.get(key, ()))
            for key, order in self.orders.items()
            if vacancy.visit.id in order
        )

    def _against_now(self, option: Option, saved: int) -> Option:
        if option.refused is not None:
            return option
        return replace(
            option,
            cost_milliminutes=option.cost_milliminutes - self.cost,
            travel_minutes=option.travel_minutes - saved,
        )

    def _planned(self, table: Timetable, unplaced: tuple[Unplaced, ...]) -> Plan:
        rounds = table.rounds()
        totals = totals_of(self.problem, rounds, [each.visit for each in unplaced])
        return Plan(rounds=rounds, unplaced=unplaced, totals=totals, seed=self.plan.seed)
