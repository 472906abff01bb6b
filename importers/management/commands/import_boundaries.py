"""`manage.py import_boundaries FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import reference areas, or show what that would do."""

    help = "Show what a file of areas and their boundaries would change; import it with --accept."
    kind = "boundaries"
