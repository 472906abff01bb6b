"""Reading the packages of a day as columns: a few queries, and no model made of any row."""

from collections.abc import Iterable
from datetime import date

import numpy as np
from django.db.models import DateField, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Greatest

from cms_models.accounts.models import User
from cms_models.care.models import Award, CarePackage, PackageStatus, Setting, VisitPattern
from cms_models.care.patterns import Clause
from cms_models.planning.facts import NO_MOST, Coded, Packages

COLUMNS = (
    "pk",
    "package_ref",
    "person_id",
    "pathway",
    "funder",
    "status",
    "funder_share_percent",
    "contribution",
    "contribution_most_pence",
    "latitude",
    "longitude",
    "lot_id",
)


def packages_on(user: User, *, on: date) -> Packages:
    """Return the packages a user may see that are planned for on a day (`running_on`)."""
    running = running_on(CarePackage.objects.visible_to(user), on=on)
    rows = list(running.order_by("package_ref").values_list(*COLUMNS))
    ids, refs, persons, pathways, funders, states, shares, pays, most, lats, lons, lots = (
        zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    )
    places = {pk: place for place, pk in enumerate(ids)}
    owners, cases, clauses = _clauses(running, places, on=on)
    delivering = _providers(user, on=on)
    return Packages(
        on=on,
        ids=np.array(ids, dtype=np.int64),
        refs=tuple(refs),
        persons=np.array(persons, dtype=np.int64),
        pathway=Coded.of(pathways),
        funder=Coded.of(funders),
        status=Coded.of(states),
        provider=Coded.of(delivering.get(pk, ("", ""))[0] for pk in ids),
        provider_names=dict(delivering.values()),
        placed_lot=np.array(
            [
                0 if state == PackageStatus.REFERRED else lot or 0
                for state, lot in zip(states, lots, strict=True)
            ],
            dtype=np.int64,
        ),
        share_basis_points=np.array([int(share * 100) for share in shares], dtype=np.int64),
        contributes=np.array(pays, dtype=np.bool_),
        most_pence=np.array([NO_MOST if one is None else one for one in most], dtype=np.int64),
        latitudes=np.array(lats, dtype=np.float64),
        longitudes=np.array(lons, dtype=np.float64),
        clause_package=owners,
        clause_case=cases,
        clauses=clauses,
        not_begun=_not_begun(user, on=on),
    )


def running_on(packages: QuerySet[CarePackage], *, on: date) -> QuerySet[CarePackage]:
    """Narrow packages to those planned for on a day: `[starts_on, ends_on)`, suspended ones too.

    Care at home only: a placement in a care home has no hours and no rate of a card.

    One that waits for a provider counts from the day it was known, as it does on maps and boards:
    its hours are wanted, whenever they can begin. An ended package without a last day runs on no
    day.
    """
    at_home = packages.filter(setting=Setting.HOME)
    return at_home.filter(Q(starts_on__lte=on) | _waiting(on)).filter(
        Q(ends_on__gt=on) | Q(ends_on=None) & ~Q(status=PackageStatus.ENDED)
    )


def _waiting(on: date) -> Q:
    return Q(status=PackageStatus.REFERRED, created_at__date__lte=on)


def _not_begun(user: User, *, on: date) -> int:
    later = CarePackage.objects.visible_to(user).filter(starts_on__gt=on, setting=Setting.HOME)
    return later.exclude(_waiting(on)).exclude(status=PackageStatus.ENDED).count()


def _clauses(
    running: QuerySet[CarePackage], places: dict[int, int], *, on: date
) -> tuple[np.ndarray, np.ndarray, tuple[Clause, ...]]:
    """Return for every clause of the day its package's place, and which distinct clause it is.

    A package that has not begun has the week it begins with. Only what prices a visit tells clauses
    apart; the days are read as text, so that the few ways
    to write a week are parsed once each.
    """
    rows = (
        VisitPattern.objects.filter(package__in=running.order_by().values("pk"))
        .annotate(day=Greatest("package__starts_on", Value(on, DateField())))
        .filter(valid_from__lte=F("day"))
        .filter(Q(valid_to=None) | Q(valid_to__gt=F("day")))
        .order_by("package_id", "earliest_minutes", "id")
        .values_list(
            "package_id",
            Cast("weekdays", TextField()),
            "earliest_minutes",
            "minutes",
            "carers",
            "visit_kind",
        )
    )
    known: dict[tuple[object, ...], int] = {}
    owners, cases = [], []
    for package_id, *case in rows.iterator(chunk_size=5000):
        owners.append(places[package_id])
        cases.append(known.setdefault(tuple(case), len(known)))
    return (
        np.array(owners, dtype=np.int64),
        np.array(cases, dtype=np.int64),
        tuple(_clause(*case) for case in known),  # type: ignore[arg-type]
    )


def _clause(weekdays: str, start: int, minutes: int, carers: int, kind: str) -> Clause:
    days = tuple(int(day) for day in weekdays.strip("[]").split(",") if day.strip())
    return Clause(days, start, start, minutes, carers, (), kind)


def _providers(user: User, *, on: date) -> dict[int, tuple[str, str]]:
    """Return package → (provider's ref, name) of the awards that hold on a day, the latest wins."""
    awards = (
        Award.objects.visible_to(user)
        .filter(starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .order_by("starts_on", "id")
        .values_list("package_id", "provider__ref", "provider__name")
    )
    rows: Iterable[tuple[int, str, str]] = awards.iterator(chunk_size=5000)
    return {package_id: (ref, name) for package_id, ref, name in rows}
