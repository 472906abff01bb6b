"""`manage.py make_sample --seed 1 --out DIR`: write the sample councils' files."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from importers.sample.council import write_sample


class Command(BaseCommand):
    """Write the sample councils' files, for the importers to load."""

    help = "Write the sample councils' files into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the seed, the folder and the day the sample is as at."""
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, required=True, help="folder to write into")
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            default=None,
            metavar="YYYY-MM-DD",
            help="the day the sample is as at (today if left out)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the folders and name them."""
        try:
            folders = write_sample(
                options["out"], options["seed"], options["date"] or timezone.localdate()
            )
        except ValueError as refusal:
            raise CommandError(str(refusal)) from refusal
        for folder in folders:
            self.stdout.write(str(folder))
