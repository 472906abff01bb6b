"""The open formats: what is read, what is refused by name, and that writing is repeatable."""

import copy
import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from optimiser.rounds.problem import (
    MODES,
    PRIORITIES,
    WEIGHTS,
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    ProblemError,
    Rest,
    Round,
    Stop,
    Totals,
    Unplaced,
    Visit,
    Weights,
)

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

# A day that says everything there is to say.
FULL = copy.deepcopy(DAY) | {
    "travel_minutes_by_mode": {"walk": [[0, 70], [80, 0]], "cycle": [[0, 20], [25, 0]]},
    "units_a_minute": 10,
}
FULL["visits"][1] |= {"due": 460}
FULL["visits"][1]["after"][0]["other_carer"] = True
FULL["carers"][0] |= {
    "travel_mode": "walk",
    "breaks": [{"shift": 1, "minutes": 20, "earliest": 1080, "latest": 1200}],
    "max_minutes": 600,
    "contract_minutes": 480,
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


def test_a_problem_that_says_everything_reads_back_as_it_was_written():
    written = problem_to_json(problem_from_json(FULL))

    assert {key: written[key] for key in FULL if key not in ("weights", "visits")} == {
        key: FULL[key] for key in FULL if key not in ("weights", "visits")
    }
    assert written["visits"][1] == FULL["visits"][1]


def test_what_is_as_always_is_left_out():
    written = problem_to_json(problem_from_json(DAY))

    assert written.keys() == DAY.keys()
    assert "due" not in written["visits"][1]
    assert "other_carer" not in written["visits"][1]["after"][0]
    assert written["carers"][0].keys() == DAY["carers"][0].keys()


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


def a_break(**change):
    """A break that may be had in the first shift of the day's carer, with a change."""
    return {"shift": 0, "minutes": 20, "earliest": 600, "latest": 660} | change


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
    (("visits", 1, "due"), 440, "visit v1: due: 440 is not between 450 and 510"),
    (("visits", 1, "due"), "460", "visit v1: due: '460' is not a whole number"),
    (("visits", 1, "after", 0, "other_carer"), 1, "after v0: other_carer: 1 is neither true nor"),
    (("carers", 0, "travel_mode"), "bus", "carer c3: travel_mode 'bus' is none of car, walk"),
    (("carers", 0, "travel_mode"), ["car"], "carer c3: travel_mode ['car'] is none of car"),
    (("carers", 0, "travel_mode"), "walk", "carer c3: there are no travel minutes by walk"),
    (("carers", 0, "max_minutes"), -1, "carer c3: max_minutes: -1 is not between 0"),
    (("carers", 0, "contract_minutes"), 0, "carer c3: contract_minutes: 0 is not between 1"),
    (("carers", 0, "breaks"), {}, "carer c3: breaks: a list was expected"),
    (("carers", 0, "breaks"), [{}], "carer c3: break: key 'shift' is missing"),
    (("carers", 0, "breaks"), [a_break(paid=True)], "carer c3: break: unknown key 'paid'"),
    (("carers", 0, "breaks"), [a_break(minutes=0)], "break of shift 0: minutes: 0 is not"),
    (("carers", 0, "breaks"), [a_break(latest=500)], "break of shift 0: latest: 500 is not"),
    (("carers", 0, "breaks"), [a_break(shift=2)], "carer c3: a break in shift 2, which is not"),
    (("carers", 0, "breaks"), [a_break(), a_break()], "carer c3: breaks: shift: 0 is there twice"),
    (
        ("carers", 0, "breaks"),
        [a_break(earliest=851, latest=860)],
        "carer c3: the break of shift 0 (20 min from 851 to 860) does not fit the shift 420 to 870",
    ),
    (
        ("carers", 0, "breaks"),
        [a_break(earliest=300, latest=419)],
        "carer c3: the break of shift 0 (20 min from 300 to 419) does not fit the shift 420 to 870",
    ),
    (("travel_minutes_by_mode",), [], "travel_minutes_by_mode: an object was expected"),
    (("travel_minutes_by_mode",), {"bus": []}, "travel_minutes_by_mode: unknown key 'bus'"),
    (("travel_minutes_by_mode",), {"car": []}, "travel_minutes_by_mode: unknown key 'car'"),
    (("travel_minutes_by_mode",), {"walk": [[0]]}, "travel_minutes_by_mode walk: (1, 1), but by"),
    (
        ("travel_minutes_by_mode",),
        {"walk": [[0, 0.5], [1, 0]]},
        "travel_minutes_by_mode walk: from 0 to 1: 0.5 is not a whole number",
    ),
    (("units_a_minute",), 0, "units_a_minute: 0 is not between 1 and 1000"),
    (("units_a_minute",), 2.5, "units_a_minute: 2.5 is not a whole number"),
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


def resting(rest):
    """A plan's rounds, of one with a break."""
    return {"rounds": [{"carer": "A", "shift": 0, "stops": [], "break": rest}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": 1}, "plan: unknown key 'colour'"),
        ({"totals": {"miles": 1}}, "totals: unknown key 'miles'"),
        ({"totals": {"unplaced": -1}}, "totals: unplaced: -1 is not between"),
        ({"rounds": [{"carer": "A", "shift": -1, "stops": []}]}, "round of A: shift: -1"),
        ({"rounds": [{"carer": "A", "stops": []}]}, "round: key 'shift' is missing"),
        (resting(7), "round of A: break: an object was expected, not 7"),
        (resting({"after": 1, "start": 500}), "round of A: break: key 'minutes' is missing"),
        (
            resting({"after": 1, "start": 500, "minutes": 20, "paid": True}),
            "round of A: break: unknown key 'paid'",
        ),
        (
            resting({"after": -1, "start": 500, "minutes": 20}),
            "round of A: break: after: -1 is not between",
        ),
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


def test_the_matrix_by_car_is_not_given_twice():
    with pytest.raises(ProblemError, match="by car it is travel_minutes"):
        Problem(np.zeros((1, 1), int), (), (), travel_minutes_by_mode={"car": [[0]]})


names = st.text(min_size=1, max_size=4)
minutes = st.integers(0, 10_000)


@st.composite
def plans(draw) -> Plan:
    """Any plan a file can hold, whether or not it could be driven."""
    stop = st.builds(Stop, names, minutes, minutes, minutes)
    rest = st.none() | st.builds(Rest, minutes, minutes, minutes)
    rounds = st.builds(Round, names, st.integers(0, 5), st.lists(stop, max_size=3).map(tuple), rest)
    texts = st.lists(names, max_size=2).map(tuple)
    return Plan(
        rounds=tuple(draw(st.lists(rounds, max_size=3))),
        unplaced=tuple(draw(st.lists(st.builds(Unplaced, names, texts, texts), max_size=2))),
        totals=draw(st.builds(Totals, late_minutes=minutes, cost_milliminutes=minutes)),
        seed=draw(st.integers(0, 2**63 - 1)),
    )


@st.composite
def problems(draw) -> Problem:
    """Any problem with up to four visits and three carers, every optional part drawn."""
    ids = draw(st.lists(names, max_size=4, unique=True))
    carer_ids = draw(st.lists(names, max_size=3, unique=True))
    matrix = st.lists(st.lists(minutes, min_size=2, max_size=2), min_size=2, max_size=2)
    by_mode = {mode: draw(matrix) for mode in draw(st.sets(st.sampled_from(MODES[1:])))}
    modes = st.sampled_from(["car", *sorted(by_mode)])
    pinned = draw(st.sampled_from([(), *((Pin(v, (c,)),) for v in ids for c in carer_ids)]))
    return Problem(
        np.array(draw(matrix)),
        tuple(draw(visits(name, [each for each in ids if each != name])) for name in ids),
        tuple(draw(carers(name, modes)) for name in carer_ids),
        pins=pinned,
        previous=draw(st.none() | plans()),
        weights=draw(st.builds(Weights, faces=st.floats(0, 99), worst_late=st.integers(0, 99))),
        travel_minutes_by_mode={mode: np.array(rows) for mode, rows in by_mode.items()},
        units_a_minute=draw(st.sampled_from([1, 7, 1000])),
    )


@st.composite
def visits(draw, name: str, others: list[str]) -> Visit:
    earliest = draw(minutes)
    latest = earliest + draw(st.integers(0, 80))
    gap = draw(st.integers(0, 300))
    after = st.builds(
        After,
        st.sampled_from(others or [""]),
        st.just(gap),
        st.none() | st.integers(gap, 400),
        st.booleans(),
    )
    some = st.frozensets(names, max_size=2)
    return Visit(
        name,
        draw(st.integers(0, 1)),
        earliest,
        latest,
        minutes=draw(st.integers(1, 80)),
        person=draw(st.text(max_size=3)),
        carers=draw(st.integers(1, 3)),
        skills=draw(some),
        not_carers=draw(some),
        only_carers=draw(st.none() | some),
        usual_carers=tuple(draw(some)),
        priority=draw(st.sampled_from(PRIORITIES)),
        after=(draw(after),) if others and draw(st.booleans()) else (),
        due=draw(st.none() | st.integers(earliest, latest)),
    )


@st.composite
def carers(draw, name: str, modes: st.SearchStrategy[str]) -> Carer:
    shifts = ((400, 800), (900, 1300))[: draw(st.integers(0, 2))]
    resting = draw(st.sets(st.integers(0, 1), max_size=len(shifts)))
    return Carer(
        name,
        0,
        draw(st.integers(0, 1)),
        shifts,
        skills=draw(st.frozensets(names, max_size=2)),
        travel_mode=draw(modes),
        breaks=tuple(
            Break(shift, 20, shifts[shift][0] + draw(st.integers(0, 300)), shifts[shift][1])
            for shift in sorted(resting)
            if shift < len(shifts)
        ),
        max_minutes=draw(st.none() | minutes),
        contract_minutes=draw(st.none() | st.integers(1, 2400)),
    )


def told(problem: Problem) -> dict:
    """Everything a problem holds, its matrices as lists, so that two can be compared."""
    by_mode = problem.travel_minutes_by_mode
    return {field: getattr(problem, field) for field in problem.__dataclass_fields__} | {
        "travel_minutes": problem.travel_minutes.tolist(),
        "travel_minutes_by_mode": {mode: by_mode[mode].tolist() for mode in by_mode},
    }


@settings(max_examples=150, deadline=None)
@given(problems())
def test_whatever_a_problem_holds_is_read_as_it_was_written(problem):
    raw = dumps(problem_to_json(problem))

    again = problem_from_json(json.loads(raw))

    assert told(again) == told(problem)
    assert dumps(problem_to_json(again)) == raw


@settings(max_examples=150, deadline=None)
@given(plans())
def test_whatever_a_plan_holds_is_read_as_it_was_written(plan):
    raw = dumps(plan_to_json(plan))

    again = plan_from_json(json.loads(raw))

    assert again == plan
    assert dumps(plan_to_json(again)) == raw
