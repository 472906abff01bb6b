"""Times, checks and cost of solutions, against sums done by hand."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import hhcrsp
from benchmarks.hhcrsp_instance import (
    Caregiver,
    Instance,
    Patient,
    Service,
    read_instance,
    to_problem,
)
from benchmarks.hhcrsp_solution import (
    TimesError,
    cost_of,
    faults_of,
    least_starts,
    solution_of,
)
from optimiser.rounds.exact import solve_exactly

WASH, LIFT = Service("wash", 20.0), Service("lift", 10.0)
ONE = Patient("p1", 1, opens=0.0, closes=30.0, services=(WASH,))
# The washing begins 20 to 30 minutes after the lifting does.
TWO = Patient("p2", 2, opens=40.0, closes=50.0, services=(LIFT, WASH), gap=(20.0, 30.0))
LINE = Instance(
    name="line",
    patients=(ONE, TWO),
    caregivers=(
        Caregiver("c1", frozenset({"wash"}), departs=0, arrives=0),
        Caregiver("c2", frozenset({"wash", "lift"}), departs=0, arrives=0),
    ),
    distances=np.array([[0.0, 10, 20], [10, 0, 15], [20, 15, 0]]),
)
# c1 is with p1 from 10 to 30 and at p2 at 45; c2 is at p2 at 20 and lifts at 40, when it opens; so
# the washing begins at 60, 10 late. Nobody can do better: the lifting cannot begin before 40, both
# carers must drive to p2 and back (80), and p1 on the way costs 10 + 15 - 20 = 5 more.
BEST = {"c1": [("p1", 0), ("p2", 1)], "c2": [("p2", 0)]}
BEST_COST = (85 + 10 + 10) / 3


def test_starts_are_the_least_that_travel_windows_and_gaps_allow():
    assert least_starts(LINE, BEST) == {("p1", 0): 10.0, ("p2", 0): 40.0, ("p2", 1): 60.0}


def test_a_late_second_service_draws_the_first_after_it():
    late = replace(LINE, patients=(replace(ONE, opens=60.0, closes=90.0), TWO))

    starts = least_starts(late, BEST)

    # c1 leaves p1 at 80 and is at p2 at 95; the lifting begins at most 30 earlier.
    assert starts == {("p1", 0): 60.0, ("p2", 0): 65.0, ("p2", 1): 95.0}
    assert faults_of(late, solution_of(late, BEST)) == []


def test_pairs_that_wait_for_one_another_have_no_times():
    together = replace(TWO, gap=(0.0, 0.0))
    other = replace(together, id="p1", place=1)
    crossed = replace(LINE, patients=(other, together))
    orders = {"c1": [("p1", 1), ("p2", 1)], "c2": [("p2", 0), ("p1", 0)]}

    with pytest.raises(TimesError, match="is put off again and again"):
        least_starts(crossed, orders)


def test_cost_is_a_third_of_distance_total_and_worst_tardiness():
    cost = cost_of(LINE, solution_of(LINE, BEST))

    assert (cost.distance, cost.tardiness, cost.worst) == (85.0, 10.0, 10.0)
    assert cost.total == pytest.approx(35.0)


def test_tardiness_adds_up_and_the_worst_counts_once_more():
    orders = {"c1": [("p2", 1)], "c2": [("p2", 0), ("p1", 0)]}

    cost = cost_of(LINE, solution_of(LINE, orders))

    # c2 lifts at 40, is at p1 at 40 + 10 + 15 = 65, 35 late; c1 washes at 60, 10 late.
    assert (cost.distance, cost.tardiness, cost.worst) == (20 + 20 + 45, 45.0, 35.0)


def test_a_solution_in_the_collections_words():
    assert solution_of(LINE, BEST)["routes"][1] == {
        "caregiver_id": "c2",
        "locations": [
            {"patient_id": "p2", "service_id": "lift", "arrival_time": 40, "departure_time": 50}
        ],
    }


def broken(change):
    """Return the best solution with a change made to it."""
    solution = copy.deepcopy(solution_of(LINE, BEST))
    change(solution["routes"][0]["locations"], solution["routes"][1]["locations"], solution)
    return solution


def moved(stop, minutes):
    stop["arrival_time"] += minutes
    stop["departure_time"] += minutes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c1, c2, all: c1.pop(0), "service 1 of patient p1 is not done"),
        (lambda c1, c2, all: c2.append(c1[0]), "service 1 of patient p1 is done twice"),
        (lambda c1, c2, all: moved(c1[0], -1), "begins at 9, but is there at 10 only"),
        (lambda c1, c2, all: moved(c2[0], -1), "begins at 39, before the window opens"),
        (lambda c1, c2, all: moved(c1[1], -16), "begins at 44, but is there at 45 only"),
        (lambda c1, c2, all: moved(c1[1], -1), "begins 19 after the first, not 20 to 30"),
        (lambda c1, c2, all: moved(c1[1], 11), "begins 31 after the first, not 20 to 30"),
        (
            lambda c1, c2, all: c2[0].update(departure_time=49),
            "c2 at service 1 of patient p2: stays 9, not 10",
        ),
        (
            lambda c1, c2, all: (c1.append(c2.pop()), moved(c1[-1], 60)),
            "c1 at service 1 of patient p2: is not able to give lift",
        ),
        (
            lambda c1, c2, all: (c2.append(c1.pop()), moved(c2[-1], 5)),
            "patient p2: c2 gives both services",
        ),
        (
            lambda c1, c2, all: c2[0].update(service_id="cook"),
            "c2: no patient p2 needs cook",
        ),
        (
            lambda c1, c2, all: all["routes"][0].update(caregiver_id="c9"),
            "there is no caregiver c9",
        ),
        (
            lambda c1, c2, all: all["routes"][0].update(caregiver_id="c2"),
            "caregiver c2 has two routes",
        ),
    ],
)
def test_a_broken_solution_is_refused(change, said):
    assert faults_of(LINE, solution_of(LINE, BEST)) == []

    faults = faults_of(LINE, broken(change))

    assert any(said in fault for fault in faults), faults


def test_a_caregiver_refused_by_the_patient_is_a_fault():
    refused = replace(LINE, patients=(replace(ONE, not_caregivers=frozenset({"c1"})), TWO))

    assert faults_of(refused, solution_of(refused, BEST)) == [
        "c1 at service 1 of patient p1: is incompatible with the patient"
    ]


@pytest.mark.reference_data
@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_proved_best_of_a_small_instance_is_the_published_one(reference_data, number):
    path = reference_data / f"hhcrsp/mankowska/InstanzCPLEX_HCSRP_10_{number}.json.gz"
    instance = read_instance(path)

    best = solve_exactly(to_problem(instance), seconds=60)

    solution = solution_of(instance, hhcrsp.orders_of_plan(instance, best.plan))
    assert best.proved
    assert faults_of(instance, solution) == []
    published = hhcrsp.best_known(path, None)[instance.name]
    assert cost_of(instance, solution).total == pytest.approx(published, abs=0.0005)


@pytest.fixture
def file_of_line(tmp_path):
    """The same instance as a file, with a best known value beside its folder."""
    data = {
        "services": [{"id": "wash", "default_duration": 20}, {"id": "lift"}],
        "central_offices": [{"id": "d"}],
        "caregivers": [
            {"id": "c1", "abilities": ["wash"]},
            {"id": "c2", "abilities": ["wash", "lift"]},
        ],
        "patients": [
            {"id": "p1", "time_window": [0, 30], "required_caregivers": [{"service": "wash"}]},
            {
                "id": "p2",
                "time_window": [40, 50],
                "required_caregivers": [{"service": "lift", "duration": 10}, {"service": "wash"}],
                "synchronization": {"type": "sequential", "distance": [20, 30]},
            },
        ],
        "distances": LINE.distances.tolist(),
    }
    (tmp_path / "family").mkdir()
    path = tmp_path / "family" / "line.json"
    path.write_text(json.dumps(data))
    (tmp_path / "best_known.csv").write_text(
        "set,instance,distance,max_tardiness,total_tardiness,total_cost\nfamily,line,85,10,10,34.5\n"
    )
    return path


def test_the_command_solves_writes_checks_and_compares(file_of_line, tmp_path, capsys):
    out = tmp_path / "out"

    code = hhcrsp.main([str(file_of_line), "--seconds", "1", "--threads", "1", "--out", str(out)])

    assert code == 0
    written = json.loads((out / "line.json").read_text())
    assert faults_of(LINE, written) == []
    assert cost_of(LINE, written).total == pytest.approx(BEST_COST)
    printed = capsys.readouterr().out
    assert "family                       1      35.00      34.50   +1.45" in printed
    assert "above best known: 1 of 1\n    line +1.45 %" in printed


def test_an_instance_that_cannot_be_read_fails_the_run_and_is_named(file_of_line, tmp_path, capsys):
    wrong = tmp_path / "family" / "wrong.json"
    wrong.write_text('{"weather": "wet"}')

    code = hhcrsp.main([str(wrong), str(file_of_line), "--seconds", "0.3", "--threads", "1"])

    printed = capsys.readouterr().out
    assert code == 1
    assert "FAULT: wrong.json: instance: key 'patients' is missing" in printed
    assert "with faults: wrong" in printed
    assert "family                       1      35.00" in printed


def test_sets_are_named_by_family_and_size(tmp_path):
    names = {
        "InstanzCPLEX_HCSRP_200_3.json.gz": "mankowska F",
        "InstanzVNS_HCSRP_200_3.json.gz": "mankowska F",
        "HHCRSP_200_40_7_1.2_R_C.json.gz": "kummer 200",
        "instance_032-venice.json.gz": tmp_path.name,
    }

    assert {name: hhcrsp.group_of(tmp_path / name, 200) for name in names} == names
