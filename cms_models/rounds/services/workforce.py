"""Registering carers and their weekly shifts."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.places.selectors import Gazetteer
from cms_models.rounds.models import Carer, Shift
from cms_models.rounds.terms import CarerTerms, ShiftTerms


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
