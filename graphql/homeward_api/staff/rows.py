"""Packages, releases, offers and awards as plain rows for staff, in one query a list."""

from typing import Any

from django.db.models import QuerySet

from homeward_api.reading.dealings import PROVIDER, Rows, rows_of

PACKAGE = (
    "public_id",
    "package_ref",
    "status",
    "pathway",
    "zone__code",
    "zone__name",
    "lot__code",
    "lot__name",
    "starts_on",
    "weekly_minutes",
    "weekly_pence",
    "requirement__urgency",
    "created_at",
    "decisions_needed",
)
RELEASE = (
    "public_id",
    "package__public_id",
    "package__package_ref",
    "route",
    "state",
    "reason",
    "released_at",
    "ended_at",
    "ended_because",
)
INVITATION = (
    "public_id",
    "release__package__package_ref",
    "state",
    "sent_at",
    "opened_at",
    "answered_at",
    "closes_at",
    *PROVIDER,
)
OFFER = (
    "public_id",
    "invitation__release__package__package_ref",
    "state",
    "starts_on",
    "weekly_minutes",
    "conditions",
    "price_pence",
    "made_at",
    *PROVIDER,
)
AWARD = (
    "public_id",
    "package__package_ref",
    "source",
    "override",
    "reason",
    "starts_on",
    "ends_on",
    "current",
    "decided_at",
    *PROVIDER,
)


def package_rows(packages: QuerySet) -> Rows:
    """Return packages as the board shows them."""
    rows = list(packages.values(*PACKAGE))
    for row in rows:
        row["id"], row["reference"] = str(row["public_id"]), row.pop("package_ref")
        row["urgency"], row["on_file_since"] = row.pop("requirement__urgency"), row["created_at"]
        for place in ("zone", "lot"):
            code, name = row.pop(f"{place}__code"), row.pop(f"{place}__name")
            row[place] = {"code": code, "name": name} if code is not None else None
    return rows


def _release(row: dict[str, Any]) -> None:
    row["package_id"] = str(row.pop("package__public_id"))
    row["reference"] = row.pop("package__package_ref")


def _of_release(row: dict[str, Any]) -> None:
    row["reference"] = row.pop("release__package__package_ref")


def _of_invitation(row: dict[str, Any]) -> None:
    row["reference"] = row.pop("invitation__release__package__package_ref")


def _of_package(row: dict[str, Any]) -> None:
    row["reference"] = row.pop("package__package_ref")


release_rows = rows_of(RELEASE, _release)
invitation_rows = rows_of(INVITATION, _of_release)
offer_rows = rows_of(OFFER, _of_invitation)
award_rows = rows_of(AWARD, _of_package)
