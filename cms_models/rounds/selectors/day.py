"""A day's rounds as people see them: every carer's stops, what is left out and why."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from cms_models.accounts.models import User
from cms_models.care.models import Person
from cms_models.care.patterns import clock
from cms_models.jobs.models import Job, JobState
from cms_models.rounds.models import (
    Carer,
    PlanPart,
    PlanRun,
    PlanState,
    Round,
    Stop,
    UnplacedVisit,
    Visit,
)

DAY_JOBS = ("plan_rounds", "plan_part", "replan")
WORD = re.compile(r"[\w-]+")
VISIT = re.compile(r"\bv(\d{1,15})\b")


@dataclass(frozen=True)
class VisitLine:
    """A visit as a coordinator reads it; times are minutes after midnight.

    `person` is empty for roles that may not see people.
    """

    visit_id: int
    package_id: int
    package_ref: str
    person: str
    postcode: str
    latitude: float
    longitude: float
    earliest_minutes: int
    latest_minutes: int
    minutes: int
    carers: int
    skills: tuple[str, ...]

    @property
    def who(self) -> str:
        """The person's name, or the package's reference where names are not shown."""
        return self.person or self.package_ref


@dataclass(frozen=True)
class StopLine:
    """A visit in a carer's round: number, times, the way there, and who comes as well."""

    stop_id: int
    number: int
    visit: VisitLine
    arrive_minutes: int
    start_minutes: int
    leave_minutes: int
    travel_minutes: int
    together_with: tuple[str, ...] = ()

    @property
    def waiting_minutes(self) -> int:
        """Minutes between arriving and starting."""
        return self.start_minutes - self.arrive_minutes

    @property
    def left_minutes(self) -> int:
        """When the carer set out for this stop."""
        return self.arrive_minutes - self.travel_minutes


@dataclass(frozen=True)
class RoundLine:
    """A carer's shift with its stops in order."""

    round_id: int
    carer_id: int
    carer: str
    skills: tuple[str, ...]
    travel_mode: str
    latitude: float
    longitude: float
    shift_starts_minutes: int
    shift_ends_minutes: int
    leaves_home_minutes: int
    back_home_minutes: int
    travel_minutes: int
    contact_minutes: int
    stops: tuple[StopLine, ...]
    break_starts_minutes: int | None = None
    break_minutes: int = 0

    @property
    def waiting_minutes(self) -> int:
        """Minutes of waiting at the doors of the round."""
        return sum(stop.waiting_minutes for stop in self.stops)


@dataclass(frozen=True)
class UnplacedLine:
    """A visit that no round holds, why, and what would help."""

    visit: VisitLine
    reasons: tuple[str, ...]
    relaxations: tuple[str, ...]


@dataclass(frozen=True)
class DayRounds:
    """A plan run with everything a day's page shows."""

    run: PlanRun
    rounds: tuple[RoundLine, ...]
    unplaced: tuple[UnplacedLine, ...]

    @property
    def carers(self) -> int:
        """How many carers have a round."""
        return len({line.carer_id for line in self.rounds})


def runs_of(user: User) -> QuerySet[PlanRun]:
    """Return the plan runs a user may see, without the packed problem and plan."""
    return (
        PlanRun.objects.visible_to(user)
        .defer("problem", "plan")
        .select_related("authority", "published_by", "job")
    )


def runs_on(user: User, *, on: date) -> list[PlanRun]:
    """Return a day's runs: the published one first, then proposals, newest first."""
    order = Case(
        When(state=PlanState.PUBLISHED, then=Value(0)),
        When(state=PlanState.PROPOSED, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return list(runs_of(user).filter(on=on).order_by(order, "-created_at", "-id"))


def day_to_open(user: User, *, today: date) -> date:
    """Return today when it has a plan, else the next day that has, else the last, else today."""
    days = PlanRun.objects.visible_to(user).order_by("on").values_list("on", flat=True)
    coming = days.filter(on__gte=today).first()
    return coming or days.filter(on__lt=today).last() or today


def planning_job(user: User, *, on: date) -> Job | None:
    """Return a job that plans this day and waits or runs, or else the newest if it went wrong."""
    week = [(on - timedelta(days=number)).isoformat() for number in range(7)]
    jobs = Job.objects.visible_to(user).filter(
        Q(kind__in=DAY_JOBS, params__on=on.isoformat())
        | Q(kind="plan_week", params__first__in=week)
    )
    going = jobs.filter(state__in=[JobState.RUNNING, JobState.QUEUED])
    newest = going.order_by("-state", "-created_at", "-id").first() or jobs.first()
    return None if newest is None or newest.state == JobState.DONE else newest


def parts_planned(user: User, *, job: Job) -> list[PlanPart]:
    """Return the parts into which a planning job divided its day, each with its own job."""
    if not user.may_view(PlanRun):
        return []
    parts = PlanPart.objects.filter(batch__authority=user.authority_id, batch__job=job)
    return list(parts.defer("plan").select_related("job").order_by("id"))


def day_rounds(run: PlanRun, *, user: User) -> DayRounds:
    """Return a run with its rounds, stops and unplaced visits: four queries for any number."""
    named = user.may_view(Person)
    rounds = list(Round.objects.visible_to(user).filter(run=run).select_related("carer"))
    stops = _visits_joined(
        Stop.objects.filter(round__run=run).order_by("round_id", "position"), named=named
    )
    by_round, carers = _gathered(stops, rounds)
    left = _visits_joined(
        UnplacedVisit.objects.visible_to(user).filter(run=run).order_by("visit__earliest_minutes"),
        named=named,
    )
    names = carer_names(user)
    left = list(left)
    told = [text for row in left for text in (*row.reasons, *row.relaxations)]
    names |= visit_names(user, told)
    return DayRounds(
        run=run,
        rounds=tuple(_round_lines(rounds, by_round, carers, named=named)),
        unplaced=tuple(
            UnplacedLine(
                visit_line(row.visit, named=named),
                tuple(with_names(text, names) for text in row.reasons),
                tuple(with_names(text, names) for text in row.relaxations),
            )
            for row in left
        ),
    )


def carer_names(user: User) -> dict[str, str]:
    """Return the carers a user may see: reference → name."""
    return {row.ref: str(row) for row in Carer.objects.visible_to(user)}


def _visits_spoken_of(texts: Iterable[str]) -> set[int]:
    return {int(found[1]) for text in texts for found in VISIT.finditer(text)}


def package_refs(texts: Iterable[str]) -> dict[str, str]:
    """Return the package of each visit that some sentences speak of, where no name may stand."""
    rows = Visit.objects.filter(pk__in=_visits_spoken_of(texts))
    return {f"v{pk}": ref for pk, ref in rows.values_list("pk", "package__package_ref")}


def visit_names(user: User, texts: Iterable[str]) -> dict[str, str]:
    """Return a name for each visit that some sentences speak of: whose it is, and its window."""
    spoken = _visits_spoken_of(texts)
    named = user.may_view(Person)
    rows = Visit.objects.visible_to(user).filter(pk__in=spoken)
    rows = rows.select_related("package__person" if named else "package")
    lines = [visit_line(row, named=named) for row in rows] if spoken else []
    return {f"v{line.visit_id}": f"{line.who} ({clock(line.earliest_minutes)})" for line in lines}


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence with carers and visits by name: the open format knows them by id."""
    return WORD.sub(lambda found: names.get(found[0], found[0]), text)


def _visits_joined(rows: QuerySet, *, named: bool) -> QuerySet:
    """Join what a visit line says and nothing more: a day has hundreds of them."""
    own = [field.attname for field in rows.model._meta.concrete_fields]
    visit = ("earliest_minutes", "latest_minutes", "minutes", "carers", "skills", "package_id")
    package = ("package_ref", "postcode", "latitude", "longitude", "person_id")
    person = ("first_name", "last_name") if named else ()
    return rows.select_related("visit__package__person" if named else "visit__package").only(
        *own,
        *(f"visit__{name}" for name in visit),
        *(f"visit__package__{name}" for name in package),
        *(f"visit__package__person__{name}" for name in person),
    )


def _gathered(
    stops: Iterable[Stop], rounds: Sequence[Round]
) -> tuple[Mapping[int, list[Stop]], Mapping[int, list[tuple[int, str]]]]:
    """Return round → its stops, and visit → (carer id, name) of all who come to it."""
    carer_of = {row.pk: row.carer for row in rounds}
    by_round: dict[int, list[Stop]] = defaultdict(list)
    carers: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for stop in stops:
        by_round[stop.round_id].append(stop)
        carer = carer_of[stop.round_id]
        carers[stop.visit_id].append((carer.pk, str(carer)))
    return by_round, carers


def visit_line(visit: Visit, *, named: bool) -> VisitLine:
    """Return a dated visit as a line; the person's name only where it may be seen."""
    package = visit.package
    return VisitLine(
        visit_id=visit.pk,
        package_id=package.pk,
        package_ref=package.package_ref,
        person=str(package.person) if named else "",
        postcode=package.postcode,
        latitude=package.latitude,
        longitude=package.longitude,
        earliest_minutes=visit.earliest_minutes,
        latest_minutes=visit.latest_minutes,
        minutes=visit.minutes,
        carers=visit.carers,
        skills=tuple(visit.skills),
    )


def _round_lines(
    rounds: Iterable[Round],
    by_round: Mapping[int, list[Stop]],
    carers: Mapping[int, list[tuple[int, str]]],
    *,
    named: bool,
) -> Iterator[RoundLine]:
    """Yield the rounds in order; a carer's stops are numbered through the whole day."""
    reached: dict[int, int] = defaultdict(int)
    for row in rounds:
        stops = by_round[row.pk]
        first = reached[row.carer_id] + 1
        yield _round_line(row, stops, carers, first=first, named=named)
        reached[row.carer_id] += len(stops)


def _round_line(
    row: Round,
    stops: Sequence[Stop],
    carers: Mapping[int, list[tuple[int, str]]],
    *,
    first: int,
    named: bool,
) -> RoundLine:
    lines, left = [], row.leaves_home_minutes
    for number, stop in enumerate(stops, start=first):
        others = [name for carer, name in carers[stop.visit_id] if carer != row.carer_id]
        if row.break_starts_minutes is not None and number - first == row.break_after_stops:
            left = row.break_starts_minutes + row.break_minutes  # the journey begins after it
        lines.append(_stop_line(stop, number, left=left, others=others, named=named))
        left = stop.leave_minutes
    return RoundLine(
        round_id=row.pk,
        carer_id=row.carer_id,
        carer=str(row.carer),
        skills=tuple(row.carer.skills),
        travel_mode=row.carer.get_travel_mode_display(),
        latitude=row.carer.latitude,
        longitude=row.carer.longitude,
        shift_starts_minutes=row.shift_starts_minutes,
        shift_ends_minutes=row.shift_ends_minutes,
        leaves_home_minutes=row.leaves_home_minutes,
        back_home_minutes=row.back_home_minutes,
        travel_minutes=row.travel_minutes,
        contact_minutes=row.contact_minutes,
        stops=tuple(lines),
        break_starts_minutes=row.break_starts_minutes if row.break_minutes else None,
        break_minutes=row.break_minutes,
    )


def _stop_line(
    stop: Stop, number: int, *, left: int, others: Sequence[str], named: bool
) -> StopLine:
    return StopLine(
        stop_id=stop.pk,
        number=number,
        visit=visit_line(stop.visit, named=named),
        arrive_minutes=stop.arrive_minutes,
        start_minutes=stop.start_minutes,
        leave_minutes=stop.leave_minutes,
        travel_minutes=stop.arrive_minutes - left,
        together_with=tuple(others),
    )
