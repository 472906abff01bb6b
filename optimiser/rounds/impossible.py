"""Proofs without a search: visits that nobody can make, and visits that not all can be made of.

Nothing here guesses: each sentence holds for every plan. Journeys need not keep the triangle
inequality, so "too far" always means by way of any other visits too. docs/algorithms/
rounds-proofs.md has the arguments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from optimiser.rounds.check import clock
from optimiser.rounds.problem import Carer, Problem, Visit

NEVER = 2**40  # later than any time, and safe to add to

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Clash:
    """Visits of which at least so many must be left out, whatever the plan."""

    visits: tuple[str, ...]
    at_least: int
    sentence: str


def cannot_be_served(problem: Problem) -> Mapping[str, str]:
    """Return each visit that no plan can make, with the sentence that proves it."""
    return EmptyDay(problem).never


def cannot_all_be_served(problem: Problem) -> tuple[Clash, ...]:
    """Return sets of visits too many to be made together; each visit could be made alone."""
    return EmptyDay(problem).clashes


class EmptyDay:
    """When each carer could begin each visit, on the way of any others."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.earliest = np.array([v.earliest for v in problem.visits], dtype=np.int64)
        self.latest = np.array([v.latest for v in problem.visits], dtype=np.int64)
        self.minutes = np.array([v.minutes for v in problem.visits], dtype=np.int64)
        self.place = np.array([v.location for v in problem.visits], dtype=np.int64)
        self._able: dict[object, tuple[Carer, ...]] = {}
        self._may: dict[str, npt.NDArray[np.bool_]] = {}
        self._reach: dict[tuple[str, int], tuple[Ints, Ints]] = {}
        self._steps: dict[str, Ints] = {}
        self._least: dict[str, Ints] = {}

    @cached_property
    def never(self) -> Mapping[str, str]:
        """The visits that nobody can ever make, each with its proof."""
        found = {v.id: self.why_never(at, v) for at, v in enumerate(self.problem.visits)}
        return {name: sentence for name, sentence in found.items() if sentence}

    @cached_property
    def clashes(self) -> tuple[Clash, ...]:
        """Sets of the other visits, too many to be made together."""
        return _clashes(self, [v for v in self.problem.visits if v.id not in self.never])

    def able(self, visit: Visit) -> tuple[Carer, ...]:
        """Return the carers who may make a visit."""
        pin = self.problem.pin_by_visit.get(visit.id)
        alike = (visit.skills, visit.not_carers, visit.only_carers, visit.carers, pin)
        if alike not in self._able:
            self._able[alike] = tuple(
                c for c in self.problem.carers if self.problem.may_visit(c, visit)
            )
        return self._able[alike]

    def steps(self, mode: str) -> Ints:
        """Return from each visit's start to the next one's arrival; none from a visit to itself."""
        if mode not in self._steps:
            travel = self.problem.matrix(mode)[np.ix_(self.place, self.place)].astype(np.int64)
            steps = travel + self.minutes[:, None]
            np.fill_diagonal(steps, NEVER)
            self._steps[mode] = steps
        return self._steps[mode]

    def ends(self, carer: Carer) -> tuple[Ints, Ints]:
        """Return the journeys from the start location to each visit, and from each to the end."""
        matrix = self.problem.matrix(carer.travel_mode)
        come = matrix[carer.start_location, self.place].astype(np.int64)
        return come, matrix[self.place, carer.end_location].astype(np.int64)

    def may(self, carer: Carer) -> npt.NDArray[np.bool_]:
        """Return which visits this carer may make."""
        if carer.id not in self._may:
            may = [any(c is carer for c in self.able(visit)) for visit in self.problem.visits]
            self._may[carer.id] = np.array(may, dtype=bool)
        return self._may[carer.id]

    def reach(self, carer: Carer, shift: int) -> tuple[Ints, Ints]:
        """Return the soonest and the last start of each visit in one shift; soonest > last: never.

        Least fixpoints over all ways to come and to go home by other visits this carer may make.
        """
        key = (carer.id, shift)
        if key not in self._reach:
            begins, ends = carer.shifts[shift]
            come, go = self.ends(carer)
            may, steps = self.may(carer), self.steps(carer.travel_mode)
            soonest = _least(begins + come, self.earliest, np.where(may, self.latest, -1), steps)
            back = _least(
                go + self.minutes - ends,
                -self.latest,
                np.where(may, -self.earliest, -NEVER),
                steps.T,
            )
            self._reach[key] = soonest, -back
        return self._reach[key]

    def least_work(self, carer: Carer) -> Ints:
        """Return the least working minutes of a round that holds each visit."""
        if carer.id not in self._least:
            come, go = self.ends(carer)
            free, always = np.full_like(come, -NEVER), np.where(self.may(carer), NEVER - 1, -NEVER)
            steps = self.steps(carer.travel_mode)
            out = _least(come, free, always, steps)
            self._least[carer.id] = out + _least(go + self.minutes, free, always, steps.T)
        return self._least[carer.id]

    def why_never(self, at: int, visit: Visit) -> str:
        """Return why nobody can ever make a visit; nothing if that is not proved."""
        able = self.able(visit)
        pinned = self._pinned(visit)
        unable = sorted(pinned - {carer.id for carer in able})
        if unable:
            return f"it is pinned to {', '.join(unable)}, who may not make it"
        if len(able) < visit.carers:
            return _too_few(self.problem, visit, able)
        for exactly in (False, True):  # most visits are within reach of a direct journey
            together = self._together(at, visit, able, exactly)
            if any(len(c) >= visit.carers and pinned <= c for c in together):
                return ""
        most = max((len(carers) for carers in together), default=0)
        if most >= visit.carers:
            return f"the carers it is pinned to ({', '.join(sorted(pinned))}) are never free for it"
        window = f"between {clock(self._minute(visit.earliest))} and "
        window += clock(self._minute(visit.latest))
        if visit.carers > 1:
            return (
                f"it needs {visit.carers} carers to start together {window}; of the {len(able)} "
                f"who may make it never more than {most} can, not even on an empty day"
            )
        return (
            f"none of the {len(able)} carers who may make it has a shift with time to come, start "
            f"it {window} and be back, not even on an empty day"
        )

    def _minute(self, time: int) -> int:
        return time // self.problem.units_a_minute

    def _pinned(self, visit: Visit) -> frozenset[str]:
        pin = self.problem.pin_by_visit.get(visit.id)
        return frozenset(pin.carers if pin else ())

    def _together(
        self, at: int, visit: Visit, able: Sequence[Carer], exactly: bool
    ) -> list[frozenset[str]]:
        spans = []
        for carer in able:
            for shift, (begins, ends) in enumerate(carer.shifts):
                if exactly:
                    work = int(self.least_work(carer)[at]) if carer.max_minutes is not None else 0
                    soonest, latest = (int(times[at]) for times in self.reach(carer, shift))
                else:
                    mode = carer.travel_mode
                    come = self.problem.travel(carer.start_location, visit.location, mode)
                    go = self.problem.travel(visit.location, carer.end_location, mode)
                    work = come + visit.minutes + go
                    soonest = max(visit.earliest, begins + come)
                    latest = min(visit.latest, ends - go - visit.minutes)
                if soonest <= latest and (carer.max_minutes is None or work <= carer.max_minutes):
                    spans.append((soonest, latest, carer.id))
        moments = {soonest for soonest, _, _ in spans}
        return [frozenset(c for s, u, c in spans if s <= moment <= u) for moment in moments]


def _least(first: Ints, floor: Ints, ceiling: Ints, steps: Ints) -> Ints:
    """Return the least times at `floor` or above, by any chain of steps within the ceilings."""
    times = np.maximum(first, floor)
    times[times > ceiling] = NEVER
    while len(times):
        better = np.maximum((times[:, None] + steps).min(axis=0), floor)
        better[better > ceiling] = NEVER
        better = np.minimum(better, times)
        if np.array_equal(better, times):
            break
        times = better
    return times


def _too_few(problem: Problem, visit: Visit, able: Sequence[Carer]) -> str:
    skilled = [carer for carer in problem.carers if visit.skills <= carer.skills]
    if len(skilled) < visit.carers and visit.skills:
        return (
            f"it needs {visit.carers} with {', '.join(sorted(visit.skills))}; "
            f"{len(skilled)} of {len(problem.carers)} carers hold all of it"
        )
    return (
        f"it needs {visit.carers}; {len(able)} of {len(problem.carers)} carers may make it (the "
        "others lack a skill, are excluded, are not among those it may have, or are not pinned)"
    )


def _clashes(day: EmptyDay, visits: Sequence[Visit]) -> tuple[Clash, ...]:
    problem = day.problem
    groups: dict[tuple[Carer, ...], list[Visit]] = {}
    for visit in visits:
        groups.setdefault(day.able(visit), []).append(visit)
    found = list(_tied_apart(day, visits))
    for carers in {*groups, problem.carers}:
        among = {carer.id for carer in carers}
        theirs = [
            visit
            for able, members in groups.items()
            if all(carer.id in among for carer in able)
            for visit in members
        ]
        found += _at_one_minute(problem, theirs, carers)
        found += _more_than_the_hours(problem, theirs, carers)
    unique = {(frozenset(clash.visits), clash.at_least): clash for clash in found}
    return tuple(sorted(unique.values(), key=lambda c: (-c.at_least, len(c.visits), c.visits)))


def _tied_apart(day: EmptyDay, visits: Sequence[Visit]) -> Iterator[Clash]:
    by_id = {visit.id: visit for visit in visits}
    for visit in visits:
        for tie in visit.after:
            other = by_id.get(tie.visit)
            if other is None:
                continue
            pair = tuple(sorted((visit.id, other.id)))
            # Both bounds of a pair: its own tie and, where there is one, the tie the other way.
            back = [each for each in other.after if each.visit == visit.id]
            most = [t for t in (tie.max_gap, *(-b.min_gap for b in back)) if t is not None]
            least = max([tie.min_gap, *(-b.max_gap for b in back if b.max_gap is not None)])
            if max(least, visit.earliest - other.latest) > min(
                [*most, visit.latest - other.earliest]
            ):
                yield Clash(
                    pair,
                    1,
                    f"no starts of {other.id} and {visit.id} within their windows keep the gap "
                    "asked for: one is left out",
                )
            elif tie.other_carer or any(each.other_carer for each in back):
                able = {carer.id for one in (visit, other) for carer in day.able(one)}
                if len(able) < visit.carers + other.carers:
                    yield Clash(
                        pair,
                        1,
                        f"{other.id} and {visit.id} must have different carers, "
                        f"{visit.carers + other.carers} in all; {len(able)} may make either: "
                        "one is left out",
                    )


def _at_one_minute(
    problem: Problem, visits: Sequence[Visit], carers: Sequence[Carer]
) -> Iterator[Clash]:
    """Yield minutes at which more visits must be under way than there are carers for them."""
    # Whenever it starts, a visit is under way from its latest start to its earliest end.
    bound = [v for v in visits if v.latest < v.earliest + v.minutes]
    while bound:
        moments = np.array(sorted({v.latest for v in bound}))
        wanted = np.zeros(len(moments), dtype=np.int64)
        for v in bound:
            wanted[_between(moments, v.latest, v.earliest + v.minutes)] += v.carers
        there = np.zeros(len(moments), dtype=np.int64)
        for carer in carers:
            for begins, ends in carer.shifts:
                there[_between(moments, begins, ends)] += 1
        at = int(np.argmax(wanted - there))
        excess = int(wanted[at] - there[at])
        if excess <= 0:
            return
        moment = int(moments[at])
        together = [v for v in bound if v.latest <= moment < v.earliest + v.minutes]
        least = _fewest([v.carers for v in together], excess)
        yield Clash(
            tuple(v.id for v in together),
            least,
            f"at {clock(moment // problem.units_a_minute)} these {len(together)} visits must all "
            f"be under way, which takes {wanted[at]} carers; {there[at]} who may make any of them "
            f"are on shift: at least {least} left out",
        )
        gone = {v.id for v in together}
        bound = [v for v in bound if v.id not in gone]


def _between(moments: Ints, since: int, until: int) -> slice:
    return slice(int(np.searchsorted(moments, since)), int(np.searchsorted(moments, until)))


def _more_than_the_hours(
    problem: Problem, visits: Sequence[Visit], carers: Sequence[Carer]
) -> Iterator[Clash]:
    hours = sum(most_work(carer) for carer in carers)
    wanted = sum(v.minutes * v.carers for v in visits)
    if wanted > hours:
        least = _fewest([v.minutes * v.carers for v in visits], wanted - hours)
        unit = problem.units_a_minute
        yield Clash(
            tuple(v.id for v in visits),
            least,
            f"these {len(visits)} visits take {wanted // unit} min of care; the {len(carers)} "
            f"carers who may make any of them work {hours // unit} min at most: at least {least} "
            "left out",
        )


def _fewest(sizes: Sequence[int], needed: int) -> int:
    """Return the least number of these sizes that add up to what is needed."""
    total = 0
    for count, size in enumerate(sorted(sizes, reverse=True), start=1):
        total += size
        if total >= needed:
            return count
    return len(sizes)


def most_work(carer: Carer) -> int:
    on_shift = sum(ends - begins for begins, ends in carer.shifts)
    return on_shift if carer.max_minutes is None else min(on_shift, carer.max_minutes)
