"""`manage.py import_packages FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import packages, or show what that would do."""

    help = "Show what a file of packages would change; import it with --accept."
    kind = "packages"
