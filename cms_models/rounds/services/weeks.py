"""A week planned as one problem and kept as a proposal for each of its days."""

from dataclasses import replace

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.rounds.domain import DAY, day_of_plan, within_the_week
from cms_models.rounds.models import PlanRun
from cms_models.rounds.selectors.planning import DayProblem, WeekProblem
from cms_models.rounds.services import planning
from optimiser.rounds import problem as rounds
from optimiser.rounds.relax import with_relaxations


def days_of(
    week: WeekProblem, plan: rounds.Plan, *, relaxed: int
) -> list[tuple[DayProblem, rounds.Plan]]:
    """Return each day of a planned week with its own plan, its times from its own midnight.

    What the other days leave of a carer's week is the carer's limit on the day kept, so that each
    day can be checked, explained and edited alone.
    """
    found = []
    for day in week.days:
        offset = (day.on - week.first).days * DAY
        problem, notes = within_the_week(day.problem, week.problem, plan, offset=offset)
        said = f"Planned as part of the week from {week.first:%d/%m/%Y}."
        kept = replace(day, problem=problem, notes=(said, *week.notes, *day.notes, *notes))
        own = day_of_plan(week.problem, plan, problem, offset=offset)
        found.append((kept, with_relaxations(problem, own, most_visits=relaxed)))
    return found


def propose_week(
    *,
    actor: User,
    days: list[tuple[DayProblem, rounds.Plan]],
    seconds: int,
    job_id: int | None = None,
) -> list[PlanRun]:
    """Keep a proposal for every day of a week: all of them or none."""
    with transaction.atomic():
        return [
            planning.propose(actor=actor, day=day, plan=plan, seconds=seconds, job_id=job_id)
            for day, plan in days
        ]
