"""The Mosaic bridge: people and care packages as a case system's extract states them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

from cms_models.accounts.models import Authority, User
from cms_models.care.domain import pathway_of, setting_of
from cms_models.care.models import CarePackage, PackageStatus, Person, Setting, VisitPriority
from cms_models.care.patterns import MINUTES_PER_DAY
from cms_models.care.selectors import (
    StoredPackage,
    as_mosaic_may_know,
    person_terms,
    persons_by_mosaic_id,
    stored_by_element,
)
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.care.terms import PackageTerms, PersonTerms
from cms_models.market.domain import lot_for
from cms_models.market.models import Provider, ProviderState
from cms_models.market.selectors import lots_in_force, skill_codes
from cms_models.places.domain import BadPlace
from cms_models.places.selectors import Gazetteer
from importers import cells
from importers.base import TableImporter
from importers.columns import Column

GENDERS = {"Female": "Female", "Male": "Male", "Other": "Other"}
CARER_GENDERS = {"Female": "Female", "Male": "Male"}
PRIORITIES = {label: code for code, label in VisitPriority.choices}
STATUSES = {
    "Active": "active",
    "Suspended": "suspended",
    "Ended": "ended",
    "Referred": "referred",
}
FUNDERS = {
    "Local authority": "Local authority",
    "CHC": "CHC",
    "Shared": "Shared",
    "Self-funder": "Self-funder",
}

PERSON_COLUMNS = (
    Column("Person ID", "person_id", "mosaic_person_id", cells.text_of(20), needed=True),
    Column("First Name", "first_name", "first_name", cells.text_of(60), needed=True),
    Column("Last Name", "last_name", "last_name", cells.text_of(60), needed=True),
    Column(
        "Date of Birth", "birth_date", "birth_date", cells.read_date, cells.write_date, needed=True
    ),
    Column("Gender", "gender", "gender", cells.choice_of(GENDERS), required=False),
    Column("Address", "address", "address", cells.text_of(200), required=False),
    Column("Postcode", "postcode", "postcode", cells.read_postcode, needed=True),
    Column(
        "Carer Gender",
        "carer_gender",
        "carer_gender",
        cells.choice_of(CARER_GENDERS),
        required=False,
    ),
)


class PersonImporter(TableImporter):
    """People by their Mosaic person ID."""

    kind: ClassVar[str] = "persons"
    model = Person
    columns: ClassVar[Sequence[Column]] = PERSON_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("person_id",),)

    def terms(self, values: Mapping[str, Any]) -> PersonTerms:
        """Return a row as a person."""
        return PersonTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(self, terms: PersonTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse a birth in the future."""
        if terms.birth_date > self.on:
            yield "birth_date", f"{cells.write_date(terms.birth_date)} lies in the future."

    def key(self, terms: PersonTerms) -> str:
        """Return the Mosaic person ID."""
        return terms.mosaic_person_id

    def stored(self, terms: Sequence[PersonTerms]) -> Mapping[str, PersonTerms]:
        """Return the people already known."""
        ids = [one.mosaic_person_id for one in terms]
        found = persons_by_mosaic_id(self.authority, ids)
        return {key: person_terms(person) for key, person in found.items()}

    def rows(self, terms: Sequence[PersonTerms]) -> Mapping[str, Person]:
        """Return the people known by Mosaic person ID."""
        return persons_by_mosaic_id(self.authority, [one.mosaic_person_id for one in terms])

    def register(self, terms: Sequence[PersonTerms], *, actor: User) -> None:
        """Write through the care service."""
        register_persons(actor=actor, terms=terms)


_read_gap = cells.whole_of(least=0, most=MINUTES_PER_DAY)
_read_unit = cells.choice_of({"Hours": "Hours", "Weeks": "Weeks"})


@lru_cache(1000)
def _read_element_type(text: str) -> str:
    element_type: str = cells.text_of(60)(text)
    pathway_of(element_type)
    return element_type


PACKAGE_COLUMNS = (
    Column("Person ID", "person_id", "person_id", cells.text_of(20), needed=True),
    Column("Package Ref", "package_ref", "package_ref", cells.text_of(40), needed=True),
    Column("Element ID", "element_id", "element_id", cells.text_of(40), needed=True),
    Column("Element Type", "element_type", "element_type", _read_element_type, needed=True),
    Column("Service Type", "service_type", "service_type", cells.text_of(60), required=False),
    Column("Organisation Ref", "provider_ref", "organisation_ref", cells.text_of(30)),
    Column("Start Date", "start_date", "starts_on", cells.read_date, cells.write_date, needed=True),
    Column(
        "End Date",
        "end_date",
        "ends_on",
        cells.read_last_day,
        cells.write_last_day,
        blank=None,
    ),
    Column("Unit", "unit", "unit", _read_unit, needed=True),
    Column(
        "Quantity Per Week",
        "quantity_per_week",
        "weekly_minutes",
        cells.decimal_of(least="0", most="2000"),
        cells.write_hours,
        needed=True,
        number=True,
    ),
    Column(
        "Funder",
        "funder",
        "funder",
        cells.choice_of(FUNDERS),
        required=False,
        blank="Local authority",
    ),
    Column(
        "Funder Share",
        "funder_share",
        "funder_share_percent",
        cells.decimal_of(least="0", most="100"),
        cells.write_number,
        required=False,
        blank=Decimal(100),
    ),
    Column(
        "Contribution",
        "contribution_flag",
        "contribution",
        cells.read_yes_no,
        cells.write_yes_no,
        required=False,
        blank=False,
    ),
    Column("Zone Hint", "zone_hint", "zone_hint", cells.text_of(30), required=False),
    Column("Postcode", "postcode", "postcode", cells.read_postcode, needed=True),
    Column(
        "Visits Pattern",
        "visits_pattern",
        "pattern",
        cells.read_pattern,
        cells.write_pattern,
        blank=(),
    ),
    Column(
        "Skills",
        "skills",
        "skills",
        cells.read_skills,
        cells.write_skills,
        required=False,
        blank=(),
    ),
    Column(
        "Housing With Care",
        "housing_with_care",
        "housing_with_care",
        cells.read_yes_no,
        cells.write_yes_no,
        required=False,
        blank=False,
    ),
    Column(
        "Status",
        "status",
        "status",
        cells.choice_of(STATUSES),
        cells.word_of(STATUSES),
        needed=True,
    ),
    Column("Reason Ended", "reason_ended", "reason_ended", cells.text_of(120), required=False),
    Column(
        "Last Changed",
        "last_changed",
        "last_changed",
        cells.read_date,
        cells.write_date,
        required=False,
        blank=None,
    ),
    Column(
        "Visit Priority",
        "visit_priority",
        "visit_priority",
        cells.choice_of(PRIORITIES),
        cells.word_of(PRIORITIES),
        required=False,
        blank="standard",
    ),
    Column(
        "Minimum Gap",
        "minimum_gap",
        "least_gap_minutes",
        _read_gap,
        cells.write_whole,
        required=False,
        blank=None,
    ),
    Column(
        "Maximum Gap",
        "maximum_gap",
        "most_gap_minutes",
        _read_gap,
        cells.write_whole,
        required=False,
        blank=None,
    ),
)
# Checked against the pattern and kept in no field of its own.
CHECKED_ONLY = frozenset({"unit", "quantity_per_week"})
STATED_COLUMNS = tuple(column for column in PACKAGE_COLUMNS if column.name not in CHECKED_ONLY)


class PackageImporter(TableImporter):
    """Care packages by their Mosaic element, each judged against the council's own records."""

    kind: ClassVar[str] = "packages"
    model = CarePackage
    columns: ClassVar[Sequence[Column]] = PACKAGE_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("element_id",), ("package_ref",))

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        self.gazetteer = Gazetteer(authority, on=on)
        self.lots = [lot.terms for lot in lots_in_force(authority, on=on)]
        self.skills = skill_codes(authority)
        providers = Provider.objects.filter(authority=authority)
        self.providers = dict(providers.values_list("ref", "state"))
        persons = Person.objects.filter(authority=authority)
        self.persons = frozenset(persons.values_list("mosaic_person_id", flat=True))
        packages = CarePackage.objects.filter(authority=authority)
        self.element_of_ref = dict(packages.values_list("package_ref", "element_id"))
        self._lot_found: dict[tuple[str, str], bool] = {}

    def terms(self, values: Mapping[str, Any]) -> PackageTerms:
        """Return a row as a package."""
        return PackageTerms(
            pathway=pathway_of(values["element_type"]),
            setting=setting_of(values["element_type"]),
            **{column.field: values[column.name] for column in STATED_COLUMNS},
        )

    def refusals(self, terms: PackageTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse what contradicts itself or what the council does not know."""
        yield from _contradictions(terms, values)
        if terms.person_id not in self.persons:
            yield "person_id", f"Nobody is known by {terms.person_id}: import persons first."
        element = self.element_of_ref.get(terms.package_ref, terms.element_id)
        if element != terms.element_id:
            yield "package_ref", f"{terms.package_ref} is already the package of element {element}."
        yield from self._provider_refusals(terms)
        yield from self._place_refusals(terms)
        wanted = set(terms.skills).union(*(clause.skills for clause in terms.pattern))
        for skill in sorted(wanted - self.skills):
            known = ", ".join(sorted(self.skills)) or "none yet"
            where = "skills" if skill in terms.skills else "visits_pattern"
            yield where, f"“{skill}” is not a skill of the council's vocabulary: {known}."

    def _provider_refusals(self, terms: PackageTerms) -> Iterable[tuple[str, str]]:
        ref = terms.organisation_ref
        if ref and ref not in self.providers:
            yield "provider_ref", f"No provider is known by {ref}: import providers first."
        elif (
            ref
            and terms.status != PackageStatus.ENDED
            and self.providers[ref] == ProviderState.CLOSED
        ):
            yield "provider_ref", f"Provider {ref} is closed: the package needs another one."

    def _place_refusals(self, terms: PackageTerms) -> Iterable[tuple[str, str]]:
        try:
            spot = self.gazetteer.spot(terms.postcode)
        except BadPlace as unknown:
            yield "postcode", str(unknown)
            return
        if terms.setting != Setting.HOME:
            return  # a care home is found by its vacancies, not by zone and lot
        if spot.zone is None:
            yield (
                "postcode",
                f"{terms.postcode} lies in no zone of the map in force: "
                "correct it, or publish a zone map that covers it.",
            )
            return
        if terms.status == PackageStatus.ENDED:
            return  # history: no work will be offered, so no lot is needed any more
        case = (terms.pathway, spot.zone.code)
        if case not in self._lot_found:
            found = lot_for(self.lots, pathway=terms.pathway, zone=spot.zone.code)
            self._lot_found[case] = found is not None
        if not self._lot_found[case]:
            yield (
                "element_type",
                f"No lot in force covers pathway {terms.pathway} in zone {spot.zone.code}: "
                "add the lot to the framework, or correct the element type or postcode.",
            )

    def key(self, terms: PackageTerms) -> str:
        """Return the Mosaic element."""
        return terms.element_id

    def stored(self, terms: Sequence[PackageTerms]) -> Mapping[str, StoredPackage]:
        """Return the packages already known."""
        return stored_by_element(self.authority, [one.element_id for one in terms])

    def rows(self, terms: Sequence[PackageTerms]) -> Mapping[str, CarePackage]:
        """Return the packages known by Mosaic element."""
        wanted = {one.element_id for one in terms}
        rows = CarePackage.objects.filter(authority=self.authority).order_by()
        return {
            row.element_id: row
            for row in rows.only("element_id", "custom")
            if row.element_id in wanted
        }

    def stored_refusals(
        self, terms: PackageTerms, stored: StoredPackage
    ) -> Iterable[tuple[str, str]]:
        """Refuse to move an element to another person (IX-09)."""
        person = stored.terms.person_id
        if person != terms.person_id:
            yield (
                "person_id",
                f"Element {terms.element_id} is {stored.terms.package_ref} of person {person}: "
                "an element is never moved to somebody else.",
            )

    def compared(
        self, terms: PackageTerms, stored: StoredPackage
    ) -> tuple[PackageTerms, PackageTerms]:
        """Return both sides as terms, an award made in Homeward kept from an older extract."""
        return stored.terms, as_mosaic_may_know(terms, stored)

    def register(self, terms: Sequence[PackageTerms], *, actor: User) -> None:
        """Write through the care service."""
        register_packages(actor=actor, terms=terms, on=self.on)


def _contradictions(terms: PackageTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if terms.ends_on is not None and terms.ends_on <= terms.starts_on:
        yield "end_date", "The last day of care lies before the first."
    most = terms.most_gap_minutes
    if most is not None and most < (terms.least_gap_minutes or 0):
        yield "maximum_gap", "The maximum gap is shorter than the minimum gap."
    yield from _quantity_refusals(terms, values)
    if terms.status == PackageStatus.ENDED:
        if terms.ends_on is None:
            yield "end_date", "An ended package needs its last day of care."
    elif terms.status == PackageStatus.REFERRED:
        if terms.organisation_ref:
            yield (
                "status",
                f"Referred, yet {terms.organisation_ref} delivers it: write Active, "
                "or leave the organisation out.",
            )
    elif not terms.organisation_ref:
        yield "provider_ref", "Nobody delivers it: name the organisation, or write Referred."


def _quantity_refusals(terms: PackageTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Refuse a quantity that is not the week's: hours of visits at home, one week in a home."""
    unit, stated = values["unit"], values["quantity_per_week"]
    if terms.setting != Setting.HOME:
        if terms.pattern:
            yield "visits_pattern", "A placement in a care home has no visits: leave this empty."
        if (unit, stated) != ("Weeks", 1):
            yield "quantity_per_week", "A placement is bought by the week: write Weeks and 1."
        return
    if unit != "Hours":
        yield "unit", "Care at home is bought by the hour: write Hours."
    if not terms.pattern:
        yield "visits_pattern", "This cell is empty."
        return
    summed = cells.rounded_hours(terms.weekly_minutes)
    if stated != summed:
        yield (
            "quantity_per_week",
            f"{stated} hours are stated; the visits pattern adds up to {summed}.",
        )
