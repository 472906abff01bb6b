"""Reading places: where a postcode is, in which zone, urban or rural."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from cms_models.accounts.models import Authority, User
from cms_models.fields.selectors import rule_value
from cms_models.places.domain import (
    AreaVerdict,
    BadPlace,
    Centre,
    ZoneFault,
    ZoneIndex,
    tidy_postcode,
    urban_or_rural,
)
from cms_models.places.models import Postcode, PublicationState, RoadMap, UrbanCentre, Zone, ZoneMap


@dataclass(frozen=True)
class Spot:
    """Where somebody lives, as the rules see it."""

    postcode: str
    latitude: float
    longitude: float
    zone: Zone | None
    area: AreaVerdict


def zone_map_in_force(authority: Authority, *, on: date) -> ZoneMap | None:
    """Return the published zone map in force on a day; of several, the one that began last."""
    return (
        ZoneMap.objects.filter(authority=authority, state=PublicationState.PUBLISHED)
        .filter(valid_from__lte=on)
        .filter(Q(valid_to=None) | Q(valid_to__gt=on))
        .order_by("-valid_from", "-id")
        .first()
    )


def centres(authority: Authority) -> list[Centre]:
    """Return the council's urban centres."""
    return [
        Centre(row.name, row.latitude, row.longitude)
        for row in UrbanCentre.objects.filter(authority=authority)
    ]


def postcode_points(authority: Authority) -> dict[str, tuple[float, float]]:
    """Return postcode → (latitude, longitude) for the whole council."""
    rows = Postcode.objects.filter(authority=authority)
    return {
        code: (lat, lon) for code, lat, lon in rows.values_list("code", "latitude", "longitude")
    }


class Gazetteer:
    """A council's places on one day, read once and asked many times (imports, sandboxes)."""

    def __init__(self, authority: Authority, *, on: date) -> None:
        self.zone_map = zone_map_in_force(authority, on=on)
        zones = list(self.zone_map.zones.all()) if self.zone_map else []
        self.zones: Mapping[str, Zone] = {zone.code: zone for zone in zones}
        self.index = ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zones})
        self.points = postcode_points(authority)
        self.centres = centres(authority)
        self.radius_miles = float(rule_value(authority, "places.urban_radius_miles"))
        self._known: dict[str, Spot] = {}

    def spot(self, postcode: str) -> Spot:
        """Return where a postcode is; BadPlace for one that is not known to the council."""
        code = tidy_postcode(postcode)
        if code not in self._known:
            self._known[code] = self._look_up(code)
        return self._known[code]

    def _look_up(self, code: str) -> Spot:
        if code not in self.points:
            raise BadPlace(
                f"Postcode {code} is not among the council's postcodes. "
                "Correct it, or load a newer postcodes file."
            )
        latitude, longitude = self.points[code]
        zone = self.index.zone_of(latitude=latitude, longitude=longitude)
        area = urban_or_rural(
            latitude=latitude,
            longitude=longitude,
            centres=self.centres,
            radius_miles=self.radius_miles,
        )
        return Spot(code, latitude, longitude, self.zones.get(zone) if zone else None, area)


def zone_map_faults(zone_map: ZoneMap) -> list[ZoneFault]:
    """Return every gap, overlap and orphan postcode of a zone map, drafts too."""
    index = ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zone_map.zones.all()})
    return index.faults(points=postcode_points(zone_map.authority))


def zone_maps_of(user: User) -> list[ZoneMap]:
    """Return the zone maps a user may see, the latest first."""
    return list(ZoneMap.objects.visible_to(user).select_related("authority"))


def zone_map_to_open(user: User, *, on: date) -> ZoneMap | None:
    """Return the map in force on a day, else the latest a user may see."""
    maps = ZoneMap.objects.visible_to(user).select_related("authority")
    in_force = zone_map_in_force(user.authority, on=on) if user.authority else None
    return (maps.filter(pk=in_force.pk) if in_force else maps).first()


def points_of(authority: Authority, postcodes: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return postcode → (latitude, longitude) of those the council knows."""
    rows = Postcode.objects.filter(authority=authority, code__in=set(postcodes))
    return {
        code: (lat, lon) for code, lat, lon in rows.values_list("code", "latitude", "longitude")
    }


def road_map(authority: Authority) -> RoadMap | None:
    """Return the council's newest road map."""
    return RoadMap.objects.filter(authority=authority).first()
