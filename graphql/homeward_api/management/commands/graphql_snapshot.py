"""Keep `graphql/schema.graphql` and `graphql/staff.graphql` what the schemas are."""

from argparse import ArgumentParser
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from homeward_api.schema import sdl
from homeward_api.staff.schema import sdl as staff_sdl

SNAPSHOT = Path(settings.ROOT) / "graphql" / "schema.graphql"
STAFF_SNAPSHOT = Path(settings.ROOT) / "graphql" / "staff.graphql"


class Command(BaseCommand):
    """Write the schemas' snapshots, or compare them."""

    help = "Write the snapshots of both schemas; with --check, fail with the difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check and where the snapshots are."""
        parser.add_argument("--check", action="store_true", help="Compare, write nothing.")
        parser.add_argument("--file", type=Path, default=SNAPSHOT, help="The providers' snapshot.")
        parser.add_argument(
            "--staff-file", type=Path, default=STAFF_SNAPSHOT, help="The staff's snapshot."
        )

    def handle(self, *args: Any, check: bool, file: Path, staff_file: Path, **options: Any) -> None:
        """Write or compare."""
        for kept, current in ((file, sdl), (staff_file, staff_sdl)):
            if check:
                self._compare(kept, current)
            else:
                kept.write_text(current(), encoding="utf-8")
                self.stdout.write(f"Wrote {kept}.")

    def _compare(self, file: Path, current: Callable[[], str]) -> None:
        kept = file.read_text(encoding="utf-8") if file.exists() else ""
        if kept == current():
            self.stdout.write(f"{file.name} is what the schema is.")
            return
        difference = unified_diff(
            kept.splitlines(), current().splitlines(), str(file), "the schema", lineterm=""
        )
        raise CommandError(
            "\n".join(difference) + "\nRun `manage.py graphql_snapshot` and commit the result."
        )
