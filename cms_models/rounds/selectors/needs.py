"""What a day's visits ask for: windows, skills, gaps, and the carers wished, refused or pinned."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cms_models.accounts.models import Authority
from cms_models.market.models import Provider
from cms_models.rates.models import VisitKind
from cms_models.rounds.domain import (
    MEDICATION,
    GapCase,
    PlanningRules,
    gender_skill,
    ties_of_day,
)
from cms_models.rounds.models import (
    CarerPreference,
    PlanState,
    PreferenceKind,
    Stop,
    Visit,
    VisitPin,
    VisitState,
)
from optimiser.rounds import problem as rounds

FAMILIAR_DAYS = 28
FAMILIAR_CARERS = 3


def visit_id(visit: Visit) -> str:
    """Return a visit's id in the open formats."""
    return f"v{visit.pk}"


def in_house_visits(authority: Authority, *, on: date) -> list[Visit]:
    """Return the day's planned hourly visits of packages the council's own service delivers."""
    return list(
        Visit.objects.filter(
            authority=authority,
            on=on,
            state=VisitState.PLANNED,
            visit_kind=VisitKind.HOURLY,
            package__awards__current=True,
            package__awards__provider__in=Provider.objects.filter(
                authority=authority, in_house=True
            ),
        )
        .select_related("package__person")
        .order_by("id")
    )


@dataclass(frozen=True)
class Wishes:
    """Carers by reference that people know, wish, need or refuse, by person."""

    usual: Mapping[int, Sequence[str]]
    required: Mapping[int, frozenset[str]]
    refused: Mapping[int, frozenset[str]]


def wishes_of(authority: Authority, *, on: date) -> Wishes:
    """Return the stated preferences, and as usual carers also those who came most lately."""
    stated: dict[tuple[int, str], list[str]] = defaultdict(list)
    for person, carer, kind in (
        CarerPreference.objects.filter(authority=authority)
        .order_by("carer__ref")
        .values_list("person_id", "carer__ref", "kind")
    ):
        stated[person, str(kind)].append(carer)

    def of_kind(wanted: str) -> dict[int, list[str]]:
        return {person: some for (person, kind), some in stated.items() if kind == wanted}

    usual = of_kind(str(PreferenceKind.USUAL))
    for person, carers in _familiar_carers(authority, on=on).items():
        known = usual.setdefault(person, [])
        known += [carer for carer in carers if carer not in known]
    required, refused = of_kind(str(PreferenceKind.REQUIRED)), of_kind(str(PreferenceKind.REFUSED))
    return Wishes(
        usual=usual,
        required={person: frozenset(some) for person, some in required.items()},
        refused={person: frozenset(some) for person, some in refused.items()},
    )


def _familiar_carers(authority: Authority, *, on: date) -> dict[int, tuple[str, ...]]:
    """Return person → the carers who came most in the published rounds of the last four weeks."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    stops = Stop.objects.filter(
        round__run__authority=authority,
        round__run__state=PlanState.PUBLISHED,
        round__run__on__gte=on - timedelta(days=FAMILIAR_DAYS),
        round__run__on__lt=on,
    ).values_list("visit__package__person_id", "round__carer__ref")
    for person, carer in stops:
        counts[person][carer] += 1
    return {
        person: tuple(ref for ref, _ in count.most_common(FAMILIAR_CARERS))
        for person, count in counts.items()
    }


def problem_visits(
    visits: Sequence[Visit],
    *,
    places: Mapping[int, int],
    wishes: Wishes,
    rules: PlanningRules,
    offset: int,
) -> list[rounds.Visit]:
    """Return one day's visits as the engine is asked them, their times counted from `offset`."""
    ties = _ties(visits, rules)
    found = []
    for visit in visits:
        person = visit.package.person_id
        due = None
        if rules.on_time_minutes:
            on_time = visit.earliest_minutes + rules.on_time_minutes
            due = offset + min(visit.latest_minutes, on_time)
        found.append(
            rounds.Visit(
                id=visit_id(visit),
                person=str(person),
                location=places[person],
                earliest=offset + visit.earliest_minutes,
                latest=offset + visit.latest_minutes,
                minutes=visit.minutes,
                carers=visit.carers,
                skills=_skills(visit, rules),
                not_carers=wishes.refused.get(person, frozenset()),
                only_carers=wishes.required.get(person),
                usual_carers=tuple(wishes.usual.get(person, ())),
                priority=visit.priority or visit.package.visit_priority,
                after=ties.get(visit_id(visit), ()),
                due=due,
            )
        )
    return found


def _skills(visit: Visit, rules: PlanningRules) -> frozenset[str]:
    wished = visit.package.person.carer_gender
    if wished and rules.gender_wishes:
        return frozenset({*visit.skills, gender_skill(wished)})
    return frozenset(visit.skills)


def _ties(visits: Iterable[Visit], rules: PlanningRules) -> dict[str, tuple[rounds.After, ...]]:
    of_person: dict[int, list[GapCase]] = defaultdict(list)
    for visit in visits:
        of_person[visit.package.person_id].append(
            GapCase(
                visit=visit_id(visit),
                earliest=visit.earliest_minutes,
                latest=visit.latest_minutes,
                medication=MEDICATION in visit.skills,
                least=visit.package.least_gap_minutes,
                most=visit.package.most_gap_minutes,
            )
        )
    return {
        name: after
        for cases in of_person.values()
        for name, after in ties_of_day(cases, rules).items()
    }


def pins_of(
    visits: Sequence[Visit], *, there: frozenset[str]
) -> tuple[list[rounds.Pin], list[str]]:
    """Return the pins of some visits, and a note of each that cannot be kept, as it says."""
    carers: dict[int, list[str]] = defaultdict(list)
    rows = VisitPin.objects.filter(visit__in=[visit.pk for visit in visits])
    for visit, carer in rows.order_by("carer__ref").values_list("visit_id", "carer__ref"):
        carers[visit].append(carer)
    pins, notes = [], []
    for visit in visits:
        wanted = carers.get(visit.pk, [])
        kept = tuple(carer for carer in wanted if carer in there)
        notes += [
            f"{visit_id(visit)} is pinned to {carer}, who has no shift that day: the pin waits."
            for carer in wanted
            if carer not in there
        ]
        if len(kept) > visit.carers:
            notes.append(
                f"{visit_id(visit)} is pinned to {', '.join(kept)} and takes {visit.carers} of "
                "them: unpin the others; none of these pins is kept."
            )
        elif kept:
            pins.append(rounds.Pin(visit_id(visit), kept))
    return pins, notes
