"""What the export commands share."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms_models.accounts.models import User
from cms_models.jobs.commands import actor_of, add_council_arguments, council_of
from importers.exports import FORMATS, Rows, file_bytes


class ExportCommand(ABC, BaseCommand):
    """One table written to a file: CSV, or XLSX by the file's name."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to write."""
        parser.add_argument("--out", type=Path, required=True, help="a .csv or .xlsx to write")
        add_council_arguments(parser)

    @abstractmethod
    def table(self, user: User, options: dict[str, Any]) -> tuple[Sequence[str], Rows]:
        """Return headings and rows."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say how much is in it."""
        out: Path = options["out"]
        format_name = out.suffix.lower().lstrip(".")
        if format_name not in FORMATS:
            raise CommandError(f"{out}: name a file ending in .csv or .xlsx.")
        headings, rows = self.table(actor_of(options, council_of(options)), options)
        found = list(rows)
        try:
            out.write_bytes(file_bytes(headings, found, format_name=format_name))
        except OSError as broken:
            raise CommandError(f"{out}: {broken.strerror}.") from broken
        self.stdout.write(f"{out}: {len(found):,} rows")
