"""What the map and the panel of a day need, as plain values for a JSON script."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cms_models.care.patterns import clock
from cms_models.rounds.selectors.day import RoundLine, StopLine, UnplacedLine, VisitLine


def day_for_map(
    rounds: Iterable[RoundLine], unplaced: Iterable[UnplacedLine], *, shows_packages: bool
) -> dict[str, Any]:
    """Return the rounds with homes and stops in order, and the visits no round holds."""
    return {
        "rounds": [_round(line, shows_packages=shows_packages) for line in rounds],
        "unplaced": [
            {
                "visit": line.visit.visit_id,
                "at": [line.visit.latitude, line.visit.longitude],
                "title": f"Not placed: {line.visit.who}",
                "details": [*_visit_facts(line.visit), ["Why", " ".join(line.reasons)]],
                "url": _package_url(line.visit) if shows_packages else "",
            }
            for line in unplaced
        ],
    }


def _round(line: RoundLine, *, shows_packages: bool) -> dict[str, Any]:
    return {
        "id": line.round_id,
        "carer": line.carer,
        "carerId": line.carer_id,
        "home": [line.latitude, line.longitude],
        "details": _round_facts(line),
        "stops": [_stop(line, stop, shows_packages=shows_packages) for stop in line.stops],
    }


def _round_facts(line: RoundLine) -> list[list[str]]:
    return [
        ["Shift", f"{clock(line.shift_starts_minutes)}–{clock(line.shift_ends_minutes)}"],
        ["Out and back", f"{clock(line.leaves_home_minutes)}–{clock(line.back_home_minutes)}"],
        ["Stops", str(len(line.stops))],
        ["With people", f"{line.contact_minutes} min"],
        ["Travel", f"{line.travel_minutes} min, {line.travel_mode.lower()}"],
        ["Waiting", f"{line.waiting_minutes} min"],
        ["Skills", skill_words(line.skills)],
    ]


def _stop(line: RoundLine, stop: StopLine, *, shows_packages: bool) -> dict[str, Any]:
    return {
        "id": stop.stop_id,
        "visit": stop.visit.visit_id,
        "n": stop.number,
        "at": [stop.visit.latitude, stop.visit.longitude],
        "title": f"{line.carer}, stop {stop.number}: {stop.visit.who}",
        "details": _stop_facts(stop),
        "url": _package_url(stop.visit) if shows_packages else "",
    }


def _stop_facts(stop: StopLine) -> list[list[str]]:
    facts = [
        ["Visit", f"{clock(stop.start_minutes)}–{clock(stop.leave_minutes)}"],
        ["Travel there", f"{stop.travel_minutes} min, arrives {clock(stop.arrive_minutes)}"],
    ]
    if stop.waiting_minutes:
        facts.append(["Waiting", f"{stop.waiting_minutes} min"])
    if stop.together_with:
        facts.append(["Together with", " and ".join(stop.together_with)])
    return [*facts, *_visit_facts(stop.visit)]


def _visit_facts(visit: VisitLine) -> list[list[str]]:
    window = f"{clock(visit.earliest_minutes)}–{clock(visit.latest_minutes)}"
    carers = f", {visit.carers} carers" if visit.carers > 1 else ""
    return [
        ["May start", window],
        ["Length", f"{visit.minutes} min{carers}"],
        ["Where", visit.postcode],
        ["Needs", skill_words(visit.skills)],
        ["Package", visit.package_ref],
    ]


def skill_words(skills: Iterable[str]) -> str:
    """Return skill codes as words, or that none are needed."""
    return ", ".join(code.replace("_", " ") for code in skills) or "no special skills"


def _package_url(visit: VisitLine) -> str:
    return reverse("package_page", args=[visit.package_id])
