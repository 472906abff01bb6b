"""What the worker runs for rounds."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from cms_models.fields.selectors import rule_value
from cms_models.jobs.registry import JobContext, job
from cms_models.rounds.selectors.planning import day_problem
from cms_models.rounds.services import planning, visits
from optimiser.rounds import engine
from optimiser.rounds.relax import with_relaxations

RELAXED_VISITS = 20


@job(name="make_visits", label="Make dated visits", permission="rounds.change_visit")
def make_visits(context: JobContext, *, first: str, days: int | None = None) -> Mapping[str, Any]:
    """Make the dated visits from a day on, as far ahead as the council's rule says."""
    actor = context.actor
    ahead = days or int(rule_value(actor.authority, "rounds.visits_ahead_days"))
    made = visits.make_visits(actor=actor, first=date.fromisoformat(first), days=ahead)
    return {"new": made.new, "cancelled": made.cancelled, "unchanged": made.unchanged}


@job(name="plan_rounds", label="Plan a day's rounds", permission="rounds.change_planrun")
def plan_rounds(
    context: JobContext, *, on: str, seed: int = 1, seconds: int | None = None
) -> Mapping[str, Any]:
    """Propose a day's rounds: solve, explain what is left out, check, keep.

    A wish to cancel ends the search with the best plan so far, which is kept and says so.
    """
    actor, started = context.actor, time.monotonic()
    limit = seconds or int(rule_value(actor.authority, "rounds.seconds"))
    visits.make_visits(actor=actor, first=date.fromisoformat(on), days=1)
    day = day_problem(actor.authority, on=date.fromisoformat(on))

    def progress(fraction: float, best_minutes: float, unplaced: int) -> None:
        elapsed = round(time.monotonic() - started, 1)
        context.progress(
            0.9 * fraction,
            f"best so far: {unplaced} visits left out, cost {best_minutes:,.0f} minutes",
            {"seconds": elapsed, "best_minutes": round(best_minutes, 1), "unplaced": unplaced},
        )

    plan = engine.solve(
        day.problem, seconds=limit, seed=seed, progress=progress, cancel=context.cancelled
    )
    stopped = context.cancelled()
    context.progress(0.95, "explaining what was left out")
    explained = with_relaxations(day.problem, plan, most_visits=RELAXED_VISITS)
    run = planning.propose(actor=actor, day=day, plan=explained, seconds=limit)
    return {"run_id": run.pk, "stopped_early": stopped, **run.totals}
