"""What a plan costs, split up by weight, by carer and by visit, each to the last thousandth."""

from collections.abc import Mapping
from dataclasses import dataclass

from optimiser.rounds.problem import WEIGHTS, Plan, Problem
from optimiser.rounds.totals import charges

# What a carer's rounds cost, and what a visit costs. Every part of the cost is one or the other,
# and a visit's travel, usual carers, changed carers and new faces are both.
CARER_WEIGHTS = (
    "travel",
    "not_usual_carer",
    "faces",
    "off_contract",
    "change_of_carer",
    "paid_span",
)
VISIT_WEIGHTS = tuple(
    info.name for info in WEIGHTS if info.name not in ("off_contract", "paid_span")
)


@dataclass(frozen=True)
class Score:
    """A plan's cost in thousandths of a minute.

    `by_weight` has every weight and adds up to the total. `by_carer` has every carer and
    `by_visit` every visit, each with the weights that cost it anything: the sums over carers of
    CARER_WEIGHTS, and over visits of VISIT_WEIGHTS, are those of `by_weight`. A visit's travel is
    the journey to it, and for the last of a round the way home.
    """

    total_milliminutes: int
    by_weight: Mapping[str, int]
    by_carer: Mapping[str, Mapping[str, int]]
    by_visit: Mapping[str, Mapping[str, int]]


def score(problem: Problem, plan: Plan) -> Score:
    """Split up the cost of a plan; every id in it must be known to the problem."""
    by_weight = {info.name: 0 for info in WEIGHTS}
    by_carer: dict[str, dict[str, int]] = {carer.id: {} for carer in problem.carers}
    by_visit: dict[str, dict[str, int]] = {visit.id: {} for visit in problem.visits}
    for each in charges(problem, plan.rounds, [left.visit for left in plan.unplaced]):
        if not each.milliminutes:
            continue
        by_weight[each.weight] += each.milliminutes
        if each.carer is not None:
            mine = by_carer[each.carer]
            mine[each.weight] = mine.get(each.weight, 0) + each.milliminutes
        if each.visit is not None:
            its = by_visit[each.visit]
            its[each.weight] = its.get(each.weight, 0) + each.milliminutes
    return Score(sum(by_weight.values()), by_weight, by_carer, by_visit)
