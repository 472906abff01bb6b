"""`manage.py import_providers FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import providers, or show what that would do."""

    help = "Show what a file of providers would change; import it with --accept."
    kind = "providers"
