"""Who moves from zone to zone when a map is drawn anew (N01)."""

from datetime import date

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.moves import Move, moves_between
from cms_models.care.selectors import running_spots
from cms_models.places.drawing import DrawnZone
from cms_models.places.selectors import drawing_of
from cms_models.places.services import copy_zone_map, draft_drawing, save_drawing
from tests.council import TODAY, square

# The border moves west past HR1 1AB (−2.7100): only HR1 1AA and HR2 2BB stay in A.
MOVED = [
    DrawnZone("A", "Zone A", square(-2.9, 51.9, -2.712, 52.2)),
    DrawnZone("B", "Zone B", square(-2.712, 51.9, -2.3, 52.2)),
]
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[-2.9, 52.0], [-2.5, 52.3], [-2.5, 52.0], [-2.9, 52.3], [-2.9, 52.0]]],
}


@pytest.fixture
def packages(council):
    """Two packages of one person and one of another at HR1 1AB; one at HR1 1AA, one in B."""
    council.package(1, postcode="HR1 1AB")
    council.package(2, postcode="HR1 1AB", person_id="9000001", pattern="Mon 10:00-11:00 60m")
    council.package(3, postcode="HR1 1AB")
    council.package(4, postcode="HR1 1AA")
    council.package(5, postcode="HR3 3CC")


def test_moved_packages_are_counted_with_their_hours_and_people(council, packages):
    user = council[Role.COMMISSIONER]

    found = moves_between(user=user, before=council.zone_map, after=MOVED, on=TODAY)

    # Two packages of 7 × 30 min and one of 60 min: 480 min; at £15.80 an hour £126.40.
    assert found == [Move("A", "B", 2, 3, 480, 12_640, 0)]


def test_a_saved_draft_moves_the_same_as_the_drawing_it_was_saved_from(council, packages):
    user = council[Role.COMMISSIONER]
    draft = copy_zone_map(
        actor=user, zone_map=council.zone_map, name="New", valid_from=date(2027, 1, 1)
    )
    assert moves_between(user=user, before=council.zone_map, after=draft, on=TODAY) == []

    save_drawing(actor=user, zone_map=draft, zones=MOVED, expected_version=1)

    found = moves_between(user=user, before=council.zone_map, after=draft, on=TODAY)
    assert [(move.packages, move.weekly_minutes) for move in found] == [(3, 480)]
    back = moves_between(user=user, before=MOVED, after=drawing_of(council.zone_map), on=TODAY)
    assert back == [Move("B", "A", 2, 3, 480, 12_640, 0)]


def test_a_draft_with_faults_is_still_read(council, packages):
    draft = draft_drawing(
        actor=council.system,
        name="Broken",
        valid_from=date(2027, 1, 1),
        zones=[DrawnZone("X", "X", BOW_TIE)],
    )
    user = council[Role.COMMISSIONER]

    spots = running_spots(user, zone_map=draft, on=TODAY)
    found = moves_between(user=user, before=council.zone_map, after=draft, on=TODAY)

    # The bow tie is open to the north and south of its middle at −2.7, 52.15: all points but none
    # of its two wings hold a postcode.
    assert {spot.zone for spot in spots} == {None}
    assert [(move.from_zone, move.to_zone, move.packages) for move in found] == [
        ("A", "", 4),
        ("B", "", 1),
    ]


def test_another_councils_packages_never_move(council, other_council, packages):
    user = other_council[Role.COMMISSIONER]

    assert moves_between(user=user, before=council.zone_map, after=MOVED, on=TODAY) == []
