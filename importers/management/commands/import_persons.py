"""`manage.py import_persons FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import persons, or show what that would do."""

    help = "Show what a file of persons would change; import it with --accept."
    kind = "persons"
