"""A carer and a shift as a workforce extract states them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CarerTerms:
    """A carer as stated."""

    ref: str
    first_name: str
    last_name: str
    gender: str
    home_postcode: str
    skills: tuple[str, ...]
    contract_minutes_per_week: int
    travel_mode: str
    team: str


@dataclass(frozen=True)
class ShiftTerms:
    """A weekly shift as stated; minutes after midnight, `[valid_from, valid_to)`."""

    carer_ref: str
    weekday: int
    starts_minutes: int
    ends_minutes: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class PreferenceTerms:
    """A person's usual, required or refused carer as stated."""

    person_id: str
    carer_ref: str
    kind: str
    reason: str
