"""`manage.py import_configuration FILE [--accept]`."""

from pathlib import Path
from typing import Any

from cms_models.accounts.models import Authority
from importers.management.configuring import bundled, council_of_bundle
from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import a council.json with the files it names, or show what that would do."""

    help = "Show what a council.json would change; import it with --accept."
    kind = "configuration"

    def content(self, path: Path) -> bytes:
        """Return council.json with the files it names, in one piece."""
        return bundled(path)

    def council(self, content: bytes, options: dict[str, Any]) -> Authority:
        """Return the council the file names; a new one is registered (with nothing in it yet)."""
        return council_of_bundle(content)
