"""Reading a public instance: what becomes of it, and that nothing in it is ignored."""

import copy
import gzip
import json

import pytest

from benchmarks.hhcrsp_instance import (
    FAR,
    InstanceError,
    parse_instance,
    read_instance,
    to_problem,
)
from optimiser.rounds.problem import After

# Two offices would need departing points; here is one, at place 0. Patients at places 1, 2, 3.
TINY = {
    "name": "tiny",
    "services": [{"id": "wash", "default_duration": 20}, {"id": "lift"}],
    "central_offices": [{"id": "d", "location": [0, 0]}],
    "caregivers": [
        {"id": "c1", "abilities": ["wash"]},
        {"id": "c2", "abilities": ["wash", "lift"]},
    ],
    "patients": [
        {"id": "p1", "time_window": [60, 90], "required_caregivers": [{"service": "wash"}]},
        {
            "id": "p2",
            "location": [3, 4],
            "time_window": [100.5, 130],
            "required_caregivers": [
                {"service": "wash", "duration": 15},
                {"service": "lift", "duration": 25.25},
            ],
            "synchronization": {"type": "simultaneous"},
        },
        {
            "id": "p3",
            "time_window": [0, 200],
            "required_caregivers": [
                {"service": "lift", "duration": 10},
                {"service": "wash", "duration": 10},
            ],
            "synchronization": {"type": "sequential", "distance": [30, 45]},
        },
    ],
    "distances": [[0, 5, 10, 7.123], [5, 0, 6, 8], [10, 6, 0, 9], [7, 8, 9, 0]],
}


def changed(*path_and_value):
    """Return the tiny instance with one value put at a path."""
    *path, last, value = path_and_value
    data = copy.deepcopy(TINY)
    inner = data
    for key in path:
        inner = inner[key]
    inner[last] = value
    return data


def test_each_service_becomes_a_visit_in_thousandths_of_a_minute():
    problem = to_problem(parse_instance(TINY, name="tiny"))

    washed = problem.visit_by_id["p1/0"]
    assert [visit.id for visit in problem.visits] == ["p1/0", "p2/0", "p2/1", "p3/0", "p3/1"]
    assert (washed.earliest, washed.due, washed.latest) == (60_000, 90_000, FAR)
    assert (washed.minutes, washed.location, washed.skills) == (20_000, 1, {"wash"})
    assert problem.visit_by_id["p2/1"].minutes == 25_250
    assert problem.travel(0, 3) == 7123  # the matrix is not symmetrical
    assert problem.travel(3, 0) == 7000
    assert problem.carer_by_id["c2"].skills == {"wash", "lift"}
    assert problem.carer_by_id["c2"].shifts == ((0, FAR),)


def test_a_pair_is_tied_and_asks_for_two_carers():
    problem = to_problem(parse_instance(TINY, name="tiny"))

    assert problem.visit_by_id["p2/0"].after == ()
    assert problem.visit_by_id["p2/1"].after == (After("p2/0", 0, 0, other_carer=True),)
    assert problem.visit_by_id["p3/1"].after == (After("p3/0", 30_000, 45_000, other_carer=True),)


def test_only_travel_and_lateness_count_and_nothing_may_be_left_out():
    problem = to_problem(parse_instance(TINY, name="tiny"))

    counted = {"travel": 1000, "late": 1000, "worst_late": 1000}
    for name, rate in counted.items():
        assert problem.rate(name) == rate
    for name in ("not_usual_carer", "faces", "off_contract", "paid_span", "change_of_carer"):
        assert problem.rate(name) == 0
    # A million minutes: more than any instance's distance and tardiness together.
    assert problem.rate("unplaced_standard") == 1_000_000 * 1000 * 1000


def test_points_of_departure_and_refused_caregivers_are_kept():
    data = changed("central_offices", [{"id": "d"}, {"id": "e"}])
    data["distances"] = [[row * 5 + cell for cell in range(5)] for row in range(5)]
    data["caregivers"][0]["departing_point"] = "e"
    data["caregivers"][1] |= {"departing_point": "e", "arriving_point": "d"}
    data["patients"][0]["incompatible_caregivers"] = ["c2"]

    problem = to_problem(parse_instance(data, name="tiny"))

    one, two = problem.carers
    assert (one.start_location, one.end_location) == (1, 1)
    assert (two.start_location, two.end_location) == (1, 0)
    assert problem.visit_by_id["p1/0"].location == 2  # after the two offices
    assert problem.visit_by_id["p1/0"].not_carers == {"c2"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (changed("weather", "wet"), "instance: key 'weather' has no meaning here"),
        (
            changed("caregivers", 0, "working_shift", [0, 480]),
            "caregiver c1: key 'working_shift' has no meaning here",
        ),
        (
            changed("patients", 0, "preferred", ["c1"]),
            "patient p1: key 'preferred' has no meaning here",
        ),
        (
            changed("patients", 2, "synchronization", {"type": "sequential"}),
            "patient p3: synchronization distance: a list was expected",
        ),
        (
            changed("patients", 2, "synchronization", "distance", [45, 30]),
            "patient p3: synchronization distance: 30 comes before 45",
        ),
        (
            changed("patients", 1, "synchronization", None),
            "patient p2: two services, but no synchronization",
        ),
        (
            changed("patients", 0, "synchronization", {"type": "simultaneous"}),
            "patient p1: synchronization of one service",
        ),
        (
            changed("patients", 0, "required_caregivers", 0, "service", "cook"),
            "patient p1: 'cook' is not among the services",
        ),
        (
            changed("patients", 2, "required_caregivers", 0, {"service": "lift"}),
            "patient p3: duration of lift: None is not a number",
        ),
        (changed("patients", 1, "id", "p1"), "patient p1 is there twice"),
        (changed("distances", 2, [10, 6, 0]), "distances: row 2 has 3 cells, not 4"),
        (
            changed("distances", 2, [10, 6, 0, -1]),
            "distances: row 2: -1 is not a number from 0",
        ),
        (
            changed("central_offices", [{"id": "d"}, {"id": "e"}]),
            "caregiver c1: departing_point is missing, and there are 2 central offices",
        ),
        (
            changed("caregivers", 0, "departing_point", "x"),
            "caregiver c1: departing_point: 'x' is not a central office",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(data, said):
    with pytest.raises(InstanceError) as refusal:
        parse_instance(data, name="tiny")

    assert str(refusal.value) == said


def test_a_file_is_read_zipped_or_not_and_named_when_it_is_broken(tmp_path):
    text = json.dumps(TINY).encode()
    (tmp_path / "plain_1.json").write_bytes(text)
    (tmp_path / "zipped_1.2.json.gz").write_bytes(gzip.compress(text))
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(text)[:-20])

    assert read_instance(tmp_path / "plain_1.json").name == "plain_1"
    assert read_instance(tmp_path / "zipped_1.2.json.gz").name == "zipped_1.2"
    with pytest.raises(InstanceError, match=r"^cut\.json\.gz: cannot be read"):
        read_instance(tmp_path / "cut.json.gz")
    with pytest.raises(InstanceError, match=r"^none\.json: cannot be read"):
        read_instance(tmp_path / "none.json")


@pytest.mark.reference_data
def test_every_public_instance_kept_here_can_be_asked(reference_data):
    paths = sorted((reference_data / "hhcrsp").glob("*/*.json.gz"))
    assert len(paths) == 196

    for path in paths:
        instance = read_instance(path)
        problem = to_problem(instance)

        assert len(problem.visits) == sum(len(p.services) for p in instance.patients)
        # Thousandths are exact: rounding loses nothing of any journey.
        lost = abs(problem.travel_minutes / 1000 - instance.distances).max()
        assert lost < 1e-9, path.name
