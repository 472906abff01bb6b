"""What the editor may ask the geometry to do with a drawing: one function an act."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.places.building import Built, ZoneList, zones_from_areas, zones_from_sectors
from cms_models.places.carving import DrawnArea, given_to, new_zone
from cms_models.places.domain import BadPlace
from cms_models.places.drawing import (
    DrawnZone,
    merge,
    read_drawing,
    snapped,
    split,
    with_shared_edges,
)
from cms_models.places.faults import crossing
from cms_models.places.geojson import Limits, checked_geometry, parsed
from cms_models.places.selectors import (
    area_boundaries,
    area_names,
    council_outline,
    postcode_points,
)
from theme.admin.zone_map.doors import list_of, number_of, plain, text_of

# Quoted into the request, a file of this size stays below the 5 MB the product reads.
FILE_BYTES_MOST = 4_500_000
SNAP_METRES_MOST = 1000.0
SECTORS, DISTRICTS = "sector", "postcode-district"

Zones = Sequence[DrawnZone]
Sent = dict[str, Any]


def _codes(sent: Sent, key: str) -> list[str]:
    return [plain(str(one), key) for one in list_of(sent, key)]


def _corners(sent: Sent, key: str) -> list[list[float]]:
    """Return points the editor sent, each a checked [longitude, latitude]."""
    points = list_of(sent, key)
    # A line is checked as the ring it would close: the checks of single points are the same.
    ring = [*points, *points[:1]] if len(points) > 2 else [*points, *_beside(points)]
    checked = checked_geometry({"type": "Polygon", "coordinates": [ring]}, "What you drew")
    found: list[list[float]] = checked["coordinates"][0][: len(points)]
    return found


def _beside(points: Sequence[Any]) -> list[Any]:
    """Return a third corner beside a line of two points, so that it can be checked as a ring."""
    try:
        return [[points[0][0] + 1e-6, points[0][1] + 2e-6]]
    except OverflowError as broken:
        raise BadPlace("What you drew holds a number beyond any map.") from broken
    except (TypeError, IndexError, KeyError) as broken:
        raise BadPlace("A line needs at least two points.") from broken


def split_zone(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Cut one zone in two along a line."""
    parted = split(
        zones,
        code=text_of(sent, "code"),
        line=_corners(sent, "line"),
        new_code=text_of(sent, "new_code"),
        new_name=text_of(sent, "new_name"),
    )
    return Built(parted)


def merge_zones(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Join zones into one of them."""
    codes = _codes(sent, "codes")
    return Built(merge(zones, codes=codes, code=text_of(sent, "code"), name=text_of(sent, "name")))


def close_slivers(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Close gaps and overlaps narrower than some metres."""
    metres = number_of(sent, "metres", least=0.1, most=SNAP_METRES_MOST)
    return Built(snapped(zones, metres=metres))


def use_area(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Make a drawn area a new zone, or give it to one there is."""
    area = DrawnArea(_corners(sent, "area"), text_of(sent, "code"), text_of(sent, "name"))
    act = new_zone if sent.get("is_new") is True else given_to
    return Built(act(zones, area=area, takes_ground=sent.get("take") is True))


def read_file(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Put the zones of a GeoJSON file in place of the drawing; a crossing is refused here."""
    limits = Limits(what="The file")
    found = read_drawing(parsed(text_of(sent, "text").encode(), limits=limits), limits=limits)
    for zone in found:
        fault = crossing(zone.code, zone.shape)
        if fault:
            raise BadPlace(f"{fault.sentence}: mend it where the file comes from, then read it.")
    return Built(with_shared_edges(found))


def build_zones(zones: Zones, sent: Sent, *, user: User) -> Built:
    """Build zones from lists of areas, of postcode sectors, or of postcode districts."""
    lists, kind = _lists(sent.get("zones")), text_of(sent, "kind")
    if kind in (SECTORS, DISTRICTS):
        outline = council_outline(user.authority, on=timezone.localdate())
        points = postcode_points(user.authority) if user.authority else {}
        return zones_from_sectors(lists, points=points, outline=outline)
    areas = area_boundaries(user, kind=kind)
    return zones_from_areas(lists, areas=areas, names=area_names(user, kind=kind))


def _lists(sent: Any) -> list[ZoneList]:
    if not isinstance(sent, Mapping) or not sent:
        raise BadPlace("Put areas into at least one zone first.")
    return [
        ZoneList(plain(str(code), "zones"), text_of(one, "name"), tuple(_codes(one, "members")))
        for code, one in sorted(sent.items())
        if isinstance(one, dict)
    ]


ACTS: dict[str, Callable[..., Built]] = {
    "area": use_area,
    "build": build_zones,
    "file": read_file,
    "merge": merge_zones,
    "snap": close_slivers,
    "split": split_zone,
}
