"""Reading care: packages as terms, what is open, and what a package's week looks like."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from cms_models.accounts.models import Authority
from cms_models.care.models import (
    Award,
    AwardSource,
    CarePackage,
    PackageStatus,
    Person,
    VisitPattern,
)
from cms_models.care.terms import PackageTerms, PersonTerms

CHUNK = 900  # SQLite takes 999 parameters where it was built so


def person_terms(person: Person) -> PersonTerms:
    """Return a stored person as terms."""
    return PersonTerms(
        person.mosaic_person_id,
        person.first_name,
        person.last_name,
        person.birth_date,
        person.gender,
        person.address,
        person.postcode,
    )


def package_terms(package: CarePackage) -> PackageTerms:
    """Return a stored package as terms; needs person, patterns and awards__provider prefetched."""
    award = current_award(package)
    return PackageTerms(
        person_id=package.person.mosaic_person_id,
        package_ref=package.package_ref,
        element_id=package.element_id,
        element_type=package.element_type,
        service_type=package.service_type,
        pathway=package.pathway,
        organisation_ref=award.provider.ref if award else "",
        starts_on=package.starts_on,
        ends_on=package.ends_on,
        funder=package.funder,
        funder_share_percent=package.funder_share_percent,
        contribution=package.contribution,
        zone_hint=package.zone_hint,
        postcode=package.postcode,
        pattern=tuple(sorted(row.clause for row in current_patterns(package))),
        skills=tuple(sorted(package.skills)),
        housing_with_care=package.housing_with_care,
        status=package.status,
        reason_ended=package.reason_ended,
        last_changed=package.last_changed,
    )


def current_award(package: CarePackage) -> Award | None:
    """Return the award in force, from what was prefetched."""
    return next((award for award in package.awards.all() if award.current), None)


def current_patterns(package: CarePackage) -> list[VisitPattern]:
    """Return the patterns that have no end, from what was prefetched."""
    return [row for row in package.patterns.all() if row.valid_to is None]


def whole(packages: QuerySet[CarePackage]) -> QuerySet[CarePackage]:
    """Prefetch what `package_terms` reads."""
    return packages.select_related("person", "zone", "lot").prefetch_related(
        "patterns", Prefetch("awards", Award.objects.select_related("provider"))
    )


def packages_by_element(authority: Authority, element_ids: Iterable[str]) -> dict[str, CarePackage]:
    """Return stored packages by Mosaic element, whole, a few queries for any number."""
    wanted, found = list(element_ids), {}
    for start in range(0, len(wanted), CHUNK):
        rows = CarePackage.objects.filter(
            authority=authority, element_id__in=wanted[start : start + CHUNK]
        )
        found.update({row.element_id: row for row in whole(rows)})
    return found


def persons_by_mosaic_id(authority: Authority, ids: Iterable[str]) -> dict[str, Person]:
    """Return stored people by Mosaic person ID."""
    wanted, found = list(ids), {}
    for start in range(0, len(wanted), CHUNK):
        rows = Person.objects.filter(
            authority=authority, mosaic_person_id__in=wanted[start : start + CHUNK]
        )
        found.update({row.mosaic_person_id: row for row in rows})
    return found


def as_mosaic_may_know(stated: PackageTerms, stored: CarePackage) -> PackageTerms:
    """Return stated terms with an award made in Homeward kept, when Mosaic has not heard of it.

    An extract older than the award still says "Referred" and names no organisation; that never
    takes the award back. Any other statement of Mosaic's stands.
    """
    award = current_award(stored)
    if award is None or award.source == AwardSource.IMPORTED or stated.organisation_ref:
        return stated
    if stated.status != PackageStatus.REFERRED:
        return stated
    return PackageTerms(
        **{
            **stated.__dict__,
            "organisation_ref": award.provider.ref,
            "status": stored.status,
        }
    )


def in_force(packages: QuerySet[CarePackage], *, on: date) -> QuerySet[CarePackage]:
    """Narrow packages to those with care on a day."""
    return packages.filter(starts_on__lte=on, status=PackageStatus.ACTIVE).filter(
        Q(ends_on=None) | Q(ends_on__gt=on)
    )
