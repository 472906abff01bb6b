"""What the worker runs for the configuration: nothing has to be switched, but it is put on file."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from cms_models.jobs.registry import JobContext, job
from cms_models.publication.services import come_into_force


@job(
    name="go_live",
    label="Keep on file what came into force",
    permission="jobs.change_job",
)
def go_live(context: JobContext, *, on: str | None = None) -> Mapping[str, Any]:
    """Write into the audit which approved versions have begun by a day, today at the latest."""
    today = timezone.localdate()
    day = min(date.fromisoformat(on), today) if on else today
    begun = come_into_force(authority=context.actor.authority, on=day)
    return {"in_force": len(begun), "versions": [str(version) for version in begun]}
