"""What is proved without a search holds against the proved optimum of every random day."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimiser.rounds.bounds import cannot_all_be_served, cannot_be_served, lower_bound
from optimiser.rounds.exact import solve_exactly
from optimiser.rounds.problem import After, Carer, Pin, Problem, Visit, Weights
from tests.optimiser.rounds.random_days import random_day


def assert_proofs_hold(day: Problem) -> None:
    """No proof contradicts the best plan there is, nor the best plan of each visit on its own."""
    never, clashes, bound = cannot_be_served(day), cannot_all_be_served(day), lower_bound(day)
    exact = solve_exactly(day)
    assert exact.proved
    assert bound.milliminutes <= exact.bound_milliminutes
    # Where leaving out is all that costs, as many visits are made as can be.
    only_unplaced = dict.fromkeys(
        ("travel", "not_usual_carer", "faces", "off_contract", "late", "worst_late",
         "change_of_carer", "change_of_start", "paid_span"), 0
    )  # fmt: skip
    rewards = {f"unplaced_{p}": 1 for p in ("critical", "high", "standard", "optional")}
    fullest = solve_exactly(replace(day, weights=Weights(**only_unplaced, **rewards)))
    made = fullest.plan.starts()
    assert not made.keys() & never.keys()
    for clash in clashes:
        assert len(made.keys() & set(clash.visits)) <= len(clash.visits) - clash.at_least
    counted = lower_bound(replace(day, weights=Weights(**only_unplaced, **rewards)))
    assert counted.milliminutes <= 1000 * fullest.plan.totals.unplaced


@pytest.mark.parametrize("block", range(10))
def test_no_proof_contradicts_the_best_plan_of_a_random_day(block):
    for seed in range(20 * block, 20 * block + 20):
        assert_proofs_hold(random_day(50_000 + seed))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 7), st.integers(0, 4))
def test_no_seed_is_found_whose_proofs_are_wrong(seed, visits, carers):
    assert_proofs_hold(random_day(seed, visits=(visits, visits), carers=(carers, carers)))


@pytest.mark.parametrize("seed", range(30))
def test_a_visit_that_could_be_made_alone_is_never_called_impossible(seed):
    day = random_day(60_000 + seed)

    for visit in day.visits:
        alone = replace(visit, after=())
        pins = tuple(pin for pin in day.pins if pin.visit == visit.id)
        one = replace(day, visits=(alone,), pins=pins, previous=None)
        made = solve_exactly(replace(one, weights=Weights())).plan.totals.placed
        assert (visit.id in cannot_be_served(one)) == (made == 0)


def carer(name: str, *shifts: tuple[int, int], skills: str = "", **more) -> Carer:
    return Carer(
        id=name,
        start_location=0,
        end_location=0,
        shifts=shifts or ((420, 720),),
        skills=frozenset(skills.split()),
        **more,
    )


def visit(name: str, earliest: int = 480, latest: int = 500, **more) -> Visit:
    return Visit(**{"location": 1, "minutes": 30, **more}, id=name, earliest=earliest,
                 latest=latest)  # fmt: skip


def day_of(visits, carers, *, travel=((0, 10), (10, 0)), **more) -> Problem:
    return Problem(np.array(travel), tuple(visits), tuple(carers), **more)


NEVER = [
    (visit("v", skills=frozenset({"peg"})), [carer("a")], "needs 1 with peg; 0 of 1 carers hold"),
    (
        visit("v", only_carers=frozenset({"a"}), not_carers=frozenset({"a"})),
        [carer("a"), carer("b")],
        "needs 1; 0 of 2 carers may make it",
    ),
    # 10 min from 08:15 is 08:25, 5 min after the window has closed.
    (visit("v"), [carer("a", (495, 720))], "none of the 1 carers .* 08:00 and 08:20 and be back"),
    # 08:00 + 30 + 10 is 08:40, a minute after the shift.
    (visit("v"), [carer("a", (420, 519))], "not even on an empty day"),
    # 10 + 30 + 10 is 50 working minutes.
    (visit("v"), [carer("a", max_minutes=49)], "not even on an empty day"),
    # a can start until 08:05, b from 08:06.
    (
        visit("v", carers=2),
        [carer("a", (420, 525)), carer("b", (476, 720))],
        "2 carers to start together .* of the 2 who may make it never more than 1 can",
    ),
]


@pytest.mark.parametrize(("one", "carers", "sentence"), NEVER)
def test_a_visit_nobody_can_make_is_proved_to_be_so_in_a_sentence(one, carers, sentence):
    day = day_of([one], carers)

    (found,) = cannot_be_served(day).values()

    assert re.search(sentence, found), found
    assert lower_bound(day).milliminutes == 2_000_000


def test_a_pin_to_somebody_who_may_not_go_is_named():
    day = day_of([visit("v", not_carers=frozenset({"a"}))], [carer("a"), carer("b")],
                 pins=(Pin("v", ("a",)),))  # fmt: skip

    assert cannot_be_served(day) == {"v": "it is pinned to a, who may not make it"}


def test_a_minute_more_makes_each_of_them_possible():
    assert not cannot_be_served(day_of([visit("v")], [carer("a", (490, 720))]))
    assert not cannot_be_served(day_of([visit("v")], [carer("a", (420, 520))]))
    assert not cannot_be_served(day_of([visit("v")], [carer("a", max_minutes=50)]))
    both = [carer("a", (420, 526)), carer("b", (476, 720))]
    assert not cannot_be_served(day_of([visit("v", carers=2)], both))


def test_a_visit_within_reach_only_by_way_of_another_is_not_called_impossible():
    # 0 to 2 takes 200 min, by way of w at 1 it takes 10 + 5 + 10: no triangle inequality here.
    travel = ((0, 10, 200), (10, 0, 10), (200, 10, 0))
    v = visit("v", 440, 450, location=2)
    w = visit("w", 420, 450, minutes=5)

    assert cannot_be_served(day_of([v], [carer("a")], travel=travel))
    assert not cannot_be_served(day_of([v, w], [carer("a")], travel=travel))
    late = replace(w, earliest=436)  # 436 + 5 + 10 is a minute too late
    assert cannot_be_served(day_of([v, late], [carer("a")], travel=travel)).keys() == {"v"}


def test_more_visits_at_one_minute_than_carers_are_counted_out():
    # All under way at 08:20 whatever their start; the double-up takes two of the three carers.
    visits = [visit(f"v{n}") for n in range(3)] + [visit("d", carers=2)]
    day = day_of(visits, [carer("a"), carer("b"), carer("c")])

    clashes = cannot_all_be_served(day)

    assert [(set(c.visits), c.at_least) for c in clashes] == [({"v0", "v1", "v2", "d"}, 1)]
    assert clashes[0].sentence.startswith("at 08:20 these 4 visits must all be under way")
    assert "takes 5 carers; 3 who" in clashes[0].sentence


def test_visits_of_a_skill_are_counted_against_its_holders_only():
    peg = {"skills": frozenset({"peg"})}
    visits = [visit("p", **peg), visit("q", **peg), visit("r", **peg), visit("s")]
    day = day_of(visits, [carer("a", skills="peg"), carer("b"), carer("c"), carer("d")])

    (clash,) = cannot_all_be_served(day)

    assert (set(clash.visits), clash.at_least) == ({"p", "q", "r"}, 2)
    # Two left out at 2,000; for the two made, two ways in and out, two faces and the paid span
    # (from 07:00 to 08:40, twice).
    assert lower_bound(day).milliminutes == 4_000_000 + 40_000 + 200 + 200


def test_more_care_than_working_hours_is_counted_out():
    visits = [visit(f"v{n}", 420, 600) for n in range(5)]
    day = day_of(visits, [carer("a", max_minutes=80)])

    (clash,) = cannot_all_be_served(day)

    assert clash.at_least == 3  # 150 min of care, 80 of work: two visits take 60
    assert "these 5 visits take 150 min of care" in clash.sentence


@pytest.mark.parametrize(
    ("tie", "staff", "at_least"),
    [
        (After("v", min_gap=21), 2, [1]),  # the windows let them be 20 min apart
        (After("v", min_gap=20), 2, []),
        (After("v", other_carer=True), 1, [1]),
        (After("v", other_carer=True), 2, []),
    ],
)
def test_two_visits_whose_tie_cannot_be_kept_leave_one_out(tie, staff, at_least):
    day = day_of(
        [visit("v", minutes=1), visit("w", minutes=1, after=(tie,))],
        [carer(f"c{n}") for n in range(staff)],
    )

    assert [clash.at_least for clash in cannot_all_be_served(day)] == at_least


def test_two_ties_that_contradict_each_other_leave_one_out():
    v = visit("v", 480, 700, minutes=1, after=(After("w", min_gap=1),))
    w = visit("w", 480, 700, minutes=1, after=(After("v", min_gap=1),))

    (clash,) = cannot_all_be_served(day_of([v, w], [carer("a", (420, 800))]))

    assert (clash.visits, clash.at_least) == (("v", "w"), 1)


def test_an_empty_day_costs_nothing_at_least():
    assert lower_bound(day_of([], [])).milliminutes == 0
    assert lower_bound(day_of([visit("v")], [])).milliminutes == 2_000_000
