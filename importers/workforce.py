"""The in-house carers, their weekly shifts, and whose carers they are by choice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from cms_models.accounts.models import Authority, User
from cms_models.care.models import Person
from cms_models.care.patterns import DAYS
from cms_models.market.selectors import skill_codes
from cms_models.places.domain import BadPlace
from cms_models.places.selectors import Gazetteer
from cms_models.rounds.models import Carer, CarerPreference, PreferenceKind, Shift, TravelMode
from cms_models.rounds.services.workforce import (
    register_carers,
    register_preferences,
    register_shifts,
)
from cms_models.rounds.terms import CarerTerms, PreferenceTerms, ShiftTerms
from importers import cells
from importers.base import TableImporter
from importers.columns import Column
from importers.market import unknown_skills
from importers.mosaic import GENDERS

TRAVEL_MODES = {mode: mode for mode in TravelMode.values}
PREFERENCES = {kind: kind for kind in PreferenceKind.values}
WEEKDAYS = {name: str(number) for number, name in enumerate(DAYS)}


CARER_COLUMNS = (
    Column("Carer Ref", "carer_ref", "ref", cells.text_of(30), needed=True),
    Column("First Name", "first_name", "first_name", cells.text_of(60), needed=True),
    Column("Last Name", "last_name", "last_name", cells.text_of(60), needed=True),
    Column("Gender", "gender", "gender", cells.choice_of(GENDERS), required=False),
    Column("Home Postcode", "home_postcode", "home_postcode", cells.read_postcode, needed=True),
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
        "Contract Hours",
        "contract_hours",
        "contract_minutes_per_week",
        cells.read_hours,
        cells.write_hours,
        needed=True,
    ),
    Column("Travel Mode", "travel_mode", "travel_mode", cells.choice_of(TRAVEL_MODES), needed=True),
    Column("Team", "team", "team", cells.text_of(60), required=False),
)


class CarerImporter(TableImporter):
    """Carers by their reference."""

    kind: ClassVar[str] = "carers"
    model = Carer
    columns: ClassVar[Sequence[Column]] = CARER_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("carer_ref",),)

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        self.gazetteer = Gazetteer(authority, on=on)
        self.skills = skill_codes(authority)

    def terms(self, values: Mapping[str, Any]) -> CarerTerms:
        """Return a row as a carer."""
        return CarerTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(self, terms: CarerTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse a home or a skill the council does not know."""
        yield from unknown_skills(terms.skills, self.skills)
        try:
            self.gazetteer.spot(terms.home_postcode)
        except BadPlace as unknown:
            yield "home_postcode", str(unknown)

    def key(self, terms: CarerTerms) -> str:
        """Return the carer's reference."""
        return terms.ref

    def stored(self, terms: Sequence[CarerTerms]) -> Mapping[str, CarerTerms]:
        """Return the carers already known."""
        return {
            row.ref: CarerTerms(
                row.ref,
                row.first_name,
                row.last_name,
                row.gender,
                row.home_postcode,
                tuple(sorted(row.skills)),
                row.contract_minutes_per_week,
                row.travel_mode,
                row.team,
            )
            for row in Carer.objects.filter(authority=self.authority)
        }

    def rows(self, terms: Sequence[CarerTerms]) -> Mapping[str, Carer]:
        """Return the carers known by reference."""
        return {row.ref: row for row in Carer.objects.filter(authority=self.authority)}

    def register(self, terms: Sequence[CarerTerms], *, actor: User) -> None:
        """Write through the rounds service."""
        register_carers(actor=actor, terms=terms, on=self.on)


def _read_weekday(text: str) -> int:
    return int(cells.choice_of(WEEKDAYS)(text))


def _write_weekday(weekday: int) -> str:
    return DAYS[weekday]


SHIFT_COLUMNS = (
    Column("Carer Ref", "carer_ref", "carer_ref", cells.text_of(30), needed=True),
    Column("Weekday", "weekday", "weekday", _read_weekday, _write_weekday, needed=True),
    Column("Start", "start", "starts_minutes", cells.read_time, cells.write_time, needed=True),
    Column("End", "end", "ends_minutes", cells.read_time, cells.write_time, needed=True),
    Column("From", "from", "valid_from", cells.read_date, cells.write_date, needed=True),
    Column("To", "to", "valid_to", cells.read_last_day, cells.write_last_day, blank=None),
)


class ShiftImporter(TableImporter):
    """Weekly shifts by carer, weekday, start and first day."""

    kind: ClassVar[str] = "shifts"
    model = Shift
    columns: ClassVar[Sequence[Column]] = SHIFT_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("carer_ref", "weekday", "start", "from"),)

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        carers = Carer.objects.filter(authority=authority)
        self.carers = frozenset(carers.values_list("ref", flat=True))

    def terms(self, values: Mapping[str, Any]) -> ShiftTerms:
        """Return a row as a shift."""
        return ShiftTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(self, terms: ShiftTerms, values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Refuse an unknown carer and times or days in the wrong order."""
        if terms.carer_ref not in self.carers:
            yield "carer_ref", f"No carer is known by {terms.carer_ref}: import carers first."
        if terms.ends_minutes <= terms.starts_minutes:
            yield "end", "The shift ends before it begins: split it at midnight into two rows."
        if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
            yield "to", "The last day lies before the first."

    def key(self, terms: ShiftTerms) -> tuple[str, int, int, date]:
        """Return what makes a shift one."""
        return (terms.carer_ref, terms.weekday, terms.starts_minutes, terms.valid_from)

    def stored(self, terms: Sequence[ShiftTerms]) -> Mapping[Any, ShiftTerms]:
        """Return the shifts already known."""
        rows = Shift.objects.filter(authority=self.authority).select_related("carer")
        known = [
            ShiftTerms(
                row.carer.ref,
                row.weekday,
                row.starts_minutes,
                row.ends_minutes,
                row.valid_from,
                row.valid_to,
            )
            for row in rows
        ]
        return {self.key(one): one for one in known}

    def rows(self, terms: Sequence[ShiftTerms]) -> Mapping[Any, Shift]:
        """Return the shifts known by carer, weekday, start and first day."""
        known = Shift.objects.filter(authority=self.authority).select_related("carer")
        return {
            (row.carer.ref, row.weekday, row.starts_minutes, row.valid_from): row for row in known
        }

    def register(self, terms: Sequence[ShiftTerms], *, actor: User) -> None:
        """Write through the rounds service."""
        register_shifts(actor=actor, terms=terms)


PREFERENCE_COLUMNS = (
    Column("Person ID", "person_id", "person_id", cells.text_of(20), needed=True),
    Column("Carer Ref", "carer_ref", "carer_ref", cells.text_of(30), needed=True),
    Column("Preference", "preference", "kind", cells.choice_of(PREFERENCES), needed=True),
    Column("Reason", "reason", "reason", cells.text_of(200), required=False),
)


class PreferenceImporter(TableImporter):
    """Usual, required and refused carers by person and carer."""

    kind: ClassVar[str] = "preferences"
    model = CarerPreference
    columns: ClassVar[Sequence[Column]] = PREFERENCE_COLUMNS
    unique: ClassVar[Sequence[tuple[str, ...]]] = (("person_id", "carer_ref"),)

    def __init__(self, authority: Authority, *, on: date) -> None:
        super().__init__(authority, on=on)
        carers = Carer.objects.filter(authority=authority)
        self.carers = frozenset(carers.values_list("ref", flat=True))
        persons = Person.objects.filter(authority=authority)
        self.persons = frozenset(persons.values_list("mosaic_person_id", flat=True))

    def terms(self, values: Mapping[str, Any]) -> PreferenceTerms:
        """Return a row as a preference."""
        return PreferenceTerms(**{column.field: values[column.name] for column in self.columns})

    def refusals(
        self, terms: PreferenceTerms, values: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        """Refuse an unknown person or carer."""
        if terms.person_id not in self.persons:
            yield "person_id", f"Nobody is known by {terms.person_id}: import persons first."
        if terms.carer_ref not in self.carers:
            yield "carer_ref", f"No carer is known by {terms.carer_ref}: import carers first."

    def key(self, terms: PreferenceTerms) -> tuple[str, str]:
        """Return the pair."""
        return (terms.person_id, terms.carer_ref)

    def stored(self, terms: Sequence[PreferenceTerms]) -> Mapping[Any, PreferenceTerms]:
        """Return the preferences already known."""
        rows = CarerPreference.objects.filter(authority=self.authority)
        known = [
            PreferenceTerms(*values)
            for values in rows.order_by().values_list(
                "person__mosaic_person_id", "carer__ref", "kind", "reason"
            )
        ]
        return {self.key(one): one for one in known}

    def rows(self, terms: Sequence[PreferenceTerms]) -> Mapping[Any, CarerPreference]:
        """Return the preferences known by person and carer."""
        rows = CarerPreference.objects.filter(authority=self.authority)
        return {
            (row.person.mosaic_person_id, row.carer.ref): row
            for row in rows.select_related("person", "carer")
        }

    def register(self, terms: Sequence[PreferenceTerms], *, actor: User) -> None:
        """Write through the rounds service."""
        register_preferences(actor=actor, terms=terms)
