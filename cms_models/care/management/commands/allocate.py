"""`manage.py allocate`: propose a provider for every package that needs one."""

from argparse import ArgumentParser
from typing import Any

from cms_models.jobs.commands import JobCommand


class Command(JobCommand):
    """Propose allocations with reasons; a broker awards them."""

    help = "Propose a provider for every package that needs one, with reasons."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the seed and the day besides the council."""
        super().add_arguments(parser)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--date", help="day the lots are read on, YYYY-MM-DD (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here."""
        params = {"seed": options["seed"], "on": options["date"]}
        self.work(actor=self.actor(options), kind="allocate", params=params)
