"""`manage.py export_packages --authority CODE --out FILE`."""

from collections.abc import Sequence
from typing import Any

from cms_models.accounts.models import User
from importers.exports import Rows, packages_table
from importers.management.exporting import ExportCommand


class Command(ExportCommand):
    """Write the packages as an extract of the case system would state them."""

    help = "Export care packages in the mosaic profile; re-importing the file changes nothing."

    def table(self, user: User, options: dict[str, Any]) -> tuple[Sequence[str], Rows]:
        """Return the packages."""
        return packages_table(user)
