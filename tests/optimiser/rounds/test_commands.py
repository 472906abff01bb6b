"""`python -m optimiser rounds …`: exit codes, and one line for what cannot be used."""

import json
import subprocess
import sys

import pytest

from optimiser.__main__ import main
from optimiser.rounds.formats import read_plan, write_plan, write_problem


@pytest.fixture
def day_file(tmp_path, day_with_v6):
    path = tmp_path / "day.json.gz"
    write_problem(day_with_v6, path)
    return path


@pytest.fixture
def solved_file(day_file, plan_file):
    assert (
        main(["rounds", "solve", str(day_file), "--iterations", "200", "--out", str(plan_file)])
        == 0
    )
    return plan_file


def test_solve_writes_a_plan_that_check_accepts(day_file, plan_file, capsys):
    solving = ["rounds", "solve", str(day_file), "--iterations", "200", "--out", str(plan_file)]

    assert main(solving) == 0
    assert "5 of 6 visits placed, 1 left out, 48 min of travel" in capsys.readouterr().out

    assert main(["rounds", "check", str(day_file), str(plan_file)]) == 0
    assert "travel_minutes 48" in capsys.readouterr().out.splitlines()


def test_solve_with_the_same_seed_writes_the_same_bytes(day_file, solved_file, tmp_path):
    again = tmp_path / "again.json"
    main(["rounds", "solve", str(day_file), "--iterations", "200", "--out", str(again)])

    assert again.read_bytes() == solved_file.read_bytes()


def test_solve_within_seconds_prints_the_plan_where_no_file_is_named(day_file, capfdbinary):
    assert main(["rounds", "solve", str(day_file), "--seconds", "0.5", "--threads", "2"]) == 0

    assert json.loads(capfdbinary.readouterr().out)["totals"]["placed"] == 5


def test_check_names_every_broken_rule_and_exits_1(day_file, solved_file, capsys):
    document = json.loads(solved_file.read_text())
    document["rounds"][0]["stops"][0]["leave"] -= 1
    document["unplaced"] = []
    solved_file.write_text(json.dumps(document))

    assert main(["rounds", "check", str(day_file), str(solved_file)]) == 1

    out = capsys.readouterr().out
    assert "no_visit_is_dropped: V6 is neither made nor left out" in out
    assert "stop_lasts_as_long_as_the_visit: V1 by A lasts 29 min of 30" in out
    assert "totals_agree: unplaced is stated as 1 and adds up to 0" in out


def test_score_prints_the_cost_by_weight_carer_and_the_dearest_visits(
    day_file, solved_file, capsys
):
    capsys.readouterr()
    assert main(["rounds", "score", str(day_file), str(solved_file), "--visits", "2"]) == 0

    out = capsys.readouterr().out
    weights, carers, visits = ([line.split() for line in part.splitlines()] for part in tables(out))
    # V6 is left out; 48 min of travel; five visits by one carer and V3 by two: six faces;
    # a paid span of 328 min at a thousandth.
    assert ["unplaced_standard", "2,000.000"] in weights
    assert ["travel", "48.000"] in weights
    assert ["faces", "0.600"] in weights
    assert ["paid_span", "0.328"] in weights
    assert weights[-1] == ["total", "2,048.928"]
    assert sorted(row[0] for row in carers[1:]) == ["A", "B"]
    # V3 is reached by both carers, 6 min and 2 + 2, and both drive the 8 home from it.
    assert [row[:2] for row in visits] == [
        ["visit", "minutes"],
        ["V6", "2,000.000"],
        ["V3", "26.200"],
    ]


def tables(text):
    return text.strip().split("\n\n")


def test_explain_says_why_for_every_visit(day_file, solved_file, capsys):
    assert main(["rounds", "explain", str(day_file), str(solved_file)]) == 0

    out = capsys.readouterr().out
    assert "V5: B at 07:08" in out
    assert "V6: left out" in out
    assert "earliest arrival 07:40, 30 min after the window (07:00 to 07:10)" in out


def test_explain_one_visit_only(day_file, solved_file, capsys):
    capsys.readouterr()
    assert main(["rounds", "explain", str(day_file), str(solved_file), "--visit", "V4"]) == 0

    assert capsys.readouterr().out.startswith("V4: A at 08:30")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["check", "{day}", "{day}"], "plan: unknown key"),
        (["check", "{plan}", "{plan}"], "problem: unknown key 'rounds'"),
        (["check", "{day}", "/nowhere/plan.json"], "/nowhere/plan.json: No such file"),
        (["score", "{day}", "{plan}", "--visits", "-1"], "visits: -1 is below 0"),
        (["score", "{day}", "/nowhere/plan.json"], "/nowhere/plan.json: No such file"),
        (["solve", "/nowhere/day.json"], "/nowhere/day.json: No such file"),
        (["solve", "{day}", "--seconds", "nan"], "seconds: nan"),
        (["solve", "{day}", "--seconds", "-1"], "seconds: -1"),
        (["solve", "{day}", "--iterations", "-1"], "iterations: -1"),
        (["explain", "{day}", "{plan}", "--visit", "V9"], "V9 is not a visit of this day"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    day_file, solved_file, capsys, command, message
):
    capsys.readouterr()
    filled = [word.format(day=day_file, plan=solved_file) for word in command]

    assert main(["rounds", *filled]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_score_refuses_a_plan_of_another_day(day_file, solved_file, capsys):
    document = json.loads(solved_file.read_text())
    document["rounds"][0]["carer"] = "Z"
    solved_file.write_text(json.dumps(document))

    assert main(["rounds", "score", str(day_file), str(solved_file)]) == 2
    assert f"{solved_file}: Z is not a carer of this day" in capsys.readouterr().err


def test_explain_refuses_a_plan_that_breaks_a_rule(day_file, solved_file, fixture_plan, capsys):
    write_plan(fixture_plan, solved_file)

    assert main(["rounds", "explain", str(day_file), str(solved_file)]) == 2
    assert "breaks no_visit_is_dropped" in capsys.readouterr().err


def test_the_module_runs_as_a_command(day_file, plan_file):
    command = [sys.executable, "-m", "optimiser", "rounds", "solve", str(day_file)]
    done = subprocess.run(
        [*command, "--iterations", "50", "--out", str(plan_file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert read_plan(plan_file).totals.placed == 5
