"""The smallest change that would make room for a visit left out, tried for real before it is said.

Three kinds are looked at: a wider window, a longer shift, and for a double-up one carer fewer.
Each is put into the plan at hand and judged by `check`; what does not hold is not offered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from optimiser.rounds.check import clock, verify
from optimiser.rounds.explain import Fit, fits, put
from optimiser.rounds.problem import Carer, Plan, Problem, ProblemError, Visit
from optimiser.rounds.timetable import ClashError, Slot, Timetable, orders_of, timetable
from optimiser.rounds.totals import totals_of

MOST_SLACK_MINUTES = 120
MOST_TRIES = 8


@dataclass(frozen=True)
class Relaxation:
    """A changed problem in which the visit has a place, and the change in words."""

    visit: str
    kind: str
    minutes: int
    sentence: str
    problem: Problem
    plan: Plan


def with_relaxations(
    problem: Problem,
    plan: Plan,
    *,
    most_visits: int = 20,
    go_on: Callable[[], bool] = lambda: True,
) -> Plan:
    """Return the plan with the smallest changes said for its first visits left out.

    `go_on` is asked before each visit; False leaves the rest as they are (a time limit).
    """
    told = tuple(
        replace(left, relaxations=tuple(r.sentence for r in relaxations(problem, plan, left.visit)))
        if number < most_visits and go_on()
        else left
        for number, left in enumerate(plan.unplaced)
    )
    return replace(plan, unplaced=told)


def relaxations(problem: Problem, plan: Plan, visit_id: str) -> tuple[Relaxation, ...]:
    """Return the smallest change of each kind that makes room for a visit left out."""
    table = timetable(problem, orders_of(plan.rounds))
    visit = problem.visit_by_id[visit_id]
    kinds = (_wider_window, _longer_shift, _one_carer_fewer)
    found = (next(kind(problem, plan, table, visit), None) for kind in kinds)
    return tuple(each for each in found if each is not None)


def _wider_window(
    problem: Problem, plan: Plan, table: Timetable, visit: Visit
) -> Iterator[Relaxation]:
    for fit in fits(table, visit, slack=MOST_SLACK_MINUTES)[:MOST_TRIES]:
        wider = replace(
            visit,
            earliest=max(0, visit.earliest - fit.early_minutes),
            latest=visit.latest + fit.late_minutes,
        )
        window = f"{clock(wider.earliest)} to {clock(wider.latest)}"
        yield from _tried(
            _with_visit(problem, wider),
            plan,
            fit,
            visit=visit.id,
            kind="window",
            minutes=fit.outside_minutes,
            sentence=f"a window {fit.outside_minutes} min wider ({window}): {_who(fit)}",
        )


def _longer_shift(
    problem: Problem, plan: Plan, table: Timetable, visit: Visit
) -> Iterator[Relaxation]:
    if visit.carers > 1:
        return
    tries = sorted(
        (
            each
            for carer in problem.carers
            if problem.may_visit(carer, visit)
            for shift in range(len(carer.shifts))
            for each in _extensions(table, visit, carer, shift)
        ),
        key=lambda each: each[0],
    )
    for minutes, changed, fit in tries[:MOST_TRIES]:
        shift = changed.shifts[fit.slots[0].shift]
        hours = f"{clock(shift[0])} to {clock(shift[1])}"
        try:
            relaxed = _with_carer(problem, changed)
        except ProblemError:
            continue  # the longer shift would run into the carer's next one
        yield from _tried(
            relaxed,
            plan,
            fit,
            visit=visit.id,
            kind="shift",
            minutes=minutes,
            sentence=f"a shift {minutes} min longer for {changed.id} ({hours}): {_who(fit)}",
        )


def _extensions(
    table: Timetable, visit: Visit, carer: Carer, shift: int
) -> Iterator[tuple[int, Carer, Fit]]:
    problem = table.problem
    begins, ends = carer.shifts[shift]
    order = table.orders.get((carer.id, shift), ())
    come = problem.travel(carer.start_location, visit.location)
    go = problem.travel(visit.location, carer.end_location)
    if order:
        last = problem.visit_by_id[order[-1]]
        free = table.starts[last.id] + last.minutes
        arrive = free + problem.travel(last.location, visit.location)
    else:
        arrive = begins + come
    start = max(visit.earliest, arrive)
    over = start + visit.minutes + go - ends
    if start <= visit.latest and 0 < over <= MOST_SLACK_MINUTES:
        slot = Slot(carer.id, shift, len(order), start, start, 0)
        yield over, _stretched(carer, shift, (begins, ends + over)), Fit((slot,), 0, 0)
    until = ends - go - visit.minutes
    if order:
        first = problem.visit_by_id[order[0]]
        onward = problem.travel(visit.location, first.location)
        until = table.latests[first.id] - onward - visit.minutes
    start = min(visit.latest, until)
    early = begins - (start - come)
    if start >= visit.earliest and 0 < early <= min(MOST_SLACK_MINUTES, begins):
        slot = Slot(carer.id, shift, 0, start, start, 0)
        yield early, _stretched(carer, shift, (begins - early, ends)), Fit((slot,), 0, 0)


def _one_carer_fewer(
    problem: Problem, plan: Plan, table: Timetable, visit: Visit
) -> Iterator[Relaxation]:
    pin = problem.pin_by_visit.get(visit.id)
    if visit.carers < 2 or (pin and len(pin.carers) == visit.carers):
        return
    fewer = replace(visit, carers=visit.carers - 1)
    for fit in fits(table, fewer, slack=0)[:MOST_TRIES]:
        yield from _tried(
            _with_visit(problem, fewer),
            plan,
            fit,
            visit=visit.id,
            kind="carers",
            minutes=0,
            sentence=f"{fewer.carers} of {visit.carers} carers: {_who(fit)}",
        )


def _tried(
    relaxed: Problem, plan: Plan, fit: Fit, *, visit: str, kind: str, minutes: int, sentence: str
) -> Iterator[Relaxation]:
    left_out = tuple(each for each in plan.unplaced if each.visit != visit)
    orders = put(orders_of(plan.rounds), visit, fit.slots)
    try:
        rounds = timetable(relaxed, orders).rounds()
    except ClashError:
        return
    totals = totals_of(relaxed, rounds, [each.visit for each in left_out])
    changed = Plan(rounds=rounds, unplaced=left_out, totals=totals, seed=plan.seed)
    if verify(relaxed, changed).ok:
        yield Relaxation(visit, kind, minutes, sentence, relaxed, changed)


def _stretched(carer: Carer, shift: int, hours: tuple[int, int]) -> Carer:
    # Carer checks its shifts, so an overlap is found when the problem is made, not here.
    shifts = (*carer.shifts[:shift], hours, *carer.shifts[shift + 1 :])
    return replace(carer, shifts=shifts)


def _with_visit(problem: Problem, visit: Visit) -> Problem:
    visits = tuple(visit if each.id == visit.id else each for each in problem.visits)
    return replace(problem, visits=visits)


def _with_carer(problem: Problem, carer: Carer) -> Problem:
    carers = tuple(carer if each.id == carer.id else each for each in problem.carers)
    return replace(problem, carers=carers)


def _who(fit: Fit) -> str:
    names = " with ".join(slot.carer for slot in fit.slots)
    return f"{names} could go"
