"""`manage.py reconcile_table FILE --rate 15.80`: a printed planning table held against itself."""

from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms_models.rates.tables import PlanningRow, PlanningTable, row_mismatches, total_mismatches
from importers.cells import decimal_of
from importers.faults import BadCell, BadFile
from importers.management.importing import read_bytes
from importers.tables import read_table

HEADINGS = ("Name", "Weekly Hours", "Annual Hours", "Annual Cost")
read_number = decimal_of(least="0", most="999999999999")


class Command(BaseCommand):
    """Name every printed figure that its own rule does not reproduce, with the difference."""

    help = (
        "Reconcile a printed table of hours and cost (CSV or XLSX: Name, Weekly Hours, Annual "
        "Hours, Annual Cost; the last row is the total)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the rate in pounds an hour and the weeks of the year."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--rate", type=Decimal, required=True, help="pounds an hour")
        parser.add_argument("--weeks", type=int, default=52)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line a mismatch, or say that the table holds."""
        rows = self._rows(options["file"])
        table = PlanningTable(
            options["file"].name, options["rate"], options["weeks"], tuple(rows[:-1]), rows[-1]
        )
        found = [*row_mismatches(table), *total_mismatches(table)]
        for mismatch in found:
            self.stdout.write(mismatch.sentence)
        self.stdout.write(f"{len(found)} figure(s) of {table.title} do not reproduce.")

    def _rows(self, path: Path) -> list[PlanningRow]:
        try:
            sheet = read_table(read_bytes(path))
        except BadFile as broken:
            raise CommandError(str(broken)) from broken
        missing = [name for name in HEADINGS if name not in sheet.headings]
        if missing or len(sheet.rows) < 2:
            lack = f"lacks {', '.join(missing)}" if missing else "needs a row and a total"
            raise CommandError(f"{path.name} {lack}.")
        places = [sheet.headings.index(name) for name in HEADINGS]
        return [self._row([row.cells[place] for place in places]) for row in sheet.rows]

    def _row(self, cells: list[str]) -> PlanningRow:
        try:
            return PlanningRow(cells[0], *(read_number(cell) for cell in cells[1:]))
        except BadCell as wrong:
            raise CommandError(f"{cells[0]}: {wrong}") from wrong
