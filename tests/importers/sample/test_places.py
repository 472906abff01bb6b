"""What the sample promises about zones and postcodes."""

import csv
import gzip
import json
from itertools import combinations

import pytest
import shapely


def zones_of(council):
    features = council.json("zones.geojson")["features"]
    return {
        f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features
    }


def zones_with(zones, points):
    """For each point (longitude, latitude), in how many zones it lies."""
    longitudes, latitudes = zip(*points, strict=True)
    return sum(shapely.contains_xy(z, longitudes, latitudes).astype(int) for z in zones.values())


@pytest.fixture(params=[("herefordshire", 5), ("nottinghamshire", 6)], ids=lambda p: p[0])
def council(request):
    return request.getfixturevalue(request.param[0]), request.param[1]


def test_zones_share_their_edges_without_gap_or_overlap(council):
    files, count = council
    zones = zones_of(files)
    polygons = list(zones.values())

    assert len(zones) == count
    assert all(z.is_valid and z.geom_type == "Polygon" and not z.interiors for z in polygons)
    assert shapely.coverage_is_valid(polygons)
    assert all(a.intersection(b).area == 0 for a, b in combinations(polygons, 2))
    union = shapely.union_all(polygons)
    assert union.geom_type == "Polygon"
    assert not union.interiors
    assert all(30 <= len(shapely.get_coordinates(z)) <= 400 for z in polygons)


def test_every_postcode_of_the_sample_lies_in_exactly_one_zone(council):
    files, _ = council
    points = [(float(r["longitude"]), float(r["latitude"])) for r in files.rows("postcodes.csv")]

    assert (zones_with(zones_of(files), points) == 1).all()


@pytest.mark.reference_data
def test_every_real_herefordshire_postcode_lies_in_exactly_one_zone(herefordshire, reference_data):
    path = reference_data / "herefordshire" / "postcodes.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        real = list(csv.DictReader(file))
    points = [(float(r["lon"]), float(r["lat"])) for r in real]

    counts = zones_with(zones_of(herefordshire), points)

    assert len(real) == 6805
    assert [r["postcode"] for r, n in zip(real, counts, strict=True) if n != 1] == []
    # the cut follows a drawn outline: a dozen border farms either way
    cut = {r["postcode"] for r in herefordshire.rows("postcodes.csv")}
    assert len({r["postcode"] for r in real} ^ cut) <= 30


def test_homes_are_at_postcodes_of_the_zone_they_hint_at(herefordshire):
    places = {
        r["postcode"]: (float(r["longitude"]), float(r["latitude"]))
        for r in herefordshire.rows("postcodes.csv")
    }
    zones = zones_of(herefordshire)
    home = {r["Person ID"]: r["Postcode"] for r in herefordshire.rows("persons.csv")}

    for row in herefordshire.rows("packages.csv"):
        assert row["Postcode"] == home[row["Person ID"]]
        assert shapely.contains_xy(zones[row["Zone Hint"]], *places[row["Postcode"]])
    for row in herefordshire.rows("carers.csv"):
        assert row["Home Postcode"] in places


def test_urban_centres_are_in_the_thick_of_postcodes(council):
    files, _ = council
    postcodes = files.rows("postcodes.csv")
    for centre in files.json("council.json")["urban_centres"]:
        # 0.01 degrees of latitude is 1.1 km
        near = [
            r
            for r in postcodes
            if abs(float(r["latitude"]) - centre["latitude"]) < 0.01
            and abs(float(r["longitude"]) - centre["longitude"]) < 0.016
        ]
        assert len(near) >= len(postcodes) / 150, centre["name"]
