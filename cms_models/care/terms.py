"""A person and a package as a case system states them: plain values that can be compared."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from cms_models.care.patterns import Clause, pattern_text, weekly_minutes


@dataclass(frozen=True)
class PersonTerms:
    """A person as Mosaic states them."""

    mosaic_person_id: str
    first_name: str
    last_name: str
    birth_date: date
    gender: str
    address: str
    postcode: str
    carer_gender: str = ""


@dataclass(frozen=True)
class PackageTerms:
    """A package as Mosaic states it; `organisation_ref` is empty while it needs a provider.

    A placement in a care home (`setting`) has no pattern.

    Dates are half-open: `ends_on` is the first day without care.
    """

    person_id: str
    package_ref: str
    element_id: str
    element_type: str
    service_type: str
    pathway: str
    organisation_ref: str
    starts_on: date
    ends_on: date | None
    funder: str
    funder_share_percent: Decimal
    contribution: bool
    zone_hint: str
    postcode: str
    pattern: tuple[Clause, ...]
    skills: tuple[str, ...]
    housing_with_care: bool
    status: str
    reason_ended: str
    last_changed: date | None
    visit_priority: str = "standard"
    least_gap_minutes: int | None = None
    most_gap_minutes: int | None = None
    setting: str = "home"

    @property
    def weekly_minutes(self) -> int:
        """Carer-minutes a week of the pattern."""
        return weekly_minutes(self.pattern)


@dataclass(frozen=True)
class Difference:
    """A field whose stated value differs from the stored one."""

    field: str
    before: Any
    after: Any


def differences(before: Any, after: Any) -> list[Difference]:
    """Return the fields in which two terms of the same kind differ, as people read them."""
    return [
        Difference(item.name, words(getattr(before, item.name)), words(getattr(after, item.name)))
        for item in fields(after)
        if getattr(before, item.name) != getattr(after, item.name)
    ]


def words(value: Any) -> Any:
    """Return a stated value as text or plain JSON: dates ISO, patterns in their grammar."""
    if isinstance(value, tuple) and value and isinstance(value[0], Clause):
        return pattern_text(value)
    if isinstance(value, tuple):
        return "+".join(str(part) for part in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
