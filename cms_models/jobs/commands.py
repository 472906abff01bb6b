"""What every command that does a job's work shares: who for, who as, one row, one way to run."""

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


def add_council_arguments(parser: ArgumentParser) -> None:
    """Take the council and the user to act as."""
    parser.add_argument("--authority", metavar="CODE", help="the council, where there are several")
    parser.add_argument("--as", dest="username", help="act as this user (else as the machine)")


def council_of(options: Mapping[str, Any]) -> Authority:
    """Return the council meant; CommandError names those there are."""
    code = options.get("authority")
    found = Authority.objects.filter(code=code) if code else Authority.objects.all()
    if found.count() == 1:
        return found.get()
    codes = ", ".join(Authority.objects.values_list("code", flat=True)) or "none yet"
    raise CommandError(f"Say which council by --authority CODE; there are: {codes}.")


def actor_of(options: Mapping[str, Any], authority: Authority) -> User:
    """Return who acts: the user named, if of this council, or the machine's own actor."""
    name = options.get("username")
    if not name:
        return system_actor(authority=authority)
    user = User.objects.filter(username=name, authority=authority, is_active=True).first()
    if user is None:
        raise CommandError(f"{authority} has no user called {name}.")
    return user


class JobCommand(BaseCommand):
    """A command that does a job's work here and now, with the same row as the worker would."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the council and the person the work is done as."""
        add_council_arguments(parser)

    def actor(self, options: Mapping[str, Any]) -> User:
        """Return the user the work is done as."""
        return actor_of(options, council_of(options))

    def work(self, *, actor: User, kind: str, params: Mapping[str, Any]) -> Job:
        """Run a job here, print its result in a line, and fail in its own words when it failed."""
        try:
            row = start_here(actor=actor, kind=kind, params=params)
        except PermissionDenied as refusal:
            raise CommandError(str(refusal)) from refusal
        state = run_job(row.pk)
        row.refresh_from_db()
        if state != JobState.DONE:
            raise CommandError(f"{row}: {row.error}")
        told = (f"{name.replace('_', ' ')} {value}" for name, value in row.result.items())
        self.stdout.write(f"{row}: {', '.join(told)}")
        return row
