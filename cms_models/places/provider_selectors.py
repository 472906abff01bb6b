"""What a provider reads of places: the published zones of its council."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from cms_models.accounts.models import User
from cms_models.places.models import Zone, ZoneMap
from cms_models.publication.models import PublicationState


@dataclass(frozen=True)
class ZoneSheet:
    """A published zone map with its zones; `geojson` is a FeatureCollection, WGS84."""

    name: str
    valid_from: date
    valid_to: date | None
    attribution: str
    zones: list[dict[str, Any]]

    @property
    def geojson(self) -> dict[str, Any]:
        """The zones as a GeoJSON FeatureCollection."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": zone["code"], "name": zone["name"]},
                    "geometry": zone["boundary"],
                }
                for zone in self.zones
            ],
        }


def zone_sheet_on(*, user: User, on: date) -> ZoneSheet | None:
    """Return the published zones in force on a day (of several maps the newest), or None."""
    found = (
        ZoneMap.objects.visible_to(user)
        .filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)
        .filter(state=PublicationState.PUBLISHED)
        .order_by("-valid_from", "-id")
        .first()
    )
    if found is None:
        return None
    zones = Zone.objects.visible_to(user).filter(zone_map=found).order_by("code")
    return ZoneSheet(
        found.name,
        found.valid_from,
        found.valid_to,
        found.attribution,
        list(zones.values("code", "name", "boundary")),
    )
