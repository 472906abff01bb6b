"""Keeping what the engine proposes for a day, and publishing it: a person's act."""

import gzip
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import record
from cms_models.jobs.models import Job
from cms_models.rounds.models import PlanRun, PlanState, Round, Stop, UnplacedVisit
from cms_models.rounds.selectors.planning import DayProblem
from optimiser.rounds import formats
from optimiser.rounds import problem as rounds
from optimiser.rounds.check import verify
from optimiser.rounds.totals import contact_share, round_travel_minutes

ENGINE = "optimiser.rounds"


class BrokenPlan(ValueError):  # noqa: N818 - it reads as what happened
    """Raised when a plan breaks a rule: it is never kept."""


def propose(
    *, actor: User, day: DayProblem, plan: rounds.Plan, seconds: int, job: Job | None = None
) -> PlanRun:
    """Keep a day's rounds as a proposal, after `check` has judged them without the engine.

    Raises BrokenPlan naming the rules broken; nothing is written then.
    """
    verdict = verify(day.problem, plan)
    if not verdict.ok:
        raise BrokenPlan("; ".join(f"{one.rule}: {one.message}" for one in verdict.broken[:5]))
    with transaction.atomic():
        run = PlanRun.objects.create(
            authority=actor.authority,
            on=day.on,
            job=job,
            seed=plan.seed,
            seconds=seconds,
            engine=ENGINE,
            travel=day.travel,
            problem=_packed(formats.problem_to_json(day.problem)),
            plan=_packed(formats.plan_to_json(plan)),
            totals=totals_of(plan),
        )
        _write_rounds(run, day=day, plan=plan)
        record(actor=actor, action="propose_rounds", subject=run, after=run.totals)
    return run


def totals_of(plan: rounds.Plan) -> dict[str, Any]:
    """Return a plan's totals as kept and shown; contact time is a percentage of paid time."""
    totals = asdict(plan.totals)
    paid = plan.totals.paid_span_minutes
    return {**totals, "contact_percent": float(contact_share(plan.totals.contact_minutes, paid))}


def _packed(document: Mapping[str, Any]) -> bytes:
    return gzip.compress(formats.dumps(document), mtime=0)


def _write_rounds(run: PlanRun, *, day: DayProblem, plan: rounds.Plan) -> None:
    rows = Round.objects.bulk_create([_round(run, day, one) for one in plan.rounds])
    Stop.objects.bulk_create(
        [
            Stop(
                round=row,
                visit=day.visits[stop.visit],
                position=position,
                arrive_minutes=stop.arrive,
                start_minutes=stop.start,
                leave_minutes=stop.leave,
            )
            for row, one in zip(rows, plan.rounds, strict=True)
            for position, stop in enumerate(one.stops, start=1)
        ],
        batch_size=500,
    )
    UnplacedVisit.objects.bulk_create(
        [
            UnplacedVisit(
                authority_id=run.authority_id,
                run=run,
                visit=day.visits[one.visit],
                reasons=list(one.reasons),
                relaxations=list(one.relaxations),
            )
            for one in plan.unplaced
        ],
        batch_size=500,
    )


def _round(run: PlanRun, day: DayProblem, one: rounds.Round) -> Round:
    carer = day.problem.carer_by_id[one.carer]
    starts, ends = carer.shifts[one.shift]
    places = {visit.id: visit.location for visit in day.problem.visits}
    first, last = one.stops[0], one.stops[-1]
    out = day.problem.travel(carer.start_location, places[first.visit])
    back = day.problem.travel(places[last.visit], carer.end_location)
    return Round(
        authority_id=run.authority_id,
        run=run,
        carer=day.carers[one.carer],
        shift_starts_minutes=starts,
        shift_ends_minutes=ends,
        leaves_home_minutes=first.arrive - out,
        back_home_minutes=last.leave + back,
        travel_minutes=round_travel_minutes(day.problem, one),
        contact_minutes=sum(stop.leave - stop.start for stop in one.stops),
    )


def publish(*, actor: User, run: PlanRun, reason: str = "") -> PlanRun:
    """Publish a day's proposed rounds: what was published for that day before is superseded.

    Refused for the machine, and when somebody published or superseded the run meanwhile.
    """
    if actor.role == Role.SYSTEM or not actor.may("publish", PlanRun):
        raise PermissionDenied("Rounds are published by a coordinator: the machine only proposes.")
    with transaction.atomic():
        PlanRun.objects.filter(
            authority_id=run.authority_id, on=run.on, state=PlanState.PUBLISHED
        ).exclude(pk=run.pk).update(state=PlanState.SUPERSEDED, version=F("version") + 1)
        published = PlanRun.objects.filter(pk=run.pk, state=PlanState.PROPOSED).update(
            state=PlanState.PUBLISHED,
            published_by=actor,
            published_at=timezone.now(),
            version=F("version") + 1,
        )
        if not published:
            raise ValidationError(f"{run} is not a proposal any more; open the day again.")
        record(
            actor=actor,
            action="publish_rounds",
            subject=run,
            before={"state": PlanState.PROPOSED},
            after={"state": PlanState.PUBLISHED},
            reason=reason,
        )
    run.refresh_from_db()
    return run
