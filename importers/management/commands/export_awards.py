"""`manage.py export_awards --authority CODE --out FILE [--since YYYY-MM-DD]`."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from typing import Any

from cms_models.accounts.models import User
from importers.exports import Rows, awards_table
from importers.management.exporting import ExportCommand


class Command(ExportCommand):
    """Write the awards made in Homeward, for the case system."""

    help = "Export which packages were awarded to which provider in Homeward."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the first day of decision as well."""
        super().add_arguments(parser)
        parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD")

    def table(self, user: User, options: dict[str, Any]) -> tuple[Sequence[str], Rows]:
        """Return the awards."""
        return awards_table(user, since=options["since"])
