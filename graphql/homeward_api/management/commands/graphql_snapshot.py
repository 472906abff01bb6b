"""Keep `graphql/schema.graphql` what the schema is."""

from argparse import ArgumentParser
from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from homeward_api.schema import sdl

SNAPSHOT = Path(settings.ROOT) / "graphql" / "schema.graphql"


class Command(BaseCommand):
    """Write the schema's snapshot, or compare it."""

    help = "Write graphql/schema.graphql; with --check, compare it and fail with the difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --check and --file."""
        parser.add_argument("--check", action="store_true", help="Compare, write nothing.")
        parser.add_argument("--file", type=Path, default=SNAPSHOT, help="Where the snapshot is.")

    def handle(self, *args: Any, check: bool, file: Path, **options: Any) -> None:
        """Write or compare."""
        if not check:
            file.write_text(sdl(), encoding="utf-8")
            self.stdout.write(f"Wrote {file}.")
            return
        kept = file.read_text(encoding="utf-8") if file.exists() else ""
        if kept == sdl():
            self.stdout.write(f"{file.name} is what the schema is.")
            return
        difference = unified_diff(
            kept.splitlines(), sdl().splitlines(), str(file), "the schema", lineterm=""
        )
        raise CommandError(
            "\n".join(difference) + "\nRun `manage.py graphql_snapshot` and commit the result."
        )
