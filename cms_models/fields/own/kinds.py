"""Types of records a council made, told to the audit and to the imports below."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cms_models.accounts.models import User
from cms_models.audit import models as audit
from cms_models.fields.own.models import RecordType
from cms_models.fields.own.selectors import kinds_seen
from cms_models.jobs import import_kinds
from cms_models.jobs.import_kinds import ImportKind


@dataclass(frozen=True)
class EntryKind(ImportKind):
    """A file of entries: read and written by the roles its type names."""

    record_type: RecordType

    def read_by(self, user: Any) -> bool:
        """Return whether the user's role sees the type's entries."""
        return self.record_type.seen_by(user)

    def written_by(self, user: Any) -> bool:
        """Return whether the user's role changes the type's entries."""
        return self.record_type.changed_by(user) and not self.record_type.retired


def audited_kinds(user: Any) -> Iterable[str]:
    """Return the names of the types whose entries' history a user may read."""
    return kinds_seen(user) if isinstance(user, User) and user.authority_id else ()


def entry_kinds(user: Any) -> list[ImportKind]:
    """Return a kind of file for every type of record of a user's council."""
    rows = RecordType.objects.filter(authority_id=user.authority_id)
    return [EntryKind(row.label, row.plural, (), (), row) for row in rows]


def register() -> None:
    """Tell the audit and the imports, once."""
    if audited_kinds not in audit.MORE_KINDS:
        audit.MORE_KINDS.append(audited_kinds)
        import_kinds.MORE_KINDS.append(entry_kinds)
