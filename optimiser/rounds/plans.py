"""Turn who-visits-whom into a plan: minutes, totals, and a reason for every visit left out."""

from collections.abc import Mapping, Sequence

from optimiser.rounds.problem import Plan, Problem, Unplaced
from optimiser.rounds.timetable import Key, timetable
from optimiser.rounds.totals import totals_of
from optimiser.rounds.unplaced import why_unplaced

MOST_LOOKED_AT = 40  # visits left out for which the nearest place is looked for


def plan_of(
    problem: Problem,
    orders: Mapping[Key, Sequence[str]],
    left_out: Sequence[str],
    *,
    seed: int,
    rests: Mapping[Key, int] | None = None,
) -> Plan:
    """Make a plan of visit ids in order by carer and shift; raises ClashError if no minutes fit.

    `rests` says after how many stops a shift's break is (see `timetable`).
    """
    table = timetable(problem, orders, rests)
    rounds = table.rounds()
    unplaced = tuple(
        Unplaced(
            name,
            why_unplaced(
                table, problem.visit_by_id[name], look_for_nearest=number < MOST_LOOKED_AT
            ),
        )
        for number, name in enumerate(left_out)
    )
    return Plan(
        rounds=rounds,
        unplaced=unplaced,
        totals=totals_of(problem, rounds, left_out),
        seed=seed,
    )
