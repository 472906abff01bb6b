"""Carers by choice come in from a file, and so do wishes, priorities and gaps."""

from cms_models.care.models import CarePackage, Person
from cms_models.rounds.models import CarerPreference
from importers.here import import_here
from tests.council import TODAY, Council, add_carers
from tests.importers.extracts import csv_of, package_row

HEADINGS = ["Person ID", "Carer Ref", "Preference", "Reason"]


def brought(council: Council, kind: str, content: bytes):
    """Import a file as the machine, accepted."""
    return import_here(
        actor=council.system,
        kind=kind,
        filename=f"{kind}.csv",
        content=content,
        on=TODAY,
        accepted=True,
    ).run


def preference(person: str, carer: str, kind: str = "refused") -> dict[str, str]:
    return {"Person ID": person, "Carer Ref": carer, "Preference": kind, "Reason": ""}


def test_preferences_are_new_then_unchanged_and_strangers_are_refused_by_name(council):
    add_carers(council, 1)
    council.package(1)
    good = preference("9000001", "C1")
    strange = [preference("9000009", "C1"), preference("9000001", "C7"), good | {"Preference": "x"}]

    first = brought(council, "preferences", csv_of([good, *strange[:2]], HEADINGS))
    again = brought(council, "preferences", csv_of([good], HEADINGS))

    assert (first.totals["new"], first.totals["rejected"]) == (1, 2)
    told = [error["message"] for row in first.rows.all() for error in row.errors]
    assert told == [
        "Nobody is known by 9000009: import persons first.",
        "No carer is known by C7: import carers first.",
    ]
    assert again.totals["unchanged"] == 1
    assert CarerPreference.objects.get().kind == "refused"


def test_priorities_and_gaps_come_with_the_package_and_a_file_without_them_keeps_them(council):
    council.package(1)
    stated = {"visit_priority": "Critical", "minimum_gap": "240", "maximum_gap": "400"}
    brought(council, "packages", csv_of([package_row(1, **stated)]))
    short = package_row(1)
    for heading in ("Visit Priority", "Minimum Gap", "Maximum Gap"):
        short.pop(heading)
    brought(council, "packages", csv_of([short], list(short)))

    package = CarePackage.objects.get()
    assert (package.visit_priority, package.least_gap_minutes, package.most_gap_minutes) == (
        "critical",
        240,
        400,
    )
    wrong = package_row(1, minimum_gap="240", maximum_gap="60")
    refused = brought(council, "packages", csv_of([wrong])).rows.get()
    assert refused.errors[0]["message"] == "The maximum gap is shorter than the minimum gap."


def test_a_wish_for_a_gender_comes_with_the_person(council):
    council.package(1)
    person = {
        "Person ID": "9000001",
        "First Name": "Ann",
        "Last Name": "Lee",
        "Date of Birth": "01/02/1940",
        "Gender": "Female",
        "Address": "",
        "Postcode": "HR1 1AA",
        "Carer Gender": "Female",
    }

    brought(council, "persons", csv_of([person], list(person)))

    assert Person.objects.get().carer_gender == "Female"
