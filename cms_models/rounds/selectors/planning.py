"""What the rounds engine is asked: a day, or a week, of visits and carers as an open problem."""

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from cms_models.accounts.models import Authority
from cms_models.care.patterns import clock
from cms_models.fields.selectors import rule_values
from cms_models.rounds.domain import (
    DAY,
    PlanningRules,
    breaks_of,
    contract_share,
    gender_skill,
    least_limit,
    with_pins,
)
from cms_models.rounds.models import Carer, PlanRun, PlanState, Visit
from cms_models.rounds.selectors.ground import Ground, ground_of
from cms_models.rounds.selectors.needs import (
    Wishes,
    in_house_visits,
    pins_of,
    problem_visits,
    visit_id,
    wishes_of,
)
from cms_models.rounds.selectors.roster import (
    Roster,
    Times,
    roster_of,
    week_minutes_of,
    worked_in_week,
)
from optimiser.rounds import formats
from optimiser.rounds import problem as rounds
from optimiser.rounds.compare import compare

WEEK_DAYS = 7
TRAVEL_CHARACTERS = 160  # what a run keeps of how travel was timed


class NothingToPlan(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when a day has no in-house visits or no carers; the text says which."""


@dataclass(frozen=True)
class DayProblem:
    """A day's problem with the way back from its ids to the records, and how travel was timed.

    `notes` say what of the records the problem does not hold: a pin to somebody who is away.
    """

    on: date
    problem: rounds.Problem
    visits: Mapping[str, Visit]
    carers: Mapping[str, Carer]
    travel: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WeekProblem:
    """Seven days as one problem, times counted from the first midnight, and each day's own."""

    first: date
    problem: rounds.Problem
    days: Sequence[DayProblem]
    notes: tuple[str, ...] = ()


def day_problem(authority: Authority, *, on: date) -> DayProblem:
    """Return the rounds problem of a day for the council's in-house service.

    Raises NothingToPlan when there are no dated visits or no shifts.
    """
    visits, roster = in_house_visits(authority, on=on), roster_of(authority, on=on)
    if not visits:
        raise NothingToPlan(
            f"No in-house visits are dated {on:%d/%m/%Y}. Make the visits of that day first."
        )
    if not roster.shifts:
        raise NothingToPlan(f"No carer has a shift on {on:%A %d/%m/%Y}. Add shifts first.")
    return Planning(authority, [(visits, roster)]).day(0, within_week=True)


def week_problem(authority: Authority, *, first: date) -> WeekProblem:
    """Return seven days from `first` as one problem: one carer's week, one person's carers.

    Days without visits or without carers are left out with a note; NothingToPlan when all are.
    """
    days, notes = [], []
    for number in range(WEEK_DAYS):
        on = first + timedelta(days=number)
        visits, roster = in_house_visits(authority, on=on), roster_of(authority, on=on)
        if visits and roster.shifts:
            days.append((visits, roster))
        else:
            missing = "carers" if visits else "in-house visits"
            notes.append(f"{on:%A %d/%m/%Y} has no {missing} and is left out.")
    if not days:
        raise NothingToPlan(
            f"From {first:%d/%m/%Y} on, seven days have no in-house visits with carers on shift. "
            "Make the visits and add shifts first."
        )
    return Planning(authority, days).week(first, notes=notes)


class Planning:
    """Some days of a council read once, and put together as one problem or as one for each."""

    def __init__(
        self, authority: Authority, days: Sequence[tuple[Sequence[Visit], Roster]]
    ) -> None:
        self.authority, self.days = authority, days
        self.first = days[0][1].on
        self.rules = PlanningRules.of(rule_values(authority))
        self.wishes: Wishes = wishes_of(authority, on=self.first)
        self.carers = sorted(
            {carer for _, roster in days for carer in roster.shifts}, key=lambda one: one.ref
        )
        self.ground: Ground = ground_of(
            authority,
            visits=[visit for visits, _ in days for visit in visits],
            carers=self.carers,
        )
        self.week_minutes = week_minutes_of(authority, on=self.first)

    def day(self, number: int, *, within_week: bool) -> DayProblem:
        """Return one day alone; `within_week` counts what is published in its week already."""
        visits, roster = self.days[number]
        worked = worked_in_week(self.authority, on=roster.on, but=[roster.on])
        limits = {
            carer.pk: least_limit(
                self.rules.day_minutes or None,
                self._week_limit(worked.get(carer.pk, 0)) if within_week else None,
            )
            for carer in self.carers
        }
        return self._assembled(roster.on, [(0, visits, roster)], limits=limits)

    def week(self, first: date, *, notes: Sequence[str]) -> WeekProblem:
        """Return all days as one problem; the limit of a day is not in it, that of a week is."""
        # The published days of the same weeks outside these seven count too.
        own = [roster.on for _, roster in self.days]
        last = first + timedelta(days=WEEK_DAYS - 1)
        worked = worked_in_week(self.authority, on=first, but=own)
        if last.isocalendar()[:2] != first.isocalendar()[:2]:
            worked = {}  # seven days over two calendar weeks: the limit holds over the seven
        limits = {carer.pk: self._week_limit(worked.get(carer.pk, 0)) for carer in self.carers}
        spans = [((roster.on - first).days * DAY, visits, roster) for visits, roster in self.days]
        whole = self._assembled(first, spans, limits=limits)
        return WeekProblem(
            first=first,
            problem=whole.problem,
            days=[self.day(number, within_week=False) for number in range(len(self.days))],
            notes=tuple(notes),
        )

    def _week_limit(self, worked: int) -> int | None:
        return max(0, self.rules.week_minutes - worked) if self.rules.week_minutes else None

    def _assembled(
        self,
        on: date,
        spans: Sequence[tuple[int, Sequence[Visit], Roster]],
        *,
        limits: Mapping[int, int | None],
    ) -> DayProblem:
        """Put spans of days together, each with the minute its times are counted from."""
        shifts: dict[Carer, list[tuple[int, int]]] = defaultdict(list)
        for offset, _, roster in spans:
            for carer, times in roster.shifts.items():
                shifts[carer] += [(offset + starts, offset + ends) for starts, ends in times]
        carers = [carer for carer in self.carers if carer in shifts]
        asked = [visit for _, visits, _ in spans for visit in visits]
        pins, pin_notes = pins_of(asked, there=frozenset(carer.ref for carer in carers))
        known = frozenset(visit_id(visit) for visit in asked)
        problem = rounds.Problem(
            travel_minutes=self.ground.minutes["car"],
            travel_minutes_by_mode=self.ground.by_other_modes,
            visits=tuple(
                made
                for offset, visits, _ in spans
                for made in problem_visits(
                    visits,
                    places=self.ground.people,
                    wishes=self.wishes,
                    rules=self.rules,
                    offset=offset,
                )
            ),
            carers=tuple(
                self._carer(carer, tuple(shifts[carer]), limits.get(carer.pk)) for carer in carers
            ),
            pins=tuple(pins),
            previous=_published_plan(
                self.authority,
                [(offset, roster.on) for offset, _, roster in spans],
                known=known,
                shifts={carer.ref: tuple(times) for carer, times in shifts.items()},
            ),
            weights=self.rules.weights,
        )
        away = [note for _, _, roster in spans for note in roster.notes]
        return DayProblem(
            on=on,
            problem=problem,
            visits={visit_id(visit): visit for visit in asked},
            carers={carer.ref: carer for carer in carers},
            travel=self.ground.travel[:TRAVEL_CHARACTERS],
            notes=(*away, *pin_notes),
        )

    def _carer(self, carer: Carer, shifts: Times, limit: int | None) -> rounds.Carer:
        skills = {*carer.skills, *([gender_skill(carer.gender)] if carer.gender else [])}
        return rounds.Carer(
            id=carer.ref,
            start_location=self.ground.carers[carer.ref],
            end_location=self.ground.carers[carer.ref],
            shifts=shifts,
            skills=frozenset(skills),
            travel_mode=carer.travel_mode,
            breaks=breaks_of(shifts, self.rules),
            max_minutes=limit,
            contract_minutes=contract_share(
                carer.contract_minutes_per_week,
                planned_minutes=sum(ends - starts for starts, ends in shifts),
                week_minutes=self.week_minutes.get(carer.pk, 0),
            ),
        )


def published_run(authority: Authority, *, on: date) -> PlanRun | None:
    """Return the day's published plan."""
    return PlanRun.objects.filter(authority=authority, on=on, state=PlanState.PUBLISHED).first()


def _published_plan(
    authority: Authority,
    days: Sequence[tuple[int, date]],
    *,
    known: frozenset[str],
    shifts: Mapping[str, Times],
) -> rounds.Plan | None:
    """Return the published plans of some days as one, as far as their visits are still wanted.

    Shifts are found by when they begin, as their numbers change with the roster. The rounds of
    somebody away stay in it: the visits keep their published minutes, though not their carer.
    """
    runs = PlanRun.objects.filter(
        authority=authority, on__in=[on for _, on in days], state=PlanState.PUBLISHED
    )
    offsets = {on: offset for offset, on in days}
    found: dict[tuple[str, int], list[rounds.Stop]] = defaultdict(list)
    for run in runs.order_by("on"):
        offset, stated = offsets[run.on], unpacked(run.problem)["carers"]
        begins = {carer["id"]: [starts for starts, _ in carer["shifts"]] for carer in stated}
        for one in stored_plan(run).rounds:
            starts = offset + begins[one.carer][one.shift]
            now = [begin for begin, _ in shifts.get(one.carer, ())]
            # A shift no longer there gets a number that no shift of today has.
            number = now.index(starts) if starts in now else len(now) + one.shift
            found[one.carer, number] += [
                rounds.Stop(
                    stop.visit, offset + stop.arrive, offset + stop.start, offset + stop.leave
                )
                for stop in one.stops
                if stop.visit in known
            ]
    if not runs:
        return None
    return rounds.Plan(
        rounds=tuple(
            rounds.Round(carer, shift, tuple(stops))
            for (carer, shift), stops in found.items()
            if stops
        )
    )


def unpacked(content: bytes) -> dict[str, Any]:
    """Return a document of an open format as it is kept with a run."""
    found: dict[str, Any] = json.loads(gzip.decompress(bytes(content)))
    return found


def stored_plan(run: PlanRun) -> rounds.Plan:
    """Return a run's plan from its open format."""
    return formats.plan_from_json(unpacked(run.plan))


def stored_day(run: PlanRun) -> DayProblem:
    """Return the problem a run was planned on, with the pins of now and the records of its ids."""
    day = day_of_document(
        run.authority, on=run.on, content=run.problem, travel=run.travel, notes=run.notes
    )
    pins, _ = pins_of(list(day.visits.values()), there=frozenset(day.problem.carer_by_id))
    problem = with_pins(day.problem, stored_plan(run), pins, fixed=_under_way(day))
    return replace(day, problem=problem)


def _under_way(day: DayProblem) -> set[str]:
    """Return the visits that were planned at one minute though their window is wider."""
    asked = day.problem.visit_by_id
    return {
        name
        for name, row in day.visits.items()
        if row.earliest_minutes < row.latest_minutes and asked[name].earliest == asked[name].latest
    }


def day_of_document(
    authority: Authority, *, on: date, content: bytes, travel: str, notes: Sequence[str]
) -> DayProblem:
    """Return a packed problem of a day with the records of its ids."""
    problem = formats.problem_from_json(unpacked(content))
    visits = Visit.objects.filter(authority=authority, on=on).select_related("package__person")
    carers = Carer.objects.filter(authority=authority)
    return DayProblem(
        on=on,
        problem=problem,
        visits={visit_id(row): row for row in visits if visit_id(row) in problem.visit_by_id},
        carers={row.ref: row for row in carers if row.ref in problem.carer_by_id},
        travel=travel,
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class Impact:
    """What a run changes against another of its day, as a coordinator weighs it (SC-10).

    Differences are the run's figure less the other's: more usual carers is better, more lateness
    worse. `most_minutes_moved` is the largest change of any start.
    """

    moves: tuple[str, ...]
    changed_carer: int
    moved_start: int
    most_minutes_moved: int
    newly_placed: tuple[str, ...]
    newly_unplaced: tuple[str, ...]
    usual_carer_stops: int
    late_minutes: int
    travel_minutes: int


def impact_of(run: PlanRun, *, before: PlanRun) -> Impact:
    """Return what publishing a run in place of another would change, visits by their package."""
    day, was, now = stored_day(run), stored_plan(before), stored_plan(run)
    found = compare(day.problem, was, now)

    def named(visit: str) -> str:
        row = day.visits[visit]
        return f"{row.package} {clock(row.earliest_minutes)}"

    return Impact(
        moves=tuple(
            move.sentence.replace(move.visit, named(move.visit), 1) for move in found.moves
        ),
        changed_carer=sum(move.changes_carer for move in found.moves),
        moved_start=sum(move.minutes_later != 0 for move in found.moves),
        most_minutes_moved=max((abs(move.minutes_later) for move in found.moves), default=0),
        newly_placed=tuple(named(visit) for visit in found.newly_placed),
        newly_unplaced=tuple(named(visit) for visit in found.newly_unplaced),
        usual_carer_stops=now.totals.usual_carer_stops - was.totals.usual_carer_stops,
        late_minutes=now.totals.late_minutes - was.totals.late_minutes,
        travel_minutes=now.totals.travel_minutes - was.totals.travel_minutes,
    )
