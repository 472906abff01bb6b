"""Reading care: packages as terms, what is open, and what a package's week looks like."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum

from cms_models.accounts.models import Authority, User
from cms_models.care.models import (
    AllocationProposal,
    Award,
    AwardSource,
    CarePackage,
    PackageStatus,
    Person,
    ProposalState,
    Setting,
    VisitPattern,
)
from cms_models.care.patterns import Clause
from cms_models.care.terms import PackageTerms, PersonTerms
from cms_models.market.models import LotAward, Provider, ProviderState
from cms_models.places.domain import ZoneIndex
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import zone_index
from cms_models.rates.models import Area
from cms_models.rates.tables import hours_per_person

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
        person.carer_gender,
    )


# What a package's own row states; who delivers it and when are read from its awards and patterns.
OWN_TERMS = tuple(
    item.name
    for item in fields(PackageTerms)
    if item.name not in ("person_id", "organisation_ref", "pattern")
)


@dataclass(frozen=True)
class StoredPackage:
    """A stored package as terms, with what was decided in Homeward that Mosaic may not know.

    `award_source` is how the award in force came to be; empty when there is none.
    """

    terms: PackageTerms
    award_source: str
    notice_on: date | None


@dataclass(frozen=True)
class _AwardRow:
    provider_ref: str
    source: str
    current: bool


def stored_packages(packages: QuerySet[CarePackage]) -> list[StoredPackage]:
    """Return packages as terms, in their order: three queries, and no model made of any row."""
    chosen = packages.order_by().values("pk")
    clauses: dict[int, list[Clause]] = defaultdict(list)
    patterns = VisitPattern.objects.filter(package__in=chosen, valid_to=None).order_by()
    for package_id, days, earliest, latest, minutes, carers, skills, kind in patterns.values_list(
        *("package_id", "weekdays", "earliest_minutes", "latest_minutes", "minutes", "carers"),
        *("skills", "visit_kind"),
    ):
        clause = Clause(tuple(days), earliest, latest, minutes, carers, tuple(skills), kind)
        clauses[package_id].append(clause)
    awards: dict[int, list[_AwardRow]] = defaultdict(list)
    for package_id, *award in Award.objects.filter(package__in=chosen).values_list(
        "package_id", "provider__ref", "source", "current"
    ):
        awards[package_id].append(_AwardRow(*award))
    rows = packages.values("pk", "notice_on", "person__mosaic_person_id", *OWN_TERMS)
    return [_stored(row, clauses[row["pk"]], awards[row["pk"]]) for row in rows]


def _stored(
    row: dict[str, Any], clauses: Iterable[Clause], awards: Sequence[_AwardRow]
) -> StoredPackage:
    """Assemble a package; the award a case system states is the one in force, or the last."""
    current = next((award for award in awards if award.current), None)
    last = awards[0] if awards and row["status"] == PackageStatus.ENDED else None
    stated = current or last
    own = {name: row[name] for name in OWN_TERMS}
    own["skills"] = tuple(sorted(own["skills"]))
    terms = PackageTerms(
        person_id=row["person__mosaic_person_id"],
        organisation_ref=stated.provider_ref if stated else "",
        pattern=tuple(sorted(clauses)),
        **own,
    )
    return StoredPackage(terms, current.source if current else "", row["notice_on"])


def package_terms(package: CarePackage) -> PackageTerms:
    """Return a stored package as terms, read afresh."""
    return stored_packages(CarePackage.objects.filter(pk=package.pk))[0].terms


def current_award(package: CarePackage) -> Award | None:
    """Return the award in force, from what was prefetched."""
    return next((award for award in package.awards.all() if award.current), None)


def week_on(package: CarePackage, *, on: date) -> tuple[VisitPattern, ...]:
    """Return the patterns of a day's week, from what was prefetched; before care begins its first.

    Where none is in force that day, the week stated last.
    """
    day = max(on, package.starts_on)
    rows = tuple(package.patterns.all())
    in_force = tuple(
        row
        for row in rows
        if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
    )
    return in_force or tuple(row for row in rows if row.valid_to is None)


def whole(packages: QuerySet[CarePackage]) -> QuerySet[CarePackage]:
    """Prefetch a package's person, patterns and awards, the latest award first."""
    return packages.select_related("person").prefetch_related(
        "patterns", Prefetch("awards", Award.objects.select_related("provider"))
    )


def packages_by_element(authority: Authority, element_ids: Iterable[str]) -> dict[str, CarePackage]:
    """Return stored packages by Mosaic element, whole, a few queries for any number."""
    return {
        row.element_id: row
        for some in _some_by_element(authority, element_ids)
        for row in whole(some)
    }


def stored_by_element(authority: Authority, element_ids: Iterable[str]) -> dict[str, StoredPackage]:
    """Return stored packages as terms by Mosaic element, a few queries for any number."""
    return {
        row.terms.element_id: row
        for some in _some_by_element(authority, element_ids)
        for row in stored_packages(some)
    }


def _some_by_element(
    authority: Authority, element_ids: Iterable[str]
) -> Iterator[QuerySet[CarePackage]]:
    wanted = list(element_ids)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        yield CarePackage.objects.filter(authority=authority, element_id__in=some).order_by()


def persons_by_mosaic_id(authority: Authority, ids: Iterable[str]) -> dict[str, Person]:
    """Return stored people by Mosaic person ID."""
    wanted, found = list(ids), {}
    for start in range(0, len(wanted), CHUNK):
        rows = Person.objects.filter(
            authority=authority, mosaic_person_id__in=wanted[start : start + CHUNK]
        )
        found.update({row.mosaic_person_id: row for row in rows})
    return found


def as_mosaic_may_know(stated: PackageTerms, stored: StoredPackage) -> PackageTerms:
    """Return stated terms with what was decided in Homeward kept, until Mosaic has heard of it.

    An extract older than an award still says "Referred" and names no organisation; that never
    takes the award back. One older than a notice given in Homeward states no end; that never
    takes the end back. An ended package that names nobody keeps who delivered it. Any other
    statement of Mosaic's stands.
    """
    kept = stored.terms
    if stored.notice_on is not None and stated.ends_on is None:
        stated = replace(stated, ends_on=kept.ends_on, reason_ended=kept.reason_ended)
        if kept.status == PackageStatus.ENDED:
            stated = replace(stated, status=kept.status)
    if stated.organisation_ref:
        return stated
    if stated.status == PackageStatus.ENDED:
        return replace(stated, organisation_ref=kept.organisation_ref)
    made_here = stored.award_source not in ("", AwardSource.IMPORTED)
    if stated.status != PackageStatus.REFERRED or not made_here:
        return stated
    return replace(stated, organisation_ref=kept.organisation_ref, status=kept.status)


@dataclass(frozen=True)
class PackageSpot:
    """A running package as a map and its table need it; `zone` is None outside every zone."""

    package_id: int
    package_ref: str
    person_id: int
    status: str
    pathway: str
    area: str
    zone: str | None
    lot: str | None
    latitude: float
    longitude: float
    weekly_minutes: int
    weekly_pence: int | None


def running_spots(user: User, *, zone_map: ZoneMap, on: date) -> list[PackageSpot]:
    """Return the packages at home that have not ended by a day, each with the map's zone.

    One query: placements in care homes lie in no zone's hours.

    In a map that is not the one packages are resolved to (a draft, an old one) the zone is where
    the point falls in that map, so that a draft can be judged before it is published.
    """
    spots, resolved = _running(user, on=on)
    elsewhere = [place for place, found in enumerate(resolved) if found != zone_map.pk]
    if not elsewhere:
        return spots
    moved = _rezoned([spots[place] for place in elsewhere], zone_index(zone_map))
    for place, spot in zip(elsewhere, moved, strict=True):
        spots[place] = spot
    return spots


def spots_in(user: User, *, index: ZoneIndex, on: date) -> list[PackageSpot]:
    """Return the packages that have not ended by a day, each with its zone in any division."""
    spots, _ = _running(user, on=on)
    return _rezoned(spots, index)


def _running(user: User, *, on: date) -> tuple[list[PackageSpot], list[int | None]]:
    """Return the running packages as resolved, and the map each is resolved to."""
    rows = (
        CarePackage.objects.visible_to(user)
        .exclude(status=PackageStatus.ENDED)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on), setting=Setting.HOME)
        .order_by("package_ref")
        .values_list(
            *("id", "package_ref", "person_id", "status", "pathway", "area"),
            *("zone__code", "lot__code", "latitude", "longitude"),
            *("weekly_minutes", "weekly_pence", "zone__zone_map_id"),
        )
    )
    spots, maps = [], []
    for *values, resolved_map in rows:
        spots.append(PackageSpot(*values))
        maps.append(resolved_map)
    return spots, maps


def _rezoned(spots: Sequence[PackageSpot], index: ZoneIndex) -> list[PackageSpot]:
    """Return spots with the zone their point falls in, all points asked at once."""
    zones = index.zones_of([spot.latitude for spot in spots], [spot.longitude for spot in spots])
    return [replace(spot, zone=zone) for spot, zone in zip(spots, zones, strict=True)]


@dataclass(frozen=True)
class Load:
    """What a zone or lot holds: people, packages, weekly carer-minutes and pence."""

    people: int
    packages: int
    weekly_minutes: int
    weekly_pence: int
    unpriced: int
    urban: int
    rural: int
    needing_provider: int

    @property
    def weekly_hours(self) -> Decimal:
        """The week in hours, unrounded."""
        return Decimal(self.weekly_minutes) / 60

    @property
    def hours_per_person(self) -> Decimal | None:
        """Weekly hours a person to two decimals (ZN-08)."""
        return hours_per_person(weekly_hours=self.weekly_hours, people=self.people)


def load_of(spots: Iterable[PackageSpot]) -> Load:
    """Add up some packages; a person with two packages is counted once."""
    found = list(spots)
    return Load(
        people=len({spot.person_id for spot in found}),
        packages=len(found),
        weekly_minutes=sum(spot.weekly_minutes for spot in found),
        weekly_pence=sum(spot.weekly_pence or 0 for spot in found),
        unpriced=sum(spot.weekly_pence is None for spot in found),
        urban=sum(spot.area == Area.URBAN for spot in found),
        rural=sum(spot.area == Area.RURAL for spot in found),
        needing_provider=sum(spot.status == PackageStatus.REFERRED for spot in found),
    )


@dataclass(frozen=True)
class PackageAllocation:
    """Who delivers a package, what the engine proposed, and what was before."""

    award: Award | None
    proposal: AllocationProposal | None
    earlier_awards: tuple[Award, ...]
    earlier_proposals: tuple[AllocationProposal, ...]


def allocation_of(package: CarePackage, *, user: User) -> PackageAllocation:
    """Return a package's awards and proposals, newest first, in two queries."""
    awards = list(
        Award.objects.visible_to(user)
        .filter(package=package)
        .select_related("provider", "lot", "decided_by")
    )
    proposals = list(
        AllocationProposal.objects.visible_to(user)
        .filter(package=package)
        .select_related("provider", "lot", "run")
        .order_by("-created_at", "-id")
    )
    undecided = (ProposalState.PROPOSED, ProposalState.UNPLACED)
    current = next((row for row in awards if row.current), None)
    open_one = next((row for row in proposals if row.state in undecided), None)
    return PackageAllocation(
        award=current,
        proposal=open_one,
        earlier_awards=tuple(row for row in awards if row is not current),
        earlier_proposals=tuple(row for row in proposals if row is not open_one),
    )


@dataclass(frozen=True)
class ProviderChoice:
    """A provider a broker may choose for a package, and its place in the package's lot if any."""

    provider: Provider
    place: LotAward | None
    used_minutes_per_week: int

    @property
    def free_minutes_per_week(self) -> int | None:
        """What is left of the place's weekly capacity; None where none is agreed."""
        if self.place is None or self.place.capacity_minutes_per_week is None:
            return None
        return self.place.capacity_minutes_per_week - self.used_minutes_per_week


def provider_choices(package: CarePackage, *, user: User, on: date) -> list[ProviderChoice]:
    """Return the active providers: the lot's in order of offer, then the others by name."""
    places = {
        row.provider_id: row
        for row in LotAward.objects.visible_to(user)
        .filter(lot=package.lot_id, starts_on__lte=on)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .order_by("-tier", "-rank")
    }
    used = dict(
        Award.objects.visible_to(user)
        .filter(current=True, package__lot=package.lot_id)
        .order_by()
        .values_list("provider_id")
        .annotate(minutes=Sum("package__weekly_minutes"))
    )
    choices = [
        ProviderChoice(row, places.get(row.pk), used.get(row.pk, 0))
        for row in Provider.objects.visible_to(user).filter(state=ProviderState.ACTIVE)
    ]
    return sorted(choices, key=_order_of_offer)


def _order_of_offer(choice: ProviderChoice) -> tuple[bool, int, int, str]:
    place = choice.place
    if place is None:
        return True, 0, 0, choice.provider.name
    return False, place.tier, place.rank, choice.provider.name
