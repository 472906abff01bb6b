"""What the worker runs for notices."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.jobs.registry import JobContext, job
from cms_models.market.models import ProviderDocument
from cms_models.market.stating import TOLD_BEFORE_DAYS, stage_due
from cms_models.notices.models import EventKind, OutboxEvent
from cms_models.notices.selectors import due
from cms_models.notices.sending import deliver_due
from cms_models.notices.services import tell


def _something_waits(authority: Authority, now: datetime) -> bool:
    return due(authority=authority, now=now).exists()


@job(
    name="deliver_notices",
    label="Send notices to providers",
    permission="notices.change_delivery",
    due=_something_waits,
)
def deliver_notices(context: JobContext) -> Mapping[str, Any]:
    """Send what is due to providers' webhooks and e-mail addresses."""
    return deliver_due(authority=context.actor.authority, now=timezone.now())


@job(
    name="tell_of_expiries",
    label="Tell providers of documents that end",
    permission="notices.change_outboxevent",
)
def tell_of_expiries_job(context: JobContext, *, on: str) -> Mapping[str, Any]:
    """Tell providers whose documents end in 30 or 7 days or today."""
    return {"told": tell_of_expiries(actor=context.actor, today=date.fromisoformat(on))}


def tell_of_expiries(*, actor: User, today: date) -> int:
    """Tell each document's provider once for every stage it has reached; returns how many."""
    latest = today + timedelta(days=max(TOLD_BEFORE_DAYS))
    ending = ProviderDocument.objects.filter(
        authority=actor.authority, replaced=False, expires_on__lte=latest
    )
    told = 0
    for row in ending.defer("content").select_related("provider"):
        payload = {
            "document": str(row.public_id),
            "document_kind": row.kind,
            "expires_on": row.expires_on.isoformat(),
            "days_before": stage_due((row.expires_on - today).days),
        }
        kind = EventKind.DOCUMENT_EXPIRES
        known = OutboxEvent.objects.filter(provider=row.provider, kind=kind, payload=payload)
        if not known.exists():
            tell(actor=actor, provider=row.provider, kind=kind, payload=payload)
            told += 1
    return told
