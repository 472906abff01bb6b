"""What the map and the panel of a day need, as plain values for a JSON script."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cms_models.care.patterns import clock
from cms_models.rounds.selectors.day import RoundLine, StopLine, UnplacedLine, VisitLine

STOP_LABELS = (
    *("Visit", "Travel there", "Waiting", "Together with"),
    *("May start", "Length", "Where", "Needs", "Package", "Why"),
)
ROUND_LABELS = ("Shift", "Out and back", "Stops", "With people", "Travel", "Waiting", "Skills")


def day_for_map(
    rounds: Iterable[RoundLine], unplaced: Iterable[UnplacedLine], *, shows_packages: bool
) -> dict[str, Any]:
    """Return the rounds with homes and stops in order, and the visits no round holds.

    Facts are lists in the order of `stop_labels` or `round_labels`; an empty one is not shown.
    """
    return {
        "stop_labels": STOP_LABELS,
        "round_labels": ROUND_LABELS,
        "package_url": reverse("package_page", args=[0]) if shows_packages else "",
        "rounds": [_round(line) for line in rounds],
        "unplaced": [
            {
                "visit": line.visit.visit_id,
                "package": line.visit.package_id,
                "at": _at(line.visit),
                "who": line.visit.who,
                "facts": ["", "", "", "", *_visit_facts(line.visit), " ".join(line.reasons)],
            }
            for line in unplaced
        ],
    }


def _at(place: RoundLine | VisitLine) -> list[float]:
    # Five decimals of a degree are a metre: the postcode's point is no better.
    return [round(place.latitude, 5), round(place.longitude, 5)]


def _round(line: RoundLine) -> dict[str, Any]:
    return {
        "carer": line.carer,
        "carerId": line.carer_id,
        "home": _at(line),
        "facts": [
            f"{clock(line.shift_starts_minutes)}–{clock(line.shift_ends_minutes)}",
            f"{clock(line.leaves_home_minutes)}–{clock(line.back_home_minutes)}",
            f"{len(line.stops)}",
            f"{line.contact_minutes} min",
            f"{line.travel_minutes} min, {line.travel_mode.lower()}",
            f"{line.waiting_minutes} min",
            skill_words(line.skills),
        ],
        "stops": [_stop(stop) for stop in line.stops],
    }


def _stop(stop: StopLine) -> dict[str, Any]:
    return {
        "id": stop.stop_id,
        "visit": stop.visit.visit_id,
        "package": stop.visit.package_id,
        "n": stop.number,
        "at": _at(stop.visit),
        "who": stop.visit.who,
        "facts": [
            f"{clock(stop.start_minutes)}–{clock(stop.leave_minutes)}",
            f"{stop.travel_minutes} min, arrives {clock(stop.arrive_minutes)}",
            f"{stop.waiting_minutes} min" if stop.waiting_minutes else "",
            " and ".join(stop.together_with),
            *_visit_facts(stop.visit),
        ],
    }


def _visit_facts(visit: VisitLine) -> list[str]:
    carers = f", {visit.carers} carers" if visit.carers > 1 else ""
    return [
        window_words(visit),
        f"{visit.minutes} min{carers}",
        visit.postcode,
        skill_words(visit.skills),
        visit.package_ref,
    ]


def window_words(visit: VisitLine) -> str:
    """Return when a visit may start, a single time where there is no choice."""
    if visit.earliest_minutes == visit.latest_minutes:
        return clock(visit.earliest_minutes)
    return f"{clock(visit.earliest_minutes)}–{clock(visit.latest_minutes)}"


def skill_words(skills: Iterable[str]) -> str:
    """Return skill codes as words, or that none are needed."""
    return ", ".join(code.replace("_", " ") for code in skills) or "no special skills"
