"""The only writers of providers, frameworks, lots and places in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import save_record
from cms_models.market.models import (
    Framework,
    Lot,
    LotAward,
    Provider,
    ProviderMembership,
    Skill,
)
from cms_models.market.selectors import lot_overlap


def set_skill(*, actor: User, code: str, name: str) -> Skill:
    """Add a skill to the council's vocabulary, or rename it."""
    row = Skill.objects.filter(authority=actor.authority, code=code).first()
    version = row.version if row else None
    row = row or Skill(authority=actor.authority, code=code)
    row.name = name
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)


@dataclass(frozen=True)
class ProviderTerms:
    """A provider as a case system states it."""

    ref: str
    name: str
    cqc_provider_id: str
    cqc_location_id: str
    cqc_rating: str
    skills: tuple[str, ...]
    in_house: bool
    postcode: str


def provider_terms(row: Provider) -> ProviderTerms:
    """Return a stored provider as terms."""
    stated = {name: getattr(row, name) for name in ProviderTerms.__dataclass_fields__}
    return ProviderTerms(**{**stated, "skills": tuple(row.skills)})


def register_providers(*, actor: User, terms: Sequence[ProviderTerms]) -> None:
    """Add or change providers of the actor's council as stated, all or none."""
    with transaction.atomic():
        stored = {row.ref: row for row in Provider.objects.filter(authority=actor.authority)}
        for one in terms:
            row = stored.get(one.ref)
            version = row.version if row else None
            row = row or Provider(authority=actor.authority, ref=one.ref)
            for name, value in one.__dict__.items():
                setattr(row, name, list(value) if isinstance(value, tuple) else value)
            row.full_clean(exclude=["authority"])
            save_record(actor=actor, record_=row, expected_version=version)


def add_member(*, actor: User, user: User, provider: Provider) -> ProviderMembership:
    """Let a user act for a provider of the same council."""
    if user.authority_id != provider.authority_id:
        raise ValidationError(f"{user} and {provider} belong to different councils.")
    row = ProviderMembership.objects.filter(user=user, provider=provider).first()
    if row is not None:
        return row
    row = ProviderMembership(authority=provider.authority, user=user, provider=provider)
    return save_record(actor=actor, record_=row, expected_version=None)


def set_framework(*, actor: User, name: str, **terms: Any) -> Framework:
    """Add a framework or change its dates (starts_on, ends_on, latest_end_on, standstill…)."""
    row = Framework.objects.filter(authority=actor.authority, name=name).first()
    version = row.version if row else None
    row = row or Framework(authority=actor.authority, name=name)
    for field, value in terms.items():
        setattr(row, field, value)
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)


def set_lot(
    *,
    actor: User,
    framework: Framework,
    code: str,
    name: str,
    pathways: list[str],
    zones: list[str],
) -> Lot:
    """Add a lot or change it; a pathway and zone may be in one lot of a framework only.

    A lot may be published without a lead (PR-07): its cascade then starts at the next tier.
    """
    row = Lot.objects.filter(authority=actor.authority, code=code).first()
    refusal = lot_overlap(
        framework, code=code, pathways=pathways, zones=zones, apart_from=row.pk if row else None
    )
    if refusal:
        raise ValidationError(refusal)
    version = row.version if row else None
    row = row or Lot(authority=actor.authority, code=code)
    row.framework, row.name, row.pathways, row.zones = framework, name, pathways, zones
    row.full_clean(exclude=["authority", "framework"])
    return save_record(actor=actor, record_=row, expected_version=version)


def set_lot_award(
    *,
    actor: User,
    lot: Lot,
    provider: Provider,
    tier: int,
    rank: int,
    capacity_minutes_per_week: int | None,
    starts_on: date,
    ends_on: date | None = None,
) -> LotAward:
    """Give a provider a place in a lot from a day, or change the place that starts then."""
    row = LotAward.objects.filter(lot=lot, provider=provider, starts_on=starts_on).first()
    version = row.version if row else None
    row = row or LotAward(
        authority=actor.authority, lot=lot, provider=provider, starts_on=starts_on
    )
    row.tier, row.rank, row.ends_on = tier, rank, ends_on
    row.capacity_minutes_per_week = capacity_minutes_per_week
    row.full_clean(exclude=["authority", "lot", "provider"])
    with transaction.atomic():
        return save_record(actor=actor, record_=row, expected_version=version)
