"""A package's history in words: who, when, why, and what changed from what to what."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from cms_models.audit.models import AuditEntry
from cms_models.care.domain import hours_words
from cms_models.care.models import CarePackage, PackageStatus
from cms_models.rates.domain import pounds
from theme.admin.own_fields.history import OWN, Told

ACTIONS: Mapping[str, str] = {
    "create": "Registered",
    "edit": "Changed",
    "resolve": "Zone, lot or price worked out again",
    "award": "Awarded",
    "decline_proposal": "Proposal declined",
    "end_package": "Ended with notice",
}
# Record numbers and technical switches: the record's name stands beside them.
NOT_TOLD = frozenset({"current", "source", "decided_at", "proposal", "state", "reason"})
KEPT_IDS = frozenset({"person_id", "element_id"})
LABELS: Mapping[str, str] = {
    "person_id": "Mosaic person ID",
    "organisation_ref": "Provider",
    "pattern": "Visits pattern",
    "weekly_minutes": "Weekly hours",
    "weekly_pence": "Weekly price",
    "ends_on": "First day without care",
    "zone_hint": "Zone in the case system",
    "housing_with_care": "Housing with care",
}


def told(
    entries: Iterable[AuditEntry], *, reader: Told, names_people: bool
) -> list[dict[str, Any]]:
    """Return audit entries as the timeline shows them to a reader, in the order given."""
    return [
        {
            "entry": entry,
            "what": ACTIONS.get(entry.action, entry.action.replace("_", " ").capitalize()),
            "changes": changes_of(entry, reader=reader, names_people=names_people),
        }
        for entry in entries
    ]


def changes_of(entry: AuditEntry, *, reader: Told, names_people: bool) -> list[dict[str, str]]:
    """Return label, before and after of every field that changed and says something.

    A council's own field is told by its label, and only to a role that sees it.
    """
    hidden = NOT_TOLD if names_people else NOT_TOLD | {"person_id"}
    changes = []
    for name in [*entry.before, *(key for key in entry.after if key not in entry.before)]:
        if name.startswith(OWN):
            changes += own_change(entry, name, reader=reader)
            continue
        if name in hidden or (name.endswith("_id") and name not in KEPT_IDS):
            continue
        before, after = value_words(name, entry.before), value_words(name, entry.after)
        if before != after:
            changes.append({"label": label_of(name), "before": before, "after": after})
    return changes


def own_change(entry: AuditEntry, name: str, *, reader: Told) -> list[dict[str, str]]:
    """Return what an own field became, nothing where the reader does not see the field."""
    row = reader.row(entry, name)
    if row is None:
        return []
    label, before, after = row
    return [{"label": label, "before": str(before), "after": str(after)}]


def label_of(name: str) -> str:
    """Return a field's name as people read it."""
    if name in LABELS:
        return LABELS[name]
    field = next((item for item in CarePackage._meta.fields if item.name == name), None)
    words = str(field.verbose_name) if field else name.replace("_", " ")
    return words[:1].upper() + words[1:]


def value_words(name: str, values: Mapping[str, Any]) -> str:
    """Return a value as people read it: pounds, hours, dates, yes or no, a dash for nothing."""
    value = values.get(name)
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_pence"):
        return pounds(int(value))
    if name == "weekly_minutes":
        return hours_words(int(value))
    if name == "status":
        return str(dict(PackageStatus.choices).get(value, value))
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return date_words(str(value))


def date_words(text: str) -> str:
    """Return an ISO date as dd/mm/yyyy, other text as it is."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text
