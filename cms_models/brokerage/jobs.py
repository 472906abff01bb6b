"""What the worker does for brokerage by the clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import Authority
from cms_models.brokerage.selectors import steps_due
from cms_models.brokerage.services.releases import turn_clocks
from cms_models.jobs.registry import JobContext, job


def clocks_due(authority: Authority, now: datetime) -> bool:
    """Return whether a response clock has run out: the one query of a tick with nothing to do."""
    return steps_due(authority, now=now).exists()


@job(
    name="turn_clocks",
    label="Turn response clocks",
    permission="brokerage.change_release",
    due=clocks_due,
)
def turn(context: JobContext, *, on: str | None = None) -> Mapping[str, Any]:
    """Lapse what was not answered, ask the next tiers, and begin what has its day.

    `on` names the day a scheduler queued it for, once a day; the clocks go by the moment it runs.
    """
    return {"done": turn_clocks(authority=context.actor.authority, now=timezone.now())}
