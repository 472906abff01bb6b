"""`manage.py plan_rounds --date [--week | --days N]`: propose rounds of a day, a week, or days."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError

from cms_models.jobs.commands import JobCommand
from cms_models.jobs.models import Job
from cms_models.rounds.jobs import enqueue_days
from cms_models.rounds.models import UnplacedVisit
from cms_models.rounds.selectors.day import package_refs, with_names


class Command(JobCommand):
    """Propose rounds with reasons for every visit left out."""

    help = "Propose the rounds of a day or a week, with reasons for every unplaced visit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day, the seed and the time limit besides the council."""
        super().add_arguments(parser)
        parser.add_argument("--date", required=True, help="the (first) day, YYYY-MM-DD")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--seconds", type=int, help="time limit (default: the council's rule)")
        several = parser.add_mutually_exclusive_group()
        several.add_argument(
            "--week", action="store_true", help="plan seven days from the day on as one"
        )
        several.add_argument(
            "--days", type=int, help="queue a job for each of so many days, for the workers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the job here and list what could not be placed; several days go to the queue."""
        for name in ("seconds", "days"):
            if options.get(name) is not None and options[name] < 1:
                raise CommandError(f"--{name}: at least 1 is needed.")
        if options.get("days"):
            self._queue(options)
            return
        given = {"seed": options["seed"], "seconds": options["seconds"]}
        if options.get("week"):
            params, kind = {"first": options["date"], **given}, "plan_week"
        else:
            # Here is one worker only: a divided day would be waited for in vain.
            params, kind = {"on": options["date"], "whole": True, **given}, "plan_rounds"
        row = self.work(actor=self.actor(options), kind=kind, params=params)
        self._say_unplaced(row)

    def _queue(self, options: dict[str, Any]) -> None:
        try:
            jobs = enqueue_days(
                actor=self.actor(options),
                first=date.fromisoformat(options["date"]),
                days=options["days"],
                seed=options["seed"],
                seconds=options["seconds"],
            )
        except (PermissionDenied, ValueError) as refusal:
            raise CommandError(str(refusal)) from refusal
        for job in jobs:
            self.stdout.write(f"queued: {job}, {job.params['on']}")

    def _say_unplaced(self, row: Job) -> None:
        runs = row.result.get("run_ids") or [row.result["run_id"]]
        left = list(UnplacedVisit.objects.filter(run_id__in=runs).select_related("visit__package"))
        names = package_refs(reason for one in left for reason in one.reasons)
        for one in left:
            reasons = "; ".join(with_names(reason, names) for reason in one.reasons)
            self.stdout.write(f"not placed: {one.visit}: {reasons}")
