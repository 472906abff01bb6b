"""What every command that does a job's work shares: who for, who as, one row, one way to run."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from cms_models.accounts.models import Authority, User
from cms_models.accounts.services import system_actor
from cms_models.jobs.models import Job, JobState
from cms_models.jobs.runner import run_job
from cms_models.jobs.services import start_here


class JobCommand(BaseCommand):
    """A command that does a job's work here and now, with the same row as the worker would."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the council and the person the work is done as."""
        parser.add_argument("--authority", help="code of the council (needed if there are several)")
        parser.add_argument(
            "--as", dest="username", help="user who does it (default: the machine's own actor)"
        )

    def actor(self, options: Mapping[str, Any]) -> User:
        """Return the user the work is done as; CommandError names the councils or the user."""
        authority = self._authority(options["authority"])
        if not options["username"]:
            return system_actor(authority=authority)
        user = User.objects.filter(username=options["username"], authority=authority).first()
        if user is None:
            raise CommandError(f"{authority} has no user called {options['username']}.")
        return user

    def _authority(self, code: str | None) -> Authority:
        codes = list(Authority.objects.values_list("code", flat=True))
        if code is None and len(codes) == 1:
            return Authority.objects.get()
        if code not in codes:
            known = ", ".join(codes) or "none yet: run import_council first"
            raise CommandError(f"Say which council with --authority; there are: {known}.")
        return Authority.objects.get(code=code)

    def work(self, *, actor: User, kind: str, params: Mapping[str, Any]) -> Job:
        """Run a job here, print its result as JSON, and fail in its own words when it failed."""
        try:
            row = start_here(actor=actor, kind=kind, params=params)
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from refusal
        state = run_job(row.pk)
        row.refresh_from_db()
        if state != JobState.DONE:
            raise CommandError(f"{row}: {row.error}")
        self.stdout.write(f"{row}: {json.dumps(row.result, sort_keys=True)}")
        return row
