"""A package's history as a timeline: every event of its life in order, to be narrowed by kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from cms_models.accounts.models import User
from cms_models.audit.models import AuditEntry, kind_of
from cms_models.brokerage.models import Invitation, Requirement, ReviewTask
from cms_models.care.models import CarePackage
from theme.admin.own_fields.history import Told
from theme.admin.package.history import told

SHOWN, MOST_READ = 100, 1000
KINDS: Mapping[str, str] = {
    "award": "Awards and transfers",
    "offers": "Releases, questions and offers",
    "life": "Amendments, suspensions, endings",
    "hand_back": "Hand-backs",
    "review": "Reviews and tasks",
    "edit": "Registration and edits",
}
ACTIONS_OF: Mapping[str, tuple[str, ...]] = {
    "award": (
        *("award", "decline_proposal", "transfer", "transfer_decided", "cancel_transfer"),
        *("propose_exchange", "accept_exchange"),
    ),
    "offers": (
        *("release", "open_step", "end_step", "end_release", "pass_on", "open_invitation"),
        *("offer", "withdraw_offer", "decline", "score_offer", "ask", "answer", "send_message"),
        *("set_offer_questions", "approve_budget", "decide_individually"),
    ),
    "life": (
        *("amend", "amendment_began", "suspend", "suspension_began", "resume", "care_resumed"),
        *("end_package", "care_ended"),
    ),
    "hand_back": (
        *("hand_back", "hand_back_not_allowed", "hand_back_accepted", "hand_back_refused"),
        *("hand_back_withdrawn", "notice_ran_out"),
    ),
    "review": ("complete_review",),
}
KIND_OF = {action: kind for kind, actions in ACTIONS_OF.items() for action in actions}


@dataclass(frozen=True)
class Event:
    """Something that happened to a package: what, when, by whom, why, and what it changed."""

    at: datetime
    kind: str
    what: str
    who: str
    why: str = ""
    changes: list[dict[str, str]] = field(default_factory=list)
    opened: bool = True
    sequence: int | None = None

    @property
    def kind_words(self) -> str:
        """The kind as the filter names it."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class Timeline:
    """The events of a kind, newest first; `cut` where there are more than are shown."""

    events: list[Event]
    kind: str
    cut: bool

    @property
    def filters(self) -> list[dict[str, Any]]:
        """The kinds as links."""
        kinds = [("", "Everything"), *KINDS.items()]
        return [
            {"kind": kind, "label": label, "chosen": kind == self.kind} for kind, label in kinds
        ]


def timeline_of(package: CarePackage, *, user: User, names_people: bool, kind: str) -> Timeline:
    """Return what happened to a package, as far as a user may read it."""
    asked = kind if kind in KINDS else ""
    entries = [entry for entry in _entries(package, user) if not asked or _kind(entry) == asked]
    told_ones = told(entries[: SHOWN + 1], reader=Told(user), names_people=names_people)
    events = [_event(one["entry"], one) for one in told_ones]
    if asked in ("", "offers"):
        events += _lapsed(package, user)
    events.sort(key=lambda event: (event.at, event.sequence or 0), reverse=True)
    return Timeline(events[:SHOWN], asked, len(events) > SHOWN)


def _entries(package: CarePackage, user: User) -> Iterable[AuditEntry]:
    """Return the audit's entries of a package, what it asks for and its tasks: one query each."""
    subjects = Q(subject_type=kind_of(package), subject_id=str(package.pk))
    for model in (Requirement, ReviewTask):
        ids = model.objects.visible_to(user).filter(package=package).values_list("pk", flat=True)
        subjects |= Q(subject_type=model._meta.label_lower, subject_id__in=map(str, ids))
    rows = AuditEntry.objects.visible_to(user).filter(subjects)
    return rows.select_related("actor").order_by("-sequence")[:MOST_READ]


def _kind(entry: AuditEntry) -> str:
    if entry.subject_type == ReviewTask._meta.label_lower:
        return "review"
    if entry.subject_type == Requirement._meta.label_lower:
        return "offers"
    return KIND_OF.get(entry.action, "edit")


def _event(entry: AuditEntry, one: Mapping[str, Any]) -> Event:
    what = one["what"]
    if entry.subject_type == ReviewTask._meta.label_lower:
        label = entry.subject_label.partition(":")[0]
        what = {"create": f"Task: {label}", "edit": f"Task changed: {label}"}.get(
            entry.action, f"Task done: {label}"
        )
    if entry.subject_type == Requirement._meta.label_lower:
        what = "Requirement stated" if entry.action == "create" else "Requirement changed"
    return Event(
        entry.at,
        _kind(entry),
        what,
        str(entry.actor),
        entry.reason,
        one["changes"],
        opened=entry.action != "create" and len(one["changes"]) <= 6,
        sequence=entry.sequence,
    )


def _lapsed(package: CarePackage, user: User) -> list[Event]:
    """Return who was asked and let the clock run out: nobody did anything the audit could hold."""
    rows = Invitation.objects.visible_to(user).filter(
        release__package=package, lapsed_at__isnull=False
    )
    return [
        Event(row.lapsed_at, "offers", f"{row.provider} did not answer in time", "the clock")
        for row in rows.select_related("provider").order_by("-lapsed_at")[:SHOWN]
        if row.lapsed_at is not None
    ]
