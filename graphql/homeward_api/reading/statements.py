"""What a provider states of itself and has set, as plain rows."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet

from cms_models.accounts.models import ApiKey
from cms_models.market.models import Vacancy
from homeward_api.reading.dealings import PROVIDER, Rows, rows_of

DOCUMENT = ("public_id", "kind", "name", "size_bytes", "sha256", "expires_on", *PROVIDER)
CAPACITY = (
    "public_id",
    "lot__code",
    "lot__name",
    "minutes_per_week",
    "from_day",
    "words",
    *PROVIDER,
)
HOME = ("pk", "public_id", "name", "cqc_location_id", "postcode", "beds", *PROVIDER)
VACANCY = ("home_id", "public_id", "kind", "free", "weekly_pence", "as_at")
WEBHOOK = ("public_id", "url", "kinds", "active", "paused_because", *PROVIDER)
KEY = (
    "pk",
    "prefix",
    "name",
    "scopes",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
)
EVENT = ("pk", "public_id", "kind", "package_id", "payload", "created_at", *PROVIDER)


def _nothing(_row: dict[str, Any]) -> None:
    """Leave a row as it is."""


def _capacity(row: dict[str, Any]) -> None:
    row["lot"] = {"code": row.pop("lot__code"), "name": row.pop("lot__name")}


def _event(row: dict[str, Any]) -> None:
    row["package_id"] = str(row["package_id"]) if row["package_id"] else None
    row["reference"] = row.pop("payload").get("reference")
    row["at"] = row.pop("created_at")


document_rows = rows_of(DOCUMENT, _nothing)
capacity_rows = rows_of(CAPACITY, _capacity)
webhook_rows = rows_of(WEBHOOK, _nothing)
event_rows = rows_of(EVENT, _event)
_plain_homes = rows_of(HOME, _nothing)


def home_rows(homes: QuerySet) -> Rows:
    """Return homes with their vacancies, two queries for any number of them."""
    rows: Rows = _plain_homes(homes)
    free = defaultdict(list)
    for one in Vacancy.objects.filter(home_id__in=[row["pk"] for row in rows]).values(*VACANCY):
        free[one["home_id"]].append({**one, "id": str(one["public_id"])})
    for row in rows:
        row["vacancies"] = free[row["pk"]]
    return rows


def key_rows(keys: QuerySet[ApiKey], *, own: int | None) -> Rows:
    """Return keys without their digests; `own` is the one asked with."""
    return [{**row, "own": row["pk"] == own} for row in keys.values(*KEY)]
