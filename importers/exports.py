"""Files out: rejects in the sender's own columns, packages as Mosaic sends them, awards for it.

Every text cell goes through `safe_text`, so that no spreadsheet takes it for a formula; numbers
stay numbers. What is written here is read back unchanged by the importers (IX-05, IX-08).
"""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import DateWidget
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cms_models.accounts.models import User
from cms_models.care.models import Award, AwardSource, CarePackage
from cms_models.care.selectors import stored_packages
from cms_models.care.terms import PackageTerms
from cms_models.jobs.models import ImportRow, ImportRun, RowOutcome
from importers.archives import is_zip
from importers.cells import as_meant, safe_text
from importers.columns import written
from importers.mosaic import PACKAGE_COLUMNS
from importers.own_columns import OwnExport
from importers.seen import as_seen

REASON = "Reason"
FORMATS = ("csv", "xlsx")
Rows = Iterable[Sequence[str | Decimal]]
UNIT = "Hours"


def csv_bytes(headings: Sequence[str], rows: Rows, *, for_excel: bool = False) -> bytes:
    """Return rows under headings as CSV: UTF-8, CRLF; `for_excel` puts the mark before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_text(heading) for heading in headings])
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if for_excel else "utf-8")


def xlsx_bytes(headings: Sequence[str], rows: Rows) -> bytes:
    """Return rows under headings as a workbook of one sheet."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Homeward")
    sheet.append([_storable(safe_text(heading)) for heading in headings])
    for row in rows:
        sheet.append([_storable(cell) for cell in row])
    kept = io.BytesIO()
    workbook.save(kept)
    return kept.getvalue()


def _storable(cell: str | Decimal) -> str | Decimal:
    # XML has no way to hold these at all, so the place is shown.
    return ILLEGAL_CHARACTERS_RE.sub("�", cell) if isinstance(cell, str) else cell


def file_bytes(
    headings: Sequence[str], rows: Rows, *, format_name: str, for_excel: bool = False
) -> bytes:
    """Return a table in one of FORMATS; ValueError for another."""
    if format_name not in FORMATS:
        raise ValueError(f"{format_name!r} is not one of {', '.join(FORMATS)}.")
    if format_name == "xlsx":
        return xlsx_bytes(headings, rows)
    return csv_bytes(headings, rows, for_excel=for_excel)


def rejects_file(
    run: ImportRun, *, format_name: str = "", unseen: Collection[str] = ()
) -> tuple[str, bytes]:
    """Return (filename, bytes) of an import's rejected rows: as sent, in order, with the reason.

    What stands under `unseen` headings is left out. In the format that was sent unless another is
    asked for. A column Reason that came back with a corrected rejects file gives way to the new
    one.
    """
    chosen = format_name or ("xlsx" if is_zip(bytes(run.content[:4])) else "csv")
    headings = list(run.headings)
    if headings and headings[-1].casefold() == REASON.casefold():
        headings.pop()
    width = len(headings)
    found = ImportRow.objects.filter(run=run, outcome=RowOutcome.REJECTED).order_by("number")
    rows = (as_seen(row, run.headings, unseen) for row in found)
    table = ([*_as_sent(row, width), safe_text(reason_of(row))] for row in rows)
    content = file_bytes([*headings, REASON], table, format_name=chosen, for_excel=True)
    stem = run.filename.rpartition(".")[0] or run.filename
    return f"{stem}-rejects.{chosen}", content


def _as_sent(row: ImportRow, width: int) -> list[str]:
    cells = [safe_text(as_meant(str(cell))) for cell in row.cells[:width]]
    return cells + [""] * (width - len(cells))


def reason_of(row: ImportRow) -> str:
    """Return why a row was rejected, in one line."""
    return " ".join(
        f"{error['column']}: {error['message']}" if error["column"] else error["message"]
        for error in row.errors
    )


PACKAGE_HEADINGS = tuple(column.heading for column in PACKAGE_COLUMNS)
# The unit is the same for all and kept nowhere.
KEPT_COLUMNS = tuple(column for column in PACKAGE_COLUMNS if column.name != "unit")
KEPT_NAMES = tuple(column.name for column in KEPT_COLUMNS)


def packages_table(user: User) -> tuple[Sequence[str], Rows]:
    """Return headings and rows of the packages a user may see whole, as an extract states them.

    Behind them stand the council's own fields of packages that the user may see, headed by key.
    """
    packages = CarePackage.objects.visible_to(user).order_by("package_ref")
    own = OwnExport(user, "care.carepackage", PACKAGE_COLUMNS)
    custom = dict(packages.values_list("package_ref", "custom")) if own.headings else {}
    rows = (
        [*_package_row(terms), *own.cells_of(custom.get(terms.package_ref, {}))]
        for terms in (stored.terms for stored in stored_packages(packages))
    )
    return [*PACKAGE_HEADINGS, *own.headings], rows


def _package_row(terms: PackageTerms) -> list[str | Decimal]:
    cells = dict(zip(KEPT_NAMES, written(KEPT_COLUMNS, terms), strict=True))
    return [cells.get(column.name, UNIT) for column in PACKAGE_COLUMNS]


class AwardResource(ModelResource):
    """Awards as Mosaic's loader is told of them: which package went to which organisation."""

    person = Field("package__person__mosaic_person_id", "Person ID")
    package = Field("package__package_ref", "Package Ref")
    element = Field("package__element_id", "Element ID")
    organisation = Field("provider__ref", "Organisation Ref")
    organisation_name = Field("provider__name", "Organisation")
    starts_on = Field("starts_on", "Start Date", widget=DateWidget("%d/%m/%Y"))
    lot = Field("lot__code", "Lot")
    source = Field("source", "Source")
    reason = Field("reason", REASON)
    decided_by = Field("decided_by__username", "Decided By")
    decided_at = Field("decided_at", "Decided At")

    class Meta:
        model = Award
        fields = (
            "person",
            "package",
            "element",
            "organisation",
            "organisation_name",
            "starts_on",
            "lot",
            "source",
            "reason",
            "decided_by",
            "decided_at",
        )
        export_order = fields

    def dehydrate_source(self, award: Award) -> str:
        """Say in words how the award came to be."""
        return award.get_source_display()


def awards_table(user: User, *, since: date | None = None) -> tuple[Sequence[str], Rows]:
    """Return headings and rows of the awards made in Homeward that still hold, oldest first.

    Awards that came with an import are Mosaic's own and are left out; `since` is the first day on
    which they were decided. The council's own fields of awards that the user may see come last.
    """
    awards = Award.objects.visible_to(user).filter(current=True)
    awards = awards.exclude(source=AwardSource.IMPORTED).order_by("decided_at", "id")
    if since is not None:
        awards = awards.filter(decided_at__date__gte=since)
    chosen = awards.select_related("package__person", "provider", "lot", "decided_by")
    dataset = AwardResource().export(queryset=chosen)
    own = OwnExport(user, "care.award")
    customs = list(awards.values_list("custom", flat=True)) if own.headings else [{}] * len(dataset)
    rows = (
        [*(safe_text(_plain(cell)) for cell in row), *own.cells_of(custom)]
        for row, custom in zip(dataset, customs, strict=True)
    )
    return [*dataset.headers, *own.headings], rows


def _plain(cell: Any) -> str:
    return "" if cell is None else str(cell)
