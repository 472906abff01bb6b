"""What an audit entry changed, in words: own fields by their label, hidden ones not at all."""

from collections.abc import Mapping
from typing import Any

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.fields.own.domain import FieldDefinition, say
from cms_models.fields.own.selectors import all_fields_of

OWN = "custom."
LINE_LONGEST = 400


class Told:
    """Reads audit entries to one user: a council's own fields are read once, when first needed."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._fields: dict[str, dict[str, FieldDefinition]] | None = None

    def _definitions(self, record_type: str) -> Mapping[str, FieldDefinition]:
        if self._fields is None:
            found = all_fields_of(self.user.authority)
            self._fields = {
                kind: {one.key: one for one in fields} for kind, fields in found.items()
            }
        return self._fields.get(record_type, {})

    def rows(self, entry: AuditEntry) -> list[tuple[str, Any, Any]]:
        """Return label, before and after of everything that changed and the user may see."""
        names = {**entry.before, **entry.after}
        return [row for name in names if (row := self.row(entry, name)) is not None]

    def row(self, entry: AuditEntry, name: str) -> tuple[str, Any, Any] | None:
        """Return label, before and after of one value, None where the user may not see it."""
        before, after = entry.before.get(name, "–"), entry.after.get(name, "–")
        if not name.startswith(OWN):
            return name.replace("_", " "), before, after
        key = name.removeprefix(OWN)
        definition = self._definitions(entry.subject_type).get(key)
        if definition is None:
            return key.replace("_", " "), before, after
        if not definition.seen_by(self.user.role):
            return None
        return definition.label, _said(definition, before), _said(definition, after)

    def words(self, entry: AuditEntry) -> str:
        """Return what an entry changed in one line: field, before, after."""
        parts = [
            f"{label}: {before} → {after}" if entry.before else f"{label}: {after}"
            for label, before, after in self.rows(entry)
        ]
        return "; ".join(parts)[:LINE_LONGEST]


def _said(definition: FieldDefinition, value: Any) -> Any:
    return "–" if value is None or value == "–" else say(definition, value)
