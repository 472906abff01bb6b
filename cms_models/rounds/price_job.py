"""The job that finds what each family of rules costs a day."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from cms_models.fields.selectors import rule_values
from cms_models.jobs.registry import JobContext, job
from cms_models.rounds.selectors.planning import day_problem
from optimiser.rounds.price import price_of_rules

STOPPED = "Stopped by a person: the rules not listed were not priced."


@job(name="price_rules", label="Price the rules of a day", permission="rounds.change_planrun")
def price_rules(
    context: JobContext, *, on: str, seed: int = 1, seconds: int | None = None
) -> Mapping[str, Any]:
    """Plan a day once as it is and once without each family of rules; nothing is proposed."""
    actor, started = context.actor, time.monotonic()
    rules = rule_values(actor.authority)
    limit = seconds or int(rules["rounds.price_seconds"])
    day = day_problem(actor.authority, on=date.fromisoformat(on))

    def progress(fraction: float, title: str) -> None:
        elapsed = time.monotonic() - started
        context.progress(fraction, f"{title} ({elapsed:.0f} s)" if title else "")

    found = price_of_rules(
        replace(day.problem, previous=None),
        seconds=limit,
        seed=seed,
        threads=int(rules["rounds.threads"]),
        progress=progress,
        cancel=context.cancelled,
    )
    pence = int(rules["rounds.carer_hour_pence"])
    return {
        "on": on,
        "seconds": limit,
        "seed": seed,
        "hour_pence": pence,
        "travel_minutes": found.base.travel_minutes,
        "visits_left_out": found.base.unplaced,
        "noise_minutes": found.noise_minutes,
        "noise_visits": found.noise_visits,
        "notes": [STOPPED] if context.cancelled() else [],
        "prices": [
            {**asdict(price), "pence": price_pence(price.idle_minutes, pence)}
            for price in found.prices
        ],
    }


def price_pence(minutes: int, hour_pence: int) -> int:
    """Return what paid minutes cost, to the nearest penny, halves away from zero."""
    whole = (abs(minutes) * hour_pence * 2 + 60) // 120
    return whole if minutes >= 0 else -whole
