"""The smallest changes that would make room for a visit left out, each tried before it is said.

A swap changes no rule: another visit goes to another carer. The rest change one rule: a wider
window, a longer shift, more working time, another skill, no pin, a carer fewer. Every one is put
into the plan at hand, timed and judged by `check`; what does not hold is not offered.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from optimiser.rounds.check import clock, verify
from optimiser.rounds.problem import Carer, Plan, Problem, ProblemError, Visit
from optimiser.rounds.ripple import Grid
from optimiser.rounds.swap import Swap, swaps
from optimiser.rounds.timetable import ClashError, Timetable, orders_of, rests_of, timetable
from optimiser.rounds.totals import totals_of
from optimiser.rounds.unplaced import Fit, fits
from optimiser.rounds.vacancy import Option, Vacancy

MOST_SLACK_MINUTES = 120
MOST_TRIES = 8
# Changes that no number of minutes measures come after those that one does, in this order.
BEYOND_MINUTES = 10 * MOST_SLACK_MINUTES
SIZES = {"swap": -1, "pin": 1, "carers": 2, "skill": 3}


@dataclass(frozen=True)
class Relaxation:
    """A changed problem in which the visit has a place, and the change in words."""

    visit: str
    kind: str
    minutes: int
    sentence: str
    problem: Problem
    plan: Plan

    @property
    def size(self) -> int:
        """How big the change is: a swap, then minutes, then what is no matter of minutes."""
        if self.kind in SIZES:
            return SIZES[self.kind] * BEYOND_MINUTES
        return self.minutes


def with_relaxations(
    problem: Problem,
    plan: Plan,
    *,
    most_visits: int = 20,
    go_on: Callable[[], bool] = lambda: True,
) -> Plan:
    """Return the plan with the smallest changes said for its first visits left out.

    `go_on` is asked before each visit; False leaves the rest as they are (a time limit).
    """
    told = tuple(
        replace(left, relaxations=tuple(r.sentence for r in relaxations(problem, plan, left.visit)))
        if number < most_visits and go_on()
        else left
        for number, left in enumerate(plan.unplaced)
    )
    return replace(plan, unplaced=told)


def relaxations(problem: Problem, plan: Plan, visit_id: str) -> tuple[Relaxation, ...]:
    """Return the smallest change of each kind that makes room for a visit left out, by size."""
    trial = _Trial(problem, plan, problem.visit_by_id[visit_id])
    kinds = (
        _swap,
        _wider_window,
        _longer_shift,
        _more_hours,
        _without_pin,
        _one_carer_fewer,
        _another_skill,
    )
    found = (next(kind(trial), None) for kind in kinds)
    return tuple(sorted((each for each in found if each), key=lambda each: each.size))


class _Trial:
    """A plan, and the visit left out of it that is to go in."""

    def __init__(self, problem: Problem, plan: Plan, visit: Visit) -> None:
        self.problem, self.plan, self.visit = problem, plan, visit
        self.table: Timetable = timetable(problem, orders_of(plan.rounds), rests_of(plan.rounds))
        self.left_out = tuple(each for each in plan.unplaced if each.visit != visit.id)
        self.unit = problem.units_a_minute

    def options(self, relaxed: Problem, carers: Iterable[str] | None = None) -> Iterator[Option]:
        """Yield the options in a changed problem whose rounds are timed as they are now."""
        vacancy = self.vacancy(relaxed)
        for carer in [each.id for each in relaxed.carers] if carers is None else carers:
            yield from vacancy.options_of(carer)

    def vacancy(self, relaxed: Problem) -> Vacancy:
        """Return the visit's vacancy in a changed problem."""
        return Vacancy(
            Grid(relaxed),
            relaxed.visit_by_id[self.visit.id],
            replace(self.table, problem=relaxed),
            staying=(),
            left_out=[each.visit for each in self.left_out],
        )

    def tried(
        self,
        relaxed: Problem,
        carers: Iterable[str],
        *,
        kind: str,
        minutes: int,
        words: Callable[[Option], str],
    ) -> Iterator[Relaxation]:
        """Yield the change if the visit then has a place with one of these carers that holds."""
        vacancy = self.vacancy(relaxed)
        possible = [
            option
            for carer in carers
            for option in vacancy.options_of(carer)
            if option.refused is None
        ]
        for option in sorted(possible, key=lambda each: each.cost_milliminutes)[:1]:
            try:
                table = vacancy.table_with(option.places)
            except ClashError:
                return
            yield from self.held(relaxed, table, kind, minutes, words(option))

    def held(
        self, relaxed: Problem, table: Timetable, kind: str, minutes: int, sentence: str
    ) -> Iterator[Relaxation]:
        """Yield the change if `check` finds nothing wrong with the plan it makes possible."""
        rounds = table.rounds()
        totals = totals_of(relaxed, rounds, [each.visit for each in self.left_out])
        plan = Plan(rounds=rounds, unplaced=self.left_out, totals=totals, seed=self.plan.seed)
        if verify(relaxed, plan).ok:
            yield Relaxation(self.visit.id, kind, minutes, sentence, relaxed, plan)

    def clock(self, time: int) -> str:
        """Return a time as people read it."""
        return clock(time // self.unit)

    def whole(self, span: int) -> int:
        """Return a span in whole minutes, rounded up."""
        return -(-span // self.unit)

    def fits(self, visit: Visit, *, slack: int) -> list[Fit]:
        """Return the nearest places of a visit outside its window."""
        return fits(self.table, visit, slack=slack * self.unit)[:MOST_TRIES]


def _swap(trial: _Trial) -> Iterator[Relaxation]:
    def words(swap: Swap) -> str:
        return (
            f"a swap: {swap.to} takes {swap.moved} from {swap.carer} at "
            f"{trial.clock(swap.moved_start)}, and {swap.carer} comes at {trial.clock(swap.start)}"
        )

    found = swaps(trial.problem, trial.table, trial.visit, [u.visit for u in trial.left_out])
    for swap in found:
        yield from trial.held(trial.problem, swap.table, "swap", 0, words(swap))


def _wider_window(trial: _Trial) -> Iterator[Relaxation]:
    visit = trial.visit
    there = {
        slot.carer for fit in trial.fits(replace(visit, carers=1), slack=0) for slot in fit.slots
    }
    for fit in trial.fits(visit, slack=MOST_SLACK_MINUTES):
        wider = replace(
            visit,
            earliest=max(0, visit.earliest - fit.early_minutes),
            latest=min(trial.problem.longest, visit.latest + fit.late_minutes),
        )
        minutes = trial.whole(fit.outside_minutes)
        window = f"{trial.clock(wider.earliest)} to {trial.clock(wider.latest)}"
        names = [slot.carer for slot in fit.slots]
        lead = f"a window {minutes} min wider ({window})"

        def words(option: Option, names: list[str] = names, lead: str = lead) -> str:
            joining = [name for name in names if name not in there]
            if visit.carers > 1 and there and joining:
                second = " and ".join(joining)
                return f"{lead}: {_who(option)}; {second} is free at {trial.clock(option.start)}"
            return f"{lead}: {_who(option)}"

        relaxed = _with_visit(trial.problem, wider)
        yield from trial.tried(relaxed, names, kind="window", minutes=minutes, words=words)


def _longer_shift(trial: _Trial) -> Iterator[Relaxation]:
    if trial.visit.carers > 1:
        return
    problem = trial.problem
    tries = sorted(
        (
            each
            for carer in problem.carers
            if problem.may_visit(carer, trial.visit)
            for shift in range(len(carer.shifts))
            for each in _extensions(trial, carer, shift)
        ),
        key=lambda each: each[0],
    )
    for minutes, shift, changed in tries[:MOST_TRIES]:
        begins, ends = changed.shifts[shift]
        lead = f"a shift {trial.whole(minutes)} min longer for {changed.id} "
        lead += f"({trial.clock(begins)} to {trial.clock(ends)})"

        def words(option: Option, lead: str = lead) -> str:
            return f"{lead}: {_who(option)}"

        yield from trial.tried(
            _with_carer(problem, changed),
            [changed.id],
            kind="shift",
            minutes=trial.whole(minutes),
            words=words,
        )


def _extensions(trial: _Trial, carer: Carer, shift: int) -> Iterator[tuple[int, int, Carer]]:
    """Yield by how much a shift must be longer for the visit to come last, or first, in it."""
    problem, table, visit = trial.problem, trial.table, trial.visit
    most = MOST_SLACK_MINUTES * trial.unit
    begins, ends = carer.shifts[shift]
    order = table.orders.get((carer.id, shift), ())
    way = problem.matrix(carer.travel_mode).item
    come, go = way(carer.start_location, visit.location), way(visit.location, carer.end_location)
    arrive, until = begins + come, ends - go - visit.minutes
    if order:
        last, first = problem.visit_by_id[order[-1]], problem.visit_by_id[order[0]]
        free = table.starts[last.id] + last.minutes
        arrive = free + way(last.location, visit.location)
        until = table.latests[first.id] - way(visit.location, first.location) - visit.minutes
    start = max(visit.earliest, arrive)
    over = start + visit.minutes + go - ends
    early = begins - (min(visit.latest, until) - come)
    hours = []
    if start <= visit.latest and 0 < over <= most:
        hours.append((over, (begins, ends + over)))
    if min(visit.latest, until) >= visit.earliest and 0 < early <= min(most, begins):
        hours.append((early, (begins - early, ends)))
    for minutes, longer in hours:
        shifts = (*carer.shifts[:shift], longer, *carer.shifts[shift + 1 :])
        try:
            yield minutes, shift, replace(carer, shifts=shifts)
        except ProblemError:
            continue  # the longer shift would run into the carer's next one


def _more_hours(trial: _Trial) -> Iterator[Relaxation]:
    problem = trial.problem
    if trial.visit.carers > 1 or not any(carer.max_minutes for carer in problem.carers):
        return
    free = replace(problem, carers=tuple(replace(c, max_minutes=None) for c in problem.carers))
    tries = []
    for option in trial.options(free):
        carer = problem.carer_by_id[option.carer]
        if option.refused is None and carer.max_minutes is not None:
            slots = trial.vacancy(free).surcharge
            over = trial.table.working_minutes[carer.id] + slots.minutes(option.places[0])
            if 0 < over - carer.max_minutes <= MOST_SLACK_MINUTES * trial.unit:
                tries.append((over - carer.max_minutes, replace(carer, max_minutes=over)))
    for over, changed in sorted(tries, key=lambda each: each[0])[:MOST_TRIES]:
        lead = f"{trial.whole(over)} min more working time for {changed.id}"

        def words(option: Option, lead: str = lead) -> str:
            return f"{lead}: {_who(option)}"

        yield from trial.tried(
            _with_carer(problem, changed),
            [changed.id],
            kind="hours",
            minutes=trial.whole(over),
            words=words,
        )


def _without_pin(trial: _Trial) -> Iterator[Relaxation]:
    pin = trial.problem.pin_by_visit.get(trial.visit.id)
    if pin is None:
        return
    pins = tuple(each for each in trial.problem.pins if each is not pin)
    yield from trial.tried(
        replace(trial.problem, pins=pins),
        [carer.id for carer in trial.problem.carers],
        kind="pin",
        minutes=0,
        words=lambda option: f"without its pin to {', '.join(pin.carers)}: {_who(option)}",
    )


def _one_carer_fewer(trial: _Trial) -> Iterator[Relaxation]:
    visit = trial.visit
    pin = trial.problem.pin_by_visit.get(visit.id)
    if visit.carers < 2 or (pin and len(pin.carers) == visit.carers):
        return
    fewer = replace(visit, carers=visit.carers - 1)
    yield from trial.tried(
        _with_visit(trial.problem, fewer),
        [carer.id for carer in trial.problem.carers],
        kind="carers",
        minutes=0,
        words=lambda option: f"{fewer.carers} of {visit.carers} carers: {_who(option)}",
    )


def _another_skill(trial: _Trial) -> Iterator[Relaxation]:
    """Look for a carer who would have room for the visit and lacks one skill only."""
    problem, visit = trial.problem, trial.visit
    if visit.carers > 1:
        return
    unskilled = _with_visit(problem, replace(visit, skills=frozenset()))
    lacking = [carer.id for carer in problem.carers if len(visit.skills - carer.skills) == 1]
    options = [each for each in trial.options(unskilled, lacking) if each.refused is None]
    for option in sorted(options, key=lambda each: each.cost_milliminutes)[:MOST_TRIES]:
        carer = problem.carer_by_id[option.carer]
        (skill,) = visit.skills - carer.skills
        lead = f"{carer.id} trained in {skill}"

        def words(option: Option, lead: str = lead) -> str:
            return f"{lead}: {_who(option)} at {trial.clock(option.start)}"

        trained = _with_carer(problem, replace(carer, skills=carer.skills | {skill}))
        yield from trial.tried(trained, [carer.id], kind="skill", minutes=0, words=words)


def _with_visit(problem: Problem, visit: Visit) -> Problem:
    visits = tuple(visit if each.id == visit.id else each for each in problem.visits)
    return replace(problem, visits=visits)


def _with_carer(problem: Problem, carer: Carer) -> Problem:
    carers = tuple(carer if each.id == carer.id else each for each in problem.carers)
    return replace(problem, carers=carers)


def _who(option: Option) -> str:
    return f"{' with '.join(sorted((option.carer, *option.with_carers)))} could go"
