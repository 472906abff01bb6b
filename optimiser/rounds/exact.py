"""Solve a small problem exactly, with a proof: what tests hold the engine against.

CP-SAT is given the whole problem: one circuit for each shift with visits that may be left out, one
start for all carers of a visit, and every weight as totals.py adds it up. Start times are as
timetable.py gives them, the least ones of an order. Everything but `change_of_start` costs no more
the sooner a visit starts, so that the least starts come by themselves; where that weight counts,
each start must rest on a link that holds exactly (`_start_no_later_than_needed`).
"""

import argparse
import math
from dataclasses import dataclass, field
from pathlib import Path

from ortools.sat.python import cp_model

from optimiser.rounds.formats import read_problem, write_plan
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Break, Carer, Plan, Problem, ProblemError
from optimiser.rounds.timetable import Key
from optimiser.rounds.totals import assignment_cost

MOST_VISITS = 16
MOST_ROUNDS = 24
DEPOT = -1  # both ends of a round

Literal = cp_model.IntVar
Arc = tuple[int, int]


@dataclass(frozen=True)
class Exact:
    """The best plan found; no plan costs less than the bound, and none less than a proved one."""

    plan: Plan
    bound_milliminutes: int
    proved: bool


@dataclass
class Shift:
    """One round of the model: the visits it may hold and the arcs between them."""

    carer: Carer
    number: int
    holds: dict[int, Literal]
    arcs: dict[Arc, Literal] = field(default_factory=dict)
    rests: dict[Arc, Literal] = field(default_factory=dict)

    @property
    def begins(self) -> int:
        """When the shift begins."""
        return self.carer.shifts[self.number][0]

    @property
    def ends(self) -> int:
        """When the shift ends."""
        return self.carer.shifts[self.number][1]

    @property
    def rest(self) -> Break | None:
        """The break the shift holds, if it holds one."""
        return self.carer.break_of(self.number)


def solve_exactly(
    problem: Problem, *, seconds: float = 60.0, threads: int = 1, seed: int = 1
) -> Exact:
    """Return the best plan there is, or the best found in time with `proved` false.

    Raises ProblemError for a problem too large for a proof to be worth waiting for.
    """
    rounds = sum(len(carer.shifts) for carer in problem.carers)
    if len(problem.visits) > MOST_VISITS or rounds > MOST_ROUNDS:
        raise ProblemError(
            f"{len(problem.visits)} visits and {rounds} shifts are too many to prove; at most "
            f"{MOST_VISITS} visits and {MOST_ROUNDS} shifts: use `rounds solve`"
        )
    model = _Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed
    status = solver.solve(model.cp)
    if status == cp_model.UNKNOWN:
        plan = plan_of(problem, {}, [visit.id for visit in problem.visits], seed=seed)
        return Exact(plan, max(0, _whole(solver.best_objective_bound)), proved=False)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        # Leaving everything out is always a plan: only numbers too large for CP-SAT end here.
        raise ProblemError(f"this problem cannot be proved: {model.cp.validate() or status}")
    orders, rests, left_out = model.read(solver)
    plan = plan_of(problem, orders, left_out, seed=seed, rests=rests)
    bound = _whole(solver.best_objective_bound)
    return Exact(plan, bound, proved=plan.totals.cost_milliminutes == bound)


def _whole(bound: float) -> int:
    # Costs are whole, so that a bound may be rounded up; floats are off by far less than this.
    return math.ceil(bound - 1e-3)


def run_prove(arguments: argparse.Namespace) -> int:
    """Prove the least cost of a small problem file."""
    try:
        problem = read_problem(arguments.problem)
        found = solve_exactly(problem, seconds=arguments.seconds, threads=arguments.threads)
    except ProblemError as error:
        raise ProblemError(f"{arguments.problem}: {error}") from error
    unit = 1000 * problem.units_a_minute
    cost, bound = found.plan.totals.cost_milliminutes / unit, found.bound_milliminutes / unit
    if found.proved:
        print(f"proved: no plan costs less than {cost:,.3f} min")
    else:
        print(f"not proved in time: the best found costs {cost:,.3f} min, none below {bound:,.3f}")
    print(f"{found.plan.totals.placed} of {found.plan.totals.planned} visits placed")
    if arguments.out is not None:
        write_plan(found.plan, arguments.out)
    return 0


def add_prove(rounds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `prove` to the `rounds` commands."""
    proving = rounds.add_parser("prove", help="the least cost of a small day, with a proof")
    proving.add_argument("problem", type=Path)
    proving.add_argument("--seconds", type=float, default=60.0)
    proving.add_argument("--threads", type=int, default=1)
    proving.add_argument("--out", type=Path, help="plan file")
    proving.set_defaults(run=run_prove)


class _Model:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.visits = problem.visits
        self.cp = cp_model.CpModel()
        self.cost: list[cp_model.LinearExprT] = []
        self.number = {visit.id: at for at, visit in enumerate(self.visits)}
        self.placed = [self.cp.new_bool_var(f"placed {visit.id}") for visit in self.visits]
        self.start = [self.cp.new_int_var(v.earliest, v.latest, v.id) for v in self.visits]
        self.shifts = [
            self._shift(carer, number)
            for carer in problem.carers
            for number in range(len(carer.shifts))
        ]
        self._give_each_visit_its_carers()
        self._keep_the_ties()
        for carer in problem.carers:
            self._bound_and_cost_the_hours(carer)
        self._cost_the_visits()
        self._cost_the_faces()
        if problem.published_starts and problem.rate("change_of_start"):
            self._start_no_later_than_needed()
        self.cp.minimize(sum(self.cost))

    def read(
        self, solver: cp_model.CpSolver
    ) -> tuple[dict[Key, tuple[str, ...]], dict[Key, int], list[str]]:
        """Return orders, breaks and the visits left out, as plan_of wants them."""
        orders: dict[Key, tuple[str, ...]] = {}
        rests: dict[Key, int] = {}
        for shift in self.shifts:
            following = {i: j for (i, j), arc in shift.arcs.items() if solver.value(arc)}
            resting = [i for (i, _), rest in shift.rests.items() if solver.value(rest)]
            order, at = [], following.get(DEPOT, DEPOT)
            while at != DEPOT:
                order.append(self.visits[at].id)
                if at in resting:
                    rests[shift.carer.id, shift.number] = len(order)
                at = following[at]
            orders[shift.carer.id, shift.number] = tuple(order)
        left_out = [
            visit.id
            for visit, placed in zip(self.visits, self.placed, strict=True)
            if not solver.value(placed)
        ]
        return orders, rests, left_out

    def _travel(self, carer: Carer, i: int, j: int) -> int:
        origin = carer.start_location if i == DEPOT else self.visits[i].location
        target = carer.end_location if j == DEPOT else self.visits[j].location
        return self.problem.travel(origin, target, carer.travel_mode)

    def _shift(self, carer: Carer, number: int) -> Shift:
        holds = {
            at: self.cp.new_bool_var(f"{carer.id} {number} {visit.id}")
            for at, visit in enumerate(self.visits)
            if self.problem.may_visit(carer, visit)
        }
        shift = Shift(carer, number, holds)
        unused = self.cp.new_bool_var(f"{carer.id} {number} unused")
        loops = [(0, 0, unused), *((i + 1, i + 1, ~held) for i, held in holds.items())]
        nodes = [DEPOT, *holds]
        for i in nodes:
            for j in nodes:
                if i != j:
                    arc = self.cp.new_bool_var(f"{carer.id} {number} {i} to {j}")
                    shift.arcs[i, j] = arc
                    self._time_of_arc(shift, i, j, arc)
        used = [(i + 1, j + 1, arc) for (i, j), arc in shift.arcs.items()]
        self.cp.add_circuit([*loops, *used])
        for held in holds.values():
            self.cp.add_implication(held, ~unused)
        self._rest(shift)
        self._cost_the_round(shift)
        return shift

    def _time_of_arc(self, shift: Shift, i: int, j: int, arc: Literal) -> None:
        journey = self._travel(shift.carer, i, j)
        if i == DEPOT:
            self.cp.add(self.start[j] >= shift.begins + journey).only_enforce_if(arc)
        elif j == DEPOT:
            self.cp.add(self._leave(i) + journey <= shift.ends).only_enforce_if(arc)
        else:
            self.cp.add(self.start[j] >= self._leave(i) + journey).only_enforce_if(arc)

    def _leave(self, i: int) -> cp_model.LinearExprT:
        return self.start[i] + self.visits[i].minutes

    def _rest(self, shift: Shift) -> None:
        rest = shift.rest
        if rest is None:
            return
        needed = self.cp.new_bool_var(f"{shift.carer.id} {shift.number} rests")
        stops = sum(shift.holds.values())
        self.cp.add(stops >= 2).only_enforce_if(needed)
        self.cp.add(stops <= 1).only_enforce_if(~needed)
        for (i, j), arc in shift.arcs.items():
            if DEPOT in (i, j):
                continue
            taken = self.cp.new_bool_var(f"{shift.carer.id} {shift.number} rests {i} to {j}")
            shift.rests[i, j] = taken
            self.cp.add_implication(taken, arc)
            after = rest.minutes + self._travel(shift.carer, i, j)
            self.cp.add(self._leave(i) <= rest.latest).only_enforce_if(taken)
            self.cp.add(self.start[j] >= self._leave(i) + after).only_enforce_if(taken)
            self.cp.add(self.start[j] >= rest.earliest + after).only_enforce_if(taken)
        self.cp.add(sum(shift.rests.values()) == needed)

    def _cost_the_round(self, shift: Shift) -> None:
        rate = self.problem.rate("travel")
        for (i, j), arc in shift.arcs.items():
            self.cost.append(rate * self._travel(shift.carer, i, j) * arc)
        rate = self.problem.rate("paid_span")
        if rate:
            span = self.cp.new_int_var(0, shift.ends - shift.begins, "span")
            for (i, j), arc in shift.arcs.items():
                if j == DEPOT:
                    back = self._leave(i) + self._travel(shift.carer, i, j)
                    self.cp.add(span >= back - shift.begins).only_enforce_if(arc)
            self.cost.append(rate * span)
        for i, held in shift.holds.items():
            here = assignment_cost(self.problem, self.visits[i], shift.carer.id)
            self.cost.append(here * held)

    def _with(self, carer: str, i: int) -> list[Literal]:
        """Return the literals that say this carer makes this visit, one for each shift."""
        return [s.holds[i] for s in self.shifts if s.carer.id == carer and i in s.holds]

    def _give_each_visit_its_carers(self) -> None:
        for i, visit in enumerate(self.visits):
            making = [s.holds[i] for s in self.shifts if i in s.holds]
            self.cp.add(sum(making) == visit.carers * self.placed[i])
            for carer in self.problem.carers:
                self.cp.add_at_most_one(self._with(carer.id, i))
            pin = self.problem.pin_by_visit.get(visit.id)
            for name in pin.carers if pin else ():
                self.cp.add(sum(self._with(name, i)) >= self.placed[i])

    def _keep_the_ties(self) -> None:
        for i, visit in enumerate(self.visits):
            for tie in visit.after:
                j = self.number[tie.visit]
                both = (self.placed[i], self.placed[j])
                gap = self.start[i] - self.start[j]
                self.cp.add(gap >= tie.min_gap).only_enforce_if(both)
                if tie.max_gap is not None:
                    self.cp.add(gap <= tie.max_gap).only_enforce_if(both)
                for carer in self.problem.carers if tie.other_carer else ():
                    self.cp.add_at_most_one(self._with(carer.id, i) + self._with(carer.id, j))

    def _bound_and_cost_the_hours(self, carer: Carer) -> None:
        rate = self.problem.rate("off_contract")
        fair = carer.contract_minutes is not None and rate > 0
        if carer.max_minutes is None and not fair:
            return
        terms: list[cp_model.LinearExprT] = []
        most = 0
        for shift in (s for s in self.shifts if s.carer is carer):
            terms += [self.visits[i].minutes * held for i, held in shift.holds.items()]
            terms += [self._travel(carer, i, j) * arc for (i, j), arc in shift.arcs.items()]
            if shift.rest is not None:
                terms += [shift.rest.minutes * taken for taken in shift.rests.values()]
            most += shift.ends - shift.begins
        if carer.max_minutes is not None:
            most = min(most, carer.max_minutes)
        working = self.cp.new_int_var(0, most, f"{carer.id} working")
        self.cp.add(working == sum(terms))
        if fair and carer.contract_minutes is not None:
            contract = carer.contract_minutes
            reach = max(contract, most)
            away = self.cp.new_int_var(-contract, reach, f"{carer.id} away")
            squared = self.cp.new_int_var(0, reach**2, f"{carer.id} squared")
            part = self.cp.new_int_var(0, rate * reach**2 // contract, f"{carer.id} off contract")
            self.cp.add(away == working - contract)
            self.cp.add_multiplication_equality(squared, [away, away])
            self.cp.add_division_equality(part, rate * squared, contract)
            self.cost.append(part)

    def _cost_the_visits(self) -> None:
        rate = {name: self.problem.rate(name) for name in ("late", "worst_late", "change_of_start")}
        worst = self.cp.new_int_var(0, self.problem.longest, "worst late")
        self.cost.append(rate["worst_late"] * worst)
        for i, visit in enumerate(self.visits):
            left_out = self.problem.rate(f"unplaced_{visit.priority}")
            self.cost.append(left_out * (1 - self.placed[i]))
            if visit.due is not None and (rate["late"] or rate["worst_late"]):
                late = self.cp.new_int_var(0, visit.latest - visit.due, f"{visit.id} late")
                self.cp.add(late >= self.start[i] - visit.due).only_enforce_if(self.placed[i])
                self.cp.add(worst >= late)
                self.cost.append(rate["late"] * late)
            published = self.problem.published_starts.get(visit.id)
            if published is not None and rate["change_of_start"]:
                moved = self.cp.new_int_var(0, 10 * self.problem.longest, f"{visit.id} moved")
                for way in (self.start[i] - published, published - self.start[i]):
                    self.cp.add(moved >= way).only_enforce_if(self.placed[i])
                self.cost.append(rate["change_of_start"] * moved)

    def _cost_the_faces(self) -> None:
        rate = self.problem.rate("faces")
        if not rate:
            return
        people: dict[tuple[str, str], list[int]] = {}
        for i, visit in enumerate(self.visits):
            key = ("person", visit.person) if visit.person else ("visit", visit.id)
            people.setdefault(key, []).append(i)
        for person, theirs in people.items():
            for carer in self.problem.carers:
                seen = self.cp.new_bool_var(f"{person} sees {carer.id}")
                for i in theirs:
                    for held in self._with(carer.id, i):
                        self.cp.add_implication(held, seen)
                self.cost.append(rate * seen)

    def _start_no_later_than_needed(self) -> None:
        """Let every start rest on a bound, or exactly on a link from a start that rests already."""
        last = max(len(self.visits) - 1, 0)
        rank = [self.cp.new_int_var(0, last, f"{visit.id} rank") for visit in self.visits]
        grounds: list[list[Literal]] = [[] for _ in self.visits]

        def ground(j: int, at: cp_model.LinearExprT, *given: Literal, by: int | None) -> None:
            why = self.cp.new_bool_var("ground")
            grounds[j].append(why)
            self.cp.add_bool_and(given).only_enforce_if(why)
            self.cp.add(self.start[j] == at).only_enforce_if(why)
            if by is not None:
                self.cp.add(rank[j] > rank[by]).only_enforce_if(why)

        for j, visit in enumerate(self.visits):
            ground(j, visit.earliest, by=None)
            for tie in visit.after:
                i = self.number[tie.visit]
                both = (self.placed[i], self.placed[j])
                ground(j, self.start[i] + tie.min_gap, *both, by=i)
                if tie.max_gap is not None:
                    ground(i, self.start[j] - tie.max_gap, *both, by=j)
        for shift in self.shifts:
            for (i, j), arc in shift.arcs.items():
                if j == DEPOT:
                    continue
                journey = self._travel(shift.carer, i, j)
                if i == DEPOT:
                    ground(j, shift.begins + journey, arc, by=None)
                else:
                    ground(j, self._leave(i) + journey, arc, by=i)
            for (i, j), taken in shift.rests.items():
                rest = shift.rest
                assert rest is not None  # there are places for a break only where there is one
                after = rest.minutes + self._travel(shift.carer, i, j)
                ground(j, self._leave(i) + after, taken, by=i)
                ground(j, rest.earliest + after, taken, by=None)
        for i, why in enumerate(grounds):
            self.cp.add_bool_or([~self.placed[i], *why])
