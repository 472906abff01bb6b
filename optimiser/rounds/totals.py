"""What a plan adds up to, and what it costs, worked out from the plan alone."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from optimiser.rounds.problem import Problem, Round, Totals, Visit


@dataclass(frozen=True, slots=True)
class Charge:
    """One piece of a plan's cost: of which weight, and the carer and visit it comes from."""

    weight: str
    milliminutes: int
    carer: str | None = None
    visit: str | None = None


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
    way = problem.matrix(carer.travel_mode).item
    return sum(way(a, b) for a, b in pairwise(places))


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
    place = problem.visit_by_id[last.visit].location
    home = problem.travel(place, carer.end_location, carer.travel_mode)
    return last.leave + home - carer.shifts[each.shift][0]


def working_minutes(problem: Problem, rounds: Iterable[Round]) -> dict[str, int]:
    """Return the visits, journeys and breaks of every carer of the problem, without waiting."""
    found = {carer.id: 0 for carer in problem.carers}
    for each in rounds:
        found[each.carer] += round_travel_minutes(problem, each)
        found[each.carer] += sum(stop.leave - stop.start for stop in each.stops)
        found[each.carer] += each.rest.minutes if each.rest else 0
    return found


def waiting_minutes(each: Round) -> int:
    """Return the minutes of one round spent at a door, or before a break may begin."""
    waiting = sum(stop.start - stop.arrive for stop in each.stops)
    if each.rest is not None and 0 < each.rest.stops <= len(each.stops):
        waiting += each.rest.start - each.stops[each.rest.stops - 1].leave
    return waiting


def late_minutes(problem: Problem, starts: Mapping[str, int]) -> dict[str, int]:
    """Return the minutes after it is due at which each late visit starts."""
    due = {name: problem.visit_by_id[name].due for name in starts}
    return {
        name: start - limit
        for name, start in starts.items()
        if (limit := due[name]) is not None and start > limit
    }


def faces(problem: Problem, rounds: Iterable[Round]) -> dict[tuple[str, str, str], str]:
    """Return every pair of person and carer, with the first visit at which they meet.

    A visit that names no person counts as a person of its own.
    """
    meetings = sorted(
        (stop.start, stop.visit, each.carer) for each in rounds for stop in each.stops
    )
    found: dict[tuple[str, str, str], str] = {}
    for _, name, carer in meetings:
        person = problem.visit_by_id[name].person
        found.setdefault((person, "" if person else name, carer), name)
    return found


def assignment_cost(problem: Problem, visit: Visit, carer: str) -> int:
    """Return what this carer costs this visit beyond travel, in thousandths of a minute.

    That is without `faces`, which looks at all the visits of a person.
    """
    return sum(each.milliminutes for each in _assignment(problem, visit, carer))


def charges(problem: Problem, rounds: Sequence[Round], unplaced: Iterable[str]) -> Iterator[Charge]:
    """Yield every piece of a plan's cost; problem.WEIGHTS says what each weight is for.

    A visit's travel is the journey to it, the last one's the way home too.
    """
    for each in rounds:
        yield from _round_charges(problem, each)
    for (_, _, carer), visit in faces(problem, rounds).items():
        yield Charge("faces", problem.rate("faces"), carer, visit)
    starts = {stop.visit: stop.start for each in rounds for stop in each.stops}
    yield from _start_charges(problem, starts)
    yield from _contract_charges(problem, rounds)
    for name in unplaced:
        weight = f"unplaced_{problem.visit_by_id[name].priority}"
        yield Charge(weight, problem.rate(weight), visit=name)


def cost_milliminutes(problem: Problem, rounds: Sequence[Round], unplaced: Iterable[str]) -> int:
    """Return the whole cost of a plan in thousandths of a minute."""
    return sum(each.milliminutes for each in charges(problem, rounds, unplaced))


def totals_of(problem: Problem, rounds: Sequence[Round], unplaced: Collection[str]) -> Totals:
    """Add up a plan; every id in it must be known to the problem."""
    stops = [(each.carer, stop) for each in rounds for stop in each.stops]
    usual = sum(carer in problem.visit_by_id[stop.visit].usual_carers for carer, stop in stops)
    late = late_minutes(problem, {stop.visit: stop.start for _, stop in stops})
    return Totals(
        planned=len(problem.visits),
        placed=len({stop.visit for _, stop in stops}),
        unplaced=len(unplaced),
        travel_minutes=sum(round_travel_minutes(problem, each) for each in rounds),
        contact_minutes=sum(stop.leave - stop.start for _, stop in stops),
        waiting_minutes=sum(waiting_minutes(each) for each in rounds),
        paid_span_minutes=sum(paid_span_minutes(problem, each) for each in rounds),
        shift_minutes=sum(end - start for c in problem.carers for start, end in c.shifts),
        rounds=sum(bool(each.stops) for each in rounds),
        carers=len({each.carer for each in rounds if each.stops}),
        usual_carer_stops=usual,
        other_carer_stops=len(stops) - usual,
        break_minutes=sum(each.rest.minutes for each in rounds if each.rest),
        late_visits=len(late),
        late_minutes=sum(late.values()),
        worst_late_minutes=max(late.values(), default=0),
        person_carer_pairs=len(faces(problem, rounds)),
        cost_milliminutes=cost_milliminutes(problem, rounds, unplaced),
    )


def _assignment(problem: Problem, visit: Visit, carer: str) -> Iterator[Charge]:
    if visit.usual_carers and carer not in visit.usual_carers:
        yield Charge("not_usual_carer", problem.rate("not_usual_carer"), carer, visit.id)
    published = problem.published_carers.get(visit.id)
    if published is not None and carer not in published:
        yield Charge("change_of_carer", problem.rate("change_of_carer"), carer, visit.id)


def _round_charges(problem: Problem, each: Round) -> Iterator[Charge]:
    carer = problem.carer_by_id[each.carer]
    way, rate = problem.matrix(carer.travel_mode).item, problem.rate("travel")
    place = carer.start_location
    for stop in each.stops:
        visit = problem.visit_by_id[stop.visit]
        yield Charge("travel", rate * way(place, visit.location), carer.id, visit.id)
        yield from _assignment(problem, visit, carer.id)
        place = visit.location
    if each.stops:
        home = rate * way(place, carer.end_location)
        yield Charge("travel", home, carer.id, each.stops[-1].visit)
        span = paid_span_minutes(problem, each)
        yield Charge("paid_span", problem.rate("paid_span") * span, carer.id)


def _start_charges(problem: Problem, starts: Mapping[str, int]) -> Iterator[Charge]:
    late = late_minutes(problem, starts)
    for name, minutes in late.items():
        yield Charge("late", problem.rate("late") * minutes, visit=name)
    if late:
        worst = max(late, key=lambda name: (late[name], name))
        yield Charge("worst_late", problem.rate("worst_late") * late[worst], visit=worst)
    for name in starts.keys() & problem.published_starts.keys():
        moved = abs(starts[name] - problem.published_starts[name])
        yield Charge("change_of_start", problem.rate("change_of_start") * moved, visit=name)


def _contract_charges(problem: Problem, rounds: Iterable[Round]) -> Iterator[Charge]:
    rate, working = problem.rate("off_contract"), working_minutes(problem, rounds)
    for carer in problem.carers:
        if carer.contract_minutes is not None:
            off = working[carer.id] - carer.contract_minutes
            yield Charge("off_contract", rate * off**2 // carer.contract_minutes, carer.id)
