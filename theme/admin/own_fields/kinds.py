"""The kinds of record that can have own fields, and those a link can lead to."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.text import capfirst
from wagtail.admin.viewsets import viewsets

from cms_models.accounts.models import TenantModel, User
from cms_models.fields.models import RuleSetting
from cms_models.fields.own.models import CustomField, Entry, RecordType
from theme.admin.base import RecordViewSet

# Settings of the machine and the builder's own records have no fields of their own.
WITHOUT_FIELDS: frozenset[type[TenantModel]] = frozenset(
    {RuleSetting, CustomField, RecordType, Entry}
)


@dataclass(frozen=True)
class Kind:
    """A kind of record as the builder shows it."""

    label: str
    name: str
    plural: str
    icon: str
    record_type: RecordType | None = None


def _screens() -> Iterator[RecordViewSet]:
    for viewset in viewsets.viewsets:
        if not isinstance(viewset, RecordViewSet) or not issubclass(viewset.model, TenantModel):
            continue
        if viewset.model not in WITHOUT_FIELDS:
            yield viewset


def _kind(viewset: RecordViewSet) -> Kind:
    meta = viewset.model._meta
    return Kind(
        meta.label_lower,
        capfirst(str(meta.verbose_name)),
        capfirst(str(meta.verbose_name_plural)),
        viewset.icon,
    )


def kinds_made(user: User) -> list[Kind]:
    """Return the types of records the council made, whoever sees their entries."""
    rows = RecordType.objects.filter(authority_id=user.authority_id).order_by("retired", "plural")
    return [Kind(row.label, row.name, row.plural, row.icon, row) for row in rows]


def kinds_with_fields(user: User) -> list[Kind]:
    """Return Homeward's kinds of record that have a form, by name."""
    found = [_kind(viewset) for viewset in _screens() if viewset.record_form is not None]
    return sorted(found, key=lambda kind: kind.plural)


def kind_named(user: User, label: str) -> Kind | None:
    """Return a kind of record that can have own fields by its label."""
    known = [*kinds_with_fields(user), *kinds_made(user)]
    return next((kind for kind in known if kind.label == label), None)


def kinds_linked(user: User) -> list[tuple[str, str]]:
    """Return what a link may lead to: every kind of record with a list of its own."""
    own = sorted((kind.label, kind.plural) for kind in map(_kind, _screens()))
    made = [(kind.label, kind.plural) for kind in kinds_made(user)]
    return sorted([*own, *made], key=lambda pair: pair[1])
