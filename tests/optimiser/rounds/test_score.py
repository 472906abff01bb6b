"""What a plan adds up to and costs, by hand, and that every split of the cost adds up to it."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import (
    WEIGHTS,
    Break,
    Carer,
    Plan,
    Problem,
    Round,
    Stop,
    Totals,
    Visit,
    Weights,
)
from optimiser.rounds.score import CARER_WEIGHTS, VISIT_WEIGHTS, score

MINUTES = np.array([[0, 10, 20], [10, 0, 5], [20, 5, 0]])
# Every weight another number, so that no two can be mistaken for each other.
PRICES = Weights(
    unplaced_critical=11000,
    unplaced_high=7000,
    unplaced_standard=5000,
    unplaced_optional=3000,
    travel=2,
    not_usual_carer=17,
    faces=13,
    off_contract=0.5,
    late=3,
    worst_late=19,
    change_of_carer=100,
    change_of_start=4,
    paid_span=0.001,
)


def hand_made(**more) -> Problem:
    """c makes v1 and v2 for one person, nobody v3; v1 was published for d, five minutes later."""
    return Problem(
        **{
            "travel_minutes": MINUTES,
            "visits": (
                Visit("v1", 1, 420, 500, minutes=30, person="p", due=420),
                Visit("v2", 2, 420, 700, minutes=30, person="p", due=440, usual_carers=("d",)),
                Visit("v3", 2, 420, 700, minutes=30, person="q", priority="high"),
            ),
            "carers": (
                Carer("c", 0, 0, ((400, 800),), contract_minutes=100),
                Carer("d", 0, 0, ((400, 800),), contract_minutes=60),
            ),
            "previous": Plan((Round("d", 0, (Stop("v1", 425, 425, 455),)),)),
            "weights": PRICES,
        }
        | more
    )


def hand_made_plan(problem: Problem) -> Plan:
    return plan_of(problem, {("c", 0): ("v1", "v2")}, ("v3",), seed=1)


def test_every_weight_costs_what_the_hand_sum_says():
    problem = hand_made()

    found = score(problem, hand_made_plan(problem))

    # v1 07:00 to 07:30, v2 07:35 to 08:05, home 08:25.
    assert found.by_weight == {
        "unplaced_critical": 0,
        "unplaced_high": 7_000_000,
        "unplaced_standard": 0,
        "unplaced_optional": 0,
        "travel": 70_000,  # 10 + 5 + 20 = 35 min at 2
        "not_usual_carer": 17_000,  # v2 by c
        "faces": 13_000,  # p sees c, twice, and nobody else
        # c works 35 + 60 = 95 of 100: 5² / 100 = 0.25; d none of 60: 60² / 60 = 60; at 0.5.
        "off_contract": 125 + 30_000,
        "late": 45_000,  # v2 is 15 min late, at 3
        "worst_late": 285_000,  # and again, at 19
        "change_of_carer": 100_000,  # v1 by c instead of d
        "change_of_start": 20_000,  # five minutes, at 4
        "paid_span": 105,  # 06:40 to 08:25
    }
    assert found.total_milliminutes == 7_000_000 + 580_230


def test_the_cost_is_split_by_carer_and_by_visit():
    problem = hand_made()

    found = score(problem, hand_made_plan(problem))

    assert found.by_carer == {
        "c": {
            "travel": 70_000,
            "change_of_carer": 100_000,
            "not_usual_carer": 17_000,
            "faces": 13_000,
            "off_contract": 125,
            "paid_span": 105,
        },
        "d": {"off_contract": 30_000},
    }
    assert found.by_visit == {
        "v1": {
            "travel": 20_000,  # 10 min to it
            "change_of_carer": 100_000,
            "faces": 13_000,  # the first of the two at which p sees c
            "change_of_start": 20_000,
        },
        "v2": {
            "travel": 50_000,  # 5 min to it and 20 home
            "not_usual_carer": 17_000,
            "late": 45_000,
            "worst_late": 285_000,
        },
        "v3": {"unplaced_high": 7_000_000},
    }


def test_totals_say_how_late_how_many_faces_and_how_long_the_breaks_are():
    resting = (Carer("c", 0, 0, ((400, 800),), breaks=(Break(0, 20, 460, 600),)),)
    problem = hand_made(carers=resting, previous=None)

    totals = hand_made_plan(problem).totals

    # The break is 07:40 to 08:00 after ten minutes of waiting; v2 08:05, 45 min late; home 08:55.
    assert totals == Totals(
        planned=3,
        placed=2,
        unplaced=1,
        travel_minutes=35,
        contact_minutes=60,
        waiting_minutes=10,
        paid_span_minutes=135,
        shift_minutes=400,
        rounds=1,
        carers=1,
        usual_carer_stops=0,
        other_carer_stops=2,
        break_minutes=20,
        late_visits=1,
        late_minutes=45,
        worst_late_minutes=45,
        person_carer_pairs=1,
        cost_milliminutes=7_000_000 + 70_000 + 17_000 + 13_000 + 135_000 + 855_000 + 135,
    )


def test_a_double_up_is_late_and_moved_once_but_shows_two_faces():
    double = Visit("v1", 1, 420, 500, minutes=30, person="p", due=420, carers=2)
    late_shifts = tuple(Carer(name, 0, 0, ((420, 800),)) for name in "cd")
    problem = hand_made(visits=(double,), carers=late_shifts)

    plan = plan_of(problem, {("c", 0): ("v1",), ("d", 0): ("v1",)}, (), seed=1)
    by_weight = score(problem, plan).by_weight

    assert (plan.totals.late_visits, plan.totals.late_minutes) == (1, 10)
    assert by_weight["late"] == 30_000
    assert by_weight["change_of_start"] == 20_000  # 07:10 instead of 07:05
    assert by_weight["change_of_carer"] == 100_000  # c; d was published
    assert (plan.totals.person_carer_pairs, by_weight["faces"]) == (2, 26_000)


def test_visits_that_name_nobody_are_persons_of_their_own():
    problem = hand_made()
    nameless = tuple(replace(visit, person="") for visit in problem.visits)

    assert hand_made_plan(replace(problem, visits=nameless)).totals.person_carer_pairs == 2


@pytest.mark.parametrize("name", [field.name for field in fields(Weights)])
def test_units_of_time_make_only_what_is_a_case_dearer(name):
    in_minutes, in_tenths = hand_made(), hand_made(units_a_minute=10)

    # A minute late is ten tenths late; a visit left out is one visit, worth ten times the tenths.
    a_unit = {info.name: info.unit for info in WEIGHTS}[name] == "minutes a minute"
    assert in_tenths.rate(name) == in_minutes.rate(name) * (1 if a_unit else 10)


@st.composite
def days(draw) -> tuple[Problem, Plan]:
    """A day with everything that costs anything, and any way of making or leaving its visits."""
    number = st.integers(0, 3)
    visits = tuple(
        Visit(
            f"v{at}",
            draw(st.integers(0, 2)),
            400,
            2000,
            minutes=draw(st.integers(1, 60)),
            person=draw(st.sampled_from(["", "p", "q"])),
            carers=1 + draw(st.integers(0, 1)),
            usual_carers=draw(st.sampled_from([(), ("c0",), ("c1", "c2")])),
            priority=draw(st.sampled_from(["critical", "high", "standard", "optional"])),
            due=draw(st.one_of(st.none(), st.integers(400, 800))),
        )
        for at in range(draw(st.integers(0, 6)))
    )
    carers = tuple(
        Carer(
            f"c{at}",
            draw(st.integers(0, 2)),
            draw(st.integers(0, 2)),
            ((380, 2500),),
            travel_mode=draw(st.sampled_from(["car", "walk"])),
            breaks=(Break(0, 15, 400, 2000),),
            contract_minutes=draw(st.one_of(st.none(), st.integers(1, 500))),
        )
        for at in range(3)
    )
    problem = Problem(
        MINUTES,
        visits,
        carers,
        weights=PRICES,
        travel_minutes_by_mode={"walk": 3 * MINUTES},
        units_a_minute=draw(st.sampled_from([1, 10])),
    )
    published, plan = ([placed(problem, draw(number), visit) for visit in visits] for _ in "ab")
    previous = planned(problem, published) if draw(st.booleans()) else None
    problem = replace(problem, previous=previous)
    return problem, planned(problem, plan)


def placed(problem: Problem, first: int, visit: Visit) -> list[str]:
    """The carers of a visit: those from number `first` on; none from number 3."""
    return [problem.carers[(first + at) % 3].id for at in range(visit.carers)] if first < 3 else []


def planned(problem: Problem, who: list[list[str]]) -> Plan:
    made = list(zip(problem.visits, who, strict=True))
    orders = {(c.id, 0): [v.id for v, them in made if c.id in them] for c in problem.carers}
    return plan_of(problem, orders, [v.id for v, them in made if not them], seed=1)


@settings(max_examples=150, deadline=None)
@given(days())
def test_every_split_adds_up_to_the_cost_of_the_plan(drawn):
    problem, plan = drawn

    found = score(problem, plan)

    assert found.total_milliminutes == plan.totals.cost_milliminutes
    assert sum(found.by_weight.values()) == found.total_milliminutes
    for weight in CARER_WEIGHTS:
        carers = sum(each.get(weight, 0) for each in found.by_carer.values())
        assert carers == found.by_weight[weight]
    for weight in VISIT_WEIGHTS:
        visits = sum(each.get(weight, 0) for each in found.by_visit.values())
        assert visits == found.by_weight[weight]
    assert set(CARER_WEIGHTS) | set(VISIT_WEIGHTS) == {info.name for info in WEIGHTS}
    assert {name for each in found.by_carer.values() for name in each} <= set(CARER_WEIGHTS)
    assert {name for each in found.by_visit.values() for name in each} <= set(VISIT_WEIGHTS)
