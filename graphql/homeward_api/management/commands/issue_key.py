"""Issue a provider user a key to the GraphQL door."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import KEY_LIFE_DAYS_MOST, issue_key


class Command(BaseCommand):
    """Print a new key, once."""

    help = "Issue a key that acts as a provider user and print it: it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user, a name for the key and how long it lives."""
        parser.add_argument("username", help="The provider user the key acts as.")
        parser.add_argument("--name", required=True, help="What the key is for.")
        parser.add_argument(
            "--days",
            type=int,
            default=KEY_LIFE_DAYS_MOST,
            help=f"Days it lives, 1 to {KEY_LIFE_DAYS_MOST}.",
        )

    def handle(self, *args: Any, username: str, name: str, days: int, **options: Any) -> None:
        """Issue the key and print nothing else, so that a script can keep it."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"No user is called {username!r}.")
        if user.role != Role.PROVIDER:
            raise CommandError(f"{username} is no provider user: keys are for providers.")
        try:
            key = issue_key(user=user, name=name, now=timezone.now(), days=days)
        except ValueError as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(key.text)
