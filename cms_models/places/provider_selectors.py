"""What a provider reads of places: the published zones of its council."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, F, Q, Value
from django.db.models.functions import Left, StrIndex
from shapely.geometry import shape

from cms_models.accounts.models import User
from cms_models.places.models import Postcode, Zone, ZoneMap
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


def district_centres(
    *, user: User, districts: Collection[str]
) -> Mapping[str, tuple[float, float]]:
    """Return the middle (latitude, longitude) of postcode districts: the mean of their postcodes.

    Nothing smaller is told, so that a point on a map is never a person's.
    """
    if not districts:
        return {}
    rows = (
        Postcode.objects.filter(authority_id=user.authority_id, code__contains=" ")
        .annotate(district=Left("code", StrIndex(F("code"), Value(" ")) - 1))
        .filter(district__in=set(districts))
        .values("district")
        .annotate(latitude=Avg("latitude"), longitude=Avg("longitude"))
        .order_by("district")
    )
    return {row["district"]: (row["latitude"], row["longitude"]) for row in rows}


def zone_centres(sheet: ZoneSheet | None) -> Mapping[str, tuple[float, float]]:
    """Return a point (latitude, longitude) well inside each zone."""
    found = {}
    for zone in sheet.zones if sheet else []:
        point = shape(zone["boundary"]).representative_point()
        found[zone["code"]] = (point.y, point.x)
    return found
