"""`manage.py import_framework FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import frameworks, lots and places in them, or show what that would do."""

    help = "Show what a framework.json would change; import it with --accept."
    kind = "framework"
