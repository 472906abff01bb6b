"""`manage.py plan_rounds --date`: propose a day's rounds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from cms_models.jobs.commands import JobCommand
from cms_models.rounds.models import UnplacedVisit


class Command(JobCommand):
    """Propose the rounds of a day with reasons for every visit left out."""

    help = "Propose a day's rounds, with reasons for every unplaced visit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day, the seed and the time limit besides the council."""
        super().add_arguments(parser)
        parser.add_argument("--date", required=True, help="the day, YYYY-MM-DD")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--seconds", type=int, help="time limit (default: the council's rule)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and list what could not be placed."""
        if options["seconds"] is not None and options["seconds"] < 1:
            raise CommandError("--seconds: at least 1 is needed.")
        params = {"on": options["date"], "seed": options["seed"], "seconds": options["seconds"]}
        row = self.work(actor=self.actor(options), kind="plan_rounds", params=params)
        left = UnplacedVisit.objects.filter(run_id=row.result["run_id"])
        for one in left.select_related("visit__package"):
            self.stdout.write(f"not placed: {one.visit}: {'; '.join(one.reasons)}")
