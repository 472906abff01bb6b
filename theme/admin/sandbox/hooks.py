"""Where the sandbox lives in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.care.models import CarePackage
from cms_models.rates.models import RateCard
from theme.admin.sandbox.against_budget import AgainstBudget, AgainstBudgetFile
from theme.admin.sandbox.comparing import ComparePage, ComparisonFile
from theme.admin.sandbox.saved import ReportFile, SaveScenario
from theme.admin.sandbox.views import CellPage, SandboxFile, SandboxPage


class SandboxItem(MenuItem):
    """The menu's way to a page for roles that see rate cards and packages."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to those roles."""
        return request.user.may_view(RateCard) and request.user.may_view(CarePackage)


@hooks.register("register_admin_urls")
def sandbox_urls() -> list[URLPattern]:
    """Return the addresses of the sandbox, its figures, comparisons and files."""
    return [
        path("sandbox/", SandboxPage.as_view(), name="sandbox"),
        path("sandbox/figure/", CellPage.as_view(), name="sandbox_cell"),
        path("sandbox/compare/", ComparePage.as_view(), name="sandbox_compare"),
        path("sandbox/save/", SaveScenario.as_view(), name="sandbox_save"),
        path("sandbox/sheet.xlsx", SandboxFile.as_view(), {"kind": "xlsx"}, name="sandbox_xlsx"),
        path("sandbox/sheet.pdf", SandboxFile.as_view(), {"kind": "pdf"}, name="sandbox_pdf"),
        path(
            "sandbox/compare.xlsx",
            ComparisonFile.as_view(),
            {"kind": "xlsx"},
            name="sandbox_compare_xlsx",
        ),
        path(
            "sandbox/compare.pdf",
            ComparisonFile.as_view(),
            {"kind": "pdf"},
            name="sandbox_compare_pdf",
        ),
        path("against-budget/", AgainstBudget.as_view(), name="against_budget"),
        path(
            "against-budget/gap.xlsx",
            AgainstBudgetFile.as_view(),
            {"kind": "xlsx"},
            name="against_budget_xlsx",
        ),
        path(
            "against-budget/gap.pdf",
            AgainstBudgetFile.as_view(),
            {"kind": "pdf"},
            name="against_budget_pdf",
        ),
        path(
            "savedreport/<int:pk>/report.xlsx",
            ReportFile.as_view(),
            {"kind": "xlsx"},
            name="saved_report_xlsx",
        ),
        path(
            "savedreport/<int:pk>/report.pdf",
            ReportFile.as_view(),
            {"kind": "pdf"},
            name="saved_report_pdf",
        ),
    ]


@hooks.register("register_planning_menu_item")
def sandbox_item() -> MenuItem:
    """Return the menu item of the sandbox."""
    return SandboxItem("Sandbox", reverse("sandbox"), name="sandbox", icon_name="sliders", order=1)


@hooks.register("register_planning_menu_item")
def compare_item() -> MenuItem:
    """Return the menu item of the comparison."""
    return SandboxItem(
        "Compare two options",
        reverse("sandbox_compare"),
        name="sandbox-compare",
        icon_name="tasks",
        order=2,
    )


@hooks.register("register_planning_menu_item")
def against_budget_item() -> MenuItem:
    """Return the menu item of printed tables against a budget."""
    return SandboxItem(
        "Printed tables and budget",
        reverse("against_budget"),
        name="against-budget",
        icon_name="doc-full",
        order=30,
    )
