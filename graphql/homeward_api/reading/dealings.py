"""A provider's dealings with its council as plain rows: invitations, offers, messages."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

Rows = list[dict[str, Any]]
PROVIDER = ("provider__ref", "provider__name", "provider__custom")
INVITATION = (
    "public_id",
    "state",
    "sent_at",
    "opened_at",
    "answered_at",
    "closes_at",
    "decline_reason",
    "release__package__package_ref",
    "release__state",
    *PROVIDER,
)
OFFER = (
    "public_id",
    "invitation__public_id",
    "invitation__release__package__package_ref",
    "state",
    "starts_on",
    "weekly_minutes",
    "conditions",
    "price_pence",
    "answers",
    "made_at",
    "withdrawn_at",
    "withdrawn_because",
    *PROVIDER,
)
MESSAGE = ("public_id", "package__package_ref", "text", "from_provider", "sent_at", "read_at")
HAND_BACK = (
    "public_id",
    "package__package_ref",
    "reason",
    "words",
    "evidence_name",
    "state",
    "submitted_at",
    "decided_at",
    "decision_words",
    "ends_on",
    *PROVIDER,
)
REVIEW = (
    "public_id",
    "package__package_ref",
    "kind",
    "words",
    "due_on",
    "done_at",
    "outcome",
    *PROVIDER,
)
# What became of a closed invitation, by the state of its release and of the invitation itself.
OUTCOMES = {
    "awarded": "The package was awarded.",
    "unplaced": "Nobody took the package in time.",
    "withdrawn": "The council withdrew the package.",
    "open": "",
}


def rows_of(fields: tuple[str, ...], tidy: Callable[[dict[str, Any]], None]) -> Any:
    """Return a reader that gives a list's rows, each with its provider and public id as text."""

    def read(found: QuerySet) -> Rows:
        rows = list(found.values(*fields))
        for row in rows:
            row["id"] = str(row["public_id"])
            row["provider"] = provider_of(row)
            tidy(row)
        return rows

    return read


def provider_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row's provider as the schema reads it."""
    return {name: row.pop(f"provider__{name}", None) for name in ("ref", "name", "custom")}


def _invitation(row: dict[str, Any]) -> None:
    row["reference"] = row.pop("release__package__package_ref")
    row["decline_reason"] = row["decline_reason"] or None
    row["outcome"] = outcome_of(row["state"], row.pop("release__state"))


def outcome_of(state: str, release_state: str) -> str:
    """Return what became of an invitation, in words; nothing while it is open."""
    if state in ("open", "offered") and release_state == "open":
        return ""
    return OUTCOMES[release_state] or "Your time to answer is over."


def _offer(row: dict[str, Any]) -> None:
    row["invitation_id"] = str(row.pop("invitation__public_id"))
    row["reference"] = row.pop("invitation__release__package__package_ref")
    answers: Mapping[str, Mapping[str, Any]] = row["answers"]
    row["answers"] = [
        {"question": one.get("question", ""), "answer": one.get("answer", "")}
        for one in answers.values()
    ]


def _about_package(row: dict[str, Any]) -> None:
    row["reference"] = row.pop("package__package_ref")


invitation_rows = rows_of(INVITATION, _invitation)
offer_rows = rows_of(OFFER, _offer)
message_rows = rows_of((*MESSAGE, *PROVIDER), _about_package)
hand_back_rows = rows_of(HAND_BACK, _about_package)
review_rows = rows_of(REVIEW, _about_package)
