"""Registering people and packages: resolve the place, price the week, write in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db import models, transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.audit.services import Decision, record_many
from cms_models.care.domain import (
    PRICED_AT_AWARD,
    DecisionRules,
    decisions_needed,
    price_package,
)
from cms_models.care.models import (
    Award,
    AwardSource,
    CarePackage,
    PackageStatus,
    Person,
    Setting,
    VisitPattern,
)
from cms_models.care.patterns import Clause, pattern_text, weekly_minutes
from cms_models.care.selectors import (
    as_mosaic_may_know,
    current_award,
    packages_by_element,
    person_terms,
    persons_by_mosaic_id,
    stored_by_element,
    week_on,
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
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Registered:
    """What a registration did: read = new + updated + unchanged."""

    new: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class Week:
    """What a pattern's week comes to: carer-minutes, why it needs a decision, its price or none."""

    minutes: int
    decisions_needed: list[str]
    pence: int | None
    price_lines: list[dict[str, object]]
    unpriced_reason: str


class Resolver:
    """A council's zones, lots, rates and rules on one day, read once for many packages."""

    def __init__(self, authority: Authority, *, on: date) -> None:
        self.on = on
        self.gazetteer = Gazetteer(authority, on=on)
        self.lots: list[Lot] = lots_in_force(authority, on=on)
        self._lot_terms = [lot.terms for lot in self.lots]
        self._lot_of = {lot.pk: lot for lot in self.lots}
        self.cards = published_cards(authority)
        self.rules = rule_values(authority, on=on)
        self.decisions = DecisionRules(
            Decimal(str(self.rules["care.individual_decision_hours"])),
            self.rules["care.individual_decision_operator"],
            self.rules["care.two_carers_need_decision"],
        )
        # Most packages share their pattern with others.
        self._weeks: dict[tuple[object, ...], Week] = {}

    def resolve(self, package: CarePackage, *, pattern: Sequence[Clause]) -> None:
        """Set where a package falls, what it costs and what it needs; BadPlace for its postcode."""
        spot = self.gazetteer.spot(package.postcode)
        package.latitude, package.longitude = spot.latitude, spot.longitude
        package.zone, package.area = spot.zone, spot.area.area
        package.area_sentence = spot.area.sentence(radius_miles=self.gazetteer.radius_miles)
        package.priced_on = max(self.on, package.starts_on)
        if package.setting != Setting.HOME:
            self._place_in_home(package)
            return
        package.lot = self._lot(package, spot.zone.code) if spot.zone else None
        week = self._week(tuple(pattern), package.pathway, package.area, package.priced_on)
        package.weekly_minutes, package.weekly_pence = week.minutes, week.pence
        package.decisions_needed = list(week.decisions_needed)
        package.price_lines = list(week.price_lines)
        package.unpriced_reason = week.unpriced_reason

    def _place_in_home(self, package: CarePackage) -> None:
        """Settle a placement: no lot and no visits; its week costs what the award agreed."""
        package.lot = None
        package.weekly_minutes, package.price_lines, package.decisions_needed = 0, [], []
        package.unpriced_reason = PRICED_AT_AWARD if package.weekly_pence is None else ""

    def _lot(self, package: CarePackage, zone: str) -> Lot | None:
        """Return a package's lot: a placed one keeps its own while that runs (PR-08)."""
        own = self._lot_of.get(package.lot_id or 0)
        placed = package.status != PackageStatus.REFERRED
        if own and placed and own.terms.covers(pathway=package.pathway, zone=zone):
            return own
        found = lot_for(self._lot_terms, pathway=package.pathway, zone=zone)
        return self._lot_of[found.key] if found else None

    def _week(self, pattern: tuple[Clause, ...], pathway: str, area: str, on: date) -> Week:
        case = (pattern, pathway, area, on)
        if case not in self._weeks:
            pence, lines, reason = self._price(pattern, pathway=pathway, area=area, on=on)
            needed = decisions_needed(pattern, rules=self.decisions)
            self._weeks[case] = Week(weekly_minutes(pattern), needed, pence, lines, reason)
        return self._weeks[case]

    def _price(
        self, pattern: tuple[Clause, ...], *, pathway: str, area: str, on: date
    ) -> tuple[int | None, list[dict[str, object]], str]:
        """Return a week's pence with the rule that made them, or why there is no price."""
        try:
            price = price_package(
                [(pattern_text([clause]), clause) for clause in pattern],
                cards=self.cards,
                on=on,
                pathway=pathway,
                area=area,
                rounding=self.rules["rates.rounding"],
            )
        except NoRate as missing:
            return None, [], str(missing)
        return price.weekly_pence, price.explained, ""


def _rewrite(manager: models.Manager[Row], rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Write fields of stored rows back, whole rows at a time.

    An upsert, because bulk_update writes a CASE with a WHEN for every field and row: fifteen times
    the time.
    """
    manager.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


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
        _rewrite(Person.objects, changed, [*PersonTerms.__dataclass_fields__, "version"])
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
    "setting",
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
    "visit_priority",
    "least_gap_minutes",
    "most_gap_minutes",
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
        self.known = stored_by_element(authority, [one.element_id for one in terms])
        self.stored = packages_by_element(authority, self.known)
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
            known = self.known.get(one.element_id)
            if known is None:
                self._add(one)
            else:
                self._change(known.terms, as_mosaic_may_know(one, known))
        self._write()
        unchanged = len(self.terms) - len(self.new) - len(self.changed)
        return Registered(len(self.new), len(self.changed), unchanged)

    def _take(self, package: CarePackage, one: PackageTerms) -> None:
        if package.setting != one.setting:
            package.weekly_pence = None  # another kind of care has another price
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

    def _change(self, was: PackageTerms, one: PackageTerms) -> None:
        found = differences(was, one)
        if not found:
            return
        package = self.stored[one.element_id]
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
            # One that an amendment ends later ends now as well.
            if row.valid_to is None or row.valid_to > max(self.on, row.valid_from):
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
        _rewrite(
            CarePackage.objects,
            self.changed,
            [*OWN_FIELDS, *RESOLVED_FIELDS, "skills", "person", "version"],
        )
        _rewrite(VisitPattern.objects, self.ended_patterns, ["valid_to"])
        VisitPattern.objects.bulk_create(self.patterns, batch_size=BATCH)
        _rewrite(Award.objects, self.changed_awards, ["current", "ends_on"])
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
        # A boundary is long and not wanted here.
        packages = packages.select_related("zone", "lot").defer("zone__boundary")
        for package in packages.prefetch_related("patterns"):
            before = _resolved(package)
            patterns = [row.clause for row in week_on(package, on=on)]
            resolver.resolve(package, pattern=sorted(patterns))
            after = _resolved(package)
            if before != after:
                package.version += 1
                changed.append(package)
                decisions.append(Decision("resolve", package, before, after))
        _rewrite(CarePackage.objects, changed, [*RESOLVED_FIELDS, "version"])
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
