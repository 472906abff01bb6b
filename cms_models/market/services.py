"""The only writers of providers, frameworks, lots and places in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import delete_record, save_record
from cms_models.market.domain import early_end_refusal, extension_refusal
from cms_models.market.models import (
    Framework,
    Lot,
    LotAward,
    Provider,
    ProviderMembership,
    Skill,
)
from cms_models.market.selectors import (
    awards_of,
    lot_overlap,
    lots_seen,
    place_refusals,
    providers_by_lot,
    second_lead_refusals,
    structure_of,
    two_leads,
)
from cms_models.market.structure import Cell, lots_from_cells, overlap_sentences
from cms_models.publication.models import PublicationState
from cms_models.publication.services import mark_published

LOT_COPIED = (
    "authority",
    "code",
    "name",
    "pathways",
    "zones",
    "least_providers",
    "providers_wanted",
    "lead_promise",
    "lead_promise_percent",
    "custom",
)
PLACE_COPIED = (
    "authority",
    "provider",
    "tier",
    "rank",
    "capacity_minutes_per_week",
    "ends_on",
    "custom",
)


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
    _refuse_another_published(row, terms)
    for field, value in terms.items():
        setattr(row, field, value)
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)


def _refuse_another_published(row: Framework, terms: dict[str, Any]) -> None:
    """Refuse other terms for a published framework; a file may say the same ones again."""
    if row.state == PublicationState.DRAFT:
        return
    other = [name for name, value in terms.items() if getattr(row, name) != value]
    if other:
        words = ", ".join(str(row._meta.get_field(name).verbose_name) for name in other)
        raise ValidationError(
            f"{row} is {row.get_state_display().lower()}, so its {words} cannot be written over: "
            "extend it, end it, or copy it as a draft that takes over from a day."
        )


def extend_framework(*, actor: User, framework: Framework, to: date, reason: str) -> Framework:
    """Let a published framework run to another first day no longer covered (PR-06)."""
    actor.must("publish", Framework)
    _require_published(framework)
    refusal = extension_refusal(
        name=framework.name,
        ends_on=framework.ends_on,
        latest_end_on=framework.latest_end_on,
        to=to,
    )
    return _end_framework_on(actor, framework, to, refusal=refusal, reason=reason)


def end_framework(*, actor: User, framework: Framework, on: date, reason: str) -> Framework:
    """End a framework early on a first day no longer covered; PR-09 where it has no break."""
    actor.must("publish", Framework)
    _require_published(framework)
    refusal = early_end_refusal(
        name=framework.name,
        ends_on=framework.ends_on,
        on=on,
        has_break_clause=framework.has_break_clause,
    )
    return _end_framework_on(actor, framework, on, refusal=refusal, reason=reason)


def _end_framework_on(
    actor: User, framework: Framework, on: date, *, refusal: str | None, reason: str
) -> Framework:
    if refusal:
        raise ValidationError(refusal)
    if not reason.strip():
        raise ValidationError("Say why: the reason is kept with the framework.")
    framework.ends_on = on
    framework.full_clean(exclude=["authority"])
    return save_record(
        actor=actor, record_=framework, expected_version=framework.version, reason=reason
    )


def set_standstill(*, actor: User, framework: Framework, ends_on: date, reason: str) -> Framework:
    """Set the last day of a framework's standstill; once set it is only ever lengthened."""
    actor.must("change", LotAward)
    if framework.standstill_ends_on is not None and ends_on < framework.standstill_ends_on:
        raise ValidationError(
            f"{framework} is in standstill to {framework.standstill_ends_on:%d/%m/%Y}: bidders "
            "were told so, and it can only be lengthened."
        )
    framework.standstill_ends_on = ends_on
    return save_record(
        actor=actor, record_=framework, expected_version=framework.version, reason=reason
    )


def _require_published(framework: Framework) -> None:
    if framework.state != PublicationState.PUBLISHED:
        raise ValidationError(f"{framework} is not published: change its dates in the draft.")


def copy_framework(*, actor: User, framework: Framework, name: str, starts_on: date) -> Framework:
    """Draft another lot structure from a framework: its lots, and who holds a place that day.

    The draft runs to where the other does, or as long as it from then where that is over.
    """
    actor.must("add", Framework)
    length = framework.ends_on - framework.starts_on
    ends_on = framework.ends_on if starts_on < framework.ends_on else starts_on + length
    if Framework.objects.filter(authority=actor.authority, name=name).exists():
        raise ValidationError(f"There is a framework {name} already: give the copy another name.")
    with transaction.atomic():
        copy = Framework(
            authority=framework.authority,
            name=name,
            starts_on=starts_on,
            ends_on=ends_on,
            has_break_clause=framework.has_break_clause,
        )
        copy.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=copy, expected_version=None)
        for lot in framework.lots.all():
            _copy_lot(actor, lot, copy)
    return copy


def _copy_lot(actor: User, lot: Lot, into: Framework) -> None:
    copy = Lot(framework=into, **{name: getattr(lot, name) for name in LOT_COPIED})
    save_record(actor=actor, record_=copy, expected_version=None)
    for place in awards_of([lot]):
        if place.terms.in_force(into.starts_on):
            kept = {name: getattr(place, name) for name in PLACE_COPIED}
            held = LotAward(lot=copy, starts_on=into.starts_on, **kept)
            save_record(actor=actor, record_=held, expected_version=None)


def framework_refusals(framework: Framework) -> list[str]:
    """Return why a framework cannot be put in force: no lot, overlaps, two leads, too few.

    A lot without a lead is none of them (PR-07), nor is a gap: both are shown before approval.
    """
    lots = list(framework.lots.all())
    if not lots:
        return [f"{framework} has no lot: add one first."]
    held = providers_by_lot(lots, from_day=framework.starts_on)
    found = overlap_sentences(structure_of(framework))
    for lot in lots:
        found += two_leads(lot)
        count = len(held[lot.pk])
        if count < lot.least_providers:
            found.append(
                f"Lot {lot} needs at least {lot.least_providers} "
                f"{'provider' if lot.least_providers == 1 else 'providers'} and has {count}: "
                "give providers their places first."
            )
    return found


def publish_framework(*, actor: User, framework: Framework) -> Framework:
    """Put a framework and its lots in force from its first day."""
    actor.must("publish", Framework)
    refusals = framework_refusals(framework)
    if refusals:
        raise ValidationError(refusals)
    return mark_published(actor=actor, version=framework)


def set_lot(
    *,
    actor: User,
    framework: Framework,
    code: str,
    name: str,
    pathways: list[str],
    zones: list[str],
    **terms: Any,
) -> Lot:
    """Add a lot or change it; a pathway and zone may be in one lot of a framework only.

    `terms` are least_providers, providers_wanted, lead_promise and lead_promise_percent; what is
    left out stays. A lot may be published without a lead (PR-07): its cascade then starts at the
    next tier. A published lot is not changed: copy the framework as a draft.
    """
    row = framework.lots.filter(code=code).first()
    refusal = lot_overlap(
        framework, code=code, pathways=pathways, zones=zones, apart_from=row.pk if row else None
    )
    if refusal:
        raise ValidationError(refusal)
    _refuse_another_lot(framework, row, code, pathways=pathways, zones=zones, name=name, **terms)
    version = row.version if row else None
    row = row or Lot(authority=actor.authority, code=code)
    row.framework, row.name, row.pathways, row.zones = framework, name, pathways, zones
    for field, value in terms.items():
        setattr(row, field, value)
    row.full_clean(exclude=["authority", "framework"])
    return save_record(actor=actor, record_=row, expected_version=version)


def _refuse_another_lot(framework: Framework, row: Lot | None, code: str, **stated: Any) -> None:
    if framework.state == PublicationState.DRAFT:
        return
    if row is not None and all(getattr(row, name) == value for name, value in stated.items()):
        return
    raise ValidationError(
        f"{framework} is {framework.get_state_display().lower()}, so its lot {code} stays as it "
        "is: copy the framework as a draft and change the lots there."
    )


def divide_into_lots(
    *,
    actor: User,
    framework: Framework,
    cells: Mapping[Cell, str],
    names: Mapping[str, str],
    seen: str,
) -> None:
    """Give a draft's lots the cells (pathway, zone) they are to cover, all or none.

    `names` are those of lots to add, by code; a lot left without a cell is deleted with its
    places. `seen` is `lots_seen` of when the editor looked. BadStructure says which lot cannot be
    made of its cells.
    """
    actor.must("change", Lot)
    if framework.state != PublicationState.DRAFT:
        raise ValidationError(f"{framework} is no draft: copy it as a draft and change that.")
    wanted = lots_from_cells(cells)
    with transaction.atomic():
        Framework.objects.select_for_update().get(pk=framework.pk)
        if lots_seen(framework) != seen:
            raise ValidationError(
                f"Somebody else changed the lots of {framework} meanwhile: open the page again."
            )
        lots = {lot.code: lot for lot in framework.lots.all()}
        for code in wanted:
            if code not in lots:
                lots[code] = _new_lot(framework, code, names.get(code, ""))
        for code, lot in lots.items():
            if code not in wanted:
                _delete_lot(actor, lot)
                continue
            lot.pathways, lot.zones = wanted[code]
            lot.full_clean(exclude=["authority", "framework"])
            version = lot.version if lot.pk else None
            save_record(actor=actor, record_=lot, expected_version=version)


def _new_lot(framework: Framework, code: str, name: str) -> Lot:
    if not name.strip():
        raise ValidationError(f"Lot {code} is new: give it a name.")
    return Lot(authority=framework.authority, framework=framework, code=code, name=name.strip())


def _delete_lot(actor: User, lot: Lot) -> None:
    for place in lot.awards.all():
        delete_record(actor=actor, record_=place, reason=f"lot {lot.code} covers nothing any more")
    delete_record(actor=actor, record_=lot, reason="it covers nothing any more")


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
    decided_on: date | None = None,
) -> LotAward:
    """Give a provider a place in a lot from a day, or change the place that starts then.

    A new place is refused in the framework's standstill on the day it is decided (today unless
    stated, PR-04), and any place by which its lot would have two leads at once.
    """
    row = LotAward.objects.filter(lot=lot, provider=provider, starts_on=starts_on).first()
    version = row.version if row else None
    if row is None:
        refusals = place_refusals(
            lot, starts_on=starts_on, decided_on=decided_on or timezone.localdate()
        )
        if refusals:
            raise ValidationError(refusals)
    row = row or LotAward(
        authority=actor.authority, lot=lot, provider=provider, starts_on=starts_on
    )
    row.tier, row.rank, row.ends_on = tier, rank, ends_on
    row.capacity_minutes_per_week = capacity_minutes_per_week
    row.full_clean(exclude=["authority", "lot", "provider"])
    with transaction.atomic():
        Lot.objects.select_for_update().get(pk=lot.pk)  # two leads given at once are seen
        second = second_lead_refusals(row)
        if second:
            raise ValidationError(second)
        return save_record(actor=actor, record_=row, expected_version=version)
