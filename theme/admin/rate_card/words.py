"""A card's lines and history as its page says them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cms_models.audit.models import AuditEntry
from cms_models.rates.domain import MINUTES_PER_DAY, Line, clock, length_words, plain, pounds
from cms_models.rates.models import Pathway
from theme.admin.own_fields.history import OWN, Told

ANY = "any"
ACTIONS = {
    "create": "Drafted",
    "edit": "Changed",
    "change_lines": "Lines changed",
    "draft_from": "Drafted",
}
# Record numbers and moments: who and when stand in the entry's own head.
NOT_TOLD = frozenset(
    {
        *("corrects_id", "ended_by_id", "submitted_by_id", "approved_by_id"),
        *("submitted_at", "approved_at"),
    }
)


@dataclass(frozen=True)
class LineRow:
    """A line in the columns of the table."""

    line: Line

    @property
    def kind(self) -> str:
        """The kind of visit."""
        return plain(self.line.visit_kind).capitalize()

    @property
    def pathway(self) -> str:
        """The pathway."""
        return str(Pathway(self.line.pathway).label) if self.line.pathway else ANY

    @property
    def area(self) -> str:
        """The area."""
        return self.line.area or ANY

    @property
    def day(self) -> str:
        """The type of day."""
        return plain(self.line.day_type) if self.line.day_type else ANY

    @property
    def starts(self) -> str:
        """The clock times of the start."""
        if not self.line.asks_time:
            return ANY
        ends = self.line.to_minutes or MINUTES_PER_DAY
        return f"{clock(self.line.from_minutes or 0)} to {clock(ends)}"

    @property
    def lasts(self) -> str:
        """The lengths."""
        if not self.line.asks_length:
            return ANY
        return length_words(self.line.least_minutes or 0, self.line.most_minutes)

    @property
    def rate(self) -> str:
        """The rate."""
        return pounds(self.line.pence_per_hour)


def told(entries: Iterable[AuditEntry], *, reader: Told) -> list[dict[str, Any]]:
    """Return audit entries as the page's history shows them to a reader, in the order given."""
    return [
        {
            "entry": entry,
            "what": ACTIONS.get(entry.action, entry.action.replace("_", " ").capitalize()),
            "changes": [
                change
                for name in {**entry.before, **entry.after}
                if name not in NOT_TOLD
                and (change := _change(entry, name, reader=reader)) is not None
            ],
        }
        for entry in entries
    ]


def _change(entry: AuditEntry, name: str, *, reader: Told) -> dict[str, str] | None:
    """Return a value's label, before and after; an own field's only to a role that sees it."""
    if not name.startswith(OWN):
        before, after = entry.before.get(name), entry.after.get(name)
        return {"label": _label(name, entry), "before": _value(before), "after": _value(after)}
    row = reader.row(entry, name)
    if row is None:
        return None
    return dict(zip(("label", "before", "after"), map(str, row), strict=True))


def _label(name: str, entry: AuditEntry) -> str:
    words = name if entry.action == "change_lines" else name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _value(value: Any) -> str:
    return "–" if value in (None, "") else str(value)
