"""Reading what a council made itself: its fields, its types of records, the links between them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from cms_models.accounts.models import Authority, CouncilRole, TenantModel, User
from cms_models.accounts.roles import ROLE_LABELS, is_staff_role
from cms_models.fields.own.domain import FieldDefinition, FieldKind
from cms_models.fields.own.models import ENTRY_PREFIX, CustomField, Entry, RecordType


def fields_of(authority: Authority, model_label: str) -> tuple[FieldDefinition, ...]:
    """Return a council's own fields of a kind of record in order, retired ones among them.

    `model_label` is `market.provider` or, for a type the council made, `entry.<slug>`. One query.
    """
    rows = CustomField.objects.filter(authority=authority, record_type=model_label)
    return tuple(row.definition for row in rows)


def all_fields_of(authority: Authority) -> dict[str, tuple[FieldDefinition, ...]]:
    """Return all of a council's own fields by kind of record, in one query."""
    found: dict[str, tuple[FieldDefinition, ...]] = {}
    for row in CustomField.objects.filter(authority=authority):
        found[row.record_type] = (*found.get(row.record_type, ()), row.definition)
    return found


def record_types_of(user: User) -> list[RecordType]:
    """Return the types of records the user's role sees, those still in use first."""
    rows = RecordType.objects.filter(authority_id=user.authority_id).order_by("retired", "plural")
    return [row for row in rows if row.seen_by(user)]


def record_type_of(user: User, slug: str) -> RecordType | None:
    """Return a type of record by its short name, if the user's role sees it."""
    row = RecordType.objects.filter(authority_id=user.authority_id, slug=slug).first()
    return row if row is not None and row.seen_by(user) else None


def staff_roles(authority: Authority) -> list[tuple[str, str]]:
    """Return the roles a council's staff may have, with their names: its own roles among them."""
    standing = [(role.value, label) for role, label in ROLE_LABELS.items() if is_staff_role(role)]
    own = CouncilRole.objects.filter(authority=authority).values_list("code", "name")
    return list({**dict(standing), **dict(own)}.items())


def model_of(label: str) -> type[TenantModel] | None:
    """Return the model of a kind of record that can have own fields or be linked to, or None."""
    if label.startswith(ENTRY_PREFIX):
        return Entry
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return None
    return model if issubclass(model, TenantModel) else None


def rows_of_kind(user: User, label: str) -> QuerySet[Any]:
    """Return the records of a kind the user may see; none of a kind there is not."""
    model = model_of(label)
    if model is None:
        return Entry.objects.none()
    rows = model.objects.visible_to(user)
    if model is Entry:
        return rows.filter(record_type__slug=label.removeprefix(ENTRY_PREFIX))
    return rows


def kinds_seen(user: User) -> list[str]:
    """Return how the audit names the types of records the user's role sees."""
    return [row.label for row in record_types_of(user)]


def linked_names(
    user: User, definitions: Iterable[FieldDefinition], records: Iterable[models.Model]
) -> dict[str, dict[int, str]]:
    """Return, by field, the names of the records that some records link to: one query a field.

    A record that is gone, or that the user may not see, has no name.
    """
    rows = list(records)
    found = {}
    for one in definitions:
        if one.kind != FieldKind.LINK:
            continue
        numbers = {value for row in rows if isinstance(value := row.custom.get(one.key), int)}
        found[one.key] = names_of(rows_of_kind(user, one.link_to).filter(pk__in=numbers))
    return found


def names_of(rows: QuerySet[Any]) -> dict[int, str]:
    """Return the names of records by their number."""
    return {row.pk: str(row) for row in with_names(rows)}


def with_names(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return rows with what their names are made of: the records they belong to."""
    links = [
        item.name
        for item in rows.model._meta.concrete_fields
        if item.is_relation and not item.null and item.name != "authority"
    ]
    return rows.select_related(*links) if links else rows


def link_refusals(
    user: User, definitions: Iterable[FieldDefinition], values: Mapping[str, Any]
) -> dict[str, str]:
    """Return, by field, why a link leads nowhere: no such record of the user's council is seen."""
    return {
        one.key: f"{one.label}: there is no such record to link to."
        for one in definitions
        if one.kind == FieldKind.LINK
        and one.key in values
        and not rows_of_kind(user, one.link_to).filter(pk=values[one.key]).exists()
    }


def types_given_to_providers(authority: Authority) -> list[RecordType]:
    """Return the types of records in use whose entries every provider of the council may read."""
    return list(RecordType.objects.filter(authority=authority, to_providers=True, retired=False))
