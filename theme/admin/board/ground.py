"""What lies under the maps of the board: the zones in force."""

from typing import Any

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.places.models import Zone
from cms_models.places.selectors import zone_map_in_force
from theme.admin.zone_map.views import zones_for_map


def ground_of(user: User) -> list[dict[str, Any]]:
    """Return the zones of the map in force, as GeoJSON features with code and name."""
    zone_map = zone_map_in_force(user.authority, on=timezone.localdate())
    zones = Zone.objects.visible_to(user).filter(zone_map=zone_map).order_by("code")
    return zones_for_map(list(zones)) if zone_map else []
