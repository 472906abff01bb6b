import pytest

from optimiser.travel.ways import MPH_IN_KMH, limit_kmh, may_use, way_speeds


@pytest.mark.parametrize(
    ("tag", "kmh"),
    [
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("50", 50),
        ("GB:nsl_single", 60 * MPH_IN_KMH),
        ("signals", None),
        ("none", None),
        ("0", None),
        (None, None),
    ],
)
def test_a_posted_limit_is_read_as_kilometres_an_hour(tag, kmh):
    assert limit_kmh(tag) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("tags", "car", "walk", "cycle"),
    [
        ({"highway": "residential"}, True, True, True),
        ({"highway": "motorway"}, True, False, False),
        ({"highway": "footway"}, False, True, False),
        ({"highway": "footway", "bicycle": "yes"}, False, True, True),
        ({"highway": "track"}, False, True, True),
        ({"highway": "track", "motor_vehicle": "yes"}, True, True, True),
        ({"highway": "service", "access": "private"}, False, False, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, False, True, False),
        (
            {"highway": "service", "access": "no", "motor_vehicle": "destination"},
            True,
            False,
            False,
        ),
        ({"highway": "unclassified", "motor_vehicle": "no"}, False, True, True),
        ({"highway": "construction"}, False, False, False),
        ({"highway": "pedestrian", "area": "yes"}, False, False, False),
    ],
)
def test_each_mode_keeps_to_the_ways_open_to_it(tags, car, walk, cycle):
    assert (may_use(tags, mode="car"), may_use(tags, mode="walk"), may_use(tags, mode="cycle")) == (
        car,
        walk,
        cycle,
    )


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, {"car", "walk", "cycle"}, {"car", "walk", "cycle"}),
        ({"oneway": "yes"}, {"car", "walk", "cycle"}, {"walk"}),
        ({"oneway": "-1"}, {"walk"}, {"car", "walk", "cycle"}),
        ({"oneway": "yes", "oneway:bicycle": "no"}, {"car", "walk", "cycle"}, {"walk", "cycle"}),
        ({"junction": "roundabout"}, {"car", "walk", "cycle"}, {"walk"}),
        ({"oneway": "reversible"}, {"walk", "cycle"}, {"walk", "cycle"}),
    ],
)
def test_one_way_binds_wheels_but_not_feet(tags, forward, backward):
    speeds = way_speeds({"highway": "residential", **tags})

    assert (set(speeds.forward), set(speeds.backward)) == (forward, backward)
