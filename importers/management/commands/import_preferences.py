"""`manage.py import_preferences FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import whose carers are whose by choice, or show what that would do."""

    help = "Show what a file of carers by choice would change; import it with --accept."
    kind = "preferences"
