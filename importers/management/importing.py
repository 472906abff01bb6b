"""What the import commands share: whose council, acting as whom, and how the dry run is printed."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms_models.accounts.models import Authority
from cms_models.jobs.commands import actor_of, add_council_arguments, council_of
from cms_models.jobs.models import ImportRow, ImportRun
from importers.here import Imported, import_here
from importers.kinds import PROFILES

ROWS_SHOWN = 10


def add_council_and_day_arguments(parser: ArgumentParser) -> None:
    """Take the council, the user to act as, and the day."""
    add_council_arguments(parser)
    parser.add_argument(
        "--date",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="judge and price as on this day (today if left out)",
    )


def day_of(options: dict[str, Any]) -> date:
    """Return the day asked for, or today."""
    return options.get("date") or timezone.localdate()


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; CommandError when it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as broken:
        raise CommandError(f"{path}: {broken.strerror}.") from broken


def totals_line(run: ImportRun) -> str:
    """Return an import's totals in one line."""
    counts = ("read", "new", "updated", "unchanged", "rejected")
    return ", ".join(f"{run.totals.get(name, 0):,} {name}" for name in counts)


class ImportCommand(BaseCommand):
    """One kind of file: a dry run, or with --accept the import itself."""

    kind: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and what to do with it."""
        parser.add_argument("file", type=Path, help="the file to import (CSV or XLSX)")
        parser.add_argument("--profile", default="mosaic", choices=PROFILES)
        parser.add_argument("--accept", action="store_true", help="import, not only show")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="HEADING=COLUMN",
            help="a heading of the file is this column (may be given several times)",
        )
        add_council_and_day_arguments(parser)

    def content(self, path: Path) -> bytes:
        """Return the bytes to import."""
        return read_bytes(path)

    def council(self, content: bytes, options: dict[str, Any]) -> Authority:
        """Return the council the file is for."""
        return council_of(options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the file, import it if asked, and say what was found."""
        path: Path = options["file"]
        content = self.content(path)
        authority = self.council(content, options)
        try:
            imported = import_here(
                actor=actor_of(options, authority),
                kind=self.kind,
                filename=path.name,
                content=content,
                on=day_of(options),
                profile=options["profile"],
                mapping=dict(_pair(text) for text in options["map"]),
                accepted=options["accept"],
            )
        except (ValueError, ValidationError, PermissionDenied) as refusal:
            words = " ".join(getattr(refusal, "messages", [str(refusal)]))
            raise CommandError(f"{path.name}: {words}") from refusal
        self.report(imported, accepted=options["accept"])

    def report(self, imported: Imported, *, accepted: bool) -> None:
        """Print totals, notes, the first differences, and every rejected row by column."""
        run = imported.run
        self.stdout.write(f"{run.filename} ({run.get_state_display().lower()}): {totals_line(run)}")
        for note in run.totals.get("notes", []):
            self.stdout.write(f"  note: {note}")
        if imported.accepted_before:
            self.stdout.write(
                f"  The same file was accepted on {imported.accepted_before:%d/%m/%Y}."
            )
        rows = ImportRow.objects.filter(run=run)
        for row in rows.filter(outcome="updated")[:ROWS_SHOWN]:
            for item in row.differences:
                self.stdout.write(
                    f"  row {row.number} ({row.key}) {item['column']}: "
                    f"“{item['before']}” → “{item['after']}”"
                )
        for row in rows.filter(outcome="rejected"):
            for error in row.errors:
                where = f"{error['column']}: " if error["column"] else ""
                self.stdout.write(
                    f"  row {row.number} ({row.key}) rejected, {where}{error['message']}"
                )
        if not accepted:
            self.stdout.write("  Nothing was changed: a dry run. Add --accept to import.")


def _pair(text: str) -> tuple[str, str]:
    heading, equals, column = text.partition("=")
    if not equals:
        raise CommandError(f"--map {text}: write HEADING=COLUMN.")
    return heading, column
