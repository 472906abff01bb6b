"""What the worker runs for rounds."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from cms_models.accounts.models import User
from cms_models.fields.selectors import rule_value, rule_values
from cms_models.jobs.models import Job
from cms_models.jobs.registry import JobContext, job
from cms_models.jobs.services import enqueue
from cms_models.rounds.domain import frozen_before
from cms_models.rounds.models import PlanPart, PlanRun
from cms_models.rounds.price_job import price_rules as price_rules  # the worker looks in this file
from cms_models.rounds.selectors.planning import (
    WEEK_DAYS,
    NothingToPlan,
    day_problem,
    impact_of,
    published_run,
    week_problem,
)
from cms_models.rounds.services import batches, planning, visits, weeks
from optimiser.rounds import engine
from optimiser.rounds.problem import Plan, Problem
from optimiser.rounds.relax import with_relaxations

RELAXED_VISITS = 20
# Planning again is waited for, and a week has seven days: fewer are looked at closely.
RELAXED_AGAIN, RELAXED_A_DAY_OF_A_WEEK = 3, 5
MOVES_TOLD = 50
STOPPED = "Stopped by a person: this is the best plan found until then."


@job(name="make_visits", label="Make dated visits", permission="rounds.change_visit")
def make_visits(context: JobContext, *, first: str, days: int | None = None) -> Mapping[str, Any]:
    """Make the dated visits from a day on, as far ahead as the council's rule says."""
    actor = context.actor
    ahead = days or int(rule_value(actor.authority, "rounds.visits_ahead_days"))
    made = visits.make_visits(actor=actor, first=date.fromisoformat(first), days=ahead)
    return {"new": made.new, "cancelled": made.cancelled, "unchanged": made.unchanged}


@job(name="plan_rounds", label="Plan a day's rounds", permission="rounds.change_planrun")
def plan_rounds(
    context: JobContext,
    *,
    on: str,
    seed: int = 1,
    seconds: int | None = None,
    whole: bool = False,
) -> Mapping[str, Any]:
    """Propose a day's rounds: solve, explain what is left out, check, keep.

    A wish to cancel ends the search with the best plan so far, which is kept and says so. Where
    the council divides a day, a job is queued for each part instead, unless `whole` is wanted.
    """
    actor, rules = context.actor, rule_values(context.actor.authority)
    limit = seconds or int(rules["rounds.seconds"])
    visits.make_visits(actor=actor, first=date.fromisoformat(on), days=1)
    day = day_problem(actor.authority, on=date.fromisoformat(on))
    parts = batches.parts_of(day) if rules["rounds.split_by"] == "zone" and not whole else []
    if len(parts) > 1:
        batches.divide(
            actor=actor, day=day, parts=parts, seed=seed, seconds=limit, job_id=context.job_id
        )
        return {"parts": len(parts), "planned": len(day.problem.visits)}
    plan, stopped = _solved(context, day.problem, seconds=limit, seed=seed)
    context.progress(0.95, "explaining what was left out")
    explained = with_relaxations(day.problem, plan, most_visits=RELAXED_VISITS)
    run = planning.propose(
        actor=actor,
        day=replace(day, notes=(*day.notes, *([STOPPED] if stopped else []))),
        plan=explained,
        seconds=limit,
        job_id=context.job_id,
    )
    return {"run_id": run.pk, "stopped_early": stopped, **run.totals}


@job(name="plan_part", label="Plan a part of a day's rounds", permission="rounds.change_planrun")
def plan_part(context: JobContext, *, part_id: int, on: str) -> Mapping[str, Any]:
    """Plan one part of a divided day; the job that ends last joins the parts and proposes them."""
    part = PlanPart.objects.select_related("batch__authority").get(
        pk=part_id, batch__authority=context.actor.authority
    )
    problem, batch = batches.problem_of(part), part.batch
    plan, stopped = _solved(context, problem, seconds=batch.seconds, seed=batch.seed)
    run = batches.keep_part(actor=context.actor, part=part, plan=plan, relaxed=RELAXED_VISITS)
    result = {"on": on, "part": part.name, "stopped_early": stopped, **planning.totals_of(plan)}
    return {**result, "run_id": run.pk} if run else result


@job(name="plan_week", label="Plan a week's rounds", permission="rounds.change_planrun")
def plan_week(
    context: JobContext, *, first: str, seed: int = 1, seconds: int | None = None
) -> Mapping[str, Any]:
    """Propose the rounds of seven days planned as one: a person's carers and a carer's week."""
    actor, begins = context.actor, date.fromisoformat(first)
    limit = seconds or int(rule_value(actor.authority, "rounds.week_seconds"))
    visits.make_visits(actor=actor, first=begins, days=WEEK_DAYS)
    week = week_problem(actor.authority, first=begins)
    plan, stopped = _solved(context, week.problem, seconds=limit, seed=seed)
    if stopped:
        week = replace(week, notes=(*week.notes, STOPPED))
    context.progress(0.95, "explaining what was left out")
    days = weeks.days_of(week, plan, relaxed=RELAXED_A_DAY_OF_A_WEEK)
    runs = weeks.propose_week(actor=actor, days=days, seconds=limit, job_id=context.job_id)
    return {
        "run_ids": [run.pk for run in runs],
        "stopped_early": stopped,
        "notes": list(week.notes),
        **planning.totals_of(plan),
    }


@job(name="replan", label="Plan a published day again", permission="rounds.change_planrun")
def replan(
    context: JobContext,
    *,
    on: str,
    seed: int = 1,
    seconds: int | None = None,
    from_minutes: int = 0,
) -> Mapping[str, Any]:
    """Propose what to change in a published day: somebody is away, or a visit has come.

    What is published to start before `from_minutes` stays as it is. The result says what moves.
    """
    actor, day_on = context.actor, date.fromisoformat(on)
    published = published_run(actor.authority, on=day_on)
    if published is None:
        raise NothingToPlan(f"No rounds are published for {day_on:%d/%m/%Y}: plan the day first.")
    limit = seconds or int(rule_value(actor.authority, "rounds.replan_seconds"))
    visits.make_visits(actor=actor, first=day_on, days=1)
    day = day_problem(actor.authority, on=day_on)
    day = replace(day, problem=frozen_before(day.problem, from_minutes))
    plan, stopped = _solved(context, day.problem, seconds=limit, seed=seed)
    run = planning.propose(
        actor=actor,
        day=replace(day, notes=(*day.notes, *([STOPPED] if stopped else []))),
        plan=with_relaxations(day.problem, plan, most_visits=RELAXED_AGAIN),
        seconds=limit,
        job_id=context.job_id,
        based_on=published,
    )
    impact = asdict(impact_of(run, before=published))
    moves = impact.pop("moves")
    told = {"moves": moves[:MOVES_TOLD], "moved_visits": len(moves), **impact}
    return {"run_id": run.pk, "stopped_early": stopped, **run.totals, "changes": told}


def enqueue_days(
    *, actor: User, first: date, days: int | None = None, seed: int = 1, seconds: int | None = None
) -> list[Job]:
    """Queue a job for each of some days, for as many workers as there are."""
    actor.must("change", PlanRun)
    ahead = days or int(rule_value(actor.authority, "rounds.plan_days_ahead"))
    wanted = [first + timedelta(days=number) for number in range(ahead)]
    return [
        enqueue(
            actor=actor,
            kind="plan_rounds",
            params={"on": on.isoformat(), "seed": seed, "seconds": seconds},
        )
        for on in wanted
    ]


def _solved(context: JobContext, problem: Problem, *, seconds: int, seed: int) -> tuple[Plan, bool]:
    """Return the engine's best plan, and whether somebody stopped it."""
    plan = engine.solve(
        problem,
        seconds=seconds,
        seed=seed,
        threads=int(rule_value(context.actor.authority, "rounds.threads")),
        progress=_progress(context),
        cancel=context.cancelled,
    )
    return plan, context.cancelled()


def _progress(context: JobContext) -> Callable[[float, float, int], None]:
    started = time.monotonic()

    def told(fraction: float, best_minutes: float, unplaced: int) -> None:
        elapsed = round(time.monotonic() - started, 1)
        context.progress(
            0.9 * fraction,
            f"best so far: {unplaced} visits left out, cost {best_minutes:,.0f} minutes",
            {"seconds": elapsed, "best_minutes": round(best_minutes, 1), "unplaced": unplaced},
        )

    return told
