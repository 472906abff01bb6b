"""Where allocation files live in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.accounts.roles import is_staff_role
from theme.admin.allocation_file.views import (
    AllocationFileDownload,
    AllocationFilePage,
    CheckPage,
    ProviderVersionDownload,
)


class StaffItem(MenuItem):
    """The menu's way to a page for all staff."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to staff."""
        return is_staff_role(request.user.role)


@hooks.register("register_admin_urls")
def allocation_file_urls() -> list[URLPattern]:
    """Return the addresses of a file, its downloads and the check of a copy."""
    one, whole, own = (
        "allocation-files/<int:pk>/",
        AllocationFileDownload.as_view(),
        ProviderVersionDownload.as_view(),
    )
    name = "allocation_file"
    return [
        path("allocation-files/check/", CheckPage.as_view(), name=f"{name}_check"),
        path(one, AllocationFilePage.as_view(), name=f"{name}_page"),
        path(f"{one}file.json", whole, {"kind": "json"}, name=f"{name}_json"),
        path(f"{one}file.pdf", whole, {"kind": "pdf"}, name=f"{name}_pdf"),
        path(f"{one}provider.json", own, {"kind": "json"}, name=f"{name}_provider_json"),
        path(f"{one}provider.pdf", own, {"kind": "pdf"}, name=f"{name}_provider_pdf"),
    ]


@hooks.register("register_brokerage_menu_item")
def check_item() -> MenuItem:
    """Return the menu item of the check."""
    return StaffItem(
        "Check a file",
        reverse("allocation_file_check"),
        name="allocation-file-check",
        icon_name="check",
        order=900,
    )
