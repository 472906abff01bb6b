import argparse
import json

import pytest

from optimiser.allocation import AllocationError, AllocationProblem, solve
from optimiser.allocation.commands import add_commands
from optimiser.allocation.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    read_json,
    write_json,
)


def document():
    return {
        "format": "homeward-allocation/1",
        "lots": [{"id": "O-A", "name": "Zone A"}],
        "packages": [
            {
                "id": "K1",
                "lot": "O-A",
                "pathway": "O",
                "weekly_minutes": 630,
                "two_carers": True,
                "skills": ["peg"],
                "starts_on": "2018-07-09",
                "latitude": 52.0567,
                "longitude": -2.715,
                "lead_only": False,
                "excluded_providers": ["P9"],
                "current_provider": None,
            },
            {"id": "K2", "lot": "O-A", "weekly_minutes": 420, "starts_on": "2018-07-09"},
        ],
        "awards": [
            {
                "provider": "P1",
                "lot": "O-A",
                "tier": "lead",
                "rank": 1,
                "capacity_minutes_per_week": 700,
                "used_minutes_per_week": 60,
                "starts_on": "2018-07-01",
                "ends_on": None,
            }
        ],
        "providers": [
            {
                "id": "P1",
                "name": "Alpha Care",
                "skills": ["peg"],
                "quality": 84,
                "places": [[52.06, -2.7]],
                "suspended": False,
            }
        ],
        "weights": {"distance_points_per_km": 5},
    }


def test_a_problem_comes_back_the_same_from_its_file(tmp_path):
    problem = problem_from_json(document())

    for name in ("problem.json", "problem.json.gz"):
        write_json(tmp_path / name, problem_to_json(problem))
        assert problem_from_json(read_json(tmp_path / name)) == problem
    assert problem.weights.distance_points_per_km == 5.0
    assert problem.lot_name("O-A") == "Zone A"


def test_a_plan_comes_back_the_same_from_its_file(tmp_path):
    plan = solve(problem_from_json(document()))

    write_json(tmp_path / "plan.json.gz", plan_to_json(plan))

    assert plan_from_json(read_json(tmp_path / "plan.json.gz")) == plan
    # 640 minutes are free: 630 fit, or 420, but not both.
    assert (plan.totals.proposed, plan.totals.unplaced) == (1, 1)


def changed(path, value):
    whole = document()
    part = whole
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("format",), "homeward-rounds/1", "homeward-allocation/1"),
        (("colour",), "red", "the problem has the unknown key “colour”"),
        (("packages", 0, "colour"), "red", r"packages\[0\] has the unknown key “colour”"),
        (("awards", 0, "colour"), "red", r"awards\[0\] has the unknown key “colour”"),
        (("providers", 0, "colour"), "red", r"providers\[0\] has the unknown key “colour”"),
        (("weights", "colour"), 1, "weights has the unknown key “colour”"),
        (("weights", "rank_points_per_place"), -1, "rank_points_per_place is -1"),
        (("packages", 0, "weekly_minutes"), 10.5, "“weekly_minutes” must be a whole number"),
        (("packages", 0, "weekly_minutes"), 0, "Package K1 needs 0 minutes"),
        (("packages", 0, "starts_on"), "09/07/2018", "“starts_on” must be a date like"),
        (("packages", 0, "longitude"), None, "only one of latitude and longitude"),
        (("packages", 0, "latitude"), 252, "not on the earth"),
        (("packages", 0, "skills"), "peg", "“skills” must be a list"),
        (("packages", 0, "two_carers"), "yes", "“two_carers” must be true or false"),
        (("packages", 1, "id"), "K1", "Package K1 is given twice"),
        (("packages", 0), 7, r"packages\[0\] must be a JSON object"),
        (("awards", 0, "tier"), "core", "use one of lead, additional, dps"),
        (("awards", 0, "rank"), 0, "has rank 0"),
        (("awards", 0, "ends_on"), "2018-07-01", "not after its start"),
        (("awards", 0, "provider"), "P7", "P7, which is not among the providers"),
        (("awards", 0, "capacity_minutes_per_week"), -5, "capacity of -5"),
        (("providers", 0, "quality"), 184, "quality 184"),
        (("providers", 0, "places"), [[52.0]], r"no \[latitude, longitude\]"),
        (("lots", 0), {"id": "O-A"}, "lacks the key “name”"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(path, value, said):
    with pytest.raises(AllocationError, match=said):
        problem_from_json(changed(path, value))


def test_a_missing_key_is_refused_by_name():
    whole = document()
    del whole["packages"][0]["lot"]

    with pytest.raises(AllocationError, match=r"packages\[0\] lacks the key “lot”"):
        problem_from_json(whole)


@pytest.fixture
def run(tmp_path, capsys):
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(required=True))

    def run_command(*words):
        arguments = parser.parse_args(["allocation", *map(str, words)])
        code = arguments.run(arguments)
        return code, capsys.readouterr()

    return run_command


def test_solve_check_and_explain_from_the_command_line(run, tmp_path):
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(document()))

    assert run("solve", problem, "--seconds", 5, "--seed", 2, "--out", plan)[0] == 0
    assert json.loads(plan.read_text())["seed"] == 2
    code, said = run("check", problem, plan)
    assert code == 0
    assert said.out.startswith("1 of 2 packages proposed (1 lead, 0 additional, 0 DPS), 1 unplaced")
    code, said = run("explain", problem, plan)
    assert code == 0
    assert "Alpha Care: lead provider of Zone A" in said.out
    assert "not placed: the one provider of Zone A" in said.out


def test_check_names_every_broken_rule_and_fails(run, tmp_path):
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(document()))
    run("solve", problem, "--out", plan)
    broken = json.loads(plan.read_text())
    broken["unplaced"] = []
    plan.write_text(json.dumps(broken))

    code, said = run("check", problem, plan)

    assert code == 1
    assert "every_package_has_one_outcome: package K" in said.out
    assert "totals_are_right: unplaced is said to be 1, but adds up to 0" in said.out


def test_an_unusable_file_ends_in_a_sentence(run, tmp_path):
    (tmp_path / "problem.json").write_text("{")

    with pytest.raises(AllocationError, match="could not be read as JSON"):
        run("solve", tmp_path / "problem.json")


def test_a_problem_needs_no_lots_and_no_weights():
    whole = document()
    del whole["lots"], whole["weights"]

    assert isinstance(problem_from_json(whole), AllocationProblem)
