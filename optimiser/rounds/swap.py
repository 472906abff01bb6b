"""Room for a visit left out by giving another visit to another carer: no rule is changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimiser.rounds.problem import Problem, Visit
from optimiser.rounds.ripple import Grid
from optimiser.rounds.timetable import ClashError, Timetable, timetable
from optimiser.rounds.vacancy import Option, Vacancy

MOST_MOVED = 12  # visits tried elsewhere: those nearest to the window
ENOUGH = 3  # swaps found, of which the cheapest comes first


@dataclass(frozen=True)
class Swap:
    """A visit moved to another carer so that its carer has room for the one left out."""

    moved: str
    carer: str
    to: str
    start: int
    moved_start: int
    cost_milliminutes: int
    table: Timetable


def swaps(problem: Problem, table: Timetable, visit: Visit, left_out: Sequence[str]) -> list[Swap]:
    """Return ways to make room for a visit (of one carer) by moving one other, cheapest first."""
    if visit.carers > 1:
        return []
    grid, found = Grid(problem), []
    for carer, shift, name in _movable(problem, table, visit):
        swap = _tried(grid, table, visit, carer, shift, name, left_out)
        if swap is not None:
            found.append(swap)
        if len(found) == ENOUGH:
            break
    return sorted(found, key=lambda each: each.cost_milliminutes)


def _movable(problem: Problem, table: Timetable, visit: Visit) -> list[tuple[str, int, str]]:
    """Return visits in the way: one carer, no pin, with somebody who may make the one left out."""

    def apart(name: str) -> int:
        start = table.starts[name]
        minutes = problem.visit_by_id[name].minutes
        return max(0, visit.earliest - start - minutes, start - visit.latest - visit.minutes)

    found = [
        (carer.id, shift, name)
        for carer in problem.carers
        if problem.may_visit(carer, visit)
        for shift in range(len(carer.shifts))
        for name in table.orders.get((carer.id, shift), ())
        if problem.visit_by_id[name].carers == 1 and name not in problem.pin_by_visit
    ]
    found = [each for each in found if apart(each[2]) <= visit.minutes]
    return sorted(found, key=lambda each: (apart(each[2]), each))[:MOST_MOVED]


def _tried(
    grid: Grid,
    table: Timetable,
    visit: Visit,
    carer: str,
    shift: int,
    name: str,
    left_out: Sequence[str],
) -> Swap | None:
    try:
        without = _without(table, (carer, shift), name)
    except ClashError:
        return None
    room = Vacancy(grid, visit, without, staying=(), left_out=left_out)
    here = [each for each in _possible(room, carer) if each.shift == shift]
    if not here:
        return None
    try:
        with_visit = room.table_with(here[0].places)
    except ClashError:
        return None
    moved = Vacancy(grid, grid.visits[name], with_visit, staying=(), left_out=left_out)
    elsewhere = [
        option
        for other in grid.problem.carers
        if other.id != carer
        for option in _possible(moved, other.id)
    ]
    if not elsewhere:
        return None
    best = min(elsewhere, key=lambda each: (each.cost_milliminutes, each.carer))
    try:
        after = moved.table_with(best.places)
    except ClashError:
        return None
    return Swap(
        moved=name,
        carer=carer,
        to=best.carer,
        start=after.starts[visit.id],
        moved_start=after.starts[name],
        cost_milliminutes=best.cost_milliminutes,
        table=after,
    )


def _possible(vacancy: Vacancy, carer: str) -> Iterator[Option]:
    return (option for option in vacancy.options_of(carer) if option.refused is None)


def _without(table: Timetable, key: tuple[str, int], name: str) -> Timetable:
    orders = dict(table.orders)
    orders[key] = tuple(each for each in orders[key] if each != name)
    rests = {k: stops for k, stops in table.rests.items() if k != key}
    return timetable(table.problem, orders, rests)
