"""A package's history in words: who, when, why, and what changed from what to what."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

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
    "transfer_decided": "Transfer decided",
    "transfer": "Transferred",
    "cancel_transfer": "Transfer called off",
    "amend": "Week amended",
    "amendment_began": "Amended week began",
    "suspend": "Suspended",
    "suspension_began": "Suspension began",
    "resume": "Care to resume",
    "care_resumed": "Care resumed",
    "care_ended": "Care ended",
    "hand_back": "Handed back",
    "hand_back_not_allowed": "Hand-back refused at once",
    "hand_back_accepted": "Hand-back accepted",
    "hand_back_refused": "Hand-back refused",
    "hand_back_withdrawn": "Hand-back withdrawn",
    "notice_ran_out": "Notice of the hand-back ran out",
    "release": "Released to providers",
    "open_step": "Providers asked",
    "end_step": "Turn ended",
    "end_release": "Release ended",
    "open_invitation": "Opened by a provider",
    "offer": "Offered",
    "withdraw_offer": "Offer withdrawn",
    "decline": "Declined by a provider",
    "score_offer": "Offer scored",
    "ask": "Question asked",
    "answer": "Question answered",
    "send_message": "Message sent",
    "set_offer_questions": "Questions for offers set",
    "approve_budget": "Cost approved",
    "decide_individually": "Individual decision",
}
# Record numbers and technical switches: the record's name stands beside them.
NOT_TOLD = frozenset(
    {
        *("current", "source", "decided_at", "proposal", "state", "reason", "release", "offer"),
        *("message", "answers", "scored_at", "opened_at", "opens_at", "asked_at", "answered_at"),
        *("declined_at", "withdrawn_at", "ended_at", "because", "override", "own_decision_by_id"),
    }
)
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
    "first_day_with_it": "First day with it",
    "care_again_on": "First day of care again",
    "hand_back": "Reason",
    "hand_back_state": "State",
    "delivers_until": "First day it no longer owes the care",
    "left_out": "Not asked",
    "agreed_pence": "Agreed price",
    "approved_pence": "Approved a week",
    "due_on": "Due",
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
        if before != after and not isinstance(entry.after.get(name), dict):
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
    """Return an ISO date as dd/mm/yyyy, a moment with its time, other text as it is."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{timezone.localtime(moment):%d/%m/%Y %H:%M}" if moment.tzinfo else text
