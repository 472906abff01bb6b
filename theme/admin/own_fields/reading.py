"""A council's own fields of one kind of record, as one user meets them: read once a request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.db import models

from cms_models.accounts.models import TenantModel, User
from cms_models.audit.models import kind_of
from cms_models.fields.own.domain import SEARCHED, FieldDefinition, editable, visible
from cms_models.fields.own.selectors import fields_of


@dataclass(frozen=True)
class OwnFields:
    """The fields of a kind of record, and which of them this user sees where."""

    user: User
    record_type: str
    definitions: Sequence[FieldDefinition] = ()

    @classmethod
    def of_kind(cls, user: User, record_type: str) -> Self:
        """Read the fields of a kind of record."""
        return cls(user, record_type, fields_of(user.authority, record_type))

    @classmethod
    def of(cls, user: User, record: models.Model | type[models.Model]) -> Self:
        """Read the fields of a record's kind; none where its model keeps no own values."""
        model: Any = record if isinstance(record, type) else type(record)
        label = kind_of(record) if isinstance(record, models.Model) else model._meta.label_lower
        if not issubclass(model, TenantModel) or user.authority is None:
            return cls(user, label)
        return cls.of_kind(user, label)

    @cached_property
    def shown(self) -> list[FieldDefinition]:
        """The fields the user sees."""
        return visible(self.definitions, self.user.role)

    @cached_property
    def editable(self) -> list[FieldDefinition]:
        """The fields the user may change, given that they may change the record."""
        return editable(self.definitions, self.user.role)

    def _where(self, wanted: Callable[[FieldDefinition], bool]) -> list[FieldDefinition]:
        return [one for one in self.shown if wanted(one)]

    @property
    def listed(self) -> list[FieldDefinition]:
        """The columns of the list."""
        return self._where(lambda one: one.in_list)

    @property
    def filtered(self) -> list[FieldDefinition]:
        """The filters of the list."""
        return self._where(lambda one: one.in_filter)

    @property
    def searched(self) -> list[FieldDefinition]:
        """The fields the list's search looks in."""
        return self._where(lambda one: one.in_search and one.kind in SEARCHED)

    @property
    def exported(self) -> list[FieldDefinition]:
        """The columns of an export."""
        return self._where(lambda one: one.in_export)


def field_name(definition: FieldDefinition) -> str:
    """Return how a form, a column and a filter call a field: never as a field of the model."""
    return f"own_{definition.key}"


def own_values_of(record: Any) -> dict[str, Any]:
    """Return a record's own values."""
    return getattr(record, "custom", None) or {}
