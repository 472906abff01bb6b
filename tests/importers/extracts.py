"""Extracts as a case system sends them, for the council of tests/council.py."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from cms_models.accounts.models import User
from cms_models.jobs.imports import receive_file
from cms_models.jobs.models import ImportRow, ImportRun
from importers import session
from importers.exports import PACKAGE_HEADINGS
from tests.council import TODAY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PERSON_HEADINGS = [
    "Person ID",
    "First Name",
    "Last Name",
    "Date of Birth",
    "Gender",
    "Address",
    "Postcode",
]
PACKAGE = {
    "Element Type": "Home care O",
    "Service Type": "Home care",
    "Organisation Ref": "P1",
    "Start Date": "01/10/2026",
    "End Date": "",
    "Unit": "Hours",
    "Quantity Per Week": "3.50",
    "Funder": "Local authority",
    "Funder Share": "",
    "Contribution": "No",
    "Zone Hint": "A",
    "Postcode": "HR1 1AA",
    "Visits Pattern": "Mon-Sun 08:00-09:00 30m",
    "Skills": "",
    "Housing With Care": "No",
    "Status": "Active",
    "Reason Ended": "",
    "Last Changed": "20/11/2026",
    "Visit Priority": "",
    "Minimum Gap": "",
    "Maximum Gap": "",
}


def package_row(number: int, **changes: str) -> dict[str, str]:
    """A row of packages.csv: seven half hours a week by P1; keys of `changes` in snake case."""
    row = {
        "Person ID": f"9{number:06d}",
        "Package Ref": f"HC-{number:06d}",
        "Element ID": f"E{number:06d}",
        **PACKAGE,
    }
    known = {heading.lower().replace(" ", "_"): heading for heading in row}
    return {**row, **{known[name]: value for name, value in changes.items()}}


def person_row(number: int, **changes: str) -> dict[str, str]:
    """A row of persons.csv."""
    row = {
        "Person ID": f"9{number:06d}",
        "First Name": f"First{number}",
        "Last Name": f"Last{number}",
        "Date of Birth": "03/02/1940",
        "Gender": "Female",
        "Address": f"{number} Long Lane",
        "Postcode": "HR1 1AA",
    }
    known = {heading.lower().replace(" ", "_"): heading for heading in row}
    return {**row, **{known[name]: value for name, value in changes.items()}}


def csv_of(rows: Iterable[Mapping[str, str]], headings: Sequence[str] = PACKAGE_HEADINGS) -> bytes:
    """Write rows as a sender would: UTF-8, CRLF, nothing made safe."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def packages_csv(count: int, **changes: str) -> bytes:
    """A packages.csv of good rows."""
    return csv_of(package_row(number, **changes) for number in range(1, count + 1))


def persons_csv(count: int) -> bytes:
    """A persons.csv of good rows."""
    return csv_of((person_row(number) for number in range(1, count + 1)), PERSON_HEADINGS)


def checked(
    actor: User, kind: str, content: bytes, filename: str = "sent.csv", **more
) -> ImportRun:
    """Receive a file and dry-run it."""
    run = receive_file(actor=actor, kind=kind, filename=filename, content=content, **more).run
    session.check(actor=actor, run=run, on=TODAY)
    return run


def accepted(actor: User, kind: str, content: bytes, filename: str = "sent.csv") -> ImportRun:
    """Receive, check and accept a file."""
    run = checked(actor, kind, content, filename)
    session.accept(actor=actor, run=run, on=TODAY, now=NOW)
    return run


def with_people(actor: User, count: int) -> None:
    """Import people 1 to `count`."""
    accepted(actor, "persons", persons_csv(count), "persons.csv")


def rejects(run: ImportRun) -> dict[int, list[tuple[str, str]]]:
    """Row number → (column, message) of what was rejected."""
    return {
        row.number: [(error["column"], error["message"]) for error in row.errors]
        for row in ImportRow.objects.filter(run=run, outcome="rejected")
    }


def counts(new: int = 0, updated: int = 0, unchanged: int = 0, rejected: int = 0) -> dict[str, int]:
    """Totals whose read is the sum of the rest."""
    read = new + updated + unchanged + rejected
    return {
        "read": read,
        "new": new,
        "updated": updated,
        "unchanged": unchanged,
        "rejected": rejected,
    }
