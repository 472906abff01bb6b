"""What a new zone map changes, in sentences, before anybody approves it."""

from cms_models.places.changes import Division, change_sentences, zone_changes
from cms_models.places.domain import ZoneIndex
from tests.council import square

# One degree of longitude at 0.5° is 111.19 km wide: a strip of 0.1 by 1 degree is 1,236.39 km².
POINTS = {"AA1 1AA": (0.5, 0.5), "AA1 1AB": (0.5, 0.95), "BB1 1AA": (0.5, 1.5)}


def division(**zones):
    """Return zones of code → (name, boundary) as a division."""
    names = {code: name for code, (name, _) in zones.items()}
    shapes = {code: boundary for code, (_, boundary) in zones.items()}
    return Division(names, ZoneIndex.from_geojson(shapes))


BEFORE = division(A=("West", square(0, 0, 1, 1)), B=("East", square(1, 0, 2, 1)))


def sentences(after):
    return change_sentences(zone_changes(BEFORE, after, points=POINTS))


def test_a_moved_edge_says_what_each_side_gains_and_loses():
    after = division(A=("West", square(0, 0, 0.9, 1)), B=("East", square(0.9, 0, 2, 1)))

    assert sentences(after) == [
        "Zone A (West) loses 1,236.39 km² and 1 postcode.",
        "Zone B (East) gains 1,236.39 km² and 1 postcode.",
    ]


def test_new_gone_and_renamed_zones_are_named():
    after = division(A=("Far west", square(0, 0, 1, 1)), C=("North east", square(1, 0.4, 2, 1)))

    assert sentences(after) == [
        "Zone A (West) is renamed to Far west.",
        "Zone B (East) is gone; its postcodes go: 1 to C.",
        # 0.6 by 1 degree around 0.7° north: 111.195² × 0.6 × cos 0.7°.
        "Zone C (North east) is new: 7,418.05 km², 1 postcode.",
    ]


def test_the_same_zones_say_so():
    assert sentences(BEFORE) == ["The zones stay as they are."]
