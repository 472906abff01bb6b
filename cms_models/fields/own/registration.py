"""Registering own values of many records as a file states them, with their audit entries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import TenantModel, User
from cms_models.audit.domain import changes
from cms_models.audit.services import Decision, record_many
from cms_models.fields.own.domain import FieldDefinition, FieldKind, clean_values, editable
from cms_models.fields.own.selectors import fields_of, rows_of_kind, with_names

BATCH = 500


@dataclass(frozen=True)
class Stated:
    """The values stated for one stored record of a kind, by field; None takes a value away."""

    number: int
    values: Mapping[str, Any]


def register_own_values(*, actor: User, model: type[TenantModel], stated: Sequence[Stated]) -> int:
    """Save own values of many records of one kind, all or none; returns how many changed.

    Only fields the actor's role may change are taken, links must lead to records the actor sees,
    and a file is never stated so: ValidationError names record and field. What a record's values
    leave out stays. A few queries for any number of records.
    """
    if not stated:
        return 0
    actor.must("change", model)
    fields = editable(fields_of(actor.authority, model._meta.label_lower), actor.role)
    with transaction.atomic():
        seen = _links_seen(actor, fields, stated)
        changed, decisions = [], []
        for some in _some(stated):
            for record, values in _locked(actor, model, some):
                decision = _put(record, fields, values, seen)
                if decision is not None:
                    changed.append(record)
                    decisions.append(decision)
        # An upsert: bulk_update would write a CASE with a WHEN for every row.
        model.objects.bulk_create(
            changed,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["custom", "version", "updated_at"],
        )
        record_many(actor=actor, decisions=decisions)
    return len(changed)


def _some(stated: Sequence[Stated]) -> Iterator[Sequence[Stated]]:
    for start in range(0, len(stated), BATCH):
        yield stated[start : start + BATCH]


def _locked(
    actor: User, model: type[TenantModel], some: Sequence[Stated]
) -> Iterator[tuple[TenantModel, Mapping[str, Any]]]:
    """Yield records as they are now, with what is stated for each; nobody else changes them."""
    rows = with_names(model.objects.filter(authority=actor.authority))
    found = rows.select_for_update(of=("self",)).in_bulk([one.number for one in some])
    for one in some:
        if one.number not in found:
            raise ValidationError(f"There is no {model._meta.verbose_name} {one.number} any more.")
        yield found[one.number], one.values


def _links_seen(
    actor: User, fields: Sequence[FieldDefinition], stated: Sequence[Stated]
) -> dict[str, frozenset[int]]:
    """Return, by link field, which of the stated numbers lead to a record the actor sees."""
    found = {}
    for one in fields:
        if one.kind != FieldKind.LINK:
            continue
        numbers = {row.values[one.key] for row in stated if row.values.get(one.key)}
        wanted = sorted(number for number in numbers if isinstance(number, int))
        rows = rows_of_kind(actor, one.link_to)
        found[one.key] = frozenset(
            number
            for start in range(0, len(wanted), BATCH)
            for number in rows.filter(pk__in=wanted[start : start + BATCH]).values_list(
                "pk", flat=True
            )
        )
    return found


def _put(
    record: TenantModel,
    fields: Sequence[FieldDefinition],
    values: Mapping[str, Any],
    seen: Mapping[str, frozenset[int]],
) -> Decision | None:
    """Put values on a record and return what to write of it, None when nothing changed."""
    kept = {key: value for key, value in values.items() if value != record.custom.get(key)}
    cleaned = clean_values(fields, kept, stored=record.custom)
    refusals = {**cleaned.refusals, **_nowhere(fields, kept, seen)}
    if refusals:
        raise ValidationError([f"{record}: {sentence}" for sentence in refusals.values()])
    before, after = changes(_pictured(record.custom), _pictured(cleaned.values))
    if not after:
        return None
    record.custom = dict(cleaned.values)
    record.version += 1
    return Decision("edit", record, before, after)


def _nowhere(
    fields: Sequence[FieldDefinition],
    values: Mapping[str, Any],
    seen: Mapping[str, frozenset[int]],
) -> dict[str, str]:
    found = {}
    for one in fields:
        value = values.get(one.key)
        if one.kind == FieldKind.FILE and one.key in values:
            found[one.key] = f"{one.label}: a file is attached on the record's form, not here."
        elif one.kind == FieldKind.LINK and value is not None and value not in seen[one.key]:
            found[one.key] = f"{one.label}: there is no such record to link to."
    return found


def _pictured(custom: Mapping[str, Any]) -> dict[str, Any]:
    return {f"custom.{key}": value for key, value in custom.items()}
