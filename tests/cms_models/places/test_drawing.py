"""Drawing zones: read, split, merge, snap, move a shared corner; no act opens a gap."""

import contextlib
import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_models.places.domain import BadPlace, ZoneIndex
from cms_models.places.drawing import (
    ZONES_MOST,
    DrawnZone,
    as_collection,
    merge,
    moved_vertices,
    read_drawing,
    snapped,
    split,
    with_shared_edges,
)
from cms_models.places.geojson import VERTICES_MOST, parsed
from tests.council import square

A = DrawnZone("A", "West", square(-2.9, 51.9, -2.6, 52.2))
B = DrawnZone("B", "East", square(-2.6, 51.9, -2.3, 52.2))
# Half of B's west side against the whole of A's east side: a corner that A lacks.
B_SOUTH = DrawnZone("B", "South east", square(-2.6, 51.9, -2.3, 52.05))
C_NORTH = DrawnZone("C", "North east", square(-2.6, 52.05, -2.3, 52.2))
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[-2.7, 52.0], [-2.6, 52.1], [-2.6, 52.0], [-2.7, 52.1], [-2.7, 52.0]]],
}


def faults(zones):
    """Return the kinds of fault of a drawing."""
    index = ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zones})
    return [fault.kind for fault in index.faults(points={})]


def corners(zone):
    """Return a polygon zone's corners."""
    return {tuple(corner) for ring in zone.boundary["coordinates"] for corner in ring}


def collection(*features):
    """Return features of (properties, geometry) as a collection."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for properties, geometry in features
        ],
    }


def test_a_drawing_is_read_as_it_was_written():
    assert read_drawing(json.loads(json.dumps(as_collection([A, B])))) == [A, B]


def test_a_drawing_that_crosses_itself_is_read_and_the_fault_names_the_place():
    (zone,) = read_drawing(collection(({"code": "X"}, BOW_TIE)))

    (fault,) = ZoneIndex.from_geojson({"X": zone.boundary}).faults(points={})

    # The diagonals from (-2.7, 52.0) and (-2.6, 52.0) meet halfway.
    assert fault.kind == "crossing"
    assert fault.sentence == "Zone X crosses itself at 52.05000, -2.65000"
    assert fault.where["coordinates"][0] == pytest.approx([-2.65, 52.05])
    assert fault.zones == ("X",)


def grid_square():
    """A square near Hereford in metres of the National Grid."""
    return square(349_000, 242_000, 350_000, 243_000)


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ([], "The drawing must be a GeoJSON FeatureCollection; it says none."),
        (
            {"type": "Feature", "features": []},
            "The drawing must be a GeoJSON FeatureCollection; it says “type”: Feature.",
        ),
        (collection(), "The drawing holds no areas."),
        (
            collection(({}, A.boundary)),
            "Area 1 has no “code”: give every zone one, such as A.",
        ),
        (
            collection(({"code": "A"}, A.boundary), ({"code": "A"}, B.boundary)),
            "Two zones are called A: give each a code of its own.",
        ),
        (
            collection(*(({"code": str(n)}, A.boundary) for n in range(ZONES_MOST + 1))),
            "There are 501 zones; a map has at most 500.",
        ),
        (
            collection(({"code": "A"}, square(52.0, -2.9, 52.2, -2.6))),
            "Area 1: the coordinates are swapped, latitude first (52.0000, -2.9000). GeoJSON "
            "wants longitude first: export it again, or swap each pair.",
        ),
        (
            collection(({"code": "A"}, grid_square())),
            "Area 1: the coordinates are eastings and northings of the British National Grid "
            "(EPSG:27700), such as 349000, 242000. Export it as WGS84 longitude and latitude "
            "(EPSG:4326).",
        ),
        (
            collection(({"code": "A"}, square(-302_000, 6_800_000, -301_000, 6_801_000))),
            "Area 1: the coordinates are metres of a web map (EPSG:3857), such as -302000, "
            "6800000. Export it as WGS84 longitude and latitude (EPSG:4326).",
        ),
        (
            collection(({"code": "A", "name": "<script>alert(1)</script>"}, A.boundary)),
            "The name of zone A “<script>alert(1)</script>” holds markup (“<”): only plain words "
            "are kept.",
        ),
        (
            collection(({"code": "A\u202e"}, A.boundary)),
            "The code of area 1 holds an invisible character (U+202E): type it again.",
        ),
        (
            collection(({"code": "A"}, {"type": "Point", "coordinates": [0, 0]})),
            "Area 1: a Polygon or MultiPolygon is needed, not Point.",
        ),
        (
            collection(({"code": "A"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]})),
            "Area 1: a ring needs at least three different corners.",
        ),
        (
            collection(({"code": "A"}, {"type": "Polygon", "coordinates": [[["1", 2]]]})),
            "Area 1: 1 is no coordinate.",
        ),
        (
            collection(({"code": "A"}, {"type": "Polygon", "coordinates": [[[10**400, 0]] * 4]})),
            "Area 1: [100000000000000000000000000000000000000… is no place on Earth.",
        ),
        (
            collection(({"code": "A"}, {"type": "Polygon", "coordinates": [[[[[[0]]]]]]})),
            "Area 1: a point must be [longitude, latitude], not [[[[0]]]].",
        ),
    ],
)
def test_a_drawing_that_cannot_be_kept_is_refused_in_words(sent, refusal):
    with pytest.raises(BadPlace) as caught:
        read_drawing(sent)

    assert str(caught.value) == refusal


def test_a_million_points_are_counted_before_any_shape_is_made(monkeypatch):
    monkeypatch.setattr(shapely.geometry, "shape", None)
    ring = [[-2.9, 52.0]] * 1_000_000
    sent = collection(({"code": "A"}, {"type": "Polygon", "coordinates": [ring]}))

    with pytest.raises(BadPlace) as caught:
        read_drawing(sent)

    assert str(caught.value) == (
        "The drawing has 1,000,000 points; at most 200,000 are read. Use a generalised version of "
        "the boundaries (ONS: BGC), or simplify it first."
    )


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"[" * (2 * VERTICES_MOST + 1), "The drawing has more than 200,000 points"),
        (b"[" * 100_000, "The drawing nests lists in lists far deeper than a boundary."),
        (b'{"a": [NaN]}', "NaN stands among the coordinates: every one must be a number."),
        (b'{"a": [-Infinity]}', "-Infinity stands among the coordinates"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "The drawing holds a number beyond any map."),
        (b'{"a": }', "The drawing is no GeoJSON: line 1, column 7: Expecting value."),
        (b"\xff\xfe", "The drawing is not UTF-8 text (byte 0)."),
    ],
)
def test_bytes_that_are_no_drawing_are_refused_in_words(content, refusal):
    with pytest.raises(BadPlace) as caught:
        parsed(content)

    assert str(caught.value).startswith(refusal)


def test_a_corner_on_a_neighbours_edge_is_put_into_that_edge_and_then_nothing_changes():
    zones = with_shared_edges([A, B_SOUTH, C_NORTH])

    assert (-2.6, 52.05) in corners(zones[0])
    assert (-2.6, 52.05) not in corners(A)
    assert with_shared_edges(zones) == zones
    assert zones[1:] == [B_SOUTH, C_NORTH]


def test_a_shared_corner_moves_in_every_zone_that_has_it():
    zones = with_shared_edges([A, B_SOUTH, C_NORTH])

    moved = moved_vertices(zones, moves={(-2.6, 52.05): (-2.55, 52.06)})

    assert all((-2.55, 52.06) in corners(zone) for zone in moved)
    assert faults(moved) == []
    with pytest.raises(BadPlace, match=r"No zone has a corner at 52\.050000, -2\.600000\."):
        moved_vertices(moved, moves={(-2.6, 52.05): (-2.5, 52.0)})


def test_a_zone_is_cut_in_two_along_a_line_and_its_neighbour_gets_the_new_corner():
    line = [(-2.95, 52.0), (-2.55, 52.0)]

    zones = split([A, B], code="A", line=line, new_code="A2", new_name="West, south")

    # A is 0.3 degrees high: 0.2 stay north of the line, 0.1 are cut off.
    assert [zone.code for zone in zones] == ["A", "A2", "B"]
    assert [round(zone.shape.area, 6) for zone in zones] == [0.06, 0.03, 0.09]
    assert (-2.6, 52.0) in corners(zones[2])
    assert faults(zones) == []


def test_a_zone_is_cut_between_two_of_its_own_corners():
    zones = split([A], code="A", line=[(-2.9, 51.9), (-2.6, 52.2)], new_code="A2", new_name="")

    assert [round(zone.shape.area, 6) for zone in zones] == [0.045, 0.045]
    assert zones[1].name == "A2"
    assert faults(zones) == []


def test_a_bent_zone_is_parted_by_the_sides_of_the_line():
    # A U of three arms 0.1 wide; the line takes off both tips.
    u = shapely.Polygon(
        [(0, 0), (0.3, 0), (0.3, 0.3), (0.2, 0.3), (0.2, 0.1), (0.1, 0.1), (0.1, 0.3), (0, 0.3)]
    )
    zone = DrawnZone("U", "U", A.boundary).with_shape(u)

    base, tips = split(
        [zone], code="U", line=[(-0.1, 0.2), (0.4, 0.2)], new_code="T", new_name="Tips"
    )

    # 0.3 × 0.1 and two stumps of 0.1 × 0.1 stay; two tips of 0.1 × 0.1 go.
    assert round(base.shape.area, 6) == 0.05
    assert round(tips.shape.area, 6) == 0.02
    assert tips.boundary["type"] == "MultiPolygon"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (
            {"line": [(-2.95, 52.0), (-2.75, 52.0)]},
            "The line does not cut zone A in two: begin and end it outside the zone, or on its "
            "edge.",
        ),
        ({"line": [(-2.95, 52.0)]}, "A splitting line needs at least two different points."),
        (
            {"line": [(-2.95, 52.0), (-2.5, 52.0), (-2.7, 52.1), (-2.7, 51.95)]},
            "The line through zone A crosses itself: draw it without loops.",
        ),
        ({"new_code": "B"}, "There is a zone B already: choose another code."),
        ({"code": "Z"}, "There is no zone Z in the drawing; there are A, B."),
    ],
)
def test_a_split_that_makes_no_sense_is_refused_in_words(changes, refusal):
    terms = {"code": "A", "line": [(-2.95, 52), (-2.5, 52)], "new_code": "N", "new_name": ""}

    with pytest.raises(BadPlace) as caught:
        split([A, B], **{**terms, **changes})

    assert str(caught.value) == refusal


def test_merged_zones_are_one_and_leave_the_others_whole():
    zones = merge([A, B_SOUTH, C_NORTH], codes=["B", "C"], code="E", name="East")

    assert [(zone.code, zone.name) for zone in zones] == [("A", "West"), ("E", "East")]
    assert zones[1].boundary["type"] == "Polygon"
    assert round(zones[1].shape.area, 6) == 0.09  # 0.3 × 0.3
    assert faults(zones) == []


def test_a_split_zone_merged_again_covers_what_it_did():
    parted = split(
        [A, B], code="A", line=[(-2.95, 52.0), (-2.55, 52.0)], new_code="A2", new_name=""
    )

    whole = merge(parted, codes=["A", "A2"], code="A", name="West")

    assert whole[0].shape.equals(A.shape)
    assert faults(whole) == []


@pytest.mark.parametrize(
    ("codes", "code", "refusal"),
    [
        (["A"], "A", "Choose at least two zones to merge."),
        (["A", "A"], "A", "Choose at least two zones to merge."),
        (["A", "B"], "F", "There is a zone F already: choose another code."),
        (
            ["A", "B", "F"],
            "A",
            "A and B shares no edge with F, so they cannot be one zone. Zones apart from each "
            "other can be put into one lot instead.",
        ),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused_in_words(codes, code, refusal):
    far = DrawnZone("F", "Far", square(-2.0, 51.9, -1.9, 52.0))

    with pytest.raises(BadPlace) as caught:
        merge([A, B, far], codes=codes, code=code, name="")

    assert str(caught.value) == refusal


# 0.00005 degrees of longitude at 52° north are 3.4 m.
@pytest.mark.parametrize("west", [-2.60005, -2.59995])
def test_a_narrow_gap_or_overlap_is_snapped_shut(west):
    loose = DrawnZone("B", "East", square(west, 51.9, -2.3, 52.2))
    assert len(faults([A, loose])) == 1

    zones = snapped([A, loose], metres=10)

    assert faults(zones) == []
    assert (-2.6, 51.9) in corners(zones[1])


def test_snapping_moves_nothing_where_nothing_is_narrow():
    wide = DrawnZone("B", "East", square(-2.59, 51.9, -2.3, 52.2))  # 684 m away
    bumpy = A.with_shape(shapely.segmentize(A.shape, 0.0005))

    assert snapped([A, wide], metres=10) == [A, wide]
    assert snapped([bumpy, B], metres=10)[0] == bumpy


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.02, 0.28), st.floats(0.02, 0.28), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_cut_nothing_is_lost_and_no_gap_or_overlap_appears(cuts):
    zones = [A, B]
    for number, (from_, to, upright) in enumerate(cuts):
        west, south = -2.9, 51.9
        line = (
            [(west + from_, 51.8), (west + to, 52.3)]
            if upright
            else [(-3.0, south + from_), (-2.2, south + to)]
        )
        for code in [zone.code for zone in zones]:
            with contextlib.suppress(BadPlace):  # the line may miss a zone
                zones = split(zones, code=code, line=line, new_code=f"{code}.{number}", new_name="")

    assert faults(zones) == []
    assert sum(zone.shape.area for zone in zones) == pytest.approx(0.18, abs=1e-6)
    assert with_shared_edges(zones) == zones
