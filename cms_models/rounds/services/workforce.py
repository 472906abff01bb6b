"""Registering carers, their weekly shifts, who visits whom by choice, and who is away."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.care.models import Person
from cms_models.care.patterns import MINUTES_PER_DAY
from cms_models.places.selectors import Gazetteer
from cms_models.rounds.models import Carer, CarerAbsence, CarerPreference, Shift
from cms_models.rounds.terms import CarerTerms, PreferenceTerms, ShiftTerms


def register_carers(*, actor: User, terms: Sequence[CarerTerms], on: date) -> None:
    """Add or change carers as stated, all or none; BadPlace for a home postcode not known."""
    gazetteer = Gazetteer(actor.authority, on=on)
    with transaction.atomic():
        stored = {row.ref: row for row in Carer.objects.filter(authority=actor.authority)}
        for one in terms:
            carer = stored.get(one.ref)
            version = carer.version if carer else None
            carer = carer or Carer(authority=actor.authority, ref=one.ref)
            for name, value in one.__dict__.items():
                setattr(carer, name, list(value) if isinstance(value, tuple) else value)
            spot = gazetteer.spot(one.home_postcode)
            carer.latitude, carer.longitude = spot.latitude, spot.longitude
            save_record(actor=actor, record_=carer, expected_version=version)


def register_shifts(*, actor: User, terms: Sequence[ShiftTerms]) -> None:
    """Add or change weekly shifts as stated, all or none; the carers must be known."""
    with transaction.atomic():
        carers = {row.ref: row for row in Carer.objects.filter(authority=actor.authority)}
        stored = {
            (row.carer_id, row.weekday, row.starts_minutes, row.valid_from): row
            for row in Shift.objects.filter(authority=actor.authority)
        }
        for one in terms:
            carer = carers[one.carer_ref]
            key = (carer.pk, one.weekday, one.starts_minutes, one.valid_from)
            shift = stored.get(key)
            version = shift.version if shift else None
            shift = shift or Shift(
                authority=actor.authority,
                carer=carer,
                weekday=one.weekday,
                starts_minutes=one.starts_minutes,
                valid_from=one.valid_from,
            )
            shift.ends_minutes, shift.valid_to = one.ends_minutes, one.valid_to
            save_record(actor=actor, record_=shift, expected_version=version)


def register_preferences(*, actor: User, terms: Sequence[PreferenceTerms]) -> None:
    """Add or change who is whose carer by choice, all or none; both must be known."""
    with transaction.atomic():
        carers = {row.ref: row for row in Carer.objects.filter(authority=actor.authority)}
        wanted = {one.person_id for one in terms}
        persons = {
            row.mosaic_person_id: row
            for row in Person.objects.filter(authority=actor.authority, mosaic_person_id__in=wanted)
        }
        stored = {
            (row.person_id, row.carer_id): row
            for row in CarerPreference.objects.filter(authority=actor.authority)
        }
        for one in terms:
            person, carer = persons[one.person_id], carers[one.carer_ref]
            row = stored.get((person.pk, carer.pk))
            version = row.version if row else None
            row = row or CarerPreference(authority=actor.authority, person=person, carer=carer)
            row.kind, row.reason = one.kind, one.reason
            save_record(actor=actor, record_=row, expected_version=version)


def mark_absent(
    *, actor: User, carer: Carer, on: date, from_minutes: int = 0, reason: str = ""
) -> CarerAbsence:
    """Keep that a carer is away from a minute of a day until its end; plan the day again then."""
    actor.must("add", CarerAbsence)
    if carer.authority_id != actor.authority_id:
        raise PermissionDenied(f"{carer} belongs to another council.")
    if not 0 <= from_minutes <= MINUTES_PER_DAY:
        raise ValidationError("The absence must begin at a time of that day.")
    row = CarerAbsence.objects.filter(carer=carer, on=on).first()
    version = row.version if row else None
    row = row or CarerAbsence(authority=actor.authority, carer=carer, on=on)
    row.from_minutes, row.reason = from_minutes, reason[:200]
    kept: CarerAbsence = save_record(
        actor=actor, record_=row, expected_version=version, reason=reason
    )
    return kept
