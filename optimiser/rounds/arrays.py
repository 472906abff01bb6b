"""A problem as the arrays that the kernel works on (engine.py is the only other user of both)."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from optimiser.rounds.kernel import state as kernel
from optimiser.rounds.problem import Carer, Problem, Visit
from optimiser.rounds.totals import assignment_cost

NEAREST = 80  # neighbours kept of each visit
ROWS_AT_ONCE = 256  # visits whose neighbours are looked for at once, to bound memory
TIME_COUNTS = 0.1  # a minute between two visits' times, beside a minute of travel between them
WAITING_COUNTS = 0.2  # a minute of waiting between two visits, beside a minute of travel


def make_day(problem: Problem) -> kernel.Day:
    """Turn a problem into the arrays the kernel works on."""
    shifts = list(shifts_of(problem))
    modes = sorted({carer.travel_mode for carer in problem.carers} or {"car"})
    travel = np.stack([problem.matrix(mode) for mode in modes])
    allowed = _allowed(problem, shifts)
    fixed = _fixed(problem, shifts, allowed)
    tie, group = _ties(problem, fixed)
    apart = _apart(problem, fixed)
    near, around = _neighbours(problem, travel, allowed)
    return kernel.Day(
        travel=travel,
        fixed=fixed,
        rounds=_rounds(problem, shifts, modes),
        most_work=np.array(
            [kernel.FAR if c.max_minutes is None else c.max_minutes for c in problem.carers],
            dtype=np.int64,
        ),
        contract=np.array([c.contract_minutes or 0 for c in problem.carers], dtype=np.int64),
        allowed=allowed,
        option=np.nonzero(allowed)[1].astype(np.int32),
        assign_cost=_assign_cost(problem, shifts),
        leave_out_cost=np.array(
            [problem.rate(f"unplaced_{visit.priority}") for visit in problem.visits],
            dtype=np.int64,
        ),
        near=near,
        around=around,
        tie=tie,
        group=group,
        apart=apart,
        rates=_rates(problem),
        open_ended=_open_ended(problem),
    )


def shifts_of(problem: Problem) -> Iterator[tuple[Carer, int]]:
    """Yield every carer with the number of each of the shifts: the rounds, in order."""
    for carer in problem.carers:
        for shift in range(len(carer.shifts)):
            yield carer, shift


def _open_ended(problem: Problem) -> bool:
    """Whether no deadline is set but the end of the week: then only lateness counts."""
    return (
        bool(problem.visits)
        and all(v.due is not None and v.latest == problem.longest for v in problem.visits)
        and all(ends == problem.longest for c in problem.carers for _, ends in c.shifts)
    )


def _rates(problem: Problem) -> kernel.Longs:
    rates = np.zeros(kernel.PARTS_OF_COST, dtype=np.int64)
    for part, weight in (
        (kernel.TRAVEL, "travel"),
        (kernel.FACES, "faces"),
        (kernel.CONTRACT, "off_contract"),
        (kernel.LATE, "late"),
        (kernel.WORST, "worst_late"),
        (kernel.MOVED, "change_of_start"),
        (kernel.SPAN, "paid_span"),
    ):
        rates[part] = problem.rate(weight)
    return rates


def _fixed(
    problem: Problem, shifts: Sequence[tuple[Carer, int]], allowed: npt.NDArray[np.uint8]
) -> kernel.Records:
    visits, rounds = len(problem.visits), len(shifts)
    fixed = np.zeros(visits + 2 * rounds, dtype=kernel.FIXED)
    persons: dict[str, int] = {}
    for at, visit in enumerate(problem.visits):
        row = fixed[at]
        row["earliest"], row["deadline"], row["minutes"] = (
            visit.earliest,
            visit.latest,
            visit.minutes,
        )
        row["due"] = kernel.FAR if visit.due is None else visit.due
        row["parts"] = visit.carers
        row["pinned"] = len(_pinned(problem, visit))
        row["person"] = persons.setdefault(visit.person or f"\0{visit.id}", len(persons))
    fixed["published"][:] = -1
    if problem.previous is not None:
        fixed["published"][:visits] = [
            problem.published_starts.get(v.id, -1) for v in problem.visits
        ]
    fixed["parts"][visits:] = 1
    fixed["due"][visits:] = kernel.FAR
    for r, (carer, shift) in enumerate(shifts):
        begins, ends = carer.shifts[shift]
        fixed[visits + r]["earliest"] = begins
        fixed[visits + r]["deadline"] = kernel.FAR
        fixed[visits + rounds + r]["deadline"] = ends
    fixed["first_node"] = np.concatenate(([0], np.cumsum(fixed["parts"])[:-1]))[: len(fixed)]
    options = np.cumsum(np.count_nonzero(allowed, axis=1))
    fixed["option_end"][:visits] = options
    fixed["option_first"][1:visits] = options[:-1]
    return fixed


def _rounds(
    problem: Problem, shifts: Sequence[tuple[Carer, int]], modes: Sequence[str]
) -> kernel.Records:
    rows = np.zeros(len(shifts), dtype=kernel.ROUND)
    number = {carer.id: n for n, carer in enumerate(problem.carers)}
    for row, (carer, shift) in zip(rows, shifts, strict=True):
        row["carer"], row["mode"] = number[carer.id], modes.index(carer.travel_mode)
        row["between_ends"] = problem.travel(
            carer.start_location, carer.end_location, carer.travel_mode
        )
        rest = carer.break_of(shift)
        if rest is not None:
            row["rest"], row["rest_earliest"] = rest.minutes, rest.earliest
            row["rest_latest"] = rest.latest
    return rows


def _pinned(problem: Problem, visit: Visit) -> tuple[str, ...]:
    pin = problem.pin_by_visit.get(visit.id)
    return pin.carers if pin else ()


def _allowed(problem: Problem, shifts: Sequence[tuple[Carer, int]]) -> npt.NDArray[np.uint8]:
    """1 where a visit may go into a round, 2 where it must (pinned), 0 where it may not.

    Of the hours only a shift without overlap is ruled out: without the triangle inequality a stop
    on the way could make a journey quicker.
    """
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
        allowed[at] = row * ((begins <= visit.latest) & (visit.earliest + visit.minutes <= ends))
    return allowed


def _assign_cost(problem: Problem, shifts: Sequence[tuple[Carer, int]]) -> kernel.Longs:
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


def _ties(problem: Problem, fixed: kernel.Records) -> tuple[kernel.Records, kernel.Ints]:
    """Return every visit's ties from both sides, and the groups of visits tied to each other.

    Sets the ranges of both in `fixed`; visits of one group share one range.
    """
    number = {visit.id: at for at, visit in enumerate(problem.visits)}
    links = [
        (number[visit.id], number[tie.visit], (tie.min_gap, tie.max_gap))
        for visit in problem.visits
        for tie in visit.after
    ]
    group_of = list(range(len(problem.visits)))

    def root(at: int) -> int:
        while group_of[at] != at:
            group_of[at] = group_of[group_of[at]]
            at = group_of[at]
        return at

    for one, other, _ in links:
        group_of[root(one)] = root(other)
    members: dict[int, list[int]] = {}
    for at in sorted({at for one, other, _ in links for at in (one, other)}):
        members.setdefault(root(at), []).append(at)
    group: list[int] = []
    for each in members.values():
        for at in each:
            fixed[at]["group_first"], fixed[at]["group_end"] = len(group), len(group) + len(each)
        group.extend(each)
    ties: dict[int, list[tuple[int, int, int]]] = {}
    place = {at: i for i, at in enumerate(group)}
    for one, other, (least, most) in links:
        for later, earlier, gap in (
            (one, other, least),
            (other, one, None if most is None else -most),
        ):
            if gap is None:
                continue
            base = int(fixed[one]["group_first"])
            ties.setdefault(later, []).append((place[earlier] - base, gap, 0))
            ties.setdefault(earlier, []).append((place[later] - base, gap, 1))
    rows: list[tuple[int, int, int]] = []
    for at, each_ties in sorted(ties.items()):
        fixed[at]["tie_first"], fixed[at]["tie_end"] = len(rows), len(rows) + len(each_ties)
        rows.extend(each_ties)
    return np.array(rows, dtype=kernel.TIE), np.array(group, dtype=np.int32)


def _apart(problem: Problem, fixed: kernel.Records) -> kernel.Ints:
    number = {visit.id: at for at, visit in enumerate(problem.visits)}
    apart: dict[int, list[int]] = {}
    for visit in problem.visits:
        for tie in visit.after:
            if tie.other_carer:
                apart.setdefault(number[visit.id], []).append(number[tie.visit])
                apart.setdefault(number[tie.visit], []).append(number[visit.id])
    rows: list[int] = []
    for at, others in sorted(apart.items()):
        fixed[at]["apart_first"], fixed[at]["apart_end"] = len(rows), len(rows) + len(others)
        rows.extend(others)
    return np.array(rows, dtype=np.int32)


def _neighbours(
    problem: Problem, travel: kernel.Ints, allowed: npt.NDArray[np.uint8]
) -> tuple[kernel.Ints, kernel.Ints]:
    """Return for each visit those that could stand beside it in a round, and those around it.

    Beside it, the handiest come first: little travel and little waiting from one to the other,
    either way round; a visit that would be late after it, or that no carer could make besides it,
    comes last. Around it is at about its place and time, whoever makes it.
    """
    visits = problem.visits
    kept = min(NEAREST, len(visits) - 1)
    if kept < 1:
        empty = np.zeros((len(visits), 0), dtype=np.int32)
        return empty, empty
    place = np.array([v.location for v in visits])
    opens = np.array([v.earliest for v in visits], dtype=np.float32)
    closes = np.array([v.latest if v.due is None else v.due for v in visits], dtype=np.float32)
    minutes = np.array([v.minutes for v in visits], dtype=np.float32)
    middle = (opens + closes) / 2
    quickest = travel.min(axis=0)
    together = allowed.astype(bool).astype(np.float32)
    near = np.zeros((len(visits), kept), dtype=np.int32)
    around = near.copy()
    for first in range(0, len(visits), ROWS_AT_ONCE):
        rows = slice(first, min(len(visits), first + ROWS_AT_ONCE))
        out = quickest[np.ix_(place[rows], place)].astype(np.float32)
        back = quickest[np.ix_(place, place[rows])].T.astype(np.float32)
        one = (opens[rows, None], closes[rows, None], minutes[rows, None])
        other = (opens[None, :], closes[None, :], minutes[None, :])
        apart = np.minimum(_handiness(out, one, other), _handiness(back, other, one))
        apart[together[rows] @ together.T == 0] += 1e8
        near[rows] = _least(apart, kept, first)
        apart = (out + back) / 2 + TIME_COUNTS * np.abs(middle[rows, None] - middle[None, :])
        around[rows] = _least(apart, kept, first)
    return near, around


def _least(apart: npt.NDArray[np.float32], kept: int, first: int) -> npt.NDArray[np.int64]:
    """Return the columns of the least values of each row, in order; row i leaves out first + i."""
    rows = len(apart)
    apart[np.arange(rows), np.arange(first, first + rows)] = np.inf
    best = np.argpartition(apart, kept - 1, axis=1)[:, :kept]
    ranked = np.argsort(np.take_along_axis(apart, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, ranked, axis=1)


Spans = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]


def _handiness(
    travel: npt.NDArray[np.float32], before: Spans, after: Spans
) -> npt.NDArray[np.float32]:
    soonest = before[0] + before[2] + travel
    latest = before[1] + before[2] + travel
    waiting = np.maximum(0, after[0] - latest)
    late = np.maximum(0, soonest - after[1])
    return (travel + WAITING_COUNTS * waiting + 10 * late).astype(np.float32)


def empty_state(problem: Problem, day: kernel.Day) -> kernel.State:
    """Return the solution in which nobody is visited."""
    visits, rounds = len(problem.visits), len(day.rounds)
    parts = day.fixed["parts"]
    nodes = int(parts.sum())
    node = np.zeros(nodes, dtype=kernel.NODE)
    for name in ("following", "preceding", "round"):
        node[name] = -1
    node["at"] = np.repeat(np.arange(len(parts)), parts)
    shifts = list(shifts_of(problem))
    places = (
        [visit.location for visit in problem.visits]
        + [carer.start_location for carer, _ in shifts]
        + [carer.end_location for carer, _ in shifts]
    )
    node["place"] = np.repeat(np.array(places, dtype=np.int32), parts)
    begins = np.arange(nodes - 2 * rounds, nodes - rounds)
    node["following"][begins] = begins + rounds
    node["preceding"][begins + rounds] = begins
    node["round"][begins] = node["round"][begins + rounds] = np.arange(rounds)
    moment = np.zeros(len(parts), dtype=kernel.MOMENT)
    moment["soonest"] = day.fixed["earliest"]
    moment["latest"] = day.fixed["deadline"]
    if day.open_ended:
        moment["latest"] = kernel.FAR
    starts = day.fixed["earliest"][visits : visits + rounds]
    moment["soonest"][visits + rounds :] = starts + day.rounds["between_ends"]
    persons = int(day.fixed["person"].max(initial=0)) + 1 if day.rates[kernel.FACES] else 1
    carers = len(problem.carers) if day.rates[kernel.FACES] else 1
    return kernel.State(
        node=node,
        moment=moment,
        stops=np.zeros(rounds, dtype=np.int32),
        rest_after=np.full(rounds, -1, dtype=np.int32),
        work=np.zeros(len(problem.carers), dtype=np.int64),
        faces=np.zeros((persons, max(1, carers)), dtype=np.int16),
        sums=np.zeros(kernel.PARTS_OF_COST, dtype=np.int64),
    )


def make_room(day: kernel.Day) -> kernel.Room:
    """Return room for one thread to work in."""
    size, visits = len(day.fixed), len(day.leave_out_cost)
    nodes, rounds = int(day.fixed["parts"].sum()), len(day.rounds)
    biggest = max(
        (int(each) for each in day.fixed["group_end"] - day.fixed["group_first"]), default=0
    )
    return kernel.Room(
        queue=np.zeros(size + 1, dtype=np.int32),
        queued=np.zeros(size, dtype=np.uint8),
        often=np.zeros(size, dtype=np.int32),
        journal=np.zeros(100_000 + 64 * nodes, dtype=kernel.CHANGE),
        tally=np.array([0, 0, 0, visits, 0], dtype=np.int64),
        own=np.arange(max(1, visits), dtype=np.int32),
        active=np.ones(rounds, dtype=np.uint8),
        saved=np.zeros((2, kernel.PARTS_OF_COST), dtype=np.int64),
        slots=np.zeros(128, dtype=kernel.SLOT),
        chosen=np.zeros(128, dtype=np.int32),
        bare=np.zeros(max(1, biggest), dtype=np.int32),
        out=np.zeros(max(64, visits), dtype=np.int32),
        keys=np.zeros(max(1024, nodes), dtype=np.int64),
        places=np.zeros(nodes, dtype=np.int32),
        cut=np.zeros(rounds, dtype=np.int64),
        seen=np.zeros(nodes, dtype=np.int64),
    )


def published_parts(problem: Problem) -> list[tuple[int, list[int]]]:
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
