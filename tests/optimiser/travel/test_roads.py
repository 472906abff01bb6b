"""Hand-made maps: junctions 0.01 degrees of latitude (1,111.9508 m) apart, hand-summed minutes."""

import csv
import gzip
import io
import os
import random
from pathlib import Path

import numpy as np
import osmium
import pytest

from optimiser.travel.crowfly import distance_matrix_metres, travel_minutes_matrix
from optimiser.travel.osm import RoadMapError
from optimiser.travel.points import Point
from optimiser.travel.roads import FILE_FORMAT, RoadGraph

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = Path(os.environ.get("HOMEWARD_REFERENCE_DATA", ROOT.parent / "shared" / "data"))
RUTLAND_MAP = REFERENCE / "roads" / "rutland_2022-07-20.osm.pbf"

A, B, C = Point(52.00, -2.7), Point(52.01, -2.7), Point(52.02, -2.7)
NODES = {1: A, 2: B, 3: C}


def written(path: Path, ways, nodes=NODES) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, point in nodes.items():
            location = (point.longitude, point.latitude)
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=location))
        for ref, (members, tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=ref, nodes=members, tags=tags))
    return path


def graph_of(tmp_path, ways, nodes=NODES) -> RoadGraph:
    return RoadGraph.from_osm(written(tmp_path / "map.osm.pbf", ways, nodes))


def minutes(graph, points, mode="car", **options):
    return graph.travel_minutes_matrix(points, mode=mode, door_minutes=0, **options).minutes


def test_a_posted_limit_slows_a_car_but_nobody_on_foot(tmp_path):
    slow = {"highway": "primary", "maxspeed": "20 mph"}
    graph = graph_of(tmp_path, [([1, 2], {"highway": "primary"}), ([2, 3], slow)])

    # Primary 62 km/h: 1.112 km takes 1.08 min. 20 mph = 32.19 km/h, of which 85 % = 27.36 km/h:
    # 2.44 min. Together 3.51 min.
    assert minutes(graph, [A, B, C]).tolist() == [[0, 2, 4], [2, 0, 3], [4, 3, 0]]
    # 1.112 km at 4.8 km/h: 13.90 min; both: 27.80 min.
    assert minutes(graph, [A, B, C], "walk").tolist() == [[0, 14, 28], [14, 0, 14], [28, 14, 0]]


def test_a_one_way_street_sends_the_car_round_and_lets_people_walk_back(tmp_path):
    ways = [
        ([1, 2], {"highway": "residential", "oneway": "yes"}),
        ([2, 3], {"highway": "residential"}),
        ([3, 1], {"highway": "residential"}),
    ]

    graph = graph_of(tmp_path, ways)

    # Residential 23 km/h: 1.112 km takes 2.90 min. Back from B to A by C: 1.112 + 2.224 km =
    # 3.336 km, 8.70 min.
    car = minutes(graph, [A, B])
    assert car.tolist() == [[0, 3], [9, 0]]
    assert minutes(graph, [A, B], "walk").tolist() == [[0, 14], [14, 0]]


def test_a_footpath_carries_walkers_and_no_cars(tmp_path):
    ways = [
        ([1, 2], {"highway": "residential"}),
        ([2, 3], {"highway": "footway"}),
    ]

    graph = graph_of(tmp_path, ways)
    times = graph.travel_minutes_matrix([A, B, C], mode="car")

    assert minutes(graph, [A, C], "walk")[0, 1] == 28
    # C is 1,112 m from the nearest road for cars, within the limit: it is charged the way there.
    assert times.crowfly_pairs == 0


def test_the_way_from_the_point_to_its_road_is_charged(tmp_path):
    graph = graph_of(tmp_path, [([1, 2], {"highway": "residential"})])
    beside = Point(52.00, -2.70487)

    # 0.00487° of longitude at 52° N is 333.4 m; at 18 km/h 1.11 min, and the 2.90 min street.
    assert minutes(graph, [beside, B]).tolist() == [[0, 5], [5, 0]]


def test_the_faster_of_two_parallel_roads_is_taken(tmp_path):
    ways = [([1, 2], {"highway": "service"}), ([1, 2], {"highway": "primary"})]

    graph = graph_of(tmp_path, ways)

    # Primary: 1.08 min. The two added up, or the drive, would take 4.76 min or more.
    assert minutes(graph, [A, B])[0, 1] == 2


def test_points_off_the_map_go_by_crowfly_and_are_counted(tmp_path):
    graph = graph_of(tmp_path, [([1, 2, 3], {"highway": "primary"})])
    far = Point(52.5, -2.7)

    times = graph.travel_minutes_matrix([A, far, C], mode="car")

    assert times.points_off_map == (1,)
    # A to far, far to A, C to far, far to C.
    assert times.crowfly_pairs == 4
    by_crowfly = travel_minutes_matrix([A, far, C], mode="car")
    assert times.minutes[0, 1] == by_crowfly[0, 1]
    assert times.minutes[0, 2] == 5  # 2.224 km at 62 km/h: 2.15 min, and 2 min for the door


def test_two_parts_without_a_bridge_are_both_used_and_the_gap_is_counted(tmp_path):
    nodes = {**NODES, 4: Point(52.03, -2.7), 5: Point(52.04, -2.7)}
    ways = [([1, 2], {"highway": "primary"}), ([4, 5], {"highway": "primary"})]

    times = graph_of(tmp_path, ways, nodes).travel_minutes_matrix([A, B, nodes[4], nodes[5]])

    assert times.points_off_map == ()
    assert times.crowfly_pairs == 8  # 2 × 2 points over the gap, both ways
    assert times.minutes[2, 3] == 4  # 1.08 min and the door


def test_nobody_snaps_to_a_trap_without_a_way_out(tmp_path):
    main = {ref: Point(52 + ref / 1000, -2.7) for ref in range(1, 60)}
    nodes = {**main, 99: Point(52.01, -2.705)}
    ways = [
        (list(main), {"highway": "primary"}),
        ([10, 99], {"highway": "residential", "oneway": "yes"}),
    ]

    times = graph_of(tmp_path, ways, nodes).travel_minutes_matrix([nodes[99], main[50]])

    assert times.crowfly_pairs == 0


def test_a_graph_is_the_same_after_being_stored_as_bytes(tmp_path):
    graph = graph_of(tmp_path, [([1, 2, 3], {"highway": "primary"})])
    stored = io.BytesIO()

    graph.save(stored)
    again = RoadGraph.load(io.BytesIO(stored.getvalue()))

    assert minutes(again, [A, B, C]).tolist() == minutes(graph, [A, B, C]).tolist()
    graph.save(tmp_path / "graph.bin")
    assert RoadGraph.load(tmp_path / "graph.bin").edge_count == graph.edge_count


def test_a_map_is_read_from_bytes_as_from_a_file(tmp_path):
    path = written(tmp_path / "map.osm.pbf", [([1, 2, 3], {"highway": "primary"})])

    assert RoadGraph.from_osm(path.read_bytes()).edge_count == RoadGraph.from_osm(path).edge_count


def test_what_is_no_pbf_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "map.osm.pbf").write_text("<osm></osm>")

    with pytest.raises(RoadMapError, match=r"not an \.osm\.pbf file"):
        RoadGraph.from_osm(tmp_path / "map.osm.pbf")


def test_a_truncated_pbf_is_refused(tmp_path):
    data = written(tmp_path / "map.osm.pbf", [([1, 2, 3], {"highway": "primary"})]).read_bytes()

    with pytest.raises(RoadMapError, match="could not be read"):
        RoadGraph.from_osm(data[:-20])


def test_a_map_without_roads_is_refused(tmp_path):
    with pytest.raises(RoadMapError, match="no road anybody may use"):
        graph_of(tmp_path, [([1, 2], {"waterway": "river"})])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RoadMapError, match="could not be read"):
        RoadGraph.from_osm(tmp_path / "none.osm.pbf")


def _stored(**changes) -> io.BytesIO:
    arrays = {
        "format": np.array(FILE_FORMAT),
        "latitudes": np.array([52.0, 52.01]),
        "longitudes": np.array([-2.7, -2.7]),
        "edges_from": np.array([0, 1], dtype=np.int32),
        "edges_to": np.array([1, 0], dtype=np.int32),
        "seconds": np.ones((3, 2), dtype=np.float32),
        **changes,
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize(
    "changes",
    [
        {"format": np.array("another/1")},
        {"edges_to": np.array([1, 7], dtype=np.int32)},
        {"edges_to": np.array([1], dtype=np.int32)},
        {"latitudes": np.array([52.0, np.nan])},
        {"seconds": -np.ones((3, 2), dtype=np.float32)},
        {"seconds": np.full((3, 2), np.nan, dtype=np.float32)},
        {"latitudes": np.array([{"a": 1}, None], dtype=object)},
        {"edges_from": np.array([0.0, 1.0])},
    ],
)
def test_a_damaged_or_hostile_stored_graph_is_refused(changes):
    assert RoadGraph.load(_stored()).node_count == 2

    with pytest.raises(RoadMapError, match="stored road graph"):
        RoadGraph.load(_stored(**changes))


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_bytes_that_are_no_stored_graph_are_refused(data):
    with pytest.raises(RoadMapError, match="damaged"):
        RoadGraph.load(io.BytesIO(data))


@pytest.fixture(scope="module")
def rutland():
    if not RUTLAND_MAP.exists():
        pytest.skip(f"reference data not found at {REFERENCE} (HOMEWARD_REFERENCE_DATA)")
    return RoadGraph.from_osm(RUTLAND_MAP)


@pytest.fixture(scope="module")
def postcodes(rutland):
    with gzip.open(REFERENCE / "rutland" / "postcodes.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    return [Point(float(row["lat"]), float(row["lon"])) for row in rows]


@pytest.mark.reference_data
def test_every_rutland_postcode_lies_near_a_road_of_every_mode(rutland, postcodes):
    for mode, limit_metres in (("car", 1_100), ("walk", 500), ("cycle", 700)):
        snapped = rutland.snap(postcodes, mode=mode)

        assert (snapped.nodes >= 0).all()
        assert snapped.metres.max() <= limit_metres
        assert np.percentile(snapped.metres, 90) <= 60


@pytest.mark.reference_data
def test_rutland_car_times_are_sane_and_agree_with_the_measured_bands(rutland, postcodes):
    sample = random.Random(1).sample(postcodes, 200)

    times = rutland.travel_minutes_matrix(sample, mode="car", door_minutes=0)
    matrix = times.minutes

    assert times.crowfly_pairs == 0
    assert np.abs(matrix - matrix.T).max() <= 5  # one-way streets and dual carriageways
    by_any_other = (matrix[:, :, None] + matrix[None, :, :]).min(axis=1)
    assert (matrix <= by_any_other).all()
    metres = distance_matrix_metres(sample)
    with (REFERENCE / "roads" / "crowfly_to_road_bands_rutland.csv").open() as file:
        for row in csv.DictReader(file):
            low, high = (1000 * float(row[f"crowfly_km_{end}"]) for end in ("from", "to"))
            inside = matrix[(metres >= low) & (metres < high)]
            if len(inside) < 100:
                continue
            # Rounding up adds half a minute on average; the rest must agree to a sixth.
            measured = float(row["minutes_median"])
            assert abs(inside.mean() - 0.5 - measured) <= 0.17 * measured + 0.3
