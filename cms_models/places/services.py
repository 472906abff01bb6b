"""The only writers of zone maps, reference areas, centres, postcodes and road maps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from cms_models.accounts.models import User
from cms_models.audit.services import StaleEdit, delete_record, picture, record, save_record
from cms_models.places.domain import boundary_from_geojson
from cms_models.places.drawing import (
    DrawnZone,
    as_collection,
    read_zone,
    with_codes_once,
    with_shared_edges,
)
from cms_models.places.models import (
    Postcode,
    ReferenceArea,
    RoadMap,
    UrbanCentre,
    Zone,
    ZoneMap,
)
from cms_models.places.selectors import drawing_of, zone_map_refusals
from cms_models.publication.services import end_earlier, mark_published, reopen_earlier

BATCH = 1000


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
    zones = with_codes_once(
        [
            read_zone(one["properties"], one["geometry"], number=number)
            for number, one in enumerate(features, start=1)
        ]
    )
    for zone in zones:
        boundary_from_geojson(zone.boundary, name=zone.code)
    zone_map = ZoneMap(
        authority=actor.authority, name=name, valid_from=valid_from, attribution=attribution
    )
    return _save_new_map(actor, zone_map, zones)


def draft_drawing(
    *,
    actor: User,
    name: str,
    valid_from: date,
    zones: Sequence[DrawnZone],
    attribution: str = "",
    option: str = "",
) -> ZoneMap:
    """Save a drawing as a new draft, its faults and all: built from lists, or drawn afresh."""
    actor.must("add", ZoneMap)
    zone_map = ZoneMap(
        authority=actor.authority,
        name=name,
        valid_from=valid_from,
        attribution=attribution,
        option=option,
    )
    return _save_new_map(actor, zone_map, with_shared_edges(zones))


def copy_zone_map(
    *, actor: User, zone_map: ZoneMap, name: str, valid_from: date, option: str = ""
) -> ZoneMap:
    """Save a map's zones as a new draft: an option beside it, or an old version restored."""
    actor.must("add", ZoneMap)
    copy = ZoneMap(
        authority=zone_map.authority,
        name=name,
        option=option,
        valid_from=valid_from,
        attribution=zone_map.attribution,
        based_on=zone_map,
    )
    return _save_new_map(actor, copy, with_shared_edges(drawing_of(zone_map)))


def _save_new_map(actor: User, zone_map: ZoneMap, zones: Sequence[DrawnZone]) -> ZoneMap:
    with transaction.atomic():
        zone_map.full_clean(exclude=["authority"])
        save_record(actor=actor, record_=zone_map, expected_version=None)
        for zone in zones:
            _save_zone(actor, Zone(authority=zone_map.authority, zone_map=zone_map), zone)
    return zone_map


def save_drawing(
    *, actor: User, zone_map: ZoneMap, zones: Sequence[DrawnZone], expected_version: int
) -> ZoneMap:
    """Replace the zones of a draft as a whole, with one audit entry for each that changed.

    Faults do not hinder it. StaleEdit when somebody saved the map since `expected_version`, with
    their zones under `zones` as GeoJSON; nothing is written then.
    """
    actor.must("change", ZoneMap)
    drawn = {zone.code: zone for zone in with_shared_edges(with_codes_once(zones))}
    with transaction.atomic():
        row = ZoneMap.objects.select_for_update().get(pk=zone_map.pk)
        if row.locked_because:
            raise ValidationError(row.locked_because)
        if row.version != expected_version:
            theirs = {**picture(row), "version": row.version}
            raise StaleEdit(record=row, theirs={**theirs, "zones": as_collection(drawing_of(row))})
        before = drawing_of(row)
        stored = {zone.code: zone for zone in row.zones.all()}
        for code, zone in stored.items():
            if code not in drawn:
                delete_record(actor=actor, record_=zone, reason="drawn anew")
        for code, one in drawn.items():
            fresh = Zone(authority=row.authority, zone_map=row)
            _save_zone(actor, stored.get(code, fresh), one)
        if before != drawing_of(row):
            row.version += 1
            row.save(update_fields=["version", "updated_at"])
    return row


def _save_zone(actor: User, row: Zone, drawn: DrawnZone) -> None:
    """Save a zone as drawn: a new one, or a stored one where it changed."""
    row.code, row.name, row.boundary = drawn.code, drawn.name, drawn.boundary
    row.full_clean(exclude=["authority", "zone_map"])
    version = row.version if row.pk else None
    save_record(actor=actor, record_=row, expected_version=version)


@dataclass(frozen=True)
class AreaTerms:
    """A reference area as a file states it."""

    kind: str
    code: str
    name: str
    boundary: Mapping[str, Any]
    source: str = ""
    attribution: str = ""


def load_reference_areas(*, actor: User, areas: Sequence[AreaTerms]) -> dict[str, int]:
    """Add or redraw areas of the actor's council; returns how many were read and are new.

    Areas a newer file no longer has are kept: a zone may have been built from them. The trail keeps
    the counts, not thousands of corners.
    """
    actor.must("change", ReferenceArea)
    rows = [_area(actor, terms) for terms in areas]
    known = set(ReferenceArea.objects.filter(authority=actor.authority).values_list("kind", "code"))
    with transaction.atomic():
        ReferenceArea.objects.bulk_create(
            rows,
            batch_size=BATCH // 10,
            update_conflicts=True,
            unique_fields=["authority", "kind", "code"],
            update_fields=["name", "boundary", "source", "attribution", "updated_at"],
        )
        counts = {"read": len(rows), "new": sum((row.kind, row.code) not in known for row in rows)}
        record(actor=actor, action="load_reference_areas", subject=actor.authority, after=counts)
    return counts


def _area(actor: User, terms: AreaTerms) -> ReferenceArea:
    row = ReferenceArea(
        authority=actor.authority,
        **{item.name: getattr(terms, item.name) for item in fields(terms)},
    )
    row.full_clean(exclude=["authority"], validate_constraints=False)
    return row


def publish_zone_map(*, actor: User, zone_map: ZoneMap) -> ZoneMap:
    """Put a zone map in force from its date, ending the one before; refused while it has faults."""
    actor.must("publish", ZoneMap)
    faults = zone_map_refusals(zone_map)
    if faults:
        raise ValidationError(f"{zone_map} cannot be published: {'; '.join(faults)}.")
    with transaction.atomic():
        end_earlier(actor=actor, version=zone_map, others=_maps_of(zone_map))
        return mark_published(actor=actor, version=zone_map)


def take_back_zone_map(*, actor: User, zone_map: ZoneMap) -> None:
    """Let the map that this one ended run on; the map becomes a draft in the caller's step."""
    reopen_earlier(actor=actor, version=zone_map, others=_maps_of(zone_map))


def _maps_of(zone_map: ZoneMap) -> QuerySet[ZoneMap]:
    return ZoneMap.objects.select_for_update().filter(authority=zone_map.authority)


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
