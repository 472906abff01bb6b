"""A day divided into parts: each planned by a job of its own, joined when the last is done."""

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.jobs.services import enqueue
from cms_models.rounds.domain import Part, joined, parts_by_zone, problem_of_part
from cms_models.rounds.models import PlanBatch, PlanPart, PlanRun
from cms_models.rounds.selectors.planning import DayProblem, day_of_document, unpacked
from cms_models.rounds.services import planning
from optimiser.rounds import formats
from optimiser.rounds import problem as rounds
from optimiser.rounds.relax import with_relaxations


def parts_of(day: DayProblem) -> list[Part]:
    """Return the parts a day falls into where teams are called after zones; one when none is."""
    zones = {
        name: (visit.package.zone.code, visit.package.zone.name)
        for name, visit in day.visits.items()
        if visit.package.zone is not None
    }
    teams = {ref: carer.team for ref, carer in day.carers.items()}
    return parts_by_zone(day.problem, zone_of=zones, team_of=teams)


def divide(
    *, actor: User, day: DayProblem, parts: list[Part], seed: int, seconds: int, job_id: int
) -> PlanBatch:
    """Keep the day as it is now and queue a job for each part of it."""
    actor.must("change", PlanRun)
    with transaction.atomic():
        batch = PlanBatch.objects.create(
            authority=actor.authority,
            on=day.on,
            job_id=job_id,
            seed=seed,
            seconds=seconds,
            travel=day.travel,
            notes=list(day.notes),
            problem=planning.packed(formats.problem_to_json(day.problem)),
        )
        for part in parts:
            row = PlanPart.objects.create(
                batch=batch,
                name=part.name[:60],
                carers=list(part.carers),
                visits=list(part.visits),
            )
            params = {"part_id": row.pk, "on": day.on.isoformat()}
            row.job = enqueue(actor=actor, kind="plan_part", params=params)
            row.save(update_fields=["job"])
    return batch


def problem_of(part: PlanPart) -> rounds.Problem:
    """Return what a part asks the engine."""
    whole = formats.problem_from_json(unpacked(part.batch.problem))
    return problem_of_part(whole, Part(part.name, tuple(part.carers), tuple(part.visits)))


def keep_part(*, actor: User, part: PlanPart, plan: rounds.Plan, relaxed: int) -> PlanRun | None:
    """Keep a part's plan; with the last of them, join all and propose the day's rounds.

    None while other parts are still being planned.
    """
    content = planning.packed(formats.plan_to_json(plan))
    PlanPart.objects.filter(pk=part.pk).update(plan=content)
    rows = list(PlanPart.objects.filter(batch=part.batch))
    if any(row.plan is None for row in rows):
        return None
    batch = part.batch
    day = day_of_document(
        batch.authority,
        on=batch.on,
        content=batch.problem,
        travel=batch.travel,
        notes=[*batch.notes, f"Planned in {len(rows)} parts: {_names(rows)}."],
    )
    plans = [formats.plan_from_json(unpacked(row.plan)) for row in rows]
    whole = joined(day.problem, plans, seed=batch.seed)
    whole = with_relaxations(day.problem, whole, most_visits=relaxed)
    with transaction.atomic():
        # Two parts may end together: the first of the two to come here proposes.
        locked = PlanBatch.objects.select_for_update().get(pk=batch.pk)
        if locked.run is None:
            locked.run = planning.propose(
                actor=actor, day=day, plan=whole, seconds=batch.seconds, job_id=batch.job_id
            )
            locked.save(update_fields=["run", "updated_at"])
    return locked.run


def _names(rows: list[PlanPart]) -> str:
    return ", ".join(row.name for row in rows)
