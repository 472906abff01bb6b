"""What Wagtail's admin is told: who may do what, the records, the menu, the look, the dashboard.

A screen of its own registers itself in a hooks.py beside it and is imported at the end.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import SearchArea

from cms_models.care.models import CarePackage
from theme.admin.policies import register_policies

# Before anything of Wagtail's asks for a policy: afterwards it refuses ours.
register_policies()

from theme.admin.allocation_file import hooks as allocation_file_hooks  # noqa: E402, F401
from theme.admin.board import hooks as board_hooks  # noqa: E402, F401
from theme.admin.brokerage_reports import hooks as brokerage_reports_hooks  # noqa: E402, F401
from theme.admin.dashboard import home_panels  # noqa: E402
from theme.admin.imports import hooks as imports_hooks  # noqa: E402, F401
from theme.admin.menus import GROUPS, WAGTAIL_ITEMS, Group, group_item, record_viewsets  # noqa: E402
from theme.admin.own_fields import hooks as own_fields_hooks  # noqa: E402, F401
from theme.admin.package import hooks as package_hooks  # noqa: E402, F401
from theme.admin.pages import date_asked  # noqa: E402
from theme.admin.quality import hooks as quality_hooks  # noqa: E402, F401
from theme.admin.rate_card import hooks as rate_card_hooks  # noqa: E402, F401
from theme.admin.review import hooks as review_hooks  # noqa: E402, F401
from theme.admin.rounds_day import hooks as rounds_day_hooks  # noqa: E402, F401
from theme.admin.sandbox import hooks as sandbox_hooks  # noqa: E402, F401
from theme.admin.tender import hooks as tender_hooks  # noqa: E402, F401
from theme.admin.zone_map import hooks as zone_map_hooks  # noqa: E402, F401
from theme.sign_in import hooks as sign_in_hooks  # noqa: E402, F401


@hooks.register("register_admin_viewset")
def viewsets() -> list[Any]:
    """Return the screens of every kind of record."""
    return record_viewsets()


def _item_of(group: Group) -> Callable[[], MenuItem]:
    return lambda: group_item(group)


for _group in GROUPS:
    hooks.register("register_admin_menu_item", _item_of(_group))


@hooks.register("construct_main_menu")
def hide_website_items(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave out what Wagtail shows for websites."""
    items[:] = [item for item in items if item.name not in WAGTAIL_ITEMS]


class PackageSearch(SearchArea):
    """The search box in the menu finds packages."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that see packages."""
        return request.user.may_view(CarePackage)


@hooks.register("register_admin_search_area")
def package_search() -> SearchArea:
    """Return the search over packages."""
    return PackageSearch(
        "Packages", reverse("carepackage:index"), name="packages", icon_name="form", order=1
    )


@hooks.register("construct_homepage_panels")
def dashboard(request: HttpRequest, panels: list[Any]) -> None:
    """Show the day's numbers and nothing of a website's."""
    day = date_asked(request.GET.get("on")) or timezone.localdate()
    panels[:] = home_panels(request.user, on=day)


@hooks.register("construct_homepage_summary_items")
def no_website_summary(request: HttpRequest, items: list[Any]) -> None:
    """Count no pages, images or documents."""
    items.clear()


@hooks.register("insert_global_admin_css")
def look() -> str:
    """Load the tokens and the look."""
    sheets = [static(f"theme/{name}.css") for name in ("tokens", "admin")]
    return format_html(
        '<link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}">', *sheets
    )


@hooks.register("insert_global_admin_js")
def widgets() -> str:
    """Start date and time pickers from their data attributes, as the CSP demands."""
    return format_html('<script src="{}" defer></script>', static("theme/pickers.js"))
