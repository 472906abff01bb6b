"""Imports of configuration: played through the product's services, and rolled back when rehearsed.

The services refuse and record exactly as they would in earnest, so what a dry run shows is read
from the audit entries of the rehearsal.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import hold_chain
from importers.base import KEY_CHARACTERS_MOST, Examination, Importer, Outcome, Step
from importers.faults import BadFile

REFUSALS_NAMED = 10
NEW_ACTIONS = frozenset({"create", "load_postcodes"})
# Who took a step of a review and when is another in earnest than in the rehearsal.
OF_THE_ACT = frozenset(
    {"submitted_by_id", "submitted_at", "approved_by_id", "approved_at", "ended_by_id"}
)


@dataclass(frozen=True)
class Item:
    """One thing a configuration file states, and the service call that makes it so."""

    label: str
    apply: Callable[[], object]


class RehearsedImporter(Importer):
    """A kind of file that states configuration: all of it is taken, or none."""

    @abstractmethod
    def items(self, source: Any, *, actor: User) -> Sequence[Item]:
        """Return what the file states, in the order it must be applied."""

    def notes(self) -> Sequence[str]:
        """Return what to know of the items that were played."""
        return ()

    def examine(self, source: Any, *, actor: User, step: Step) -> Examination:
        """Play every item and take everything back; BadFile names each that was refused."""
        step(0.2, "Rehearsing")
        with transaction.atomic():
            examination = self._play(source, actor=actor)
            transaction.set_rollback(True)
        return examination

    def apply(self, source: Any, examination: Examination, *, actor: User) -> None:
        """Play every item in earnest."""
        self._play(source, actor=actor)

    def _play(self, source: Any, *, actor: User) -> Examination:
        outcomes, refusals = [], []
        for number, item in enumerate(self.items(source, actor=actor), start=1):
            try:
                with transaction.atomic():
                    outcomes.append(self._played(number, item))
            except (ValidationError, ValueError, KeyError) as refusal:
                refusals.append(f"{item.label}: {_words(refusal)}")
        if refusals:
            more = len(refusals) - REFUSALS_NAMED
            tail = [f"and {more} more"] if more > 0 else []
            raise BadFile(" · ".join([*refusals[:REFUSALS_NAMED], *tail]))
        return Examination(outcomes, self.notes())

    def _played(self, number: int, item: Item) -> Outcome:
        begins = hold_chain(self.authority)
        item.apply()
        entries = list(
            AuditEntry.objects.filter(authority=self.authority, sequence__gt=begins).order_by(
                "sequence"
            )
        )
        key = item.label[:KEY_CHARACTERS_MOST]
        if not entries:
            return Outcome(number, "unchanged", key)
        outcome = "new" if entries[0].action in NEW_ACTIONS else "updated"
        return Outcome(number, outcome, key, differences=_differences(entries))


def _differences(entries: Sequence[AuditEntry]) -> list[Mapping[str, Any]]:
    return [
        {
            "column": f"{entry.subject_label}: {name.replace('_', ' ')}",
            "before": entry.before.get(name),
            "after": after,
        }
        for entry in entries
        if entry.action not in NEW_ACTIONS
        for name, after in entry.after.items()
        if name not in OF_THE_ACT
    ]


def _words(refusal: Exception) -> str:
    if isinstance(refusal, ValidationError):
        return " ".join(refusal.messages)
    return str(refusal.args[0]) if refusal.args else str(refusal)
