"""What is due goes out: taken one by one, sent outside any transaction, its end written down."""

import json
import logging
import time
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from cms_models.accounts.models import Authority
from cms_models.accounts.services import system_actor
from cms_models.audit.services import save_record
from cms_models.notices.domain import (
    MOST_ATTEMPTS,
    SIGNATURE_HEADER,
    address_refusal,
    mail_of,
    pause_after,
    signature,
)
from cms_models.notices.models import Delivery, DeliveryState, Webhook
from cms_models.notices.posting import NotPosted, post
from cms_models.notices.selectors import due

log = logging.getLogger("homeward.notices")
# A worker that dies while it sends lets go of a delivery after this long.
LEASE = timedelta(minutes=5)
MOST_AT_ONCE = 200
# A run stops then and the next tick goes on: other work waits for the same worker.
RUN_SECONDS = 30


def deliver_due(*, authority: Authority, now: datetime) -> dict[str, int]:
    """Send what is due in a council and return how many were sent, put off and given up.

    A delivery is taken by a conditional update, so that of two workers one sends it.
    """
    counts = {"sent": 0, "put_off": 0, "given_up": 0}
    began = time.monotonic()
    for delivery in due(authority=authority, now=now)[:MOST_AT_ONCE]:
        if time.monotonic() - began > RUN_SECONDS:
            break
        if _take(delivery, now):
            counts[_deliver(delivery, now)] += 1
    return counts


def _take(delivery: Delivery, now: datetime) -> bool:
    taken = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, next_at=delivery.next_at
    ).update(next_at=now + LEASE, attempts=F("attempts") + 1)
    delivery.refresh_from_db()
    return bool(taken)


def _deliver(delivery: Delivery, now: datetime) -> str:
    hook = delivery.webhook
    if hook is not None and not hook.active:
        _end(delivery, DeliveryState.FAILED, "The webhook is paused.")
        return "given_up"
    try:
        answer = _post(delivery, hook, now) if hook else _mail(delivery)
    except (NotPosted, SMTPException, OSError) as failure:
        return _failed(delivery, str(failure), now)
    _end(delivery, DeliveryState.SENT, answer, sent_at=now)
    return "sent"


def _post(delivery: Delivery, hook: Webhook, now: datetime) -> str:
    private = settings.HOMEWARD_WEBHOOK_PRIVATE
    refusal = address_refusal(hook.url, plain_allowed=settings.DEBUG or private)
    if refusal:
        raise NotPosted(refusal)
    body = json.dumps(body_of(delivery), separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Homeward",
        SIGNATURE_HEADER: signature(secret=hook.secret, body=body, at_unix=int(now.timestamp())),
    }
    return post(url=hook.url, body=body, headers=headers, private_allowed=private)


def body_of(delivery: Delivery) -> dict[str, Any]:
    """Return what is posted: `id` is the event's, the same however often it is tried."""
    event = delivery.event
    return {
        "id": str(event.public_id),
        "kind": event.kind,
        "at": event.created_at.isoformat(),
        "package": str(event.package_id) if event.package_id else None,
        "data": event.payload,
        "link": settings.PORTAL_URL,
    }


def _mail(delivery: Delivery) -> str:
    event = delivery.event
    subject, text = mail_of(
        title=event.get_kind_display(),
        reference=str(event.payload.get("reference", "")),
        council=str(event.authority),
        link=settings.PORTAL_URL,
    )
    EmailMessage(subject=subject, body=text, to=[delivery.email]).send()
    return "Handed to the mail server."


def _end(delivery: Delivery, state: Any, answer: str, *, sent_at: datetime | None = None) -> None:
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
        state=state, answer=answer[:200], sent_at=sent_at
    )


def _failed(delivery: Delivery, answer: str, now: datetime) -> str:
    """Put a delivery off, or give it up and pause a webhook that took nothing all that time."""
    pause = pause_after(delivery.attempts)
    if pause is not None:
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
            next_at=now + pause, answer=answer[:200]
        )
        return "put_off"
    log.warning("Delivery %s given up after %s attempts: %s", delivery.pk, MOST_ATTEMPTS, answer)
    with transaction.atomic():
        _end(delivery, DeliveryState.FAILED, answer)
        if delivery.webhook is not None:
            _pause(delivery, answer)
    return "given_up"


def _pause(delivery: Delivery, answer: str) -> None:
    hook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    taken_since = hook.deliveries.filter(sent_at__gte=delivery.created_at).exists()
    if taken_since or not hook.active:
        return
    hook.active = False
    hook.paused_because = f"{MOST_ATTEMPTS} attempts failed. {answer}"[:200]
    actor = system_actor(authority=hook.authority)
    save_record(actor=actor, record_=hook, expected_version=hook.version)
