"""Registering people and packages: resolve the place, price the week, write in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.audit.services import Decision, record_many
from cms_models.care.domain import DecisionRules, decisions_needed, price_package
from cms_models.care.models import (
    Award,
    AwardSource,
    CarePackage,
    Person,
    VisitPattern,
)
from cms_models.care.patterns import Clause, pattern_text
from cms_models.care.selectors import (
    as_mosaic_may_know,
    current_award,
    package_terms,
    packages_by_element,
    person_terms,
    persons_by_mosaic_id,
)
from cms_models.care.terms import Difference, PackageTerms, PersonTerms, differences, words
from cms_models.fields.selectors import rule_values
from cms_models.market.domain import lot_for
from cms_models.market.models import Lot, Provider
from cms_models.market.selectors import lots_in_force
from cms_models.places.selectors import Gazetteer
from cms_models.rates.domain import NoRate
from cms_models.rates.selectors import published_cards

BATCH = 500


@dataclass(frozen=True)
class Registered:
    """What a registration did: read = new + updated + unchanged."""

    new: int
    updated: int
    unchanged: int


class Resolver:
    """A council's zones, lots, rates and rules on one day, read once for many packages."""

    def __init__(self, authority: Authority, *, on: date) -> None:
        self.on = on
        self.gazetteer = Gazetteer(authority, on=on)
        self.lots: list[Lot] = lots_in_force(authority, on=on)
        self._lot_terms = [lot.terms for lot in self.lots]
        self._lot_of = {lot.code: lot for lot in self.lots}
        self.cards = published_cards(authority)
        self.rules = rule_values(authority)
        self.decisions = DecisionRules(
            Decimal(str(self.rules["care.individual_decision_hours"])),
            self.rules["care.individual_decision_operator"],
            self.rules["care.two_carers_need_decision"],
        )

    def resolve(self, package: CarePackage, *, pattern: Sequence[Clause]) -> None:
        """Set where a package falls, what it costs and what it needs; BadPlace for its postcode."""
        spot = self.gazetteer.spot(package.postcode)
        package.latitude, package.longitude = spot.latitude, spot.longitude
        package.zone, package.area = spot.zone, spot.area.area
        package.area_sentence = spot.area.sentence(radius_miles=self.gazetteer.radius_miles)
        terms = (
            lot_for(self._lot_terms, pathway=package.pathway, zone=spot.zone.code)
            if spot.zone
            else None
        )
        package.lot = self._lot_of[terms.code] if terms else None
        package.weekly_minutes = sum(clause.weekly_minutes for clause in pattern)
        package.decisions_needed = decisions_needed(pattern, rules=self.decisions)
        self.price(package, pattern=pattern)

    def price(self, package: CarePackage, *, pattern: Sequence[Clause]) -> None:
        """Set a package's weekly price with the rule that made it, or why it has none."""
        package.priced_on = max(self.on, package.starts_on)
        try:
            price = price_package(
                [(pattern_text([clause]), clause) for clause in pattern],
                cards=self.cards,
                on=package.priced_on,
                pathway=package.pathway,
                area=package.area,
                rounding=self.rules["rates.rounding"],
            )
        except NoRate as missing:
            package.weekly_pence, package.price_lines = None, []
            package.unpriced_reason = str(missing)
            return
        package.weekly_pence, package.unpriced_reason = price.weekly_pence, ""
        package.price_lines = price.explained


def register_persons(*, actor: User, terms: Sequence[PersonTerms]) -> Registered:
    """Add or change people of the actor's council as stated, in one transaction with the audit."""
    with transaction.atomic():
        stored = persons_by_mosaic_id(actor.authority, [one.mosaic_person_id for one in terms])
        new, changed, decisions = [], [], []
        for one in terms:
            person = stored.get(one.mosaic_person_id)
            found = differences(person_terms(person), one) if person else []
            if person is None:
                new.append(Person(authority=actor.authority, **one.__dict__))
            elif found:
                for item in found:
                    setattr(person, item.field, getattr(one, item.field))
                person.version += 1
                changed.append(person)
                decisions.append(_edited("edit", person, found))
        Person.objects.bulk_create(new, batch_size=BATCH)
        Person.objects.bulk_update(
            changed, [*PersonTerms.__dataclass_fields__, "version"], batch_size=BATCH
        )
        decisions = [_created(person, person_terms(person)) for person in new] + decisions
        record_many(actor=actor, decisions=decisions)
    return Registered(len(new), len(changed), len(terms) - len(new) - len(changed))


def _created(subject: Person | CarePackage, terms: PersonTerms | PackageTerms) -> Decision:
    after = {name: words(value) for name, value in terms.__dict__.items()}
    return Decision("create", subject, {}, after)


def _edited(action: str, subject: Person | CarePackage, found: Iterable[Difference]) -> Decision:
    found = list(found)
    return Decision(
        action,
        subject,
        {item.field: item.before for item in found},
        {item.field: item.after for item in found},
    )


OWN_FIELDS = (
    "package_ref",
    "element_id",
    "element_type",
    "service_type",
    "pathway",
    "status",
    "starts_on",
    "ends_on",
    "reason_ended",
    "funder",
    "funder_share_percent",
    "contribution",
    "zone_hint",
    "postcode",
    "housing_with_care",
    "last_changed",
)
RESOLVED_FIELDS = (
    "latitude",
    "longitude",
    "zone",
    "lot",
    "area",
    "area_sentence",
    "weekly_minutes",
    "weekly_pence",
    "price_lines",
    "priced_on",
    "unpriced_reason",
    "decisions_needed",
)


class PackageRegistration:
    """One registration of many packages: gathers what to write, writes it at the end."""

    def __init__(self, *, actor: User, terms: Sequence[PackageTerms], on: date) -> None:
        self.actor, self.terms, self.on = actor, terms, on
        authority = actor.authority
        self.resolver = Resolver(authority, on=on)
        self.stored = packages_by_element(authority, [one.element_id for one in terms])
        self.persons = persons_by_mosaic_id(authority, {one.person_id for one in terms})
        self.providers: Mapping[str, Provider] = {
            row.ref: row for row in Provider.objects.filter(authority=authority)
        }
        self.new: list[CarePackage] = []
        self.changed: list[CarePackage] = []
        self.ended_patterns: list[VisitPattern] = []
        self.patterns: list[VisitPattern] = []
        self.changed_awards: list[Award] = []
        self.awards: list[Award] = []
        self.decisions: list[Decision] = []
        self._stated: list[tuple[CarePackage, PackageTerms]] = []

    def run(self) -> Registered:
        """Compare every package with what is stored and write the differences."""
        for one in self.terms:
            package = self.stored.get(one.element_id)
            if package is None:
                self._add(one)
            else:
                self._change(package, as_mosaic_may_know(one, package))
        self._write()
        unchanged = len(self.terms) - len(self.new) - len(self.changed)
        return Registered(len(self.new), len(self.changed), unchanged)

    def _take(self, package: CarePackage, one: PackageTerms) -> None:
        for name in OWN_FIELDS:
            setattr(package, name, getattr(one, name))
        package.skills = list(one.skills)
        package.person = self.persons[one.person_id]
        self.resolver.resolve(package, pattern=one.pattern)

    def _add(self, one: PackageTerms) -> None:
        package = CarePackage(authority=self.actor.authority)
        self._take(package, one)
        self.new.append(package)
        self._stated.append((package, one))
        self._new_patterns(package, one, valid_from=one.starts_on)
        self._new_award(package, one)

    def _change(self, package: CarePackage, one: PackageTerms) -> None:
        found = differences(package_terms(package), one)
        if not found:
            return
        fields = {item.field for item in found}
        self._take(package, one)
        package.version += 1
        self.changed.append(package)
        self.decisions.append(_edited("edit", package, found))
        if "pattern" in fields:
            self._end_patterns(package)
            self._new_patterns(package, one, valid_from=max(self.on, one.starts_on))
        self._settle_award(package, one)

    def _end_patterns(self, package: CarePackage) -> None:
        for row in package.patterns.all():
            if row.valid_to is None:
                row.valid_to = max(self.on, row.valid_from)
                self.ended_patterns.append(row)

    def _new_patterns(self, package: CarePackage, one: PackageTerms, *, valid_from: date) -> None:
        self.patterns += [
            VisitPattern(
                package=package,
                weekdays=list(clause.weekdays),
                earliest_minutes=clause.earliest_minutes,
                latest_minutes=clause.latest_minutes,
                minutes=clause.minutes,
                carers=clause.carers,
                skills=list(clause.skills),
                visit_kind=clause.visit_kind,
                valid_from=valid_from,
            )
            for clause in one.pattern
        ]

    def _settle_award(self, package: CarePackage, one: PackageTerms) -> None:
        """End the award in force when another is stated or care has ended, and add what is new."""
        award, last = current_award(package), next(iter(package.awards.all()), None)
        goes_on = award is not None and award.provider.ref == one.organisation_ref
        if award is not None and (not goes_on or one.status == "ended"):
            award.current, award.ends_on = False, one.ends_on or self.on
            self.changed_awards.append(award)
        elif award is not None and award.ends_on != one.ends_on:
            award.ends_on = one.ends_on
            self.changed_awards.append(award)
        ended_before = one.status == "ended" and last and last.provider.ref == one.organisation_ref
        if not goes_on and not ended_before:
            self._new_award(package, one)

    def _new_award(self, package: CarePackage, one: PackageTerms) -> None:
        if one.organisation_ref:
            self.awards.append(
                Award(
                    authority=self.actor.authority,
                    package=package,
                    provider=self.providers[one.organisation_ref],
                    lot=package.lot,
                    source=AwardSource.IMPORTED,
                    starts_on=one.starts_on,
                    ends_on=one.ends_on,
                    current=one.status != "ended",
                    reason="Stated by the case system",
                    decided_by=self.actor,
                    decided_at=timezone.now(),
                )
            )

    def _write(self) -> None:
        CarePackage.objects.bulk_create(self.new, batch_size=BATCH)
        CarePackage.objects.bulk_update(
            self.changed,
            [*OWN_FIELDS, *RESOLVED_FIELDS, "skills", "person", "version"],
            batch_size=100,
        )
        VisitPattern.objects.bulk_update(self.ended_patterns, ["valid_to"], batch_size=BATCH)
        VisitPattern.objects.bulk_create(self.patterns, batch_size=BATCH)
        Award.objects.bulk_update(self.changed_awards, ["current", "ends_on"], batch_size=BATCH)
        Award.objects.bulk_create(self.awards, batch_size=BATCH)
        created = [_created(package, one) for package, one in self._stated]
        record_many(actor=self.actor, decisions=[*created, *self.decisions])


def register_packages(*, actor: User, terms: Sequence[PackageTerms], on: date) -> Registered:
    """Add or change packages of the actor's council as stated: all of them or none.

    Each is resolved to zone, lot and area and priced on `on`. The rows must have been checked:
    known person, known organisation, known postcode.
    """
    with transaction.atomic():
        return PackageRegistration(actor=actor, terms=terms, on=on).run()


def resolve_again(*, actor: User, on: date) -> int:
    """Resolve and price every running package again, as after a new rate card or zone map.

    Returns how many changed; doing it twice changes nothing the second time.
    """
    with transaction.atomic():
        resolver = Resolver(actor.authority, on=on)
        packages = CarePackage.objects.filter(authority=actor.authority).exclude(status="ended")
        changed, decisions = [], []
        for package in packages.select_related("zone", "lot").prefetch_related("patterns"):
            before = _resolved(package)
            patterns = [row.clause for row in package.patterns.all() if row.valid_to is None]
            resolver.resolve(package, pattern=sorted(patterns))
            after = _resolved(package)
            if before != after:
                package.version += 1
                changed.append(package)
                decisions.append(Decision("resolve", package, before, after))
        CarePackage.objects.bulk_update(changed, [*RESOLVED_FIELDS, "version"], batch_size=100)
        record_many(actor=actor, decisions=decisions)
    return len(changed)


def _resolved(package: CarePackage) -> dict[str, object]:
    return {
        "zone": package.zone.code if package.zone else None,
        "lot": package.lot.code if package.lot else None,
        "area": package.area,
        "weekly_minutes": package.weekly_minutes,
        "weekly_pence": package.weekly_pence,
        "unpriced_reason": package.unpriced_reason,
    }
