"""What a plan adds up to, and what it costs, worked out from the plan alone."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from optimiser.rounds.problem import Problem, Round, Totals, Visit


def contact_share(contact_minutes: int, paid_minutes: int) -> Decimal:
    """Return contact time as a percentage of paid time, half-up to two places (SC-02, SC-06)."""
    if paid_minutes <= 0:
        return Decimal("0.00")
    share = Decimal(contact_minutes) * 100 / Decimal(paid_minutes)
    return share.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def travel_of_order(problem: Problem, carer_id: str, order: Sequence[str]) -> int:
    """Return the minutes of travel of visiting in this order, from start to end location."""
    if not order:
        return 0
    carer = problem.carer_by_id[carer_id]
    places = [carer.start_location]
    places += [problem.visit_by_id[name].location for name in order]
    places.append(carer.end_location)
    return sum(problem.travel(a, b) for a, b in pairwise(places))


def round_travel_minutes(problem: Problem, each: Round) -> int:
    """Return the travel of one round, from the first journey to the way home."""
    return travel_of_order(problem, each.carer, [stop.visit for stop in each.stops])


def paid_span_minutes(problem: Problem, each: Round) -> int:
    """Return the minutes from the start of the shift until back at the end location.

    A carer is paid from the hour the shift begins, also where the first visit is later: that is
    what makes SC-02 unique (B: V5 then V3, home 09:44, not V3 then V5, home 10:18).
    """
    if not each.stops:
        return 0
    carer = problem.carer_by_id[each.carer]
    last = each.stops[-1]
    home = problem.travel(problem.visit_by_id[last.visit].location, carer.end_location)
    return last.leave + home - carer.shifts[each.shift][0]


def assignment_cost(problem: Problem, visit: Visit, carer: str) -> int:
    """Return what this carer costs this visit beyond travel, in thousandths of a minute."""
    weights = problem.weights
    cost = 0
    if visit.usual_carers and carer not in visit.usual_carers:
        cost += weights.milli("not_usual_carer")
    published = problem.published_carers.get(visit.id)
    if published is not None and carer not in published:
        cost += weights.milli("change_of_carer")
    return cost


def cost_milliminutes(problem: Problem, rounds: Sequence[Round], unplaced: Iterable[str]) -> int:
    """Return the whole cost of a plan in thousandths of a minute (problem.WEIGHTS says of what)."""
    weights = problem.weights
    cost = 0
    for each in rounds:
        cost += weights.milli("travel") * round_travel_minutes(problem, each)
        cost += weights.milli("paid_span") * paid_span_minutes(problem, each)
        cost += sum(
            assignment_cost(problem, problem.visit_by_id[stop.visit], each.carer)
            for stop in each.stops
        )
    starts = {stop.visit: stop.start for each in rounds for stop in each.stops}
    for visit, start in starts.items():
        if visit in problem.published_starts:
            moved = abs(start - problem.published_starts[visit])
            cost += weights.milli("change_of_start") * moved
    for name in unplaced:
        cost += weights.milli(f"unplaced_{problem.visit_by_id[name].priority}")
    return cost


def totals_of(problem: Problem, rounds: Sequence[Round], unplaced: Sequence[str]) -> Totals:
    """Add up a plan; every id in it must be known to the problem."""
    stops = [(each.carer, stop) for each in rounds for stop in each.stops]
    usual = sum(carer in problem.visit_by_id[stop.visit].usual_carers for carer, stop in stops)
    return Totals(
        planned=len(problem.visits),
        placed=len({stop.visit for _, stop in stops}),
        unplaced=len(unplaced),
        travel_minutes=sum(round_travel_minutes(problem, each) for each in rounds),
        contact_minutes=sum(stop.leave - stop.start for _, stop in stops),
        waiting_minutes=sum(stop.start - stop.arrive for _, stop in stops),
        paid_span_minutes=sum(paid_span_minutes(problem, each) for each in rounds),
        shift_minutes=sum(end - start for c in problem.carers for start, end in c.shifts),
        rounds=sum(bool(each.stops) for each in rounds),
        carers=len({each.carer for each in rounds if each.stops}),
        usual_carer_stops=usual,
        other_carer_stops=len(stops) - usual,
        cost_milliminutes=cost_milliminutes(problem, rounds, unplaced),
    )
