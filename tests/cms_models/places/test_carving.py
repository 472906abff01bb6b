"""An area drawn over zones: whose ground it becomes."""

import pytest
import shapely

from cms_models.places.carving import DrawnArea, given_to, new_zone
from cms_models.places.domain import BadPlace
from cms_models.places.drawing import DrawnZone
from cms_models.places.faults import find_faults


def square(west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


WEST = DrawnZone("A", "West", square(-2.9, 51.9, -2.6, 52.2))
EAST = DrawnZone("B", "East", square(-2.6, 51.9, -2.3, 52.2))


def area(west, south, east, north, code="N", name=""):
    return DrawnArea(square(west, south, east, north)["coordinates"][0][:-1], code, name)


def sizes(zones):
    return {zone.code: round(zone.shape.area, 7) for zone in zones}


def faults(zones):
    return [fault.kind for fault in find_faults({zone.code: zone.shape for zone in zones})]


def test_a_new_zone_takes_its_ground_from_both_neighbours():
    zones = new_zone([WEST, EAST], area=area(-2.7, 52.0, -2.5, 52.1, name="New"), takes_ground=True)

    # 0.3 × 0.3 = 0.09 each; the area has 0.1 × 0.1 = 0.01 of either
    assert sizes(zones) == {"A": 0.08, "B": 0.08, "N": 0.02}
    assert faults(zones) == []
    assert zones[-1].name == "New"


def test_a_new_zone_in_the_middle_leaves_a_hole_of_its_own_size():
    zones = new_zone([WEST], area=area(-2.8, 52.0, -2.7, 52.1), takes_ground=True)

    assert len(zones[0].boundary["coordinates"]) == 2
    assert sizes(zones) == {"A": 0.08, "N": 0.01}
    assert faults(zones) == []


def test_ground_given_to_a_zone_comes_from_the_other():
    zones = given_to([WEST, EAST], area=area(-2.7, 52.0, -2.6, 52.1, code="B"), takes_ground=True)

    assert sizes(zones) == {"A": 0.08, "B": 0.10}
    assert faults(zones) == []


def test_ground_not_taken_overlaps():
    zones = given_to([WEST, EAST], area=area(-2.7, 52.0, -2.6, 52.1, code="B"), takes_ground=False)

    assert sizes(zones) == {"A": 0.09, "B": 0.10}
    assert faults(zones) == ["overlap"]


def test_an_edge_drawn_along_another_within_a_hair_leaves_no_scrap():
    # 2e-8 degrees are two millimetres beyond the outer edge and short of the shared one.
    hair = area(-2.90000002, 51.89999998, -2.60000002, 52.0, code="B")

    zones = given_to([WEST, EAST], area=hair, takes_ground=True)

    assert [shapely.get_num_geometries(zone.shape) for zone in zones] == [1, 1]
    assert faults(zones) == []


def test_an_area_that_would_leave_nothing_of_a_zone_is_refused_with_the_way_out():
    with pytest.raises(BadPlace, match="Nothing would be left of zone A: merge it instead"):
        new_zone([WEST, EAST], area=area(-3.0, 51.8, -2.6, 52.3), takes_ground=True)


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (DrawnArea([[0, 0], [1, 1], [1, 0], [0, 1]], "N"), "crosses itself at 0.50000, 0.50000"),
        (DrawnArea([[0, 0], [1, 1]], "N"), "at least three different corners"),
        (DrawnArea([[-2.8, 52.0], [-2.7, 52.0], [-2.7, 52.1]], "A"), "Two zones are called A"),
        (DrawnArea([[-2.8, 52.0], [-2.7, 52.0], [-2.7, 52.1]], "<b>"), "holds markup"),
    ],
)
def test_an_area_that_cannot_be_a_zone_is_refused(drawn, words):
    with pytest.raises(BadPlace, match=words):
        new_zone([WEST, EAST], area=drawn, takes_ground=False)


def test_ground_for_a_zone_that_is_gone_is_refused():
    with pytest.raises(BadPlace, match="There is no zone X in the drawing any more"):
        given_to([WEST], area=area(-2.8, 52.0, -2.7, 52.1, code="X"), takes_ground=True)
