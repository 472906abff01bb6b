"""Rows a second of a package import: dry run and accept, against django-import-export's defaults.

    python benchmarks/import_packages.py --rows 10000

Both read the same CSV bytes in the same process on the same embedded database (a temporary one).
The comparison is generous to the plain Resource: it keeps the columns and nothing more. It checks
no postcode, lot, skill or weekly hours, resolves no zone, prices nothing, makes no visit patterns
and awards, and leaves no audit. Its rate hardly depends on the number of rows, so it is measured
on at most --peer-rows of them, and the rates are compared.
"""

import argparse
import csv
import io
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 11, 23)
PATTERNS = (
    ("Mon-Sun 08:00-09:00 30m", "3.50"),
    ("Mon-Sun 07:30-08:30 30m; Mon-Sun 17:00-18:00 30m", "7.00"),
    ("Mon-Fri 08:00-09:00 45m x2 medication; Sat-Sun 09:00-10:00 60m", "9.50"),
)


def start(folder: str) -> None:
    """Set Django up on an empty database of its own."""
    os.environ["HOMEWARD_DATA"] = folder
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.settings.test")
    sys.path[:0] = [str(ROOT), str(ROOT / "site"), str(ROOT / "graphql")]
    import django  # noqa: PLC0415 - the settings must be chosen first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def rows(count: int) -> bytes:
    """A packages.csv of good rows."""
    from importers.exports import PACKAGE_HEADINGS  # noqa: PLC0415

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(PACKAGE_HEADINGS)
    for n in range(count):
        pattern, hours = PATTERNS[n % len(PATTERNS)]
        postcode = ("HR1 1AA", "HR1 1AB", "HR2 2BB", "HR3 3CC")[n % 4]
        writer.writerow(
            [
                *(f"9{n:06d}", f"HC-{n:06d}", f"E{n:06d}", "Home care O", "Home care", "P1"),
                *("01/10/2026", "", "Hours", hours, "Local authority", "", "No", "", postcode),
                *(pattern, "medication" if n % 3 == 2 else "", "No", "Active", "", "20/11/2026"),
            ]
        )
    return text.getvalue().encode()


def timed(label: str, count: int, act: Callable[[], object]) -> float:
    """Run once, print and return rows a second."""
    begins = time.perf_counter()
    act()
    seconds = time.perf_counter() - begins
    print(f"{label:<58} {seconds:7.2f} s {count / seconds:9,.0f} rows/s", flush=True)
    return count / seconds


def ours(actor: object, content: bytes, count: int) -> dict[str, float]:
    """Dry run and accept of new rows, then of the same rows again, then of a tenth changed."""
    from cms_models.jobs.imports import receive_file  # noqa: PLC0415
    from importers import session  # noqa: PLC0415

    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    lines = content.split(b"\r\n")
    lines[1::10] = [line.replace(b"20/11/2026", b"23/11/2026") for line in lines[1::10]]
    found = {}
    for name, sent in (
        ("all new", content),
        ("nothing changed", content),
        ("a tenth changed", b"\r\n".join(lines)),
    ):
        run = receive_file(actor=actor, kind="packages", filename="p.csv", content=sent).run

        def check(run: object = run) -> None:
            session.check(actor=actor, run=run, on=DAY)

        def accept(run: object = run) -> None:
            session.accept(actor=actor, run=run, on=DAY, now=now)

        found[f"dry run, {name}"] = timed(f"Homeward, dry run, {name}", count, check)
        print(f"  {run.totals}")
        found[f"accept, {name}"] = timed(f"Homeward, accept, {name}", count, accept)
    return found


def plain(authority: object, content: bytes, count: int) -> dict[str, float]:
    """The same with a ModelResource at its defaults."""
    from import_export.fields import Field  # noqa: PLC0415
    from import_export.resources import ModelResource  # noqa: PLC0415
    from import_export.widgets import BooleanWidget, DateWidget, ForeignKeyWidget  # noqa: PLC0415
    from tablib import Dataset  # noqa: PLC0415

    from cms_models.care.models import CarePackage, Person  # noqa: PLC0415

    class Resource(ModelResource):
        person = Field("person", "Person ID", ForeignKeyWidget(Person, "mosaic_person_id"))
        package_ref = Field("package_ref", "Package Ref")
        element_id = Field("element_id", "Element ID")
        element_type = Field("element_type", "Element Type")
        service_type = Field("service_type", "Service Type")
        starts_on = Field("starts_on", "Start Date", DateWidget("%d/%m/%Y"))
        ends_on = Field("ends_on", "End Date", DateWidget("%d/%m/%Y"))
        funder = Field("funder", "Funder")
        contribution = Field("contribution", "Contribution", BooleanWidget())
        zone_hint = Field("zone_hint", "Zone Hint")
        postcode = Field("postcode", "Postcode")
        status = Field("status", "Status")
        reason_ended = Field("reason_ended", "Reason Ended")
        last_changed = Field("last_changed", "Last Changed", DateWidget("%d/%m/%Y"))

        class Meta:
            model = CarePackage
            import_id_fields = ("element_id",)
            fields = (
                *("person", "package_ref", "element_id", "element_type", "service_type"),
                *("starts_on", "ends_on", "funder", "contribution", "zone_hint", "postcode"),
                *("status", "reason_ended", "last_changed"),
            )

        def before_save_instance(self, instance: CarePackage, row: dict, **kwargs: object) -> None:
            instance.authority = authority
            instance.pathway, instance.area = "O", "urban"
            instance.latitude = instance.longitude = 0.0
            instance.weekly_minutes = 0
            instance.reason_ended = instance.reason_ended or ""

    def run(*, dry_run: bool) -> None:
        dataset = Dataset().load(content.decode(), format="csv")
        Resource().import_data(dataset, dry_run=dry_run, raise_errors=True)

    return {
        "dry run": timed("plain import-export, dry run, all new", count, lambda: run(dry_run=True)),
        "accept": timed("plain import-export, import, all new", count, lambda: run(dry_run=False)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--peer-rows", type=int, default=2_000)
    asked = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="homeward-benchmark-")
    try:
        start(folder)
        measure(asked.rows, peer_count=min(asked.rows, asked.peer_rows))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(count: int, *, peer_count: int) -> None:
    """Build a council twice, so that both begin with the same people and no packages."""
    from cms_models.care.services.registration import register_persons  # noqa: PLC0415
    from tests.council import build_council, person_terms  # noqa: PLC0415

    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {count:,} rows")
    if peer_count < count:
        print(
            f"plain import-export is measured on the first {peer_count:,} rows; rates are compared"
        )
    people = [person_terms(0, mosaic_person_id=f"9{n:06d}") for n in range(count)]
    theirs = build_council("plainshire", prefix="plain-")
    register_persons(actor=theirs.system, terms=people)
    baseline = plain(theirs.authority, rows(peer_count), peer_count)
    mine = build_council("ourshire", prefix="our-")
    register_persons(actor=mine.system, terms=people)
    measured = ours(mine.system, rows(count), count)
    for step in ("dry run", "accept"):
        times = measured[f"{step}, all new"] / baseline[step]
        print(f"{step}, all new: {times:.2f} times plain, by rate")


if __name__ == "__main__":
    main()
