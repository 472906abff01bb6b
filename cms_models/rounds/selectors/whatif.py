"""What if, on a kept plan: what moving a visit would cost, and why it is where it is."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from cms_models.accounts.models import User
from cms_models.care.patterns import clock
from cms_models.fields.domain import WEIGHT_TITLES
from cms_models.rounds.models import Carer, PlanRun, Visit, VisitPin
from cms_models.rounds.selectors.day import carer_names, visit_names, with_names
from cms_models.rounds.selectors.needs import visit_id
from cms_models.rounds.selectors.planning import stored_day, stored_plan
from optimiser.rounds.explain import explain_placed
from optimiser.rounds.problem import WEIGHTS, Plan, ProblemError
from optimiser.rounds.score import score
from optimiser.rounds.vacancy import Option
from optimiser.rounds.whatif import Board

Pinned = tuple[tuple[int, str], ...]  # visits and the carers they are pinned to

BOARDS_KEPT = 6  # plans whose problem is kept ready in this process, those asked for last
_boards: OrderedDict[tuple[UUID, int, Pinned], Board] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class OptionLine:
    """One carer's shift for a visit, as a coordinator weighs it; minutes of the whole plan."""

    carer_id: int
    carer: str
    shift: int
    shift_words: str
    start: str
    minutes_later: int
    cost_minutes: float
    travel_minutes: int
    refused: str
    along_with: tuple[str, ...]
    is_now: bool


@dataclass(frozen=True)
class WhatIf:
    """Why a visit is where it is (or nowhere), and what each other place would cost."""

    visit: str
    start: str
    made_by: tuple[tuple[int, str], ...]
    instead_of: int | None
    sentences: tuple[str, ...]
    options: tuple[OptionLine, ...]
    pinned_to: tuple[int, ...]


@dataclass(frozen=True)
class ScoreLine:
    """One weight, carer or visit with what it costs, in minutes."""

    name: str
    minutes: float
    parts: tuple[tuple[str, float], ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class ScoreTables:
    """A plan's cost split up: by constraint, by carer, by visit; the dearest first."""

    total_minutes: float
    by_weight: tuple[ScoreLine, ...]
    by_carer: tuple[ScoreLine, ...]
    by_visit: tuple[ScoreLine, ...]


def board_of(run: PlanRun) -> Board:
    """Return a run's board, kept in this process for as long as neither run nor pins change.

    Raises ProblemError for a run kept without its problem.
    """
    pins = VisitPin.objects.filter(authority=run.authority_id, visit__on=run.on)
    pinned = tuple(pins.order_by("visit", "carer").values_list("visit_id", "carer__ref"))
    key = (run.public_id, run.version, pinned)
    with _lock:
        board = _boards.get(key)
        if board is not None:
            _boards.move_to_end(key)
            return board
    if not run.problem:
        raise ProblemError(f"{run} was kept without what was asked: plan that day again")
    board = Board(stored_day(run).problem, stored_plan(run))
    with _lock:
        _boards[key] = board
        while len(_boards) > BOARDS_KEPT:
            _boards.popitem(last=False)
    return board


def what_if(run: PlanRun, *, user: User, visit: Visit, instead_of: Carer | None = None) -> WhatIf:
    """Return what every carer would cost for a visit, instead of one of its carers.

    Raises ProblemError when the visit is not of this run, or `instead_of` does not make it.
    """
    board, name = board_of(run), visit_id(visit)
    carers = {row.ref: row for row in Carer.objects.visible_to(user)}
    made_by = board.plan.carers_of(name)
    freed = instead_of.ref if instead_of else (made_by[0] if made_by else None)
    options = board.options(name, freed)
    if made_by:
        said = explain_placed(
            board.problem, board.plan, name, board=board, instead_of=freed
        ).sentences
    else:
        said = next((left.reasons for left in board.plan.unplaced if left.visit == name), ())
    said = (*said, *_pin_words(board, name))
    texts = [*said, *(option.refused or "" for option in options)]
    names = {row.ref: str(row) for row in carers.values()} | visit_names(user, texts)
    start = board.plan.starts().get(name)
    return WhatIf(
        visit=name,
        start="" if start is None else clock(start),
        made_by=tuple((carers[ref].pk, str(carers[ref])) for ref in made_by if ref in carers),
        instead_of=carers[freed].pk if freed in carers else None,
        sentences=tuple(_sentence(with_names(text, names)) for text in said),
        options=tuple(
            _option_line(board, option, carers, names, start, now=freed)
            for option in options
            if option.carer in carers
        ),
        pinned_to=tuple(VisitPin.objects.filter(visit=visit).values_list("carer_id", flat=True)),
    )


def _pin_words(board: Board, name: str) -> list[str]:
    if name not in board.problem.pin_by_visit:
        return []
    best = board.cost_of_pin(name)
    if best is None:
        return ["its pin costs this plan nothing"]
    saved = -best.cost_milliminutes / (1000 * board.problem.units_a_minute)
    return [f"its pin costs {saved:.1f} min: without it {best.carer} would go"]


def moved_plan(
    run: PlanRun, *, visit: Visit, carer: Carer, shift: int, instead_of: Carer | None = None
) -> Plan:
    """Return a run's plan with a visit in a carer's shift; ProblemError says why it cannot be."""
    board, name = board_of(run), visit_id(visit)
    made_by = board.plan.carers_of(name)
    freed = instead_of.ref if instead_of else (made_by[0] if len(made_by) == 1 else None)
    return board.move(name, carer.ref, shift, instead_of=freed)


def plan_without(run: PlanRun, *, visit: Visit) -> Plan:
    """Return a run's plan with a visit left out; ProblemError says why it cannot be."""
    return board_of(run).take_out(visit_id(visit))


def pins_on(user: User, visits: Iterable[int]) -> dict[int, set[int]]:
    """Return visit → the carers it is pinned to."""
    found: dict[int, set[int]] = {}
    rows = VisitPin.objects.visible_to(user).filter(visit__in=list(visits))
    for visit, carer in rows.values_list("visit_id", "carer_id"):
        found.setdefault(visit, set()).add(carer)
    return found


def score_tables(run: PlanRun, *, user: User) -> ScoreTables:
    """Return a run's cost by constraint, by carer and by visit, with names."""
    board = board_of(run)
    found = score(board.problem, board.plan)
    unit = 1000 * board.problem.units_a_minute
    names = carer_names(user) | visit_names(user, found.by_visit)
    said = {info.name: info.sentence for info in WEIGHTS}
    return ScoreTables(
        total_minutes=found.total_milliminutes / unit,
        by_weight=tuple(
            ScoreLine(weight_words(name), cost / unit, (), said[name])
            for name, cost in found.by_weight.items()
        ),
        by_carer=_score_lines(found.by_carer, names, unit),
        by_visit=_score_lines(found.by_visit, names, unit),
    )


def weight_words(name: str) -> str:
    """Return a weight's name as the council's rules have it."""
    words = WEIGHT_TITLES[name].removeprefix("Weight: ")
    return words[:1].upper() + words[1:]


def _score_lines(
    costs: Mapping[str, Mapping[str, int]], names: Mapping[str, str], unit: int
) -> tuple[ScoreLine, ...]:
    lines = [
        ScoreLine(
            names.get(name, name),
            sum(parts.values()) / unit,
            tuple((weight_words(weight), cost / unit) for weight, cost in parts.items()),
        )
        for name, parts in costs.items()
        if parts
    ]
    return tuple(sorted(lines, key=lambda line: (-line.minutes, line.name)))


def _option_line(
    board: Board,
    option: Option,
    carers: Mapping[str, Carer],
    names: Mapping[str, str],
    start: int | None,
    *,
    now: str | None,
) -> OptionLine:
    carer = carers[option.carer]
    shifts = board.problem.carer_by_id[option.carer].shifts
    begins, ends = shifts[option.shift] if shifts else (0, 0)
    refused = _sentence(with_names(option.refused, names)) if option.refused else ""
    return OptionLine(
        carer_id=carer.pk,
        carer=str(carer),
        shift=option.shift,
        shift_words=f"{clock(begins)}–{clock(ends)}" if shifts else "no shift",
        start="" if refused else clock(option.start),
        minutes_later=0 if start is None or refused else option.start - start,
        cost_minutes=round(option.cost_milliminutes / 1000, 1),
        travel_minutes=option.travel_minutes,
        refused=refused,
        along_with=tuple(names[ref] for ref in option.with_carers if ref in names),
        is_now=option.carer == now,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
