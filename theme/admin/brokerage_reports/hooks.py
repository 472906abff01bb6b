"""Where the reports of the brokerage live in the admin."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.brokerage.models import Release
from cms_models.brokerage.reports import REPORTS, ReportKind
from cms_models.care.models import CarePackage
from theme.admin.brokerage_reports.views import BehindPage, ReportCsv, ReportFile, ReportPage


class ReportsItem(MenuItem):
    """The menu's way to the reports, for roles that see releases and packages."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those roles."""
        return request.user.may_view(Release) and request.user.may_view(CarePackage)


def _addresses(kind: ReportKind) -> Iterator[URLPattern]:
    start, name = f"brokerage-reports/{kind.key}/", f"brokerage_report_{{}}{kind.key}"
    yield path(start, ReportPage.as_view(kind=kind), name=name.format(""))
    yield path(f"{start}behind/", BehindPage.as_view(kind=kind), name=name.format("behind_"))
    yield path(f"{start}table.csv", ReportCsv.as_view(kind=kind), name=name.format("csv_"))
    for file_kind in ("xlsx", "pdf"):
        yield path(
            f"{start}report.{file_kind}",
            ReportFile.as_view(kind=kind),
            {"file_kind": file_kind},
            name=name.format(f"{file_kind}_"),
        )


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    """Return the addresses of every report: its page, what is behind its numbers, its files."""
    return [pattern for kind in REPORTS.values() for pattern in _addresses(kind)]


@hooks.register("register_brokerage_menu_item")
def reports_item() -> MenuItem:
    """Return the menu item of the reports."""
    first = next(iter(REPORTS))
    return ReportsItem(
        "Reports",
        reverse(f"brokerage_report_{first}"),
        name="brokerage-reports",
        icon_name="table",
        order=800,
    )
