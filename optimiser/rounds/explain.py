"""Say in words why a placed visit has this carer at this time, and what each other would cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimiser.rounds.check import clock
from optimiser.rounds.problem import Plan, Problem, ProblemError, Visit
from optimiser.rounds.unplaced import count_of
from optimiser.rounds.whatif import Board, Option


@dataclass(frozen=True)
class Alternative:
    """Another carer for a placed visit: the minutes of travel and of cost the change adds."""

    instead_of: str
    carer: str
    start: int
    added_travel_minutes: int
    added_cost_milliminutes: int
    sentence: str


@dataclass(frozen=True)
class Placement:
    """Why a visit is where it is, who else could make it at what cost, and why others cannot."""

    visit: str
    carers: tuple[str, ...]
    start: int
    sentences: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    refusals: tuple[tuple[str, str], ...] = ()


def explain_placed(
    problem: Problem,
    plan: Plan,
    visit_id: str,
    *,
    board: Board | None = None,
    instead_of: str | None = None,
) -> Placement:
    """Say why a visit has this carer at this time, and what moving it to each other would cost.

    A board of the same plan saves making one; `instead_of` looks at changing one carer of a
    double-up only. Raises ProblemError if the visit is not made in this plan.
    """
    visit = problem.visit_by_id.get(visit_id)
    carers = plan.carers_of(visit_id)
    if visit is None or not carers:
        raise ProblemError(f"{visit_id} is not made in this plan")
    board = board or Board(problem, plan)
    start = plan.starts()[visit_id]
    asked = [
        (carer, option)
        for carer in ((instead_of,) if instead_of else carers)
        for option in board.options(visit_id, carer)
        if option.carer not in carers
    ]
    alternatives = [
        _alternative(problem, start, carer, option)
        for carer, option in asked
        if option.refused is None
    ]
    alternatives.sort(key=lambda each: (each.added_cost_milliminutes, each.carer))
    possible = {each.carer for each in alternatives}
    refused = {o.carer: o.refused or "" for _, o in asked if o.carer not in possible}
    return Placement(
        visit=visit_id,
        carers=carers,
        start=start,
        sentences=(
            *_why_these(problem, visit, carers, alternatives),
            *_why_then(problem, plan, visit),
        ),
        alternatives=tuple(alternatives),
        refusals=tuple(refused.items()),
    )


def _alternative(problem: Problem, start: int, instead_of: str, option: Option) -> Alternative:
    unit = problem.units_a_minute
    later = (option.start - start) // unit
    side = "later" if later > 0 else "earlier"
    when = "at the same time" if later == 0 else f"{abs(later)} min {side}"
    travel, cost = option.travel_minutes / unit, option.cost_milliminutes / (1000 * unit)
    return Alternative(
        instead_of=instead_of,
        carer=option.carer,
        start=option.start,
        added_travel_minutes=option.travel_minutes,
        added_cost_milliminutes=option.cost_milliminutes,
        sentence=(
            f"{option.carer} instead of {instead_of}: {travel:+.0f} min of travel, {when}; "
            f"the plan would cost {cost:+.1f} min"
        ),
    )


def _why_these(
    problem: Problem, visit: Visit, carers: Sequence[str], alternatives: Sequence[Alternative]
) -> Iterator[str]:
    able = [carer for carer in problem.carers if problem.may_visit(carer, visit)]
    pin = problem.pin_by_visit.get(visit.id)
    for carer in carers:
        if pin and carer in pin.carers:
            yield f"{carer} is pinned to this visit"
        elif carer in problem.published_carers.get(visit.id, ()):
            yield f"{carer} was published for this visit"
        elif carer in visit.usual_carers:
            yield f"{carer} is a usual carer"
    skills = f" with {', '.join(sorted(visit.skills))}" if visit.skills else ""
    yield f"{count_of(able)}{skills} of {len(problem.carers)} may go"
    if alternatives:
        yield f"the cheapest change is {alternatives[0].sentence}"
    else:
        yield "nobody else has room for it today"


def _why_then(problem: Problem, plan: Plan, visit: Visit) -> Iterator[str]:
    start = plan.starts()[visit.id]
    at = clock(start // problem.units_a_minute)
    if start == visit.earliest:
        yield f"it starts {at}, when its window opens"
        return
    for each in plan.rounds:
        for number, stop in enumerate(each.stops):
            if stop.visit != visit.id or stop.arrive != start:
                continue
            before = each.stops[number - 1].visit if number else "the start of the shift"
            rest = each.rest if each.rest and each.rest.stops == number else None
            pause = f" and a break of {rest.minutes // problem.units_a_minute} min" if rest else ""
            yield f"it starts {at}, as soon as {each.carer} arrives from {before}{pause}"
            return
    ties = [tie.visit for tie in visit.after if tie.visit in plan.starts()]
    ties += [
        other.id
        for other in problem.visits
        for tie in other.after
        if tie.visit == visit.id and tie.max_gap is not None and other.id in plan.starts()
    ]
    others = f" to {', '.join(ties)}" if ties else ""
    yield f"it starts {at}, as its gap{others} asks"
