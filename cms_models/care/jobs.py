"""What the worker runs for care packages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from cms_models.care.proposing import StoppedAsAsked, propose, to_place
from cms_models.care.services.registration import resolve_again
from cms_models.fields.selectors import rule_value
from cms_models.jobs.registry import JobContext, job
from cms_models.jobs.runner import JobCancelled
from optimiser.allocation.engine import Progress


@job(name="allocate", label="Propose allocations", permission="care.change_allocationproposal")
def allocate(
    context: JobContext,
    *,
    seed: int = 1,
    on: str | None = None,
    handed_back: Sequence[int] = (),
) -> Mapping[str, Any]:
    """Propose a provider for every package that needs one, or say why none can take it."""
    actor = context.actor
    day = date.fromisoformat(on) if on else timezone.localdate()
    packages = to_place(actor.authority, handed_back=handed_back)

    def progress(told: Progress) -> None:
        share = told.decided / max(1, told.packages)
        context.progress(0.9 * share, f"{told.decided} of {told.packages} packages decided")

    try:
        run = propose(
            actor=actor,
            packages=packages,
            on=day,
            seconds=float(rule_value(actor.authority, "allocation.seconds")),
            seed=seed,
            progress=progress,
            cancelled=context.cancelled,
        )
    except StoppedAsAsked as stopped:
        raise JobCancelled(str(stopped)) from stopped
    return {"run_id": run.pk, **run.totals}


@job(
    name="resolve_packages",
    label="Resolve and price packages again",
    permission="jobs.change_job",  # a commissioner who publishes a card may price by it
)
def resolve_packages(context: JobContext, *, on: str | None = None) -> Mapping[str, Any]:
    """Resolve zone, lot and price of every running package again, as on a day."""
    day = date.fromisoformat(on) if on else timezone.localdate()
    return {"changed": resolve_again(actor=context.actor, on=day)}
