"""`manage.py import_carers FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import carers, or show what that would do."""

    help = "Show what a file of carers would change; import it with --accept."
    kind = "carers"
