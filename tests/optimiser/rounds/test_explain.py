"""Reasons a person can read, and relaxations that hold when tried."""

from dataclasses import replace

import pytest

from optimiser.rounds import engine
from optimiser.rounds.check import verify
from optimiser.rounds.explain import explain_placed
from optimiser.rounds.problem import After, Carer, Pin, Problem, ProblemError, Visit
from optimiser.rounds.relax import relaxations, with_relaxations

TOGETHER = [[0, 10, 40], [10, 0, 40], [40, 40, 0]]


def day(*visits: Visit, carers: int = 1, shift=(420, 720), **more) -> Problem:
    """Carers at place 0; place 1 is 10 minutes off, place 2 is 40."""
    return Problem(
        travel_minutes=TOGETHER,
        visits=visits,
        carers=tuple(
            Carer(
                id=f"c{n}",
                start_location=0,
                end_location=0,
                shifts=(shift,),
                skills=frozenset({"medication"} if n == 0 else ()),
            )
            for n in range(carers)
        ),
        **more,
    )


def visit(name: str = "v", location: int = 1, **more) -> Visit:
    window = {"earliest": 480, "latest": 500, "minutes": 30}
    return Visit(id=name, location=location, **(window | more))


def reasons(problem: Problem, name: str = "v") -> str:
    plan = engine.solve(problem, iterations=200)
    assert verify(problem, plan).ok
    return "; ".join(next(each.reasons for each in plan.unplaced if each.visit == name))


SAID = [
    (day(visit(skills=frozenset({"hoist"}))), "needs 1 with hoist; no carers on shift has all"),
    (
        day(visit(skills=frozenset({"medication"}), carers=2), carers=2),
        "needs 2 with medication; 1 carer on shift has all of it",
    ),
    (day(visit(carers=2)), "needs 2; 1 carer on shift today"),
    (
        day(visit(not_carers=frozenset({"c0"}))),
        "needs 1; of 1 carer with the skills, 0 may go (must not have c0)",
    ),
    (day(visit(only_carers=frozenset({"c9"}))), "may only have c9"),
    (
        day(
            visit(skills=frozenset({"medication"})),
            carers=2,
            pins=(Pin("v", ("c1",)),),
        ),
        "pinned to c1; needs 1; of 1 carer with the skills, 0 may go (c1, pinned, may not go)",
    ),
    # 07:00 + 40 min = 07:40; the window closed at 07:10.
    (
        day(visit(location=2, earliest=420, latest=430)),
        "earliest arrival 07:40, 30 min after the window (07:00 to 07:10), by c0",
    ),
    # 08:00 + 30 + 40 min home = 09:10, and the shift ends 09:00.
    (
        day(visit(location=2), shift=(420, 540)),
        "not even on an empty day: c0, who comes closest, would be back 10 min after the shift",
    ),
    # w holds c0 from 08:00 to 09:00 with its journeys; both start at 08:00 sharp.
    (
        day(
            visit("w", latest=480, priority="critical"),
            visit(location=2, latest=485),
        ),
        "1 carer could go in 08:00 to 08:05 on an empty day; all are busy: c0 could 65 min after",
    ),
]


@pytest.mark.parametrize(("problem", "text"), SAID)
def test_the_reason_says_what_binds(problem, text):
    assert text in reasons(problem)


def test_the_smallest_wider_window_is_offered_and_holds():
    # c0 leaves w at 08:30 and needs 40 min to v: 09:10, 65 min after 08:05.
    problem = day(visit("w", latest=480, priority="critical"), visit(location=2, latest=485))
    plan = engine.solve(problem, iterations=200)

    offered = {each.kind: each for each in relaxations(problem, plan, "v")}

    assert offered["window"].minutes == 65
    assert offered["window"].sentence == ("a window 65 min wider (08:00 to 09:10): c0 could go")
    for each in offered.values():
        assert verify(each.problem, each.plan).ok
        assert "v" in each.plan.starts()
    told = with_relaxations(problem, plan)
    assert told.unplaced[0].relaxations == tuple(each.sentence for each in offered.values())
    assert verify(problem, told).ok


def test_a_window_one_minute_narrower_than_offered_is_not_enough():
    problem = day(visit("w", latest=480, priority="critical"), visit(location=2, latest=485))
    almost = replace(problem, visits=(problem.visits[0], visit(location=2, latest=549)))

    assert [left.visit for left in engine.solve(almost, iterations=200).unplaced] == ["v"]


def test_a_longer_shift_is_offered_where_it_is_what_is_missing():
    problem = day(visit(location=2), shift=(420, 540))
    plan = engine.solve(problem, iterations=50)

    offered = relaxations(problem, plan, "v")

    # Back 09:10 for a shift to 09:00.
    assert [each.sentence for each in offered if each.kind == "shift"] == [
        "a shift 10 min longer for c0 (07:00 to 09:10): c0 could go"
    ]


def test_an_earlier_beginning_is_offered_where_it_is_what_is_missing():
    problem = day(visit(location=2, earliest=420, latest=430))
    plan = engine.solve(problem, iterations=50)

    (shift,) = (each for each in relaxations(problem, plan, "v") if each.kind == "shift")

    # 07:10 − 40 min = 06:30.
    assert shift.sentence == "a shift 30 min longer for c0 (06:30 to 12:00): c0 could go"


def test_one_carer_fewer_is_offered_for_a_double_up():
    problem = day(visit(carers=2))
    plan = engine.solve(problem, iterations=50)

    assert [each.sentence for each in relaxations(problem, plan, "v")] == [
        "1 of 2 carers: c0 could go"
    ]


def test_a_placed_visit_says_who_then_and_what_another_carer_would_cost():
    problem = day(visit(usual_carers=("c0",)), carers=2)
    plan = engine.solve(problem, iterations=50)

    placement = explain_placed(problem, plan, "v")

    assert (placement.carers, placement.start) == (("c0",), 480)
    assert "c0 is a usual carer" in placement.sentences
    assert "it starts 08:00, when its window opens" in placement.sentences
    (other,) = placement.alternatives
    # The same 20 minutes there and back, yet not a usual carer: a tenth of a minute.
    assert (other.carer, other.added_travel_minutes, other.added_cost_milliminutes) == (
        "c1",
        0,
        100,
    )


def test_moving_one_carer_of_a_double_up_leaves_the_other_in_place():
    problem = day(visit(carers=2), carers=3)
    plan = engine.solve(problem, iterations=50)

    placement = explain_placed(problem, plan, "v")

    out = ({"c0", "c1", "c2"} - set(placement.carers)).pop()
    assert {(a.instead_of, a.carer, a.added_travel_minutes) for a in placement.alternatives} == {
        (carer, out, 0) for carer in placement.carers
    }


def test_a_start_held_by_a_gap_names_the_other_visit():
    problem = day(
        visit("w", latest=480),
        visit(latest=700, after=(After("w", 100),)),
    )
    plan = engine.solve(problem, iterations=50)

    placement = explain_placed(problem, plan, "v")

    assert "it starts 09:40, as its gap after w asks" in placement.sentences


def test_a_visit_that_is_left_out_has_no_placement():
    problem = day(visit(carers=2))
    plan = engine.solve(problem, iterations=1)

    with pytest.raises(ProblemError, match="v is not made in this plan"):
        explain_placed(problem, plan, "v")
