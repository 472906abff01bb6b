"""Zones built from lists of areas and of postcode sectors."""

import csv
import gzip
import io
import json

import pytest
import shapely

from cms_models.places.building import ZoneList, taken_in, zones_from_areas, zones_from_sectors
from cms_models.places.domain import BadPlace, ZoneIndex, postcode_sector
from cms_models.places.drawing import DrawnZone
from tests.council import square

# Four wards in a square of two by two.
WARDS = {
    "SW": square(0, 0, 1, 1),
    "SE": square(1, 0, 2, 1),
    "NW": square(0, 1, 1, 2),
    "NE": square(1, 1, 2, 2),
}
LISTS = [ZoneList("S", "South", ("SW", "SE")), ZoneList("N", "North", ("NW", "NE"))]
# Two sectors, one postcode a kilometre or so from the next, west to east.
POINTS = {
    "AA1 1AA": (52.0, -2.00),
    "AA1 1AB": (52.0, -1.98),
    "AA1 2AA": (52.0, -1.96),
    "AB2 1AA": (52.0, -1.94),
}


def index_of(zones):
    return ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zones})


def test_zones_are_unions_of_their_areas_side_by_side():
    built = zones_from_areas(LISTS, areas=WARDS)

    assert [zone.shape.area for zone in built.zones] == [2.0, 2.0]
    assert index_of(built.zones).faults(points={}) == []
    assert built.left_out == []


def test_areas_in_no_list_are_named():
    built = zones_from_areas(LISTS[:1], areas=WARDS, names={"NW": "Upper", "NE": "Hill"})

    assert built.left_out == ["In no zone: Upper, Hill."]


@pytest.mark.parametrize(
    ("lists", "refusal"),
    [
        (
            [ZoneList("S", "", ("SW", "XX", "YY"))],
            "XX, YY are not among the loaded areas: correct the code, or import the boundaries.",
        ),
        (
            [ZoneList("S", "", ("SW",)), ZoneList("N", "", ("NW", "SW"))],
            "SW stands in zones S and N: choose one.",
        ),
        ([ZoneList("S", "", ())], "Zone S has nothing in its list."),
        (
            [ZoneList("<b>", "", ("SW",))],
            "The code of area 1 “<b>” holds markup (“<”): only plain words are kept.",
        ),
    ],
)
def test_a_list_that_makes_no_zone_is_refused_in_words(lists, refusal):
    with pytest.raises(BadPlace) as caught:
        zones_from_areas(lists, areas=WARDS)

    assert str(caught.value) == refusal


def test_every_postcode_lies_in_the_zone_of_its_sector_or_else_of_its_district():
    lists = [ZoneList("W", "West", ("AA1 1",)), ZoneList("E", "East", ("AA1", "AB2"))]

    built = zones_from_sectors(lists, points=POINTS)

    index = index_of(built.zones)
    assert index.zones_of(*zip(*POINTS.values(), strict=True)) == ["W", "W", "E", "E"]
    assert index.faults(points=POINTS) == []
    # Halfway between −1.98 and −1.96.
    assert index.zone_of(latitude=52.0, longitude=-1.9701) == "W"
    assert index.zone_of(latitude=52.0, longitude=-1.9699) == "E"


def test_zones_of_sectors_keep_to_the_outline_but_for_doorsteps():
    outline = shapely.box(-2.1, 51.99, -1.9401, 52.01)  # 7 m short of the last postcode

    built = zones_from_sectors(
        [ZoneList("W", "", ("AA1",)), ZoneList("E", "", ("AB2",))], points=POINTS, outline=outline
    )

    assert index_of(built.zones).faults(points=POINTS) == []
    ground = shapely.union_all([zone.shape for zone in built.zones])
    assert ground.bounds == pytest.approx((-2.1, 51.99, -1.94 + 50 / 111_195.08, 52.01), abs=1e-6)


def test_what_cannot_be_placed_is_named():
    points = {**POINTS, "AB2 1ZZ": POINTS["AA1 1AA"]}
    lists = [ZoneList("W", "", ("AA1 1",)), ZoneList("E", "", ("AB2",))]

    built = zones_from_sectors(lists, points=points)

    assert built.left_out == [
        "In no zone: AA1 2.",
        "At the same point as a postcode of another zone, and so in that zone: AB2 1ZZ.",
    ]
    with pytest.raises(BadPlace, match="No postcode of the council begins with ZZ1: a sector"):
        zones_from_sectors([ZoneList("Z", "", ("ZZ1",))], points=points)


def test_a_postcode_just_beyond_the_border_is_taken_in_and_a_far_one_is_not():
    zones = [DrawnZone("A", "A", square(-2.1, 51.9, -2.0, 52.0))]
    points = {"AA1 1AA": (52.001, -2.05), "AA9 9ZZ": (52.1, -2.05)}  # 111 m and 11 km north

    faults = index_of(taken_in(zones, points=points)).faults(points=points)

    assert [fault.sentence for fault in faults] == ["Postcode AA9 9ZZ lies in no zone"]


def read_areas(path):
    return json.loads(gzip.decompress(path.read_bytes()))["features"]


def read_points(path):
    text = io.StringIO(gzip.decompress(path.read_bytes()).decode())
    return list(csv.DictReader(text))


@pytest.mark.reference_data
@pytest.mark.parametrize(
    ("council", "zones"), [("herefordshire", 1), ("rutland", 1), ("triborough", 3)]
)
def test_zn_05_real_districts_built_from_their_wards_hold_each_postcode_once(
    reference_data, council, zones
):
    features = read_areas(reference_data / council / "wards_2025.geojson.gz")
    areas = {one["properties"]["WD25CD"]: one["geometry"] for one in features}
    district = {one["properties"]["WD25CD"]: one["properties"]["LAD25CD"] for one in features}
    rows = read_points(reference_data / council / "postcodes.csv.gz")
    points = {row["postcode"]: (float(row["lat"]), float(row["lon"])) for row in rows}
    lists = [
        ZoneList(code, "", tuple(ward for ward in district if district[ward] == code))
        for code in sorted(set(district.values()))
    ]

    built = zones_from_areas(lists, areas=areas, points=points)

    index = index_of(built.zones)
    found = index.zones_of(*zip(*points.values(), strict=True))
    assert len(built.zones) == zones
    # A few postcodes name no district in the directory: they lie in a zone all the same.
    assert None not in found
    assert [zone if row["lad25_code"] else "" for zone, row in zip(found, rows, strict=True)] == [
        row["lad25_code"] for row in rows
    ]
    assert [fault for fault in index.faults(points=points) if fault.kind != "gap"] == []


@pytest.mark.reference_data
def test_five_zones_of_real_sectors_hold_each_postcode_of_herefordshire(reference_data):
    rows = read_points(reference_data / "herefordshire" / "postcodes.csv.gz")
    points = {row["postcode"]: (float(row["lat"]), float(row["lon"])) for row in rows}
    features = read_areas(reference_data / "herefordshire" / "lsoa_2021.geojson.gz")
    outline = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in features])
    sectors = sorted({postcode_sector(code) for code in points})
    lists = [ZoneList("ABCDE"[n], "", tuple(sectors[n::5])) for n in range(5)]
    zone_of = {sector: one.code for one in lists for sector in one.members}

    built = zones_from_sectors(lists, points=points, outline=outline)

    index = index_of(built.zones)
    found = index.zones_of(*zip(*points.values(), strict=True))
    apart = sum(
        zone != zone_of[postcode_sector(code)] for code, zone in zip(points, found, strict=True)
    )
    # 43 of 6,805 postcodes share their point with one of another zone (large users' postcodes).
    assert apart == 43
    assert "and 33 more" in built.left_out[0]
    assert index.faults(points=points) == []
