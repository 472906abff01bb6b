"""What the worker runs for the rule book."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from cms_models.jobs.registry import JobContext, job
from cms_models.rulebook.services import draw_up


@job(name="draw_up_rules", label="Draw up the rule book", permission="jobs.change_job")
def draw_up_rules(context: JobContext, *, on: str | None = None) -> Mapping[str, Any]:
    """Publish a new edition of the rule book if the rules in force say something new."""
    day = date.fromisoformat(on) if on else timezone.localdate()
    edition = draw_up(actor=context.actor, on=day)
    return {"edition": edition.number if edition else None}
