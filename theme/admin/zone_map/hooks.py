"""Where the zone map lives in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.places.models import ZoneMap
from theme.admin.zone_map.views import PublishZoneMap, ZoneMapPage


class ZoneMapItem(MenuItem):
    """The menu's way to the map in force."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that may view zone maps."""
        return request.user.may_view(ZoneMap)


@hooks.register("register_admin_urls")
def zone_map_urls() -> list[URLPattern]:
    """Return the addresses of the page (map in force, or one map) and of publishing."""
    return [
        path("zone-map/", ZoneMapPage.as_view(), name="zone_map_page"),
        path("zone-map/<int:pk>/", ZoneMapPage.as_view(), name="zone_map_page"),
        path("zone-map/<int:pk>/publish/", PublishZoneMap.as_view(), name="zone_map_publish"),
    ]


@hooks.register("register_places_menu_item")
def zone_map_item() -> MenuItem:
    """Return the menu item."""
    return ZoneMapItem(
        "Zone map", reverse("zone_map_page"), name="zone-map", icon_name="site", order=1
    )
