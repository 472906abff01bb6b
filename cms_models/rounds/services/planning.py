"""Keeping what the engine proposes for a day; editing, pinning and publishing: a person's acts."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import StaleEdit, picture, record
from cms_models.rounds.domain import moved_words
from cms_models.rounds.models import (
    Carer,
    PlanRun,
    PlanState,
    Round,
    Stop,
    UnplacedVisit,
    Visit,
    VisitPin,
)
from cms_models.rounds.selectors.planning import DayProblem, stored_day, stored_plan
from optimiser.rounds import formats
from optimiser.rounds import problem as rounds
from optimiser.rounds.check import verify
from optimiser.rounds.totals import contact_share, round_travel_minutes

ENGINE = "optimiser.rounds"


class BrokenPlan(ValueError):  # noqa: N818 - it reads as what happened
    """Raised when a plan breaks a rule: it is never kept."""


def propose(
    *,
    actor: User,
    day: DayProblem,
    plan: rounds.Plan,
    seconds: int,
    job_id: int | None = None,
    based_on: PlanRun | None = None,
) -> PlanRun:
    """Keep a day's rounds as a proposal, after `check` has judged them without the engine.

    Raises BrokenPlan naming the rules broken; nothing is written then.
    """
    _refuse_broken(day.problem, plan)
    with transaction.atomic():
        run = PlanRun.objects.create(
            authority=actor.authority,
            on=day.on,
            job_id=job_id,
            seed=plan.seed,
            seconds=seconds,
            engine=ENGINE,
            travel=day.travel,
            problem=packed(formats.problem_to_json(day.problem)),
            plan=packed(formats.plan_to_json(plan)),
            totals=totals_of(plan),
            notes=list(day.notes),
            based_on=based_on,
        )
        _write_rounds(run, day=day, plan=plan)
        record(actor=actor, action="propose_rounds", subject=run, after=run.totals)
    return run


def keep_edit(
    *, actor: User, run: PlanRun, plan: rounds.Plan, expected_version: int, reason: str = ""
) -> PlanRun:
    """Keep a plan edited by hand: in place of a proposal, or as a new proposal of another run.

    `expected_version` is the version of the run the editor opened: StaleEdit when somebody has
    changed or published it since. BrokenPlan names the rules broken. Nothing is written then.
    """
    actor.must("change", PlanRun)
    with transaction.atomic():
        stored = PlanRun.objects.select_for_update().get(pk=run.pk, authority=actor.authority)
        if stored.version != expected_version:
            raise StaleEdit(record=stored, theirs=picture(stored))
        day, before = stored_day(stored), stored_plan(stored)
        _refuse_broken(day.problem, plan)
        if plan.rounds == before.rounds:
            return stored
        if stored.state == PlanState.PROPOSED:
            _replace_plan(stored, day=day, plan=plan)
            kept = stored
        else:
            kept = propose(actor=actor, day=day, plan=plan, seconds=stored.seconds, based_on=stored)
        was, now = moved_words(day.problem, before, plan)
        record(
            actor=actor, action="edit_rounds", subject=kept, before=was, after=now, reason=reason
        )
    return kept


def _refuse_broken(problem: rounds.Problem, plan: rounds.Plan) -> None:
    verdict = verify(problem, plan)
    if not verdict.ok:
        raise BrokenPlan("; ".join(f"{one.rule}: {one.message}" for one in verdict.broken[:5]))


def _replace_plan(run: PlanRun, *, day: DayProblem, plan: rounds.Plan) -> None:
    run.rounds.all().delete()
    run.unplaced.all().delete()
    run.problem = packed(formats.problem_to_json(day.problem))  # its pins are those of now
    run.plan, run.totals = packed(formats.plan_to_json(plan)), totals_of(plan)
    run.version += 1
    run.save(update_fields=["problem", "plan", "totals", "version", "updated_at"])
    _write_rounds(run, day=day, plan=plan)


def totals_of(plan: rounds.Plan) -> dict[str, Any]:
    """Return a plan's totals as kept and shown; contact time is a percentage of paid time."""
    totals = asdict(plan.totals)
    paid = plan.totals.paid_span_minutes
    return {**totals, "contact_percent": float(contact_share(plan.totals.contact_minutes, paid))}


def packed(document: Mapping[str, Any]) -> bytes:
    """Return a document of an open format as it is kept: gzipped, the same for the same."""
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
    mode = carer.travel_mode
    out = day.problem.travel(carer.start_location, places[first.visit], mode)
    back = day.problem.travel(places[last.visit], carer.end_location, mode)
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
        break_after_stops=one.rest.stops if one.rest else 0,
        break_starts_minutes=one.rest.start if one.rest else None,
        break_minutes=one.rest.minutes if one.rest else 0,
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


def pin(
    *, actor: User, visit: Visit, carers: Sequence[Carer], reason: str = ""
) -> tuple[VisitPin, ...]:
    """Pin a visit to these carers, in place of any it was pinned to; the engine keeps to it.

    Refused when more carers are named than the visit takes, or one is of another council.
    """
    actor.must("change", VisitPin)
    names = sorted(carer.ref for carer in carers)
    if not names:
        raise ValidationError(f"Name the carer to pin {visit} to, or unpin it.")
    if len(set(names)) < len(names):
        raise ValidationError(f"{visit}: a carer is named twice.")
    if len(names) > visit.carers:
        raise ValidationError(f"{visit} takes {visit.carers} of the {len(names)} carers named.")
    for row in (visit, *carers):
        if row.authority_id != actor.authority_id:
            raise PermissionDenied(f"{row} belongs to another council.")
    with transaction.atomic():
        was = _pinned(visit)
        if was == names:
            return tuple(VisitPin.objects.filter(visit=visit))
        VisitPin.objects.filter(visit=visit).delete()
        pins = VisitPin.objects.bulk_create(
            [
                VisitPin(authority=actor.authority, visit=visit, carer=carer, reason=reason)
                for carer in carers
            ]
        )
        record(
            actor=actor,
            action="pin_visit",
            subject=visit,
            before={"carers": was},
            after={"carers": names},
            reason=reason,
        )
    return tuple(pins)


def unpin(*, actor: User, visit: Visit, reason: str = "") -> None:
    """Leave a visit's carers to the engine again; nothing happens when it is not pinned."""
    actor.must("change", VisitPin)
    if visit.authority_id != actor.authority_id:
        raise PermissionDenied(f"{visit} belongs to another council.")
    with transaction.atomic():
        was = _pinned(visit)
        if not was:
            return
        VisitPin.objects.filter(visit=visit).delete()
        record(
            actor=actor,
            action="unpin_visit",
            subject=visit,
            before={"carers": was},
            after={"carers": []},
            reason=reason,
        )


def _pinned(visit: Visit) -> list[str]:
    rows = VisitPin.objects.select_for_update().filter(visit=visit)
    return sorted(rows.values_list("carer__ref", flat=True))
