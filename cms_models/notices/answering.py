"""Answers kept under a caller's own key, so that a retried request does nothing twice."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cms_models.market.models import Provider
from cms_models.notices.models import AnsweredRequest

LONGEST_KEY = 80


class AnotherAsk(ValidationError):  # noqa: N818 - it reads as what it is
    """Raised for a key that already stands for another ask."""


def asked_digest(name: str, values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is asked: the same values in any order give the same."""
    text = json.dumps([name, packed(values)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def reserve(*, provider: Provider, key: str, asked: str) -> tuple[AnsweredRequest, bool]:
    """Return the row of a key and whether it is new, inside the transaction of the effect.

    Of two asks at once the second waits here until the first is done, then finds its answer.
    Raises ValidationError for a key too long or empty, AnotherAsk for one that stands for another.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise ValidationError({"idempotency_key": f"Give a key of 1 to {LONGEST_KEY} characters."})
    try:
        with transaction.atomic():
            return AnsweredRequest.objects.create(
                authority_id=provider.authority_id, provider=provider, key=key, asked=asked
            ), True
    except IntegrityError:
        row = AnsweredRequest.objects.get(provider=provider, key=key)
    if row.asked != asked:
        raise AnotherAsk(
            f"The idempotency key {key!r} already stands for another ask: choose a new one."
        )
    return row, False


def keep(row: AnsweredRequest, answer: Mapping[str, Any]) -> None:
    """Keep what was answered, in the transaction of what was done."""
    row.answer = packed(answer)
    row.save(update_fields=["answer", "updated_at"])


def packed(value: Any) -> Any:
    """Return a plain value as JSON keeps it, days and moments marked as such."""
    if isinstance(value, Mapping):
        return {str(name): packed(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [packed(one) for one in value]
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    if isinstance(value, Enum):
        return packed(value.value)
    return str(value) if isinstance(value, UUID | Decimal) else value


def unpacked(value: Any) -> Any:
    """Return what was packed."""
    if isinstance(value, list):
        return [unpacked(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$moment"}:
        return datetime.fromisoformat(value["$moment"])
    if set(value) == {"$day"}:
        return date.fromisoformat(value["$day"])
    return {name: unpacked(one) for name, one in value.items()}
