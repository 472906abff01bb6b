"""`manage.py make_visits`: make dated visits from the weekly patterns."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from cms_models.jobs.commands import JobCommand


class Command(JobCommand):
    """Make the dated visits of the coming days; what is there already stays."""

    help = "Make dated visits from the weekly patterns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the first day and how many days."""
        super().add_arguments(parser)
        parser.add_argument("--date", help="first day, YYYY-MM-DD (default: today)")
        parser.add_argument("--days", type=int, help="how many days (default: the council's rule)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here."""
        first = options["date"] or timezone.localdate().isoformat()
        params = {"first": first, "days": options["days"]}
        self.work(actor=self.actor(options), kind="make_visits", params=params)
