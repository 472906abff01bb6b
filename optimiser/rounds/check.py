"""Judge a plan without knowing who made it: every broken rule by name, and the totals recomputed.

One rule is one function under HARD; its docstring is the sentence a coordinator reads. Nothing
here is shared with an engine.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise

from optimiser.rounds.problem import (
    WEIGHTS,
    Break,
    Carer,
    Plan,
    Problem,
    Rest,
    Round,
    Stop,
    Totals,
    Visit,
)
from optimiser.rounds.totals import totals_of, working_minutes

__all__ = ["HARD", "WEIGHTS", "Broken", "Verdict", "sentences", "verify"]


def clock(minute: int) -> str:
    """Return a minute after midnight as people read it: 464 is 07:44; the next day says so."""
    day, rest = divmod(minute, 1440)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return text if day == 0 else f"{text} (day {day + 1})"


@dataclass(frozen=True)
class Broken:
    """One rule broken by one thing."""

    rule: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """What a check found; `totals` is None while ids in the plan are unknown to the problem."""

    broken: tuple[Broken, ...]
    totals: Totals | None

    @property
    def ok(self) -> bool:
        """Whether every hard rule is kept."""
        return not self.broken


@dataclass(frozen=True)
class Case:
    """A plan beside its problem, with what the rules look up."""

    problem: Problem
    plan: Plan

    @cached_property
    def known_rounds(self) -> tuple[tuple[Carer, Round], ...]:
        """Rounds of shifts that exist."""
        carers = self.problem.carer_by_id
        return tuple(
            (carers[each.carer], each)
            for each in self.plan.rounds
            if each.carer in carers and 0 <= each.shift < len(carers[each.carer].shifts)
        )

    @cached_property
    def known_stops(self) -> tuple[tuple[Carer, Visit, Stop], ...]:
        """Stops at visits that exist, in rounds that exist."""
        visits = self.problem.visit_by_id
        return tuple(
            (carer, visits[stop.visit], stop)
            for carer, each in self.known_rounds
            for stop in each.stops
            if stop.visit in visits
        )

    @cached_property
    def starts(self) -> dict[str, int]:
        """The first start given for each visit that is made."""
        found: dict[str, int] = {}
        for _, visit, stop in self.known_stops:
            found.setdefault(visit.id, stop.start)
        return found

    @cached_property
    def who(self) -> dict[str, list[str]]:
        """The carers of each visit that is made."""
        found: dict[str, list[str]] = {}
        for carer, visit, _ in self.known_stops:
            found.setdefault(visit.id, []).append(carer.id)
        return found

    @cached_property
    def left_out(self) -> frozenset[str]:
        """The visits the plan says nobody makes."""
        return frozenset(each.visit for each in self.plan.unplaced)


def only_known_things_are_planned(case: Case) -> Iterator[str]:
    """Every carer, shift and visit in the plan is one of the day's."""
    carers = case.problem.carer_by_id
    for each in case.plan.rounds:
        if each.carer not in carers:
            yield f"{each.carer} is not a carer of this day"
        elif not 0 <= each.shift < len(carers[each.carer].shifts):
            yield f"{each.carer} has no shift {each.shift}"
        for stop in each.stops:
            if stop.visit not in case.problem.visit_by_id:
                yield f"{stop.visit}, in the round of {each.carer}, is not a visit of this day"
    for left in case.plan.unplaced:
        if left.visit not in case.problem.visit_by_id:
            yield f"{left.visit}, left out, is not a visit of this day"


def a_shift_is_one_round(case: Case) -> Iterator[str]:
    """A shift of a carer is driven as one round."""
    counts = Counter((each.carer, each.shift) for each in case.plan.rounds)
    for (carer, shift), count in counts.items():
        if count > 1:
            yield f"shift {shift} of {carer} has {count} rounds"


def no_visit_is_dropped(case: Case) -> Iterator[str]:
    """Every visit is made, or is left out with at least one reason, and not both."""
    for visit in case.problem.visits:
        made, left = visit.id in case.who, visit.id in case.left_out
        if not made and not left:
            yield f"{visit.id} is neither made nor left out"
        if made and left:
            yield f"{visit.id} is both made and left out"
    for name, count in Counter(each.visit for each in case.plan.unplaced).items():
        if count > 1:
            yield f"{name} is left out {count} times"
    for each in case.plan.unplaced:
        if not any(reason.strip() for reason in each.reasons):
            yield f"{each.visit} is left out without a reason"


def visit_has_the_carers_it_needs(case: Case) -> Iterator[str]:
    """A visit is made by exactly as many different carers as it needs, no carer twice."""
    for name, carers in case.who.items():
        needed = case.problem.visit_by_id[name].carers
        if len(set(carers)) < len(carers):
            yield f"{name} is made more than once by one carer ({', '.join(carers)})"
        elif len(carers) != needed:
            yield f"{name} needs {needed} and has {len(carers)} ({', '.join(carers)})"


def carers_of_a_visit_start_together(case: Case) -> Iterator[str]:
    """The carers of a double-up start at the same minute."""
    for carer, visit, stop in case.known_stops:
        first = case.starts[visit.id]
        if stop.start != first:
            yield f"{visit.id}: {carer.id} starts {clock(stop.start)}, the first {clock(first)}"


def visit_starts_in_its_window(case: Case) -> Iterator[str]:
    """A visit starts within its window."""
    for carer, visit, stop in case.known_stops:
        if not visit.earliest <= stop.start <= visit.latest:
            yield (
                f"{visit.id} by {carer.id} starts {clock(stop.start)}, outside "
                f"{clock(visit.earliest)} to {clock(visit.latest)}"
            )


def stop_lasts_as_long_as_the_visit(case: Case) -> Iterator[str]:
    """A carer starts on or after arriving, and leaves when the visit's minutes are over."""
    for carer, visit, stop in case.known_stops:
        if stop.start < stop.arrive:
            yield (
                f"{visit.id} by {carer.id} starts {clock(stop.start)}, before arriving "
                f"{clock(stop.arrive)}"
            )
        if stop.leave - stop.start != visit.minutes:
            yield (
                f"{visit.id} by {carer.id} lasts {stop.leave - stop.start} min of {visit.minutes}"
            )


def carer_has_time_to_travel(case: Case) -> Iterator[str]:
    """Between two stops there is time for the carer's journey, from the break if one is taken."""
    problem = case.problem
    for carer, each in case.known_rounds:
        for number, (before, after) in enumerate(pairwise(each.stops), start=1):
            if not {before.visit, after.visit} <= problem.visit_by_id.keys():
                continue
            place = problem.visit_by_id[before.visit].location
            needed = _journey(problem, carer, place, problem.visit_by_id[after.visit].location)
            leaves, after_what = before.leave, before.visit
            if each.rest is not None and each.rest.stops == number:
                leaves = max(leaves, each.rest.start + each.rest.minutes)
                after_what = f"the break after {before.visit}"
            if after.arrive - leaves < needed:
                yield (
                    f"{carer.id} has {after.arrive - leaves} min from {after_what} to "
                    f"{after.visit}; the journey takes {needed}"
                )


def round_begins_within_the_shift(case: Case) -> Iterator[str]:
    """A carer leaves the start location no earlier than the shift begins."""
    problem = case.problem
    for carer, each in case.known_rounds:
        if each.stops and each.stops[0].visit in problem.visit_by_id:
            place = problem.visit_by_id[each.stops[0].visit].location
            leaves = each.stops[0].arrive - _journey(problem, carer, carer.start_location, place)
            begins = carer.shifts[each.shift][0]
            if leaves < begins:
                yield f"{carer.id} leaves {begins - leaves} min before the shift at {clock(begins)}"


def round_ends_within_the_shift(case: Case) -> Iterator[str]:
    """A carer is back at the end location by the end of the shift."""
    problem = case.problem
    for carer, each in case.known_rounds:
        if each.stops and each.stops[-1].visit in problem.visit_by_id:
            place = problem.visit_by_id[each.stops[-1].visit].location
            back = each.stops[-1].leave + _journey(problem, carer, place, carer.end_location)
            ends = carer.shifts[each.shift][1]
            if back > ends:
                yield f"{carer.id} is back {back - ends} min after the shift at {clock(ends)}"


def break_is_taken_between_two_stops(case: Case) -> Iterator[str]:
    """A round of two or more stops takes its shift's break, if there is one, between two stops."""
    for carer, each in case.known_rounds:
        needed = carer.break_of(each.shift)
        if each.rest is None:
            if needed is not None and len(each.stops) >= 2:
                yield (
                    f"{carer.id} takes no break in shift {each.shift}; {needed.minutes} min are due"
                )
        elif needed is None:
            yield f"{carer.id} takes a break in shift {each.shift}, which has none"
        elif not 0 < each.rest.stops < len(each.stops):
            yield (
                f"{carer.id} takes the break of shift {each.shift} after {each.rest.stops} of "
                f"{len(each.stops)} stops, so not between two"
            )


def break_begins_in_its_window(case: Case) -> Iterator[str]:
    """A break begins within its window, once the visit before it is over."""
    for carer, each, rest, due in _rests(case):
        if not due.earliest <= rest.start <= due.latest:
            yield (
                f"{carer.id} begins the break of shift {each.shift} {clock(rest.start)}, outside "
                f"{clock(due.earliest)} to {clock(due.latest)}"
            )
        before = each.stops[rest.stops - 1]
        if rest.start < before.leave:
            yield (
                f"{carer.id} begins the break of shift {each.shift} {clock(rest.start)}, before "
                f"leaving {before.visit} {clock(before.leave)}"
            )


def break_is_long_enough(case: Case) -> Iterator[str]:
    """A break lasts at least as long as its shift asks."""
    for carer, each, rest, due in _rests(case):
        if rest.minutes < due.minutes:
            yield (
                f"the break of {carer.id} in shift {each.shift} lasts {rest.minutes} min of "
                f"{due.minutes}"
            )


def carer_works_no_longer_than_allowed(case: Case) -> Iterator[str]:
    """Visits, journeys and breaks of a carer stay within the most working minutes allowed."""
    if any(only_known_things_are_planned(case)):
        return
    worked = working_minutes(case.problem, case.plan.rounds)
    for carer in case.problem.carers:
        if carer.max_minutes is not None and worked[carer.id] > carer.max_minutes:
            yield f"{carer.id} works {worked[carer.id]} min; at most {carer.max_minutes}"


def carer_has_the_skills(case: Case) -> Iterator[str]:
    """A carer holds every skill the visit needs."""
    for carer, visit, _ in case.known_stops:
        lacking = sorted(visit.skills - carer.skills)
        if lacking:
            yield f"{carer.id} lacks {', '.join(lacking)} for {visit.id}"


def carer_is_not_excluded(case: Case) -> Iterator[str]:
    """No carer goes to a visit that must not have this carer."""
    for carer, visit, _ in case.known_stops:
        if carer.id in visit.not_carers:
            yield f"{carer.id} must not go to {visit.id}"


def carer_is_one_of_those_allowed(case: Case) -> Iterator[str]:
    """Where a visit names the only carers it may have, no other carer goes."""
    for carer, visit, _ in case.known_stops:
        if visit.only_carers is not None and carer.id not in visit.only_carers:
            yield f"{carer.id} is not one of the carers {visit.id} may have"


def gaps_between_visits_are_kept(case: Case) -> Iterator[str]:
    """Where one visit follows another, the minutes between their starts are within bounds."""
    for visit in case.problem.visits:
        for tie in visit.after:
            if visit.id not in case.starts or tie.visit not in case.starts:
                continue  # a gap to a visit nobody makes binds nobody
            gap = case.starts[visit.id] - case.starts[tie.visit]
            if gap < tie.min_gap:
                yield f"{visit.id} starts {gap} min after {tie.visit}; at least {tie.min_gap}"
            if tie.max_gap is not None and gap > tie.max_gap:
                yield f"{visit.id} starts {gap} min after {tie.visit}; at most {tie.max_gap}"


def visits_kept_apart_have_other_carers(case: Case) -> Iterator[str]:
    """Where one visit must have other carers than another, nobody makes both."""
    for visit in case.problem.visits:
        for tie in visit.after:
            if tie.other_carer:
                both = set(case.who.get(visit.id, ())) & set(case.who.get(tie.visit, ()))
                for carer in sorted(both):
                    yield f"{carer} makes both {tie.visit} and {visit.id}"


def pins_are_kept(case: Case) -> Iterator[str]:
    """A visit that is made and pinned has the carers it is pinned to."""
    for pin in case.problem.pins:
        for carer in pin.carers:
            if pin.visit in case.who and carer not in case.who[pin.visit]:
                yield f"{pin.visit} is pinned to {carer}; {', '.join(case.who[pin.visit])} would go"


def totals_agree(case: Case) -> Iterator[str]:
    """The totals the plan states are what its rounds add up to."""
    totals = _totals(case)
    if totals is None:
        return
    for each in fields(Totals):
        stated, found = getattr(case.plan.totals, each.name), getattr(totals, each.name)
        if stated != found:
            yield f"{each.name} is stated as {stated} and adds up to {found}"


Rule = Callable[[Case], Iterator[str]]

HARD: tuple[Rule, ...] = (
    only_known_things_are_planned,
    a_shift_is_one_round,
    no_visit_is_dropped,
    visit_has_the_carers_it_needs,
    carers_of_a_visit_start_together,
    visit_starts_in_its_window,
    stop_lasts_as_long_as_the_visit,
    carer_has_time_to_travel,
    round_begins_within_the_shift,
    round_ends_within_the_shift,
    break_is_taken_between_two_stops,
    break_begins_in_its_window,
    break_is_long_enough,
    carer_works_no_longer_than_allowed,
    carer_has_the_skills,
    carer_is_not_excluded,
    carer_is_one_of_those_allowed,
    gaps_between_visits_are_kept,
    visits_kept_apart_have_other_carers,
    pins_are_kept,
    totals_agree,
)


def sentences() -> dict[str, str]:
    """Return the sentence of every hard rule by the rule's name, for people to read."""
    return {rule.__name__: (rule.__doc__ or "").strip() for rule in HARD}


def verify(problem: Problem, plan: Plan) -> Verdict:
    """Check a plan against every hard rule and add it up again."""
    case = Case(problem, plan)
    broken = tuple(Broken(rule.__name__, message) for rule in HARD for message in rule(case))
    return Verdict(broken=broken, totals=_totals(case))


def _totals(case: Case) -> Totals | None:
    if any(only_known_things_are_planned(case)):
        return None
    return totals_of(case.problem, case.plan.rounds, [each.visit for each in case.plan.unplaced])


def _journey(problem: Problem, carer: Carer, origin: int, destination: int) -> int:
    return problem.travel(origin, destination, carer.travel_mode)


def _rests(case: Case) -> Iterator[tuple[Carer, Round, Rest, Break]]:
    """Breaks between two stops of shifts that hold one."""
    for carer, each in case.known_rounds:
        due = carer.break_of(each.shift)
        if each.rest is not None and due is not None and 0 < each.rest.stops < len(each.stops):
            yield carer, each, each.rest, due
