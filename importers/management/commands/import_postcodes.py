"""`manage.py import_postcodes FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import postcodes, or show what that would do."""

    help = "Show what a file of postcodes would change; import it with --accept."
    kind = "postcodes"
