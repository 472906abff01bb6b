"""Reading places: where a postcode is, in which zone, urban or rural."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from shapely.geometry.base import BaseGeometry

from cms_models.accounts.models import Authority, User
from cms_models.fields.selectors import rule_value
from cms_models.places.changes import Division, change_sentences, zone_changes
from cms_models.places.domain import (
    AreaVerdict,
    BadPlace,
    Centre,
    ZoneIndex,
    postcode_sector,
    tidy_postcode,
    urban_or_rural,
)
from cms_models.places.drawing import DrawnZone
from cms_models.places.faults import ZoneFault
from cms_models.places.geometry import joined
from cms_models.places.models import (
    AreaKind,
    Postcode,
    ReferenceArea,
    RoadMap,
    UrbanCentre,
    Zone,
    ZoneMap,
)
from cms_models.publication.models import PublicationState

FAULTS_NAMED = 10
# Finer boundaries follow the council's border more closely.
OUTLINE_KINDS = (AreaKind.LSOA, AreaKind.MSOA, AreaKind.WARD, AreaKind.DISTRICT)


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
        self.index = ZoneIndex.from_geojson(_boundaries(zones))
        self.points = postcode_points(authority)
        self.centres = centres(authority)
        self.radius_miles = float(rule_value(authority, "places.urban_radius_miles", on=on))
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


def _boundaries(zones: Iterable[Zone]) -> dict[str, Any]:
    return {zone.code: zone.boundary for zone in zones}


def zone_index(zone_map: ZoneMap) -> ZoneIndex:
    """Return a map's zones ready to be asked where points lie; drafts with faults too."""
    return ZoneIndex.from_geojson(_boundaries(zone_map.zones.all()))


def index_of(drawing: Iterable[DrawnZone]) -> ZoneIndex:
    """Return a drawing's zones ready to be asked where points lie."""
    return ZoneIndex.from_geojson({zone.code: zone.boundary for zone in drawing})


def drawing_of(zone_map: ZoneMap) -> list[DrawnZone]:
    """Return a map's zones as a drawing, by code."""
    return [DrawnZone(zone.code, zone.name, zone.boundary) for zone in zone_map.zones.all()]


def drawing_faults(authority: Authority, drawing: Iterable[DrawnZone]) -> list[ZoneFault]:
    """Return every crossing, overlap, gap and orphan postcode of a drawing, saved or not."""
    return _faults(authority, index_of(drawing))


def _faults(authority: Authority, index: ZoneIndex) -> list[ZoneFault]:
    """Return an index's faults; a gap beyond the council's own border (a creek) is none."""
    faults = index.faults(points=postcode_points(authority))
    if not any(fault.kind == "gap" for fault in faults):
        return faults
    ground = loaded_ground(authority)
    return [fault for fault in faults if ground is None or fault.is_on(ground)]


def zone_map_faults(zone_map: ZoneMap) -> list[ZoneFault]:
    """Return every crossing, gap, overlap and orphan postcode of a zone map, drafts too."""
    return _faults(zone_map.authority, zone_index(zone_map))


def postcodes_by_zone(zone_map: ZoneMap) -> dict[str, list[str]]:
    """Return the council's postcodes by the zone they lie in, those in none under the empty code.

    Every zone is there, with an empty list if need be.
    """
    points = postcode_points(zone_map.authority)
    index = zone_index(zone_map)
    zones = index.zones_of([at[0] for at in points.values()], [at[1] for at in points.values()])
    found: dict[str, list[str]] = {code: [] for code in (*index.codes, "")}
    for postcode, zone in zip(points, zones, strict=True):
        found[zone or ""].append(postcode)
    return found


def map_before(zone_map: ZoneMap) -> ZoneMap | None:
    """Return the published map another one takes over from: in force until its first day."""
    day = zone_map.valid_from - timedelta(days=1)
    found = zone_map_in_force(zone_map.authority, on=day)
    return None if found is not None and found.pk == zone_map.pk else found


def zone_map_changes(zone_map: ZoneMap) -> list[str]:
    """Return in sentences what a map changes on its first day: areas and postcodes by zone."""
    earlier = map_before(zone_map)
    points = postcode_points(zone_map.authority)
    after = _division(zone_map)
    if earlier is None:
        zones = f"{len(after.names)} zone{'' if len(after.names) == 1 else 's'}"
        return [f"It is the first zone map: {zones} for {len(points):,} postcodes."]
    return change_sentences(zone_changes(_division(earlier), after, points=points))


def _division(zone_map: ZoneMap) -> Division:
    zones = list(zone_map.zones.all())
    return Division(
        {zone.code: zone.name for zone in zones}, ZoneIndex.from_geojson(_boundaries(zones))
    )


def zone_map_refusals(zone_map: ZoneMap) -> list[str]:
    """Return why a zone map cannot be put in force, the first faults named, the rest counted."""
    if not zone_map.zones.exists():
        return ["it has no zones"]
    faults = zone_map_faults(zone_map)
    more = [f"… and {len(faults) - FAULTS_NAMED} more"] if len(faults) > FAULTS_NAMED else []
    return [*(fault.sentence for fault in faults[:FAULTS_NAMED]), *more]


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


def area_boundaries(user: User, *, kind: str) -> dict[str, Any]:
    """Return code → GeoJSON boundary of the areas of a kind a user may see."""
    rows = ReferenceArea.objects.visible_to(user).filter(kind=kind)
    return dict(rows.values_list("code", "boundary"))


def area_names(user: User, *, kind: str) -> dict[str, str]:
    """Return code → name of the areas of a kind a user may see, by name."""
    rows = ReferenceArea.objects.visible_to(user).filter(kind=kind)
    return dict(rows.values_list("code", "name"))


def area_kinds(user: User) -> dict[str, int]:
    """Return the kinds of area that are loaded, with how many there are of each."""
    rows = ReferenceArea.objects.visible_to(user).order_by().values_list("kind")
    return dict(rows.annotate(areas=Count("id")))


def sector_counts(authority: Authority) -> dict[str, int]:
    """Return each postcode sector of the council with how many postcodes it has."""
    codes = Postcode.objects.filter(authority=authority).values_list("code", flat=True)
    return dict(sorted(Counter(postcode_sector(code) for code in codes).items()))


def loaded_ground(authority: Authority) -> BaseGeometry | None:
    """Return the ground of a council by the finest areas it loaded, None where it loaded none."""
    rows = ReferenceArea.objects.filter(authority=authority).order_by()
    loaded = set(rows.values_list("kind", flat=True))
    kind = next((one for one in OUTLINE_KINDS if one in loaded), None)
    if kind is None:
        return None
    return _ground(dict(rows.filter(kind=kind).values_list("code", "boundary")))


def council_outline(authority: Authority, *, on: date) -> BaseGeometry | None:
    """Return a council's ground: its loaded areas, else its map in force, else None."""
    loaded = loaded_ground(authority)
    if loaded is not None:
        return loaded
    in_force = zone_map_in_force(authority, on=on)
    return _ground(_boundaries(in_force.zones.all())) if in_force else None


def _ground(boundaries: Mapping[str, Any]) -> BaseGeometry:
    return joined(ZoneIndex.from_geojson(boundaries).shapes)


def road_map(authority: Authority) -> RoadMap | None:
    """Return the council's newest road map."""
    return RoadMap.objects.filter(authority=authority).first()
