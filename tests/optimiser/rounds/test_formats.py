"""The open formats: what is read, what is refused by name, and that writing is repeatable."""

import copy
import gzip
import json

import pytest

from optimiser.rounds.formats import (
    dumps,
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
    read_plan,
    read_problem,
    write_plan,
    write_problem,
)
from optimiser.rounds.problem import WEIGHTS, ProblemError, Weights

DAY = {
    "format": "homeward-rounds/1",
    "travel_minutes": [[0, 7], [8, 0]],
    "visits": [
        {"id": "v0", "location": 0, "earliest": 100, "latest": 200, "minutes": 15},
        {
            "id": "v1",
            "person": "p1",
            "location": 0,
            "earliest": 450,
            "latest": 510,
            "minutes": 30,
            "carers": 1,
            "skills": ["medication"],
            "not_carers": [],
            "only_carers": None,
            "usual_carers": ["c3"],
            "priority": "standard",
            "after": [{"visit": "v0", "min_gap": 240, "max_gap": None}],
        },
    ],
    "carers": [
        {
            "id": "c3",
            "start_location": 1,
            "end_location": 1,
            "shifts": [[420, 870], [990, 1335]],
            "skills": ["medication"],
        }
    ],
    "pins": [{"visit": "v1", "carers": ["c3"]}],
    "previous": None,
    "weights": {},
}


def with_value(path, value):
    """The day with one value put at a path of keys and indexes."""
    day = copy.deepcopy(DAY)
    place = day
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return day


def test_a_problem_reads_back_as_it_was_written():
    problem = problem_from_json(DAY)

    written = problem_to_json(problem)

    assert dumps(problem_to_json(problem_from_json(written))) == dumps(written)
    assert written["visits"][1] == DAY["visits"][1]
    assert written["carers"] == DAY["carers"]
    assert written["travel_minutes"] == DAY["travel_minutes"]


def test_optional_keys_may_be_left_out():
    day = {key: DAY[key] for key in ("format", "travel_minutes", "carers")}
    day["visits"] = DAY["visits"][:1]

    visit = problem_from_json(day).visits[0]

    assert (visit.carers, visit.priority, visit.only_carers, visit.after) == (
        1,
        "standard",
        None,
        (),
    )
    assert problem_from_json(day).weights == Weights()


REFUSED = [
    (("colour",), 1, "problem: unknown key 'colour'"),
    (("visits", 0, "lenght"), 1, "visit: unknown key 'lenght'"),
    (("carers", 0, "skill"), [], "carer: unknown key 'skill'"),
    (("visits", 1, "after", 0, "gap"), 1, "visit v1: after: unknown key 'gap'"),
    (("pins", 0, "until"), 1, "pin: unknown key 'until'"),
    (("weights", "beauty"), 1, "weights: unknown key 'beauty'"),
    (("weights", "travel"), -1, "weight travel: -1 is not between"),
    (("weights", "travel"), float("nan"), "weight travel: nan is not between"),
    (("weights", "travel"), 1e300, "weight travel: 1e+300 is not between"),
    (("weights", "travel"), "1", "weight travel: '1' is not a number"),
    (("format",), "homeward-rounds/2", "format: 'homeward-rounds/1' was expected"),
    (("travel_minutes", 0, 1), -7, "travel_minutes: from 0 to 1: -7 is not between"),
    (("travel_minutes", 0, 1), 7.5, "travel_minutes: from 0 to 1: 7.5 is not a whole number"),
    (("travel_minutes", 0, 1), 10**9, "travel_minutes: from 0 to 1: 1000000000 is not between"),
    (("travel_minutes", 0, 1), 10**30, "travel_minutes: from 0 to 1: far too large"),
    (("travel_minutes", 0), [0], "travel_minutes row 0: 1 cells, but there are 2 rows"),
    (("visits", 0, "minutes"), 0, "visit v0: minutes: 0 is not between 1"),
    (("visits", 0, "minutes"), True, "visit v0: minutes: True is not a whole number"),
    (("visits", 0, "earliest"), 300, "visit v0: its window closes (200) before it opens (300)"),
    (("visits", 0, "earliest"), -5, "visit v0: earliest: -5 is not between"),
    (("visits", 0, "latest"), 10**12, "visit v0: latest: 1000000000000 is not between"),
    (("visits", 0, "location"), 2, "visit v0: location 2, but the matrix has 2 places"),
    (("visits", 0, "carers"), 0, "visit v0: carers: 0 is not between 1"),
    (("visits", 0, "priority"), "urgent", "visit v0: priority 'urgent' is none of"),
    (("visits", 0, "id"), "v1", "visits: 'v1' is there twice"),
    (("visits", 0, "id"), "", "visit: id: a text was expected"),
    (("visits", 0, "skills"), "medication", "visit v0: skills: a list was expected"),
    (("visits", 1, "after", 0, "visit"), "v7", "visit v1: comes after 'v7', which is not"),
    (("visits", 1, "after", 0, "visit"), "v1", "visit v1: cannot come after itself"),
    (("visits", 1, "after", 0, "max_gap"), 3, "after v0: max_gap 3 is below min_gap 240"),
    (("carers", 0, "shifts"), [[870, 420]], "carer c3: shift 0 ends at 420, before it has"),
    (("carers", 0, "shifts"), [[420, 870], [800, 900]], "carer c3: shift 1 begins before the"),
    (("carers", 0, "shifts"), [[420]], "carer c3: a shift is [start, end]"),
    (("carers", 0, "end_location"), 9, "carer c3: location 9, but the matrix has 2 places"),
    (("pins", 0, "visit"), "v9", "pin of v9: there is no such visit"),
    (("pins", 0, "carers"), ["c9"], "pin of v1: 'c9' is not a carer on this day"),
    (("pins", 0, "carers"), ["c3", "c3"], "pin of v1: 'c3' is there twice"),
    (("visits",), {}, "visits: a list was expected"),
    (("visits", 0), 5, "visit: an object was expected"),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_what_cannot_be_right_is_refused_by_name(path, value, message):
    with pytest.raises(ProblemError) as refusal:
        problem_from_json(with_value(path, value))

    assert message in str(refusal.value)


@pytest.mark.parametrize("key", ["format", "travel_minutes", "visits", "carers"])
def test_a_missing_key_is_named(key):
    day = {name: value for name, value in DAY.items() if name != key}

    with pytest.raises(ProblemError, match=f"problem: key '{key}' is missing"):
        problem_from_json(day)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": NaN}', "NaN is not a number"),
        ('{"format": 1, "format": 2}', "key 'format' is there twice"),
        ("{", "not a JSON file"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_not_json_as_meant_is_refused(tmp_path, text, message):
    path = tmp_path / "day.json"
    path.write_text(text)

    with pytest.raises(ProblemError, match=message):
        read_problem(path)


@pytest.mark.parametrize("name", ["plan.json", "plan.json.gz"])
def test_a_plan_file_is_the_same_bytes_each_time(tmp_path, fixture_plan, name):
    one, two = tmp_path / name, tmp_path / f"again-{name}"

    write_plan(fixture_plan, one)
    write_plan(read_plan(one), two)

    assert one.read_bytes() == two.read_bytes()
    assert read_plan(two) == fixture_plan


def test_a_compressed_problem_is_read_like_a_plain_one(tmp_path):
    problem = problem_from_json(DAY)
    write_problem(problem, tmp_path / "day.json.gz")

    again = read_problem(tmp_path / "day.json.gz")

    assert dumps(problem_to_json(again)) == dumps(problem_to_json(problem))
    assert json.loads(gzip.decompress((tmp_path / "day.json.gz").read_bytes()))["visits"]


def test_half_a_compressed_file_is_refused(tmp_path):
    path = tmp_path / "day.json.gz"
    write_problem(problem_from_json(DAY), path)
    path.write_bytes(path.read_bytes()[:60])

    with pytest.raises(ProblemError, match="not a JSON file"):
        read_problem(path)


def test_a_published_plan_travels_with_the_problem(fixture_day, fixture_plan):
    document = problem_to_json(fixture_day) | {"previous": plan_to_json(fixture_plan)}

    problem = problem_from_json(document)

    assert problem.previous == fixture_plan
    assert problem.published_carers["V3"] == {"A", "B"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": 1}, "plan: unknown key 'colour'"),
        ({"totals": {"miles": 1}}, "totals: unknown key 'miles'"),
        ({"totals": {"unplaced": -1}}, "totals: unplaced: -1 is not between"),
        ({"rounds": [{"carer": "A", "shift": -1, "stops": []}]}, "round of A: shift: -1"),
        ({"rounds": [{"carer": "A", "stops": []}]}, "round: key 'shift' is missing"),
        ({"unplaced": [{"visit": "V1"}]}, "unplaced: key 'reasons' is missing"),
    ],
)
def test_a_plan_that_cannot_be_right_is_refused_by_name(fixture_plan, change, message):
    with pytest.raises(ProblemError) as refusal:
        plan_from_json(plan_to_json(fixture_plan) | change)

    assert message in str(refusal.value)


def test_the_travel_matrix_cannot_be_changed_afterwards(fixture_day):
    with pytest.raises(ValueError, match="read-only"):
        fixture_day.travel_minutes[0, 1] = 3


def test_the_list_of_weights_says_the_defaults_that_are_used():
    assert {info.name: info.default for info in WEIGHTS} == {
        name: getattr(Weights(), name) for name in Weights.__slots__
    }
