"""A cost that no plan is below, without a search; the proofs of single visits beside it.

docs/algorithms/rounds-proofs.md has the arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from optimiser.rounds.impossible import (
    NEVER,
    Clash,
    EmptyDay,
    Ints,
    cannot_all_be_served,
    cannot_be_served,
    most_work,
)
from optimiser.rounds.problem import Carer, Problem
from optimiser.rounds.totals import assignment_cost

__all__ = ["Bound", "Clash", "cannot_all_be_served", "cannot_be_served", "lower_bound"]

MOST_PARTS = 1200  # beyond it the table of ways in and out takes too long to fill


@dataclass(frozen=True)
class Bound:
    """A cost in thousandths of a unit that no plan is below, and why."""

    milliminutes: int
    sentence: str


def lower_bound(problem: Problem) -> Bound:
    """Return a cost no plan is below: the best of what is counted out, of ways in and out, both."""
    day = EmptyDay(problem)
    never, clashes = day.never, _apart(day.clashes)
    rate = {v.id: problem.rate(f"unplaced_{v.priority}") for v in problem.visits}
    cheapest = [sorted(rate[name] for name in clash.visits) for clash in clashes]
    left_out = sum(rate[name] for name in never)
    left_out += sum(
        sum(rates[: clash.at_least]) for clash, rates in zip(clashes, cheapest, strict=True)
    )
    hours = sum(_away_from_contract(problem, carer) for carer in problem.carers)
    count = len(never) + sum(clash.at_least for clash in clashes)
    best = Bound(left_out + hours, f"at least {count} of {len(problem.visits)} are left out")
    if not problem.visits or sum(visit.carers for visit in problem.visits) > MOST_PARTS:
        return best
    # A set that must leave out m visits may be offered `discount` for each: the offer is paid back
    # m times, so that the sum stays a bound (a Lagrange multiplier).
    discount = dict.fromkeys(rate, 0)
    paid_back = 0
    for clash, rates in zip(clashes, cheapest, strict=True):
        discount |= dict.fromkeys(clash.visits, rates[clash.at_least - 1])
        paid_back += clash.at_least * rates[clash.at_least - 1]
    ways = _WaysInAndOut(day)
    why = "every visit made needs a way in and a way out, or it is left out"
    plain = hours + ways.least(rate)
    if plain > best.milliminutes:
        best = Bound(plain, why)
    if paid_back:
        both = hours + paid_back + ways.least({name: rate[name] - discount[name] for name in rate})
        if both > best.milliminutes:
            best = Bound(both, f"{why}; at least {count} are left out")
    return best


def _apart(clashes: Sequence[Clash]) -> list[Clash]:
    """Return clashes that share no visit, so that what they leave out adds up."""
    kept: list[Clash] = []
    seen: set[str] = set()
    for clash in clashes:
        if seen.isdisjoint(clash.visits):
            kept.append(clash)
            seen.update(clash.visits)
    return kept


def _away_from_contract(problem: Problem, carer: Carer) -> int:
    if carer.contract_minutes is None:
        return 0
    away = max(0, carer.contract_minutes - most_work(carer))
    return problem.rate("off_contract") * away**2 // carer.contract_minutes


class _WaysInAndOut:
    """The cheapest pairing of every part of a visit with what comes before it in its round."""

    def __init__(self, day: EmptyDay) -> None:
        self.day = day
        problem = self.problem = day.problem
        needs = [visit.carers for visit in problem.visits]
        self.visit_of = np.repeat(np.arange(len(needs)), needs)
        self.shifts = [(c, number) for c in problem.carers for number in range(len(c.shifts))]

    def least(self, left_out: Mapping[str, int]) -> int:
        """Return the least cost of a pairing where leaving out each visit costs as given."""
        table = self._table.copy()
        for part, at in enumerate(self.visit_of):
            visit = self.problem.visits[at]
            table[part, part] = left_out[visit.id] // visit.carers
        rows, columns = linear_sum_assignment(table)
        return sum(int(cost) for cost in table[rows, columns])

    @cached_property
    def _table(self) -> npt.NDArray[np.float64]:
        parts, shifts = len(self.visit_of), len(self.shifts)
        between = np.full((len(self.problem.visits),) * 2, np.inf)
        table = np.full((parts + shifts, parts + shifts), np.inf)
        for r, (carer, shift) in enumerate(self.shifts):
            first, last = self._add_shift(carer, shift, between)
            table[parts + r, :parts] = first[self.visit_of]
            table[:parts, parts + r] = last[self.visit_of]
            table[parts + r, parts + r] = 0  # a shift in which nobody is visited
        table[:parts, :parts] = between[np.ix_(self.visit_of, self.visit_of)]
        return table

    def _add_shift(
        self, carer: Carer, shift: int, between: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Lower the table of journeys between visits; return the first and the last journeys."""
        day, problem = self.day, self.problem
        soonest, latest = day.reach(carer, shift)
        come, go = day.ends(carer)
        begins, ends = carer.shifts[shift]
        rate, here = problem.rate("travel"), self._share_of(carer)
        steps = day.steps(carer.travel_mode)

        start = np.maximum(soonest[:, None] + steps, soonest)
        possible = (soonest <= latest)[:, None] & (start <= latest)
        journeys = rate * np.where(possible, steps - day.minutes[:, None], 0)
        cost = journeys + here + self._late(np.minimum(start, latest))
        np.minimum(between, np.where(possible, cost, np.inf), out=between)

        start = np.maximum(begins + come, day.earliest)
        possible = start <= latest
        first = rate * come + here + self._late(np.minimum(start, latest))

        back = soonest + day.minutes + go
        can_end = back <= ends
        last = rate * go + problem.rate("paid_span") * (np.minimum(back, ends) - begins)
        return np.where(possible, first, np.inf), np.where(can_end, last, np.inf)

    def _share_of(self, carer: Carer) -> Ints:
        """Return what each part costs with this carer, with its share of the person's faces."""
        rate = self.problem.rate("faces")
        return np.array(
            [
                assignment_cost(self.problem, visit, carer.id) + rate // self._parts[at]
                for at, visit in enumerate(self.problem.visits)
            ],
            dtype=np.int64,
        )

    @cached_property
    def _parts(self) -> list[int]:
        """How many parts, at most, one face may have been paid for."""
        visits = self.problem.visits
        return [
            sum(other.person == visit.person for other in visits) if visit.person else 1
            for visit in visits
        ]

    def _late(self, starts: Ints) -> Ints:
        visits = self.problem.visits
        due = np.array([NEVER if v.due is None else v.due for v in visits], dtype=np.int64)
        needs = np.array([v.carers for v in visits], dtype=np.int64)
        return self.problem.rate("late") * np.maximum(0, starts - due) // needs
