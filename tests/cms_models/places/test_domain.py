"""ZN: which zone, urban or rural, and whether a zone map is whole."""

import pytest

from cms_models.places.domain import (
    BadPlace,
    Centre,
    ZoneIndex,
    boundary_from_geojson,
    postcode_district,
    postcode_sector,
    tidy_postcode,
    urban_or_rural,
)
from tests.council import square

HEREFORD = Centre("Hereford", 52.0567, -2.7150)
LEOMINSTER = Centre("Leominster", 52.2282, -2.7385)


def judge(latitude: float, longitude: float, *centres: Centre):
    """Judge a point with the four-mile rule."""
    return urban_or_rural(latitude=latitude, longitude=longitude, centres=centres, radius_miles=4)


@pytest.mark.parametrize(
    ("latitude", "miles", "area"),
    [(52.114448, 3.99, "urban"), (52.114593, 4.00, "urban"), (52.114737, 4.01, "rural")],
)
def test_zn_01_due_north_of_hereford(latitude, miles, area):
    verdict = judge(latitude, -2.7150, HEREFORD)

    assert (round(verdict.miles, 2), verdict.area) == (miles, area)


def test_zn_02_midway_to_leominster_is_rural():
    verdict = judge(52.14245, -2.72675, HEREFORD, LEOMINSTER)

    assert verdict.area == "rural"
    assert round(verdict.miles, 2) == 5.95
    assert (
        judge(52.14245, -2.72675).sentence(radius_miles=4).startswith("rural: the council has no")
    )


@pytest.mark.parametrize("text", ["hr49aa", " HR4  9AA ", "HR4 9aa"])
def test_a_postcode_is_tidied(text):
    assert tidy_postcode(text) == "HR4 9AA"
    assert postcode_district("HR4 9AA") == "HR4"
    assert postcode_sector("HR4 9AA") == "HR4 9"


@pytest.mark.parametrize("text", ["", "Hereford", "HR4", "HR4 9A", "4HR 9AA", "HR4 9AA; DROP"])
def test_what_is_no_postcode_is_refused_with_an_example(text):
    with pytest.raises(BadPlace, match="looks like HR4 9AA"):
        tidy_postcode(text)


def test_a_point_on_a_shared_edge_is_in_exactly_one_zone():
    index = ZoneIndex.from_geojson({"B": square(1, 0, 2, 1), "A": square(0, 0, 1, 1)})

    assert index.zone_of(latitude=0.5, longitude=1.0) == "A"
    assert index.zone_of(latitude=0.5, longitude=1.5) == "B"
    assert index.zone_of(latitude=5, longitude=5) is None


def test_whole_zones_have_no_fault():
    index = ZoneIndex.from_geojson({"A": square(0, 0, 1, 1), "B": square(1, 0, 2, 1)})

    assert index.faults(points={"AA1 1AA": (0.5, 0.5)}) == []


@pytest.mark.parametrize(
    ("west", "kind"),
    [(0.9, "overlap"), (1.0001, "gap")],  # 0.0001 degree is an open slit of 11 m
)
def test_zn_05_an_overlap_and_a_gap_are_found_with_the_area(west, kind):
    index = ZoneIndex.from_geojson({"A": square(0, 0, 1, 1), "B": square(west, 0, 2, 1)})

    (fault,) = index.faults(points={})

    assert fault.kind == kind
    assert fault.square_metres > 1
    assert "km²" in fault.sentence
    assert fault.where["type"] in ("Polygon", "MultiPolygon")


def test_zn_05_a_hole_between_zones_and_an_orphan_postcode_are_found():
    ring = square(0, 0, 3, 3)
    ring["coordinates"].append(square(1, 1, 2, 2)["coordinates"][0])
    index = ZoneIndex.from_geojson({"A": ring})

    kinds = sorted(fault.kind for fault in index.faults(points={"AA1 1AA": (1.5, 1.5)}))

    assert kinds == ["gap", "orphan"]


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, "a Polygon or MultiPolygon is needed"),
        (None, "not a GeoJSON geometry"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "crosses itself at 0.50000, 0.50000",
        ),
        (square(-2.7, 200, -2.6, 201), "longitude, latitude in degrees"),
    ],
)
def test_a_boundary_that_is_none_is_refused_by_name(geometry, words):
    with pytest.raises(BadPlace, match=f"Zone X.*{words}"):
        boundary_from_geojson(geometry, name="X")


def test_many_points_are_asked_at_once_and_answered_as_one_by_one():
    index = ZoneIndex.from_geojson({"B": square(1, 0, 2, 1), "A": square(0, 0, 1, 1)})

    assert index.zones_of([0.5, 0.5, 5.0], [1.0, 1.5, 5.0]) == ["A", "B", None]
    assert index.zones_of([], []) == []
    assert ZoneIndex({}).zones_of([0.5], [0.5]) == [None]


BROKEN = {
    "bow tie": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
    "hole outside": {
        "type": "Polygon",
        "coordinates": [*square(0, 0, 1, 1)["coordinates"], *square(5, 5, 6, 6)["coordinates"]],
    },
    "doubled": {"type": "MultiPolygon", "coordinates": [square(0, 0, 1, 1)["coordinates"]] * 2},
    "flat": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0.5, 0], [0, 0]]]},
    "empty": {"type": "Polygon", "coordinates": []},
    "no shape": {"type": "Blob"},
    "short ring": {"type": "Polygon", "coordinates": [[[0, 0]]]},
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_a_draft_holds_its_faults_are_found_and_nothing_breaks(name):
    index = ZoneIndex.from_geojson({"A": BROKEN[name], "B": square(1, 0, 2, 1)})

    faults = index.faults(points={"AA1 1AA": (0.5, 1.5)})

    assert faults[0].kind == "crossing"
    assert faults[0].zones == ("A",)
    assert index.zone_of(latitude=0.5, longitude=1.5) == "B"


def test_every_place_where_a_zone_crosses_itself_is_shown():
    # A zigzag forth and a straight way back, crossing at x = 0.5, 1.5 and 2.5.
    ring = [[0, -1], [1, 1], [2, -1], [3, 1], [3, 0], [0, 0], [0, -1]]
    index = ZoneIndex.from_geojson({"A": {"type": "Polygon", "coordinates": [ring]}})

    (fault,) = index.faults(points={})

    assert fault.sentence == "Zone A crosses itself at 0.00000, 0.50000 and at 2 more places"
    assert fault.where["coordinates"] == [[0.5, 0.0], [1.5, 0.0], [2.5, 0.0]]


def test_a_zone_inside_another_overlaps_it():
    index = ZoneIndex.from_geojson({"A": square(0, 0, 3, 3), "B": square(1, 1, 2, 2)})

    (fault,) = index.faults(points={})

    assert (fault.kind, fault.zones) == ("overlap", ("A", "B"))


def test_a_notch_in_the_councils_own_border_is_no_gap():
    # Where two zones meet the border it turns in: 22 m wide and 56 m deep, open to the outside.
    notch = square(0, 0, 1, 1)
    notch["coordinates"][0][1:3] = [[0.9998, 0], [1, 0.0005], [1, 1]]
    index = ZoneIndex.from_geojson({"A": notch, "B": square(1, 0, 2, 1)})

    assert index.faults(points={}) == []


def test_a_hundred_zones_and_seven_thousand_postcodes_are_judged_at_once():
    zones = {
        f"Z{x}{y}": square(x / 10, 52 + y / 10, (x + 1) / 10, 52 + (y + 1) / 10)
        for x in range(10)
        for y in range(10)
    }
    points = {f"P{n}": (52 + n % 83 / 83, n % 89 / 89) for n in range(7_000)}
    index = ZoneIndex.from_geojson(zones)

    assert index.faults(points=points) == []
