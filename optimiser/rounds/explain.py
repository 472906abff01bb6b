"""Say in words why a visit is left out, or why it is where it is.

A reason is looked for in the order a coordinator would: who may go at all, who could be there on
an empty day, who has room today. The first two are proofs: no plan can make such a visit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimiser.rounds.check import clock
from optimiser.rounds.problem import Carer, Plan, Problem, ProblemError, Visit
from optimiser.rounds.timetable import ClashError, Key, Slot, Timetable, orders_of, timetable
from optimiser.rounds.totals import assignment_cost, travel_of_order

MOST_SLACK_MINUTES = 240  # how far beyond its window a visit is looked for a place
MOST_SLOTS = 80  # places looked at for a visit that needs several carers: the nearest ones


@dataclass(frozen=True)
class Reach:
    """When one carer could start a visit with nothing else to do in a shift."""

    carer: str
    shift: int
    soonest: int
    latest: int


@dataclass(frozen=True)
class Fit:
    """Places for one more visit, one a carer it needs, and how far outside its window they are."""

    slots: tuple[Slot, ...]
    early_minutes: int
    late_minutes: int

    @property
    def outside_minutes(self) -> int:
        """Minutes by which the window would have to be wider."""
        return self.early_minutes + self.late_minutes

    @property
    def added_travel_minutes(self) -> int:
        """Travel the visit would add."""
        return sum(slot.added_travel_minutes for slot in self.slots)


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
    """Why a visit is where it is, and who else could make it at what cost."""

    visit: str
    carers: tuple[str, ...]
    start: int
    sentences: tuple[str, ...]
    alternatives: tuple[Alternative, ...]


def why_unplaced(
    table: Timetable, visit: Visit, *, look_for_nearest: bool = True
) -> tuple[str, ...]:
    """Return the reasons, in sentences, why a visit is in nobody's round (at least one).

    Looking for the nearest place takes a hundredth of a second; a day may have hundreds left out.
    """
    problem = table.problem
    able = [carer for carer in problem.carers if problem.may_visit(carer, visit)]
    pinned = problem.pin_by_visit.get(visit.id)
    reasons = []
    if pinned is not None:
        reasons.append(f"pinned to {', '.join(pinned.carers)}")
    lacking = [c for c in (pinned.carers if pinned else ()) if problem.carer_by_id[c] not in able]
    if lacking or len(able) < visit.carers:
        return (*reasons, *_nobody_may(problem, visit, able))
    reach = [each for carer in able for each in reaches(problem, visit, carer)]
    together = _most_together(reach)
    if together < visit.carers:
        return (*reasons, *_out_of_reach(problem, visit, able, together))
    return (*reasons, *_no_room(table, visit, reach, look_for_nearest))


def reaches(problem: Problem, visit: Visit, carer: Carer) -> Iterator[Reach]:
    """Yield the shifts of a carer in which the visit could be made with nothing else to do."""
    come = problem.travel(carer.start_location, visit.location)
    go = problem.travel(visit.location, carer.end_location)
    for shift, (begins, ends) in enumerate(carer.shifts):
        soonest = max(visit.earliest, begins + come)
        latest = min(visit.latest, ends - go - visit.minutes)
        if soonest <= latest:
            yield Reach(carer.id, shift, soonest, latest)


def fits(table: Timetable, visit: Visit, *, slack: int) -> list[Fit]:
    """Return where the visit could go if its window were wider, the least widening first.

    A visit for several carers is looked at as pairs (three or more: pairs grown by the nearest).
    """
    problem = table.problem
    slots = [
        slot
        for carer in problem.carers
        if problem.may_visit(carer, visit)
        for shift in range(len(carer.shifts))
        for slot in table.slots(visit, carer, shift, slack=slack)
    ]
    if visit.carers > 1:
        slots.sort(key=lambda slot: (sum(_outside(visit, (slot,))), slot.added_travel_minutes))
        del slots[MOST_SLOTS:]
    groups: list[tuple[Slot, ...]] = [(slot,) for slot in slots]
    for _ in range(visit.carers - 1):
        groups = [(*group, slot) for group in groups for slot in slots if _joins(group, slot)]
        groups.sort(key=lambda group: _outside(visit, group))
        del groups[2000:]
    found = [Fit(group, *_outside(visit, group)) for group in groups]
    pinned = problem.pin_by_visit.get(visit.id)
    if pinned is not None:
        found = [f for f in found if set(pinned.carers) <= {slot.carer for slot in f.slots}]
    found.sort(key=lambda fit: (fit.outside_minutes, fit.added_travel_minutes))
    return found


def explain_placed(problem: Problem, plan: Plan, visit_id: str) -> Placement:
    """Say why a visit has this carer at this time, and what moving it to each other would cost.

    Raises ProblemError if the visit is not made in this plan.
    """
    visit = problem.visit_by_id[visit_id]
    carers = plan.carers_of(visit_id)
    if not carers:
        raise ProblemError(f"{visit_id} is not made in this plan")
    alternatives = [
        each for carer in carers for each in _alternatives(problem, plan, visit, instead_of=carer)
    ]
    alternatives.sort(key=lambda each: (each.added_cost_milliminutes, each.carer))
    return Placement(
        visit=visit_id,
        carers=carers,
        start=plan.starts()[visit_id],
        sentences=(
            *_why_these(problem, visit, carers, alternatives),
            *_why_then(problem, plan, visit),
        ),
        alternatives=tuple(alternatives),
    )


def _nobody_may(problem: Problem, visit: Visit, able: Sequence[Carer]) -> Iterator[str]:
    skilled = [carer for carer in problem.carers if visit.skills <= carer.skills]
    if len(skilled) < visit.carers:
        yield (
            f"needs {visit.carers} with {', '.join(sorted(visit.skills))}; "
            f"{_count(skilled)} on shift has all of it"
            if visit.skills
            else f"needs {visit.carers}; {_count(skilled)} on shift today"
        )
        return
    yield (
        f"needs {visit.carers}; of {_count(skilled)} with the skills, "
        f"{len(able)} may go ({', '.join(_exclusions(problem, visit, skilled)) or 'the rest may'})"
    )


def _exclusions(problem: Problem, visit: Visit, skilled: Sequence[Carer]) -> Iterator[str]:
    ruled_out = sorted(carer.id for carer in skilled if carer.id in visit.not_carers)
    if ruled_out:
        yield f"must not have {', '.join(ruled_out)}"
    if visit.only_carers is not None:
        yield f"may only have {', '.join(sorted(visit.only_carers)) or 'nobody'}"
    pin = problem.pin_by_visit.get(visit.id)
    unable = [
        name
        for name in (pin.carers if pin else ())
        if not problem.may_visit(problem.carer_by_id[name], visit)
    ]
    if unable:
        yield f"{', '.join(unable)}, pinned, may not go"


def _out_of_reach(
    problem: Problem, visit: Visit, able: Sequence[Carer], together: int
) -> Iterator[str]:
    if together:
        yield f"needs {visit.carers} at once; at most {together} who may go can be there in time"
    arrivals, returns = [], []
    for carer in able:
        come = problem.travel(carer.start_location, visit.location)
        go = problem.travel(visit.location, carer.end_location)
        for begins, ends in carer.shifts:
            if begins + come > visit.latest:
                arrivals.append((begins + come, carer.id))
            else:
                back = max(visit.earliest, begins + come) + visit.minutes + go
                if back > ends:
                    returns.append((back - ends, carer.id))
    window = f"{clock(visit.earliest)} to {clock(visit.latest)}"
    if arrivals and (not returns or together):
        soonest, name = min(arrivals)
        yield (
            f"earliest arrival {clock(soonest)}, {soonest - visit.latest} min after the window "
            f"({window}), by {name}"
        )
    elif returns:
        over, name = min(returns)
        yield (
            f"not even on an empty day: {name}, who comes closest, would be back {over} min after "
            "the shift ends"
        )
        if arrivals:
            soonest, other = min(arrivals)
            yield (
                f"the next shift to begin after the window ({window}) is {other}'s: "
                f"earliest arrival {clock(soonest)}, {soonest - visit.latest} min after it"
            )
    else:
        yield f"no shift reaches it in its window ({window})"


def _no_room(
    table: Timetable, visit: Visit, reach: Sequence[Reach], look_for_nearest: bool
) -> Iterator[str]:
    carers = sorted({each.carer for each in reach})
    found = fits(table, visit, slack=MOST_SLACK_MINUTES) if look_for_nearest else []
    window = f"{clock(visit.earliest)} to {clock(visit.latest)}"
    lead = f"{_count(carers)} could go in {window} on an empty day"
    if visit.carers > 1:
        lead += f" ({visit.carers} needed at once)"
    if found and found[0].outside_minutes == 0:
        # A place is open, yet a gap to another visit or a deadlock of double-ups closes it.
        yield f"{lead}; the places open today would break a gap to another visit"
    elif found:
        fit = found[0]
        side = "after" if fit.late_minutes else "before"
        names = " with ".join(slot.carer for slot in fit.slots)
        yield f"{lead}; all are busy: {names} could {fit.outside_minutes} min {side} the window"
    elif look_for_nearest:
        yield f"{lead}; all are busy within {MOST_SLACK_MINUTES} min of it"
    else:
        yield f"{lead}; all are busy"


def _most_together(reach: Sequence[Reach]) -> int:
    moments = {each.soonest for each in reach}
    return max(
        (len({r.carer for r in reach if r.soonest <= at <= r.latest}) for at in moments),
        default=0,
    )


def _joins(group: Sequence[Slot], slot: Slot) -> bool:
    # Ordered by carer, so that each set of carers is looked at once.
    return group[-1].carer < slot.carer and max(each.soonest for each in (*group, slot)) <= min(
        each.latest for each in (*group, slot)
    )


def _outside(visit: Visit, group: Sequence[Slot]) -> tuple[int, int]:
    soonest = max(each.soonest for each in group)
    latest = min(each.latest for each in group)
    return max(0, visit.earliest - latest), max(0, soonest - visit.latest)


def _count(things: Sequence[object]) -> str:
    return f"{len(things) or 'no'} carer{'' if len(things) == 1 else 's'}"


def _alternatives(
    problem: Problem, plan: Plan, visit: Visit, *, instead_of: str
) -> Iterator[Alternative]:
    orders = orders_of(plan.rounds)
    now = timetable(problem, orders)
    key = next(k for k, order in orders.items() if k[0] == instead_of and visit.id in order)
    without = {**orders, key: tuple(name for name in orders[key] if name != visit.id)}
    saved = travel_of_order(problem, instead_of, orders[key])
    saved -= travel_of_order(problem, instead_of, without[key])
    here = assignment_cost(problem, visit, instead_of)
    table = timetable(problem, without)
    for carer in problem.carers:
        if carer.id in plan.carers_of(visit.id) or not problem.may_visit(carer, visit):
            continue
        moved = _cheapest(table, visit, carer)
        if moved is None:
            continue
        slot, start = moved
        travel = slot.added_travel_minutes - saved
        cost = problem.weights.milli("travel") * travel
        cost += assignment_cost(problem, visit, carer.id) - here
        later = start - now.starts[visit.id]
        when = "at the same time" if later == 0 else f"{abs(later)} min {_side(later)}"
        yield Alternative(
            instead_of=instead_of,
            carer=carer.id,
            start=start,
            added_travel_minutes=travel,
            added_cost_milliminutes=cost,
            sentence=f"{carer.id} instead of {instead_of}: {travel:+d} min of travel, {when}",
        )


def _side(later: int) -> str:
    return "later" if later > 0 else "earlier"


def _cheapest(table: Timetable, visit: Visit, carer: Carer) -> tuple[Slot, int] | None:
    slots = [s for n in range(len(carer.shifts)) for s in table.slots(visit, carer, n)]
    for slot in sorted(slots, key=lambda each: each.added_travel_minutes):
        try:
            tried = timetable(table.problem, put(table.orders, visit.id, [slot]))
        except ClashError:
            continue
        return slot, tried.starts[visit.id]
    return None


def put(
    orders: Mapping[Key, tuple[str, ...]], visit: str, slots: Sequence[Slot]
) -> dict[Key, tuple[str, ...]]:
    """Return orders with a visit put into the given places."""
    changed = dict(orders)
    for slot in slots:
        order = changed.get((slot.carer, slot.shift), ())
        changed[slot.carer, slot.shift] = (
            *order[: slot.position],
            visit,
            *order[slot.position :],
        )
    return changed


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
    yield f"{_count(able)} of {len(problem.carers)} may go"
    if alternatives:
        best = alternatives[0]
        yield f"the cheapest change is {best.sentence}"
    else:
        yield "nobody else has room for it today"


def _why_then(problem: Problem, plan: Plan, visit: Visit) -> Iterator[str]:
    start = plan.starts()[visit.id]
    if start == visit.earliest:
        yield f"it starts {clock(start)}, when its window opens"
        return
    for each in plan.rounds:
        for number, stop in enumerate(each.stops):
            if stop.visit != visit.id or stop.arrive != start:
                continue
            before = each.stops[number - 1].visit if number else "the start of the shift"
            yield f"it starts {clock(start)}, as soon as {each.carer} arrives from {before}"
            return
    ties = [tie.visit for tie in visit.after if tie.visit in plan.starts()]
    others = f" after {', '.join(ties)}" if ties else ""
    yield f"it starts {clock(start)}, as its gap{others} asks"
