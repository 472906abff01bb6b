"""Writes the sample's CSV files: the headings of docs/formats.md, UTF-8, CRLF."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from importers.sample.care import Package
from importers.sample.people import Person
from importers.sample.places import Point, Town, kilometres
from importers.sample.plans import CouncilPlan
from importers.sample.preferences import Preference
from importers.sample.visits import DAY_NAMES, write_pattern, write_time
from importers.sample.workforce import Carer

POSTCODE_HEADINGS = ("postcode", "latitude", "longitude")
PROVIDER_HEADINGS = (
    "Organisation Ref",
    "Name",
    "CQC Provider ID",
    "CQC Location ID",
    "CQC Rating",
    "Skills",
    "In House",
    "Postcode",
)
PERSON_HEADINGS = (
    "Person ID",
    "First Name",
    "Last Name",
    "Date of Birth",
    "Gender",
    "Address",
    "Postcode",
    "Carer Gender",
)
PACKAGE_HEADINGS = (
    "Person ID",
    "Package Ref",
    "Element ID",
    "Element Type",
    "Service Type",
    "Organisation Ref",
    "Start Date",
    "End Date",
    "Unit",
    "Quantity Per Week",
    "Funder",
    "Funder Share",
    "Contribution",
    "Zone Hint",
    "Postcode",
    "Visits Pattern",
    "Skills",
    "Housing With Care",
    "Status",
    "Reason Ended",
    "Last Changed",
    "Visit Priority",
    "Minimum Gap",
    "Maximum Gap",
)
CARER_HEADINGS = (
    "Carer Ref",
    "First Name",
    "Last Name",
    "Gender",
    "Home Postcode",
    "Skills",
    "Contract Hours",
    "Travel Mode",
    "Team",
)
PREFERENCE_HEADINGS = ("Person ID", "Carer Ref", "Preference", "Reason")
SHIFT_HEADINGS = ("Carer Ref", "Weekday", "Start", "End", "From", "To")

ELEMENT_TYPES = {"O": "Home care O", "D": "Home care D", "M": "Home First M"}
SERVICE_TYPES = {"O": "Home care", "D": "Home care", "M": "Enablement"}


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8"))


def uk_date(day: date) -> str:
    """Write a date as DD/MM/YYYY."""
    return day.strftime("%d/%m/%Y")


def yes_no(value: object) -> str:
    """Write a truth as Yes or No."""
    return "Yes" if value else "No"


def postcode_rows(points: Iterable[Point]) -> list[list[object]]:
    """Rows of postcodes.csv."""
    return [[p.postcode, f"{p.latitude:.6f}", f"{p.longitude:.6f}"] for p in points]


def _far(town: Town, point: Point) -> float:
    return kilometres(point, town)


def provider_rows(plan: CouncilPlan, points: Sequence[Point]) -> list[list[object]]:
    """Rows of providers.csv: each has its own office in the middle of its town."""
    towns = {town.name: town for town in plan.towns}
    free = list(points)
    rows: list[list[object]] = []
    for number, provider in enumerate(plan.providers, start=1):
        town = towns[provider.town]
        office = min(free, key=partial(_far, town))
        free.remove(office)
        # Four nines: CQC numbers none of its providers or locations so.
        cqc = f"1-9999{plan.leading}{number:02d}"
        rows.append(
            [
                provider.ref,
                provider.name,
                cqc,
                f"{cqc}1",
                provider.rating,
                provider.skills,
                yes_no(provider.in_house),
                office.postcode,
            ]
        )
    return rows


def person_rows(persons: Iterable[Person]) -> list[list[object]]:
    """Rows of persons.csv."""
    return [
        [
            p.person_id,
            p.first_name,
            p.last_name,
            uk_date(p.born_on),
            p.gender,
            p.address,
            p.point.postcode,
            p.carer_gender,
        ]
        for p in persons
    ]


def package_row(package: Package, *, element_type: str | None = None) -> list[object]:
    """A row of packages.csv; `element_type` overrides the pathway's own."""
    return [
        package.person.person_id,
        package.package_ref,
        package.element_id,
        element_type or ELEMENT_TYPES[package.pathway],
        element_type or SERVICE_TYPES[package.pathway],
        package.provider,
        uk_date(package.starts_on),
        "",
        "Hours",
        f"{package.carer_quarters / 4:.2f}",
        package.funder,
        package.funder_share or "",
        yes_no(package.contribution),
        package.person.point.zone,
        package.person.point.postcode,
        write_pattern(package.clauses),
        "+".join(package.skills),
        yes_no(package.housing_with_care),
        package.status,
        "",
        uk_date(package.changed_on),
        package.priority,
        package.minimum_gap or "",
        "",
    ]


def carer_rows(carers: Iterable[Carer]) -> list[list[object]]:
    """Rows of carers.csv."""
    return [
        [
            c.ref,
            c.first_name,
            c.last_name,
            c.gender,
            c.home.postcode,
            "+".join(c.skills),
            c.contract_hours,
            c.travel_mode,
            c.team,
        ]
        for c in carers
    ]


def shift_rows(carers: Iterable[Carer], *, since: date) -> list[list[object]]:
    """Rows of shifts.csv: every week since a day, no end known."""
    return [
        [c.ref, DAY_NAMES[weekday], write_time(start), write_time(end), uk_date(since), ""]
        for c in carers
        for weekday, start, end in c.shifts
    ]


def preference_rows(preferences: Iterable[Preference]) -> list[list[object]]:
    """Rows of preferences.csv."""
    return [[one.person_id, one.carer_ref, one.kind, one.reason] for one in preferences]
