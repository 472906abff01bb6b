"""Filters and search over own fields: JSON look-ups that SQLite and PostgreSQL both know."""

from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.fields.own.domain import (
    WITH_CHOICES,
    FieldDefinition,
    FieldKind,
    Refused,
    read_text,
)
from cms_models.fields.own.selectors import rows_of_kind
from theme.admin.own_fields.linking import OFFERED_MOST, matching_rows, offered
from theme.admin.own_fields.reading import field_name
from theme.admin.scope import ScopedFilterSet

WITHOUT = ("-", "– nothing –")
YES_NO = (("yes", "Yes"), ("no", "No"))
PLAIN_TEXT = frozenset({FieldKind.TEXT, FieldKind.LONG_TEXT})
Narrow = Callable[[QuerySet, str, Any], QuerySet]


def at(definition: FieldDefinition, lookup: str) -> str:
    """Return the look-up of a field's value; the look-up is named, so that no key is taken for one.

    A field may be called “contains”: `custom__contains` alone would ask something else.
    """
    return f"custom__{definition.key}__{lookup}"


def filtered_by(
    base: type[ScopedFilterSet] | None,
    model: type,
    definitions: Sequence[FieldDefinition],
    user: User,
) -> type[ScopedFilterSet] | None:
    """Return a list's filters with those of own fields among them."""
    own: dict[str, Any] = {}
    for one in definitions:
        own |= own_filters(one, user)
    if not own:
        return base
    if base is None:
        meta = type("Meta", (), {"model": model, "fields": []})
        return type("OwnFilterSet", (ScopedFilterSet,), {**own, "Meta": meta})
    return type("OwnFilterSet", (base,), own)


def own_filters(definition: FieldDefinition, user: User) -> dict[str, django_filters.Filter]:
    """Return the filters of one field by their name in the address."""
    name, label = field_name(definition), definition.label
    if definition.kind in WITH_CHOICES:
        choices = [
            (one.code, f"{one.label} (no longer in use)" if one.retired else one.label)
            for one in definition.choices
        ]
        return {name: _choice(label, [*choices, WITHOUT], _by_code(definition))}
    if definition.kind == FieldKind.YES_NO:
        return {name: _choice(label, [*YES_NO, WITHOUT], _by_yes_no(definition))}
    if definition.kind in (FieldKind.FILE, FieldKind.LOCATION):
        choices = [("yes", "With one"), ("no", "Without")]
        return {name: _choice(label, choices, _by_presence(definition))}
    if definition.kind == FieldKind.LINK:
        return {name: _link_filter(definition, user)}
    if definition.kind == FieldKind.DATE:
        return {
            f"{name}_from": _day(f"{label} from", _by_bound(definition, "gte")),
            f"{name}_until": _day(f"{label} until", _by_bound(definition, "lte")),
        }
    if definition.kind in (FieldKind.NUMBER, FieldKind.MONEY):
        unit = "£" if definition.kind == FieldKind.MONEY else definition.unit
        words = f"{label} ({unit})" if unit else label
        return {
            f"{name}_from": _number(f"{words} at least", _by_bound(definition, "gte")),
            f"{name}_until": _number(f"{words} at most", _by_bound(definition, "lte")),
        }
    return {name: django_filters.CharFilter(label=label, method=_by_text(definition))}


def _choice(label: str, choices: Sequence[tuple[str, str]], narrow: Narrow) -> Any:
    return django_filters.ChoiceFilter(label=label, choices=choices, method=narrow)


def _day(label: str, narrow: Narrow) -> Any:
    return django_filters.DateFilter(label=label, widget=AdminDateInput, method=narrow)


def _number(label: str, narrow: Narrow) -> Any:
    return django_filters.NumberFilter(label=label, method=narrow)


def _by_text(definition: FieldDefinition) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: str) -> QuerySet:
        return rows.filter(**{at(definition, "icontains"): value})

    return narrow


def _by_code(definition: FieldDefinition) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: str) -> QuerySet:
        if value == WITHOUT[0]:
            return rows.filter(**{at(definition, "isnull"): True})
        if definition.kind == FieldKind.CHOICE:
            return rows.filter(**{at(definition, "exact"): value})
        # A list is kept as ["a", "b"]; codes have no quotes and differ by more than their case.
        return rows.filter(**{at(definition, "icontains"): f'"{value}"'})

    return narrow


def _by_yes_no(definition: FieldDefinition) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: str) -> QuerySet:
        if value == WITHOUT[0]:
            return rows.filter(**{at(definition, "isnull"): True})
        return rows.filter(**{at(definition, "exact"): value == "yes"})

    return narrow


def _by_presence(definition: FieldDefinition) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: str) -> QuerySet:
        return rows.filter(**{at(definition, "isnull"): value == "no"})

    return narrow


def _by_bound(definition: FieldDefinition, lookup: str) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: Any) -> QuerySet:
        if definition.kind == FieldKind.DATE:
            bound: Any = value.isoformat()
        elif definition.kind == FieldKind.MONEY:
            bound = int(value * 100)
        else:
            bound = float(value)
        return rows.filter(**{at(definition, lookup): bound})

    return narrow


def _link_filter(definition: FieldDefinition, user: User) -> Any:
    rows = rows_of_kind(user, definition.link_to)
    few = offered(rows)
    if few is not None:
        choices = [(str(number), name) for number, name in few.items()]
        return _choice(definition.label, choices, _by_number(definition))

    def by_name(found: QuerySet, _: str, value: str) -> QuerySet:
        numbers = list(matching_rows(rows, value).values_list("pk", flat=True)[:OFFERED_MOST])
        return found.filter(**{at(definition, "in"): numbers})

    return django_filters.CharFilter(label=f"{definition.label}, its name", method=by_name)


def _by_number(definition: FieldDefinition) -> Narrow:
    def narrow(rows: QuerySet, _: str, value: str) -> QuerySet:
        return rows.filter(**{at(definition, "exact"): int(value)})

    return narrow


def own_search(definitions: Sequence[FieldDefinition], text: str) -> Q:
    """Return what a search finds in own fields: words, a choice's label, a number, a date."""
    query = Q()
    for one in definitions:
        query |= _search(one, text)
    return query


def _search(definition: FieldDefinition, text: str) -> Q:
    if definition.kind in PLAIN_TEXT:
        return Q(**{at(definition, "icontains"): text})
    if definition.kind == FieldKind.FILE:
        return Q(**{at(definition, "name__icontains"): text})
    if definition.kind == FieldKind.LOCATION:
        return Q(**{at(definition, "postcode__icontains"): text})
    if definition.kind in WITH_CHOICES:
        return _search_choices(definition, text)
    try:
        return Q(**{at(definition, "exact"): read_text(definition, text)})
    except Refused:
        return Q()


def _search_choices(definition: FieldDefinition, text: str) -> Q:
    wanted = text.casefold()
    codes = [one.code for one in definition.choices if wanted in one.label.casefold()]
    query = Q()
    for code in codes:
        kept = code if definition.kind == FieldKind.CHOICE else f'"{code}"'
        lookup = "exact" if definition.kind == FieldKind.CHOICE else "icontains"
        query |= Q(**{at(definition, lookup): kept})
    return query
