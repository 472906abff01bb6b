"""`manage.py import_shifts FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import shifts, or show what that would do."""

    help = "Show what a file of shifts would change; import it with --accept."
    kind = "shifts"
