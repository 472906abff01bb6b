"""The only writers of zone maps, centres, postcodes and road maps."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record, save_record
from cms_models.places.domain import BadPlace, boundary_from_geojson
from cms_models.places.models import Postcode, PublicationState, RoadMap, UrbanCentre, Zone, ZoneMap
from cms_models.places.selectors import zone_map_faults

BATCH = 1000
FAULTS_NAMED = 10


def load_postcodes(*, actor: User, points: Mapping[str, tuple[float, float]]) -> dict[str, int]:
    """Add or move postcodes of the actor's council; returns how many were read and are new.

    A postcode that a newer file no longer has is kept: a person may still live there.
    """
    known = set(Postcode.objects.filter(authority=actor.authority).values_list("code", flat=True))
    rows = [
        Postcode(authority=actor.authority, code=code, latitude=lat, longitude=lon)
        for code, (lat, lon) in points.items()
    ]
    with transaction.atomic():
        Postcode.objects.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["authority", "code"],
            update_fields=["latitude", "longitude"],
        )
        counts = {"read": len(rows), "new": len(set(points) - known)}
        record(actor=actor, action="load_postcodes", subject=actor.authority, after=counts)
    return counts


def set_urban_centre(*, actor: User, name: str, latitude: float, longitude: float) -> UrbanCentre:
    """Add an urban centre, or move the one of that name."""
    row = UrbanCentre.objects.filter(authority=actor.authority, name=name).first()
    version = row.version if row else None
    row = row or UrbanCentre(authority=actor.authority, name=name)
    row.latitude, row.longitude = latitude, longitude
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)


def draft_zone_map(
    *,
    actor: User,
    name: str,
    valid_from: date,
    features: Sequence[Mapping[str, Any]],
    attribution: str = "",
) -> ZoneMap:
    """Save a new zone map as a draft from GeoJSON features with `code` and `name`.

    A draft may have gaps and overlaps; a boundary that is no valid polygon is refused (BadPlace).
    """
    codes = [str(feature["properties"]["code"]) for feature in features]
    doubled = sorted({code for code in codes if codes.count(code) > 1})
    if doubled:
        raise BadPlace(f"Two zones are called {doubled[0]}.")
    with transaction.atomic():
        zone_map = ZoneMap(
            authority=actor.authority, name=name, valid_from=valid_from, attribution=attribution
        )
        zone_map.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=zone_map, expected_version=None)
        for code, feature in zip(codes, features, strict=True):
            boundary_from_geojson(feature["geometry"], name=code)
            zone = Zone(
                authority=actor.authority,
                zone_map=zone_map,
                code=code,
                name=feature["properties"].get("name") or code,
                boundary=feature["geometry"],
            )
            zone.full_clean(exclude=["authority", "zone_map"])
            save_record(actor=actor, record_=zone, expected_version=None)
    return zone_map


def publish_zone_map(*, actor: User, zone_map: ZoneMap) -> ZoneMap:
    """Put a zone map in force from its date, ending the one before; refused while it has faults."""
    actor.must("publish", ZoneMap)
    faults = zone_map_faults(zone_map)
    if faults or not zone_map.zones.exists():
        named = [fault.sentence for fault in faults[:FAULTS_NAMED]] or ["it has no zones"]
        more = f" … and {len(faults) - FAULTS_NAMED} more" if len(faults) > FAULTS_NAMED else ""
        raise ValidationError(f"{zone_map} cannot be published: {'; '.join(named)}{more}.")
    with transaction.atomic():
        earlier = ZoneMap.objects.select_for_update().filter(
            authority=zone_map.authority,
            state=PublicationState.PUBLISHED,
            valid_from__lt=zone_map.valid_from,
            valid_to=None,
        )
        for row in earlier.exclude(pk=zone_map.pk):
            row.valid_to = zone_map.valid_from
            save_record(actor=actor, record_=row, expected_version=row.version)
        zone_map.state = PublicationState.PUBLISHED
        return save_record(
            actor=actor, record_=zone_map, expected_version=zone_map.version, reason="published"
        )


def keep_road_map(
    *, actor: User, name: str, filename: str, sha256: str, graph: bytes, nodes: int, edges: int
) -> RoadMap:
    """Keep a council's road graph, replacing the one of that name."""
    row = RoadMap.objects.filter(authority=actor.authority, name=name).first()
    version = row.version if row else None
    row = row or RoadMap(authority=actor.authority, name=name)
    row.source_filename, row.sha256, row.graph = filename, sha256, graph
    row.nodes, row.edges = nodes, edges
    row.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=row, expected_version=version)
