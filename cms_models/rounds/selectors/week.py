"""Seven days of rounds at a glance, and what the rules of a day were found to cost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cms_models.accounts.models import User
from cms_models.jobs.models import Job, JobState
from cms_models.rounds.models import PlanRun, Round
from cms_models.rounds.selectors.day import runs_of

DAYS = 7


@dataclass(frozen=True)
class WeekDay:
    """One day of a week with the run that counts: the published one, or the newest proposal."""

    on: date
    run: PlanRun | None


@dataclass(frozen=True)
class CarerWeek:
    """A carer's working minutes on each of the days, and the contract of the week."""

    carer_id: int
    carer: str
    minutes: tuple[int, ...]
    contract_minutes: int

    @property
    def total_minutes(self) -> int:
        """Working minutes of the week."""
        return sum(self.minutes)

    @property
    def off_contract_minutes(self) -> int:
        """Working minutes less the contract's."""
        return self.total_minutes - self.contract_minutes if self.contract_minutes else 0


@dataclass(frozen=True)
class Week:
    """Seven days and who works how long in them."""

    days: tuple[WeekDay, ...]
    carers: tuple[CarerWeek, ...]

    @property
    def is_planned(self) -> bool:
        """Whether every day has rounds: only then can hours be held against contracts."""
        return all(day.run is not None for day in self.days)


def week_of(user: User, *, first: date) -> Week:
    """Return seven days from a day on: three queries for any number of carers."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    runs: dict[date, PlanRun] = {}
    for run in runs_of(user).filter(on__in=days).order_by("-created_at", "-id"):
        known = runs.get(run.on)
        if known is None or (run.state == "published" and known.state != "published"):
            runs[run.on] = run
    minutes: dict[int, list[int]] = defaultdict(lambda: [0] * DAYS)
    who: dict[int, Round] = {}
    counted = {run.pk for run in runs.values()}
    for row in (
        Round.objects.visible_to(user).filter(run__in=counted).select_related("carer", "run")
    ):
        works = row.travel_minutes + row.contact_minutes + row.break_minutes
        minutes[row.carer_id][(row.run.on - first).days] += works
        who.setdefault(row.carer_id, row)
    lines = [
        CarerWeek(pk, str(who[pk].carer), tuple(each), who[pk].carer.contract_minutes_per_week)
        for pk, each in minutes.items()
    ]
    return Week(
        days=tuple(WeekDay(day, runs.get(day)) for day in days),
        carers=tuple(sorted(lines, key=lambda line: (line.carer, line.carer_id))),
    )


def week_job(user: User, *, first: date) -> Job | None:
    """Return the newest job that plans these seven days as one, unless it is done."""
    jobs = Job.objects.visible_to(user).filter(kind="plan_week", params__first=first.isoformat())
    job = jobs.first()
    return None if job is None or job.state == JobState.DONE else job


def price_jobs(user: User, *, on: date) -> tuple[Job | None, Mapping[str, Any] | None]:
    """Return the job that prices the day's rules if one is not done, and the newest result."""
    jobs = Job.objects.visible_to(user).filter(kind="price_rules", params__on=on.isoformat())
    newest: Sequence[Job] = list(jobs[:10])
    under_way = newest[0] if newest and newest[0].state != JobState.DONE else None
    done = next((job for job in newest if job.state == JobState.DONE), None)
    return under_way, done.result if done else None
