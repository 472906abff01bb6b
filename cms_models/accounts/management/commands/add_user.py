"""`manage.py add_user`: the first people of a council; later ones are added in the admin."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user


class Command(BaseCommand):
    """Add somebody who signs in; the password is asked for, or read from standard input."""

    help = "Add a user to a council: manage.py add_user AUTHORITY USERNAME ROLE."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the council, the name and the role."""
        parser.add_argument("authority")
        parser.add_argument("username")
        parser.add_argument("role", choices=sorted(set(Role) - {Role.SYSTEM}))

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the user, or say what is wrong."""
        authority = Authority.objects.filter(code=options["authority"]).first()
        if authority is None:
            known = ", ".join(Authority.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no council {options['authority']}; there are: {known}.")
        if User.objects.filter(username=options["username"]).exists():
            raise CommandError(f"{options['username']} is taken; choose another name.")
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().strip()
        try:
            validate_password(password)
        except ValidationError as weak:
            raise CommandError(" ".join(weak.messages)) from weak
        user = register_user(
            authority=authority,
            username=options["username"],
            role=Role(options["role"]),
            password=password,
        )
        self.stdout.write(f"{user.username}: {user.get_role_display()} of {authority}")
