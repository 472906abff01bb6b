"""Where the zone map lives in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.places.models import ZoneMap
from theme.admin.zone_map.compare import CompareZoneMaps
from theme.admin.zone_map.editor import (
    AreasToBuildFrom,
    CheckDrawing,
    PostcodesOfCouncil,
    ReshapeDrawing,
    SaveDrawing,
    ZoneEditor,
)
from theme.admin.zone_map.versions import CopyZoneMap, ZoneMapHistory
from theme.admin.zone_map.views import ZoneMapPage


class ZoneMapItem(MenuItem):
    """The menu's way to the map in force."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that may view zone maps."""
        return request.user.may_view(ZoneMap)


@hooks.register("register_admin_urls")
def zone_map_urls() -> list[URLPattern]:
    """Return the addresses of the page (the map in force, or one map), its editor and versions."""
    return [
        path("zone-map/", ZoneMapPage.as_view(), name="zone_map_page"),
        path("zone-map/compare/", CompareZoneMaps.as_view(), name="zone_map_compare"),
        path("zone-map/<int:pk>/", ZoneMapPage.as_view(), name="zone_map_page"),
        path("zone-map/<int:pk>/edit/", ZoneEditor.as_view(), name="zone_map_edit"),
        path("zone-map/<int:pk>/check/", CheckDrawing.as_view(), name="zone_map_check"),
        path("zone-map/<int:pk>/reshape/", ReshapeDrawing.as_view(), name="zone_map_reshape"),
        path("zone-map/<int:pk>/save/", SaveDrawing.as_view(), name="zone_map_save"),
        path("zone-map/<int:pk>/areas/", AreasToBuildFrom.as_view(), name="zone_map_areas"),
        path(
            "zone-map/<int:pk>/postcodes/",
            PostcodesOfCouncil.as_view(),
            name="zone_map_postcodes",
        ),
        path("zone-map/<int:pk>/copy/", CopyZoneMap.as_view(), name="zone_map_copy"),
        path("zone-map/<int:pk>/history/", ZoneMapHistory.as_view(), name="zone_map_history"),
    ]


@hooks.register("register_places_menu_item")
def zone_map_item() -> MenuItem:
    """Return the menu item."""
    return ZoneMapItem(
        "Zone map", reverse("zone_map_page"), name="zone-map", icon_name="site", order=1
    )
