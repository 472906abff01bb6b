"""How packages are shown to providers: the week, the clock, and points that are nobody's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from shapely.geometry import mapping, shape

from cms_models.accounts.models import User
from cms_models.care.domain import hours_words
from cms_models.care.models import Setting
from cms_models.care.provider_selectors import WEEKDAYS, calls_of
from cms_models.places.provider_selectors import (
    ZoneSheet,
    district_centres,
    zone_centres,
    zone_sheet_on,
)
from cms_models.rates.models import Pathway, VisitKind

DAYS = {day: day.capitalize() for day in WEEKDAYS}
HOUR_SECONDS, DAY_SECONDS = 3600, 86_400
COARSE_DEGREES = 0.001  # about 100 m: less than a dot of the map


def pounds(pence: int | None) -> str:
    """Return an amount as people write it, nothing where there is none."""
    return "" if pence is None else f"£{pence / 100:,.2f}"


def clock_words(closes_at: datetime, *, now: datetime) -> str:
    """Return how long there is to answer, in words, by the server's time."""
    left = int((closes_at - now).total_seconds())
    if left <= 0:
        return "The time to answer is over."
    if left >= 2 * DAY_SECONDS:
        return f"{left // DAY_SECONDS} days left"
    if left >= HOUR_SECONDS:
        return f"{left // HOUR_SECONDS} h {left % HOUR_SECONDS // 60:02d} min left"
    return f"{max(left // 60, 1)} min left"


def week_rows(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the calls of a week as a table's rows."""
    return [
        {
            "days": "every day" if len(one["days"]) == len(DAYS) else _days(one["days"]),
            "window": f"{one['earliest']} to {one['latest']}",
            "length": f"{one['minutes']} min",
            "carers": str(one["carers"]),
            "kind": VisitKind(one["kind"]).label,
            "skills": ", ".join(one["skills"]) or "none",
        }
        for one in calls
    ]


def _days(days: Sequence[str]) -> str:
    return ", ".join(DAYS[day] for day in days)


def place_words(row: Mapping[str, Any]) -> str:
    """Return where a package is, as exactly as the council lets it be told."""
    near = row.get("postcode_sector") or row.get("postcode_district")
    zone = row["zone"]["name"] if row.get("zone") else ""
    return ", ".join(filter(None, [zone, near])) or "not told"


def week_words(minutes: int) -> str:
    """Return the hours of a week in words; care in a home has none of its own."""
    return hours_words(minutes) if minutes else "a place in a home"


def at_home(row: Mapping[str, Any]) -> bool:
    """Return whether the care is given at home, by the hour."""
    return bool(row["setting"] == Setting.HOME)


def home_words(row: Mapping[str, Any]) -> str:
    """Return the kind of care home that is needed."""
    return str(Setting(row["setting"]).label)


def packages_shown(rows: Sequence[dict[str, Any]], *, now: datetime) -> list[dict[str, Any]]:
    """Return open packages with the words a page shows of them, and their week's calls."""
    calls = calls_of([row["pk"] for row in rows])
    return [
        {
            **row,
            "hours": week_words(row["weekly_minutes"]),
            "place": place_words(row),
            "pathway_words": Pathway(row["pathway"]).label if at_home(row) else home_words(row),
            "week": week_rows(calls.get(row["pk"], [])),
            "price_unit": "an hour" if at_home(row) else "a week",
            "answered": [one for one in row["asked"] if one["answer"]],
            "waiting": [one for one in row["asked"] if not one["answer"] and one["own"]],
            "clock_words": clock_words(row["closes_at"], now=now),
            "hurry": (row["closes_at"] - now).total_seconds() < 2 * HOUR_SECONDS,
        }
        for row in rows
    ]


def map_points(rows: Sequence[Mapping[str, Any]], *, user: User, on: date) -> dict[str, Any]:
    """Return the zones and one point a district (or zone) with the packages there."""
    sheet = zone_sheet_on(user=user, on=on)
    zones = zone_centres(sheet)
    districts = district_centres(
        user=user, districts={row["postcode_district"] for row in rows if row["postcode_district"]}
    )
    there: dict[tuple[str, tuple[float, float]], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        spot = _spot(row, districts, zones)
        if spot is not None:
            url = reverse("portal:package", args=[row["invitation"]])
            there[spot].append({"reference": row["reference"], "hours": row["hours"], "url": url})
    return {
        "zones": ground_of(sheet) if sheet else None,
        "points": [
            {"place": place, "at": list(at), "packages": found}
            for (place, at), found in sorted(there.items())
        ],
    }


def ground_of(sheet: ZoneSheet) -> dict[str, Any]:
    """Return the zones as a ground to find one's way by: a phone needs no exact boundary."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": zone["name"]},
            "geometry": mapping(shape(zone["boundary"]).simplify(COARSE_DEGREES)),
        }
        for zone in sheet.zones
    ]
    return {"type": "FeatureCollection", "features": features}


def _spot(
    row: Mapping[str, Any],
    districts: Mapping[str, tuple[float, float]],
    zones: Mapping[str, tuple[float, float]],
) -> tuple[str, tuple[float, float]] | None:
    district = row["postcode_district"]
    if district in districts:
        return district, districts[district]
    zone = row.get("zone")
    return (zone["name"], zones[zone["code"]]) if zone and zone["code"] in zones else None
