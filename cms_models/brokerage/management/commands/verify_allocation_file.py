"""`manage.py verify_allocation_file`: are sealed allocation files as they were sealed?"""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from cms_models.audit.selectors import chain_faults
from cms_models.brokerage.file_checks import verify_file
from cms_models.brokerage.models import AllocationFile


class Command(BaseCommand):
    """Verify one sealed file, or all of them, and name each fault."""

    help = "Verify the allocation file of an award, or every one; exit 1 naming each fault."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the public id of an award, or --all."""
        parser.add_argument("award", nargs="?", help="public id of the award")
        parser.add_argument("--all", action="store_true", help="every file of every council")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line a file; fail when any has a fault."""
        faulty = 0
        chains: dict[int, list[str]] = {}
        for file in _asked(options["award"], all_=options["all"]).iterator(chunk_size=200):
            if file.authority_id not in chains:
                chains[file.authority_id] = list(chain_faults(file.authority))
            faults = verify_file(file, chain=chains[file.authority_id])
            faulty += bool(faults)
            self.stdout.write(f"{file}: {' '.join(faults) or 'genuine and unaltered.'}")
        if faulty:
            raise CommandError(f"{faulty} allocation file(s) were tampered with, as named above.")


def _asked(award: str | None, *, all_: bool) -> QuerySet[AllocationFile]:
    files = AllocationFile.objects.select_related(
        "authority", "award__package", "award__provider", "release"
    )
    if all_:
        return files.order_by("authority", "audit_sequence")
    try:
        key = UUID(award or "")
    except ValueError:
        raise CommandError("Name the award by its public id, or give --all.") from None
    if not files.filter(award__public_id=key).exists():
        raise CommandError(f"No allocation file was sealed of award {key}.")
    return files.filter(award__public_id=key)
