"""Zone maps through the services."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from cms_models.places import services
from cms_models.places.selectors import Gazetteer, zone_map_in_force
from cms_models.publication.models import PublicationState
from tests.council import TODAY, ZONES, square

NOTTS = ("Bassetlaw", "Broxtowe", "Gedling", "Mansfield and Ashfield", "Newark and Sherwood")


def draft(council, features, valid_from=date(2027, 1, 1)):
    """Draft a zone map."""
    return services.draft_zone_map(
        actor=council.system, name="New", valid_from=valid_from, features=features
    )


def test_zn_05_a_map_with_an_overlap_is_a_draft_that_cannot_be_published(council):
    overlap = [
        ZONES[0],
        {"properties": {"code": "B"}, "geometry": square(-2.65, 51.9, -2.3, 52.2)},
    ]
    zone_map = draft(council, overlap)

    with pytest.raises(ValidationError, match=r"Zones A and B overlap by [\d.]+ km²"):
        services.publish_zone_map(actor=council.system, zone_map=zone_map)

    zone_map.refresh_from_db()
    assert zone_map.state == PublicationState.DRAFT
    assert zone_map_in_force(council.authority, on=date(2027, 1, 1)) == council.zone_map


def test_zn_05_six_zones_resolve_every_postcode_to_exactly_one(council):
    names = [*NOTTS, "Rushcliffe"]
    width = 0.6 / len(names)
    features = [
        {
            "properties": {"code": name, "name": name},
            "geometry": square(-2.9 + i * width, 51.9, -2.9 + (i + 1) * width, 52.2),
        }
        for i, name in enumerate(names)
    ]
    services.publish_zone_map(actor=council.system, zone_map=draft(council, features))

    gazetteer = Gazetteer(council.authority, on=date(2027, 1, 1))

    assert all(gazetteer.spot(code).zone.code in names for code in gazetteer.points)


def test_publishing_ends_the_map_before_on_its_day(council):
    new = services.publish_zone_map(actor=council.system, zone_map=draft(council, ZONES))

    council.zone_map.refresh_from_db()
    assert council.zone_map.valid_to == new.valid_from == date(2027, 1, 1)
    assert zone_map_in_force(council.authority, on=TODAY) == council.zone_map
    assert zone_map_in_force(council.authority, on=date(2027, 1, 1)) == new


def test_a_map_that_leaves_a_postcode_out_names_it(council):
    zone_map = draft(council, [ZONES[0]])

    with pytest.raises(ValidationError, match="Postcode HR3 3CC lies in no zone"):
        services.publish_zone_map(actor=council.system, zone_map=zone_map)
