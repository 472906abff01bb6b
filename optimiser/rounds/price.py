"""The price of a rule: what a day would save if one family of constraints did not bind it.

The day is planned, then planned on from that plan once as it is and once without each family, with
the same seed and the same effort. Planning it on with another seed as well shows the noise: a
price below it is none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from optimiser.rounds.engine import solve
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import Plan, Problem, ProblemError, Totals, Visit
from optimiser.rounds.timetable import ClashError, orders_of

WIDER_MINUTES = 60
GENDER = "gender:"  # skills that stand for a wish, not for something learnt


@dataclass(frozen=True)
class Family:
    """Constraints of one kind: what they are called, and a problem without them."""

    name: str
    title: str
    sentence: str
    without: Callable[[Problem], Problem]


@dataclass(frozen=True)
class PriceOfRule:
    """What a day has with a family of constraints, less what it has without it.

    `idle_minutes` are working minutes not with people: travel and breaks. Waiting is not among
    them: visits start as soon as they may, so much of it is only where free time is shown.
    """

    family: str
    title: str
    sentence: str
    travel_minutes: int
    idle_minutes: int
    visits: int
    within_noise: bool


@dataclass(frozen=True)
class PriceList:
    """The day as it is, how far two searches of it lie apart, and every family's price."""

    base: Totals
    noise_minutes: int
    noise_visits: int
    prices: tuple[PriceOfRule, ...]


def price_of_rules(
    problem: Problem,
    *,
    families: Iterable[str] | None = None,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[float, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> PriceList:
    """Return what each family costs the day, the dearest first; absent families are left out.

    `seconds` are for the whole work, `iterations` for each search. A published plan is not kept
    to. `cancel` ends the work with the prices found so far.
    """
    wanted = present(problem, families)
    searches = 3 + len(wanted)
    told, stopped = progress or (lambda *_: None), cancel or (lambda: False)
    free = replace(problem, previous=None)

    def searched(number: int, title: str, asked: Problem, seed: int) -> Plan:
        told(number / searches, title)
        return solve(
            asked,
            seconds=None if seconds is None else seconds / searches,
            iterations=iterations,
            seed=seed,
            threads=threads,
            cancel=stopped,
        )

    first = searched(0, "the day as it is", free, seed)
    base = searched(1, "the day as it is, further", _warm(free, first), seed)
    other = searched(2, "the day as it is, for the noise", _warm(free, first), seed + 1)
    noise = abs(_idle(base.totals) - _idle(other.totals))
    noise_visits = abs(base.totals.unplaced - other.totals.unplaced)
    prices = []
    for number, family in enumerate(wanted, start=3):
        if stopped():
            break
        relaxed = family.without(free)
        found = searched(number, f"without: {family.title}", _warm(relaxed, first), seed)
        prices.append(_price(family, base, _better(relaxed, base, found), noise, noise_visits))
    told(1.0, "")
    prices.sort(key=lambda each: (-each.visits, -each.idle_minutes, each.family))
    return PriceList(base.totals, noise, noise_visits, tuple(prices))


def present(problem: Problem, names: Iterable[str] | None = None) -> tuple[Family, ...]:
    """Return the families that this problem holds anything of, or those of them named.

    Raises ProblemError for a name that is no family.
    """
    if names is not None:
        names = tuple(names)
        unknown = sorted(set(names) - {family.name for family in FAMILIES})
        if unknown:
            known = ", ".join(family.name for family in FAMILIES)
            raise ProblemError(f"families: {unknown[0]!r} is none of {known}")
    return tuple(
        family
        for family in FAMILIES
        if (names is None or family.name in names) and _differs(problem, family.without(problem))
    )


def _price(
    family: Family, base: Plan, without: Plan, noise_minutes: int, noise_visits: int
) -> PriceOfRule:
    idle = _idle(base.totals) - _idle(without.totals)
    visits = without.totals.placed - base.totals.placed
    return PriceOfRule(
        family=family.name,
        title=family.title,
        sentence=family.sentence,
        travel_minutes=base.totals.travel_minutes - without.totals.travel_minutes,
        idle_minutes=idle,
        visits=visits,
        within_noise=abs(visits) <= noise_visits and abs(idle) <= noise_minutes,
    )


def _idle(totals: Totals) -> int:
    return totals.travel_minutes + totals.break_minutes


def _warm(problem: Problem, plan: Plan) -> Problem:
    """Return the problem with a plan to begin from that costs nothing to leave."""
    weights = replace(problem.weights, change_of_carer=0, change_of_start=0)
    return replace(problem, previous=plan, weights=weights)


def _better(relaxed: Problem, base: Plan, found: Plan) -> Plan:
    """Return the cheaper of the plan found and the plan with the rule, which is allowed too."""
    needs = {visit.id: visit.carers for visit in relaxed.visits}
    orders = {}
    for key, order in orders_of(base.rounds).items():
        orders[key] = tuple(name for name in order if needs[name] > 0)
        for name in orders[key]:
            needs[name] -= 1
    left_out = [each.visit for each in base.unplaced]
    try:
        same = plan_of(relaxed, orders, left_out, seed=base.seed)
    except ClashError:
        return found
    return min(found, same, key=lambda plan: plan.totals.cost_milliminutes)


def _differs(one: Problem, other: Problem) -> bool:
    return (one.visits, one.carers, one.pins, one.weights) != (
        other.visits,
        other.carers,
        other.pins,
        other.weights,
    )


def _each_visit(change: Callable[[Problem, Visit], Mapping[str, object]]) -> Callable[..., Problem]:
    def without(problem: Problem) -> Problem:
        visits = tuple(replace(v, **change(problem, v)) for v in problem.visits)  # type: ignore[arg-type]
        return replace(problem, visits=visits)

    return without


def _each_carer(**change: object) -> Callable[[Problem], Problem]:
    def without(problem: Problem) -> Problem:
        carers = tuple(replace(each, **change) for each in problem.carers)  # type: ignore[arg-type]
        return replace(problem, carers=carers)

    return without


def _without_continuity(problem: Problem) -> Problem:
    if not any(visit.usual_carers or visit.person for visit in problem.visits):
        return problem
    return replace(problem, weights=replace(problem.weights, not_usual_carer=0, faces=0))


def _without_fairness(problem: Problem) -> Problem:
    if all(carer.contract_minutes is None for carer in problem.carers):
        return problem
    return replace(problem, weights=replace(problem.weights, off_contract=0))


def _wider(problem: Problem, visit: Visit) -> Mapping[str, object]:
    wider = WIDER_MINUTES * problem.units_a_minute
    return {
        "earliest": max(0, visit.earliest - wider),
        "latest": min(problem.longest, visit.latest + wider),
    }


FAMILIES: tuple[Family, ...] = (
    Family(
        "windows",
        "Start windows",
        f"Every visit might start {WIDER_MINUTES} minutes earlier or later.",
        _each_visit(_wider),
    ),
    Family(
        "continuity",
        "Same carers for a person",
        "Nobody asked for usual carers or few faces.",
        _without_continuity,
    ),
    Family(
        "only_carers",
        "Carers named, and zone edges",
        "Nobody named the only carers who may come, and no zone kept them apart.",
        _each_visit(lambda _, visit: {"only_carers": None}),
    ),
    Family(
        "not_carers",
        "Carers refused",
        "No carer was refused by anybody.",
        _each_visit(lambda _, visit: {"not_carers": frozenset()}),
    ),
    Family(
        "gender",
        "Wishes for women or men",
        "Nobody wished for carers of one gender.",
        _each_visit(
            lambda _, visit: {
                "skills": frozenset(s for s in visit.skills if not s.startswith(GENDER))
            }
        ),
    ),
    Family(
        "skills",
        "Skills",
        "Every carer had every skill.",
        _each_visit(
            lambda _, visit: {"skills": frozenset(s for s in visit.skills if s.startswith(GENDER))}
        ),
    ),
    Family(
        "double_ups",
        "Double-ups",
        "One carer were enough at every visit.",
        _each_visit(lambda _, visit: {"carers": 1}),
    ),
    Family(
        "gaps",
        "Gaps between a person's visits",
        "A person's visits might follow each other at any distance, by any carer.",
        _each_visit(lambda _, visit: {"after": ()}),
    ),
    Family("breaks", "Paid breaks", "Nobody took a break.", _each_carer(breaks=())),
    Family(
        "working_time",
        "Most working time",
        "Nobody's working time had a limit but the shift.",
        _each_carer(max_minutes=None),
    ),
    Family(
        "contract",
        "Fair shares of hours",
        "Hours away from contract cost nothing.",
        _without_fairness,
    ),
    Family(
        "pins",
        "Pins",
        "No visit was pinned to a carer.",
        lambda problem: replace(problem, pins=()),
    ),
)
