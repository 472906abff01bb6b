"""What a provider reads of the packages awarded to it, and the calls of a package's week.

Every row is a plain dict of exactly what its reader may know. What it reads of packages it is only
asked about is said in `brokerage.provider_selectors`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from cms_models.accounts.models import User
from cms_models.care.models import Award, CarePackage, Person, VisitPattern
from cms_models.care.patterns import clock

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
SKILL_CODE = re.compile(r"[A-Za-z0-9_-]{1,30}")
PLACE = ("zone__code", "zone__name", "lot__code", "lot__name")
TERMS = ("id", "public_id", "package_ref", "pathway", "starts_on", "weekly_minutes", "skills")
OWN_FIELDS = (
    "custom",
    *TERMS,
    *PLACE,
    "element_id",
    "service_type",
    "status",
    "ends_on",
    "notice_on",
    "reason_ended",
    "area",
    "area_sentence",
    "housing_with_care",
    "weekly_pence",
    "price_lines",
    "priced_on",
    "unpriced_reason",
    "decisions_needed",
    "person_id",
)


@dataclass(frozen=True)
class PackageFilters:
    """What a reader narrows a list of packages by; None leaves a thing open."""

    status: str | None = None
    lot: str | None = None
    pathway: str | None = None
    zone: str | None = None
    skill: str | None = None
    as_of: date | None = None

    def narrow(self, packages: QuerySet[CarePackage]) -> QuerySet[CarePackage]:
        """Return the packages that fit every filter given."""
        wanted = {
            "status": self.status,
            "lot__code": self.lot,
            "pathway": self.pathway,
            "zone__code": self.zone,
        }
        packages = packages.filter(**{key: value for key, value in wanted.items() if value})
        if self.as_of is not None:
            packages = packages.filter(Q(ends_on=None) | Q(ends_on__gt=self.as_of))
        return packages if self.skill is None else _needing(packages, self.skill)


def _needing(packages: QuerySet[CarePackage], skill: str) -> QuerySet[CarePackage]:
    # SQLite has no JSON containment; a quoted code inside the list's text is the same question.
    if SKILL_CODE.fullmatch(skill) is None:
        return packages.none()
    quoted = f'"{skill}"'
    visits = VisitPattern.objects.filter(package_id=OuterRef("pk"), valid_to=None)
    visits = visits.annotate(skills_text=Cast("skills", TextField()))
    return packages.annotate(skills_text=Cast("skills", TextField())).filter(
        Q(skills_text__contains=quoted) | Exists(visits.filter(skills_text__contains=quoted))
    )


def own_packages(*, user: User, filters: PackageFilters) -> QuerySet[CarePackage]:
    """Return the packages awarded to the user's providers now; as of a day, those that ran then."""
    packages = filters.narrow(CarePackage.objects.visible_to(user))
    if filters.as_of is not None:
        packages = packages.filter(starts_on__lte=filters.as_of)
    return packages


def own_rows(packages: QuerySet[CarePackage]) -> list[dict[str, Any]]:
    """Return awarded packages as the provider that delivers them reads them."""
    rows = list(packages.values(*OWN_FIELDS))
    for row in rows:
        row["area_reason"] = row.pop("area_sentence")
        tidy(row)
    return rows


def tidy(row: dict[str, Any]) -> None:
    """Give a row the names it has outside."""
    # Outside, a package is known by its public id and reference; the key joins what belongs to it.
    row["pk"], row["id"] = row["id"], str(row["public_id"])
    row["reference"] = row.pop("package_ref")
    for place in ("zone", "lot"):
        code, name = row.pop(f"{place}__code"), row.pop(f"{place}__name")
        row[place] = {"code": code, "name": name} if code is not None else None


def calls_of(
    package_ids: Iterable[int], *, as_of: date | None = None
) -> Mapping[int, list[dict[str, Any]]]:
    """Return the calls of some packages' weeks, now or on a day, the earliest first, in one query.

    Of a week that begins after the day the first one is told.
    """
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    patterns = VisitPattern.objects.filter(package_id__in=list(package_ids))
    if as_of is None:
        patterns = patterns.filter(valid_to=None)
    else:
        begun = Q(valid_from__lte=as_of) | Q(valid_from=F("package__starts_on"))
        patterns = patterns.filter(begun).filter(Q(valid_to=None) | Q(valid_to__gt=as_of))
    for package, weekdays, earliest, latest, minutes, carers, skills, kind in patterns.order_by(
        "package_id", "earliest_minutes", "id"
    ).values_list(
        "package_id",
        "weekdays",
        "earliest_minutes",
        "latest_minutes",
        "minutes",
        "carers",
        "skills",
        "visit_kind",
    ):
        found[package].append(
            {
                "days": [WEEKDAYS[day] for day in weekdays],
                "earliest": clock(earliest),
                "latest": clock(latest),
                "minutes": minutes,
                "carers": carers,
                "skills": skills,
                "kind": kind,
            }
        )
    return found


def people_of(person_ids: Iterable[int], *, user: User) -> Mapping[int, dict[str, Any]]:
    """Return the people the user may see by name, of some people, in one query."""
    people = Person.objects.visible_to(user).filter(pk__in=list(person_ids))
    fields = ("first_name", "last_name", "birth_date", "gender", "address", "postcode")
    return {row["id"]: row for row in people.values("id", "mosaic_person_id", *fields)}


def awards_now(package_ids: Iterable[int], *, user: User) -> Mapping[int, dict[str, Any]]:
    """Return the user's current awards of some packages, in one query."""
    awards = Award.objects.visible_to(user).filter(package_id__in=list(package_ids), current=True)
    provider = ("provider__ref", "provider__name", "provider__custom")
    rows = awards.values("package_id", "starts_on", "ends_on", "decided_at", *provider)
    return {
        row["package_id"]: {
            **row,
            "provider": {name: row[f"provider__{name}"] for name in ("ref", "name", "custom")},
        }
        for row in rows
    }
