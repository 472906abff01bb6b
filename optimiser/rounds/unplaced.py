"""Say in words why a visit is left out of every round, and where it would nearly fit.

A reason is looked for in the order a coordinator would: who may go at all, who could be there on
an empty day, what keeps those who could today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimiser.rounds.check import clock
from optimiser.rounds.problem import Carer, Problem, Visit
from optimiser.rounds.timetable import Slot, Timetable

MOST_SLACK_MINUTES = 240  # how far beyond its window a visit is looked for a place
MOST_SLOTS = 80  # places looked at for a visit that needs several carers: the nearest ones
MOST_GROUPS = 2000
MOST_NAMED = 4  # carers of whom is said where each of them is


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
    come = problem.travel(carer.start_location, visit.location, carer.travel_mode)
    go = problem.travel(visit.location, carer.end_location, carer.travel_mode)
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
        if table.allows(visit, slot)
    ]
    if visit.carers > 1:
        slots.sort(key=lambda slot: (sum(_outside(visit, (slot,))), slot.added_travel_minutes))
        del slots[MOST_SLOTS:]
    groups: list[tuple[Slot, ...]] = [(slot,) for slot in slots]
    for _ in range(visit.carers - 1):
        groups = [(*group, slot) for group in groups for slot in slots if _joins(group, slot)]
        groups.sort(key=lambda group: _outside(visit, group))
        del groups[MOST_GROUPS:]
    found = [Fit(group, *_outside(visit, group)) for group in groups]
    pinned = problem.pin_by_visit.get(visit.id)
    if pinned is not None:
        found = [f for f in found if set(pinned.carers) <= {slot.carer for slot in f.slots}]
    found.sort(key=lambda fit: (fit.outside_minutes, fit.added_travel_minutes))
    return found


def count_of(things: Sequence[object]) -> str:
    """Return so many carers in words."""
    return f"{len(things) or 'no'} carer{'' if len(things) == 1 else 's'}"


def _at(problem: Problem, time: int) -> str:
    return clock(time // problem.units_a_minute)


def _min(problem: Problem, span: int) -> str:
    return f"{-(-span // problem.units_a_minute)} min"


def _window(problem: Problem, visit: Visit) -> str:
    return f"{_at(problem, visit.earliest)} to {_at(problem, visit.latest)}"


def _nobody_may(problem: Problem, visit: Visit, able: Sequence[Carer]) -> Iterator[str]:
    skilled = [carer for carer in problem.carers if visit.skills <= carer.skills]
    if len(skilled) < visit.carers:
        yield (
            f"needs {visit.carers} with {', '.join(sorted(visit.skills))}; "
            f"{count_of(skilled)} on shift has all of it"
            if visit.skills
            else f"needs {visit.carers}; {count_of(skilled)} on shift today"
        )
        return
    yield (
        f"needs {visit.carers}; of {count_of(skilled)} with the skills, "
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
        come = problem.travel(carer.start_location, visit.location, carer.travel_mode)
        go = problem.travel(visit.location, carer.end_location, carer.travel_mode)
        for begins, ends in carer.shifts:
            if begins + come > visit.latest:
                arrivals.append((begins + come, carer.id))
            else:
                back = max(visit.earliest, begins + come) + visit.minutes + go
                if back > ends:
                    returns.append((back - ends, carer.id))
    window = _window(problem, visit)
    if arrivals and (not returns or together):
        soonest, name = min(arrivals)
        yield (
            f"earliest arrival {_at(problem, soonest)}, {_min(problem, soonest - visit.latest)} "
            f"after the window ({window}), by {name}"
        )
    elif returns:
        over, name = min(returns)
        yield (
            f"not even on an empty day: {name}, who comes closest, would be back "
            f"{_min(problem, over)} after the shift ends"
        )
        if arrivals:
            soonest, other = min(arrivals)
            yield (
                f"the next shift to begin after the window ({window}) is {other}'s: earliest "
                f"arrival {_at(problem, soonest)}, {_min(problem, soonest - visit.latest)} after it"
            )
    else:
        yield f"no shift reaches it in its window ({window})"


def _no_room(
    table: Timetable, visit: Visit, reach: Sequence[Reach], look_for_nearest: bool
) -> Iterator[str]:
    problem = table.problem
    carers = sorted({each.carer for each in reach})
    slack = MOST_SLACK_MINUTES * problem.units_a_minute
    found = fits(table, visit, slack=slack) if look_for_nearest else []
    lead = f"{count_of(carers)} could go in {_window(problem, visit)} on an empty day"
    if visit.carers > 1:
        lead += f" ({visit.carers} needed at once)"
    if found and found[0].outside_minutes == 0:
        # A place is open, yet a gap to another visit or a deadlock of double-ups closes it.
        yield f"{lead}; the places open today would break a gap to another visit"
        return
    if found:
        fit = found[0]
        side = "after" if fit.late_minutes else "before"
        names = " with ".join(slot.carer for slot in fit.slots)
        outside = _min(problem, fit.outside_minutes)
        yield f"{lead}; all are busy: {names} could {outside} {side} the window"
    elif look_for_nearest:
        yield f"{lead}; all are busy within {MOST_SLACK_MINUTES} min of it"
    else:
        yield f"{lead}; all are busy"
    yield _where_they_are(table, visit, reach)


def _where_they_are(table: Timetable, visit: Visit, reach: Sequence[Reach]) -> str:
    """Return what each carer who could go does meanwhile; of many, who is free first."""
    kept = sorted(_kept_by(table, visit, each) for each in reach)
    skills = f" with {', '.join(sorted(visit.skills))}" if visit.skills else ""
    carers = list(dict.fromkeys(each.carer for each in reach))
    if len(kept) > MOST_NAMED:
        return f"the first free of the {len(carers)} carers{skills} who could go: {kept[0][1]}"
    lead = {1: "the only carer", 2: "both carers"}.get(len(carers), f"all {len(carers)} carers")
    return f"{lead}{skills} who could go: {'; '.join(words for _, words in kept)}"


def _kept_by(table: Timetable, visit: Visit, reach: Reach) -> tuple[int, str]:
    """Return until when a carer is kept from a visit, and by what."""
    problem, who = table.problem, reach.carer
    order = table.orders.get((who, reach.shift), ())
    begun = [name for name in order if table.starts[name] <= visit.latest]
    if begun:
        last = problem.visit_by_id[begun[-1]]
        leave = table.starts[last.id] + last.minutes
        mode = problem.carer_by_id[who].travel_mode
        if leave + problem.travel(last.location, visit.location, mode) > visit.earliest:
            return leave, f"{who} is at {last.id} until {_at(problem, leave)}"
    if len(begun) < len(order):
        due = table.latests[order[len(begun)]]
        return due, f"{who} must be at {order[len(begun)]} by {_at(problem, due)}"
    most, working = problem.carer_by_id[who].max_minutes, table.working_minutes[who]
    if most is not None and working + visit.minutes > most:
        return reach.latest, f"{who} works {_min(problem, working)} of {_min(problem, most)}"
    return reach.latest, f"{who} has no room for it, its journeys and the breaks"


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
