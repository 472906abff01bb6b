"""`manage.py replan --date [--from HH:MM]`: what to change in a published day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from cms_models.care.patterns import BadPattern, clock_minutes
from cms_models.jobs.commands import JobCommand


class Command(JobCommand):
    """Plan a published day again after an absence or an emergency visit."""

    help = "Propose what to change in a published day; what moves is printed before anyone agrees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day, from when on it may change, and the time limit besides the council."""
        super().add_arguments(parser)
        parser.add_argument("--date", required=True, help="the day, YYYY-MM-DD")
        parser.add_argument(
            "--from", dest="since", default="00:00", help="leave earlier starts alone, HH:MM"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--seconds", type=int, help="time limit (default: the council's rule)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and list what would move."""
        if options["seconds"] is not None and options["seconds"] < 1:
            raise CommandError("--seconds: at least 1 is needed.")
        try:
            since = clock_minutes(options["since"])
        except BadPattern as refusal:
            raise CommandError(f"--from: {refusal}") from refusal
        params = {
            "on": options["date"],
            "seed": options["seed"],
            "seconds": options["seconds"],
            "from_minutes": since,
        }
        row = self.work(actor=self.actor(options), kind="replan", params=params)
        for move in row.result["changes"]["moves"]:
            self.stdout.write(f"moves: {move}")
