"""How much a key may ask in a minute, and how much of it is left."""

from datetime import datetime
from math import ceil
from typing import Any

from django.conf import settings

from cms_models.accounts.models import ApiKey
from cms_models.notices import metering
from cms_models.notices.metering import Spent
from homeward_api.errors import TooMany


def metered(*, key: ApiKey, cost: int, now: datetime) -> dict[str, Any]:
    """Count a request and return what is left of the minute; TooMany (429) when it is used up."""
    spent = metering.count(key=key, cost=cost, now=now)
    _refuse_over(spent, now=now)
    return {
        "requestsLeft": settings.GRAPHQL_REQUESTS_A_MINUTE - spent.requests,
        "costLeft": settings.GRAPHQL_COST_A_MINUTE - spent.cost,
        "resetsAt": spent.resets_at.isoformat(),
    }


def _refuse_over(spent: Spent, *, now: datetime) -> None:
    for words, found, most in (
        ("requests", spent.requests, settings.GRAPHQL_REQUESTS_A_MINUTE),
        ("cost", spent.cost, settings.GRAPHQL_COST_A_MINUTE),
    ):
        if found > most:
            seconds = max(1, ceil((spent.resets_at - now).total_seconds()))
            raise TooMany(
                f"This key has used up its minute: {found} {words} asked, the limit is {most} a "
                f"minute. Ask again in {seconds} s.",
                seconds=seconds,
            )
