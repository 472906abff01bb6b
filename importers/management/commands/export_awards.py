"""`manage.py export_awards --authority CODE --out FILE [--since YYYY-MM-DD]`."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from cms_models.jobs.commands import JobCommand
from cms_models.jobs.models import ExportFile
from importers.exports import FORMATS


class Command(JobCommand):
    """Write the awards made in Homeward, for the case system."""

    help = "Export which packages were awarded to which provider in Homeward."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to write and the first day of decision."""
        super().add_arguments(parser)
        parser.add_argument("--out", type=Path, required=True, help="a .csv or .xlsx to write")
        parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the job here and write what it made."""
        out: Path = options["out"]
        format_name = out.suffix.lower().lstrip(".")
        if format_name not in FORMATS:
            raise CommandError(f"{out}: name a file ending in .csv or .xlsx.")
        actor = self.actor(options)
        params = {"since": options["since"], "format_name": format_name}
        row = self.work(actor=actor, kind="export_awards", params=params)
        file = ExportFile.objects.get(pk=row.result["export_id"])
        try:
            out.write_bytes(bytes(file.content))
        except OSError as broken:
            raise CommandError(f"{out}: {broken.strerror}.") from broken
        self.stdout.write(f"{out}: {file.rows:,} rows")
