"""`manage.py import_bank_holidays FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import gov.uk's bank-holidays.json, or show what that would do."""

    help = "Show what gov.uk's bank-holidays.json would change; import it with --accept."
    kind = "bank_holidays"
