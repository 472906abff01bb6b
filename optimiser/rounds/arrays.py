"""A problem as the arrays that kernel.py works on (engine.py is the only other user of both)."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from optimiser.rounds import kernel
from optimiser.rounds.problem import Carer, Problem, Visit
from optimiser.rounds.totals import assignment_cost

NEAREST = 100  # neighbours kept of each visit


def make_day(problem: Problem) -> kernel.Day:
    """Turn a problem into the arrays the kernel works on."""
    visits, shifts = problem.visits, list(shifts_of(problem))
    needs = np.array([visit.carers for visit in visits] + [1] * (2 * len(shifts)), dtype=np.int32)
    first_node = np.concatenate(([0], np.cumsum(needs))).astype(np.int32)
    places = np.array(
        [visit.location for visit in visits]
        + [carer.start_location for carer, _ in shifts]
        + [carer.end_location for carer, _ in shifts],
        dtype=np.int32,
    )
    allowed = _allowed(problem)
    number = {visit.id: at for at, visit in enumerate(visits)}
    ties = list(_ties(problem, number))
    starts = [carer.shifts[shift][0] for carer, shift in shifts]
    ends = [carer.shifts[shift][1] for carer, shift in shifts]
    return kernel.Day(
        travel=problem.travel_minutes.copy(),  # writable: numba compiles for one kind of array
        node_at=np.repeat(np.arange(len(needs), dtype=np.int32), needs),
        node_place=np.repeat(places, needs),
        first_node=first_node,
        earliest=_ints([visit.earliest for visit in visits] + starts + [0] * len(shifts)),
        deadline=_ints([v.latest for v in visits] + [kernel.FAR] * len(shifts) + ends),
        minutes=_ints([visit.minutes for visit in visits] + [0] * (2 * len(shifts))),
        carer=_ints([n for n, carer in enumerate(problem.carers) for _ in carer.shifts]),
        allowed=allowed,
        pinned=_ints([len(_pinned(problem, visit)) for visit in visits]),
        option_first=_ints([0, *np.cumsum(np.count_nonzero(allowed, axis=1)).tolist()]),
        option_round=_ints(np.nonzero(allowed)[1].tolist()),
        assign_cost=_assign_cost(problem, shifts),
        leave_out_cost=np.array(
            [problem.weights.milli(f"unplaced_{visit.priority}") for visit in visits],
            dtype=np.int64,
        ),
        published=_ints([problem.published_starts.get(visit.id, -1) for visit in visits]),
        near=_near(problem),
        **_tie_arrays(ties, len(visits)),
        rates=np.array(
            [problem.weights.milli(n) for n in ("travel", "change_of_start", "paid_span")],
            dtype=np.int64,
        ),
    )


def _ints(values: list[int]) -> kernel.Ints:
    return np.array(values, dtype=np.int32)


def shifts_of(problem: Problem) -> Iterator[tuple[Carer, int]]:
    for carer in problem.carers:
        for shift in range(len(carer.shifts)):
            yield carer, shift


def _pinned(problem: Problem, visit: Visit) -> tuple[str, ...]:
    pin = problem.pin_by_visit.get(visit.id)
    return pin.carers if pin else ()


def _allowed(problem: Problem) -> npt.NDArray[np.uint8]:
    """1 where a visit may go into a round, 2 where it must (pinned), 0 where it may not.

    Of the hours only a shift without overlap is ruled out: without the triangle inequality a stop
    on the way could make a journey quicker.
    """
    shifts = list(shifts_of(problem))
    begins = np.array([carer.shifts[shift][0] for carer, shift in shifts])
    ends = np.array([carer.shifts[shift][1] for carer, shift in shifts])
    allowed = np.zeros((len(problem.visits), len(shifts)), dtype=np.uint8)
    alike: dict[frozenset[str], npt.NDArray[np.uint8]] = {}
    for at, visit in enumerate(problem.visits):
        pinned = _pinned(problem, visit)
        plain = not (visit.not_carers or visit.only_carers is not None or pinned)
        row = alike.get(visit.skills) if plain else None
        if row is None:
            may = {c.id: problem.may_visit(c, visit) for c in problem.carers}
            ranks = [may[c.id] * (2 if c.id in pinned else 1) for c, _ in shifts]
            row = np.array(ranks, dtype=np.uint8)
            if plain:
                alike[visit.skills] = row
        overlaps = (begins <= visit.latest) & (visit.earliest + visit.minutes <= ends)
        allowed[at] = row * overlaps
    return allowed


def _assign_cost(problem: Problem, shifts: list[tuple[Carer, int]]) -> kernel.Longs:
    cost = np.zeros((len(problem.visits), len(shifts)), dtype=np.int64)
    rounds_of: dict[str, list[int]] = {}
    for r, (carer, _) in enumerate(shifts):
        rounds_of.setdefault(carer.id, []).append(r)
    for at, visit in enumerate(problem.visits):
        cost[at, :] = assignment_cost(problem, visit, "")  # anybody of no account to this visit
        published = problem.published_carers.get(visit.id, frozenset())
        for carer_id in {*visit.usual_carers, *published} & rounds_of.keys():
            cost[at, rounds_of[carer_id]] = assignment_cost(problem, visit, carer_id)
    return cost


def _ties(problem: Problem, number: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    for visit in problem.visits:
        for tie in visit.after:
            yield number[visit.id], number[tie.visit], tie.min_gap
            if tie.max_gap is not None:
                yield number[tie.visit], number[visit.id], -tie.max_gap


def _tie_arrays(ties: list[tuple[int, int, int]], visits: int) -> dict[str, kernel.Ints]:
    arrays: dict[str, kernel.Ints] = {}
    for name, mine, theirs in (("tie", 0, 1), ("hold", 1, 0)):
        ordered = sorted(ties, key=lambda tie: tie[mine])
        counts = np.bincount([tie[mine] for tie in ordered] or [0], minlength=visits)
        if not ordered:
            counts = np.zeros(visits, dtype=np.int64)
        arrays[f"{name}_first"] = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        arrays[f"{name}_other"] = _ints([tie[theirs] for tie in ordered])
        arrays[f"{name}_gap"] = _ints([tie[2] for tie in ordered])
    return arrays


def _near(problem: Problem) -> kernel.Ints:
    visits = problem.visits
    if not visits:
        return np.zeros((0, 1), dtype=np.int32)
    place = np.array([visit.location for visit in visits])
    middle = np.array([(visit.earliest + visit.latest) / 2 for visit in visits])
    travel = problem.travel_minutes[np.ix_(place, place)].astype(np.float64)
    apart = (travel + travel.T) / 2 + 0.1 * np.abs(middle[:, None] - middle[None, :])
    np.fill_diagonal(apart, -1)
    kept = min(NEAREST, len(visits))
    return np.argsort(apart, axis=1, kind="stable")[:, :kept].astype(np.int32)


def published_parts(problem: Problem, day: kernel.Day) -> list[tuple[int, list[int]]]:
    """Return the published visits in order of start, each with the rounds it was in."""
    if problem.previous is None:
        return []
    number = {visit.id: at for at, visit in enumerate(problem.visits)}
    round_number = {(c.id, shift): r for r, (c, shift) in enumerate(shifts_of(problem))}
    rounds: dict[str, list[int]] = {}
    for each in problem.previous.rounds:
        for stop in each.stops:
            if stop.visit in number and (each.carer, each.shift) in round_number:
                rounds.setdefault(stop.visit, []).append(round_number[each.carer, each.shift])
    starts = problem.previous.starts()
    ordered = sorted(rounds, key=lambda name: (starts[name], name))
    return [(number[name], rounds[name]) for name in ordered]
