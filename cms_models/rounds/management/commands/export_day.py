"""`manage.py export_day --date --out`: a day's rounds problem in the open format."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from cms_models.jobs.commands import JobCommand
from cms_models.rounds.selectors.planning import NothingToPlan, day_problem
from optimiser.rounds.formats import write_problem


class Command(JobCommand):
    """Write what the engine would be asked, for `python -m optimiser rounds solve`."""

    help = "Write a day's rounds problem as homeward-rounds/1 JSON (.json or .json.gz)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day and the file besides the council."""
        super().add_arguments(parser)
        parser.add_argument("--date", required=True, type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--out", required=True, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file; it holds record numbers and carers' references, no names."""
        try:
            day = day_problem(self.actor(options).authority, on=options["date"])
        except NothingToPlan as nothing:
            raise CommandError(str(nothing)) from nothing
        write_problem(day.problem, options["out"])
        problem = day.problem
        self.stdout.write(
            f"{options['out']}: {len(problem.visits)} visits, {len(problem.carers)} carers"
        )
