"""`manage.py import_cqc FILE [--accept]`."""

from importers.management.importing import ImportCommand


class Command(ImportCommand):
    """Import the CQC's register, or show what that would do."""

    help = "Show what a file of the CQC's would change; import it with --accept."
    kind = "cqc"
