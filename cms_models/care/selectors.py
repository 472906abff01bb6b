"""Reading care: packages as terms, what is open, and what a package's week looks like."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

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
    VisitPattern,
)
from cms_models.care.terms import PackageTerms, PersonTerms
from cms_models.market.models import LotAward, Provider, ProviderState
from cms_models.places.domain import ZoneIndex
from cms_models.places.models import ZoneMap
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
    )


def package_terms(package: CarePackage) -> PackageTerms:
    """Return a stored package as terms; needs person, patterns and awards__provider prefetched."""
    award = stated_award(package)
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


def stated_award(package: CarePackage) -> Award | None:
    """Return the award a case system would state: the one in force, or an ended package's last."""
    award = current_award(package)
    if award is None and package.status == PackageStatus.ENDED:
        return next(iter(package.awards.all()), None)
    return award


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
    """Return stated terms with what was decided in Homeward kept, until Mosaic has heard of it.

    An extract older than an award still says "Referred" and names no organisation; that never
    takes the award back. One older than a notice given in Homeward states no end; that never
    takes the end back. An ended package that names nobody keeps who delivered it. Any other
    statement of Mosaic's stands.
    """
    if stored.notice_on is not None and stated.ends_on is None:
        stated = replace(stated, ends_on=stored.ends_on, reason_ended=stored.reason_ended)
    if stated.status == PackageStatus.ENDED and not stated.organisation_ref:
        last = stated_award(stored)
        return replace(stated, organisation_ref=last.provider.ref) if last else stated
    award = current_award(stored)
    if award is None or award.source == AwardSource.IMPORTED or stated.organisation_ref:
        return stated
    if stated.status != PackageStatus.REFERRED:
        return stated
    return replace(stated, organisation_ref=award.provider.ref, status=stored.status)


def in_force(packages: QuerySet[CarePackage], *, on: date) -> QuerySet[CarePackage]:
    """Narrow packages to those with care on a day."""
    return packages.filter(starts_on__lte=on, status=PackageStatus.ACTIVE).filter(
        Q(ends_on=None) | Q(ends_on__gt=on)
    )


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
    """Return the packages that have not ended by a day, each with the map's zone: one query.

    In a map that is not the one packages are resolved to (a draft, an old one) the zone is where
    the point falls in that map, so that a draft can be judged before it is published.
    """
    rows = (
        CarePackage.objects.visible_to(user)
        .exclude(status=PackageStatus.ENDED)
        .filter(Q(ends_on=None) | Q(ends_on__gt=on))
        .order_by("package_ref")
        .values_list(
            *("id", "package_ref", "person_id", "status", "pathway", "area"),
            *("zone__code", "lot__code", "latitude", "longitude"),
            *("weekly_minutes", "weekly_pence", "zone__zone_map_id"),
        )
    )
    index = ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zone_map.zones.all()})
    spots = []
    for *values, resolved_map in rows:
        spot = PackageSpot(*values)
        if resolved_map != zone_map.pk:
            zone = index.zone_of(latitude=spot.latitude, longitude=spot.longitude)
            spot = replace(spot, zone=zone)
        spots.append(spot)
    return spots


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
