"""What changes between two plans of one day: who moves, by how much, who loses a usual carer."""

from collections.abc import Callable
from dataclasses import dataclass

from optimiser.rounds.problem import Plan, Problem, Round
from optimiser.rounds.totals import paid_span_minutes, round_travel_minutes


@dataclass(frozen=True)
class Move:
    """One visit whose carers or start differ between two plans."""

    visit: str
    carers_before: tuple[str, ...]
    carers_after: tuple[str, ...]
    minutes_later: int
    usual_carers_before: int
    usual_carers_after: int

    @property
    def changes_carer(self) -> bool:
        """Whether other carers go."""
        return set(self.carers_before) != set(self.carers_after)

    @property
    def sentence(self) -> str:
        """The move as a coordinator reads it before publishing."""
        parts = []
        if self.changes_carer:
            before, after = ", ".join(self.carers_before), ", ".join(self.carers_after)
            parts.append(f"{after} instead of {before}")
            lost = self.usual_carers_before - self.usual_carers_after
            if lost:
                parts.append("a usual carer less" if lost > 0 else "a usual carer more")
        if self.minutes_later:
            side = "later" if self.minutes_later > 0 else "earlier"
            parts.append(f"{abs(self.minutes_later)} min {side}")
        return f"{self.visit}: {', '.join(parts)}"


@dataclass(frozen=True)
class Difference:
    """What a second plan changes against a first one."""

    travel_minutes: int
    paid_span_minutes: int
    moves: tuple[Move, ...]
    newly_placed: tuple[str, ...]
    newly_unplaced: tuple[str, ...]


def compare(problem: Problem, before: Plan, after: Plan) -> Difference:
    """Compare two plans; carers of the first who are no longer on shift drive no travel now."""
    first, second = before.starts(), after.starts()
    moves = []
    for visit in problem.visits:
        if visit.id not in first or visit.id not in second:
            continue
        was, now = before.carers_of(visit.id), after.carers_of(visit.id)
        later = second[visit.id] - first[visit.id]
        if later or set(was) != set(now):
            usual = frozenset(visit.usual_carers)
            moves.append(
                Move(visit.id, was, now, later, len(usual & set(was)), len(usual & set(now)))
            )
    return Difference(
        travel_minutes=_more(problem, round_travel_minutes, before, after),
        paid_span_minutes=_more(problem, paid_span_minutes, before, after),
        moves=tuple(moves),
        newly_placed=tuple(v.id for v in problem.visits if v.id in second and v.id not in first),
        newly_unplaced=tuple(v.id for v in problem.visits if v.id in first and v.id not in second),
    )


def cost_of_pin(problem: Problem, plan_without: Plan, plan_with: Plan) -> int:
    """Return the minutes of travel a pin costs: the plan with it less the plan without (SC-05)."""
    return compare(problem, plan_without, plan_with).travel_minutes


def _known(problem: Problem, plan: Plan) -> list[Round]:
    return [each for each in plan.rounds if each.carer in problem.carer_by_id]


def _more(
    problem: Problem, measure: Callable[[Problem, Round], int], before: Plan, after: Plan
) -> int:
    now = sum(measure(problem, each) for each in _known(problem, after))
    return now - sum(measure(problem, each) for each in _known(problem, before))
