"""Reasons a person can read, and relaxations that hold when tried."""

from dataclasses import replace

import pytest

from optimiser.rounds import engine
from optimiser.rounds.check import verify
from optimiser.rounds.explain import explain_placed
from optimiser.rounds.problem import (
    After,
    Break,
    Carer,
    Pin,
    Plan,
    Problem,
    ProblemError,
    Unplaced,
    Visit,
)
from optimiser.rounds.relax import Relaxation, relaxations, with_relaxations
from optimiser.rounds.timetable import orders_of, timetable
from optimiser.rounds.totals import totals_of
from optimiser.rounds.unplaced import why_unplaced
from optimiser.rounds.whatif import Board

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

    assert "it starts 09:40, as its gap to w asks" in placement.sentences


def test_a_visit_that_is_left_out_has_no_placement():
    problem = day(visit(carers=2))
    plan = engine.solve(problem, iterations=1)

    with pytest.raises(ProblemError, match="v is not made in this plan"):
        explain_placed(problem, plan, "v")


def kept(problem: Problem, **who: str) -> Plan:
    """Return a plan made by hand: each visit named goes to its carer, the rest are left out."""
    left = tuple(Unplaced(each.id, ("nobody has planned it",)) for each in problem.visits)
    plan = Plan((), left, totals_of(problem, (), [each.visit for each in left]))
    for name, carer in who.items():
        plan = Board(problem, plan).move(name, carer, 0)
    return plan


def offered(problem: Problem, plan: Plan, name: str = "v") -> dict[str, Relaxation]:
    found = relaxations(problem, plan, name)
    for each in found:
        assert verify(each.problem, each.plan).ok
        assert name in each.plan.starts()
    assert [each.size for each in found] == sorted(each.size for each in found)
    return {each.kind: each for each in found}


def test_why_not_says_where_each_skilled_carer_is_meanwhile():
    problem = day(
        visit("w", latest=480),
        visit(location=2, latest=485, skills=frozenset({"medication"})),
        carers=2,
    )
    plan = kept(problem, w="c0")
    table = timetable(problem, orders_of(plan.rounds))

    said = why_unplaced(table, problem.visit_by_id["v"])

    assert "the only carer with medication who could go: c0 is at w until 08:30" in said


def test_a_swap_changes_no_rule_and_comes_first():
    # c0 alone has the skill and is at w; c1 is free for w at the same minute.
    problem = day(
        visit("w", latest=480),
        visit(location=2, latest=485, skills=frozenset({"medication"})),
        carers=2,
    )

    found = offered(problem, kept(problem, w="c0"))

    assert next(iter(found)) == "swap"
    assert found["swap"].problem is problem
    assert found["swap"].plan.carers_of("w") == ("c1",)
    assert found["swap"].plan.carers_of("v") == ("c0",)
    assert found["swap"].sentence == ("a swap: c1 takes w from c0 at 08:00, and c0 comes at 08:00")


def test_a_second_carer_free_later_is_named_with_the_time():
    # c1 could be there at 08:00; c0 leaves w at 08:30 and needs 40 min: 09:10, 65 after 08:05.
    problem = day(visit("w", latest=480), visit(location=2, latest=485, carers=2), carers=2)

    found = offered(problem, kept(problem, w="c0"))

    assert found["window"].minutes == 65
    assert found["window"].sentence.endswith("c0 with c1 could go; c0 is free at 09:10")
    assert found["carers"].sentence == "1 of 2 carers: c1 could go"


def test_more_working_time_is_offered_by_the_minutes_that_lack():
    problem = day(visit())
    problem = replace(problem, carers=(replace(problem.carers[0], max_minutes=45),))

    found = offered(problem, kept(problem))

    # 10 there + 30 + 10 back = 50 of 45
    assert found["hours"].sentence == "5 min more working time for c0: c0 could go"


def test_training_is_offered_for_a_carer_who_lacks_that_skill_only():
    problem = day(visit("w", latest=480), visit(skills=frozenset({"medication"})), carers=2)
    problem = replace(problem, pins=(Pin("w", ("c0",)),))

    found = offered(problem, kept(problem, w="c0"))

    assert found["skill"].sentence == "c1 trained in medication: c1 could go at 08:00"
    assert "medication" in found["skill"].problem.carer_by_id["c1"].skills


def test_a_pin_in_the_way_is_named():
    problem = day(visit("w", latest=480), visit(), carers=2, pins=(Pin("v", ("c0",)),))
    tight = replace(problem, visits=(problem.visits[0], visit(latest=485)))

    found = offered(tight, kept(tight, w="c0"))

    assert found["pin"].sentence == "without its pin to c0: c1 could go"


def test_a_break_in_the_way_is_kept_in_every_change_offered():
    problem = day(visit("w", latest=480), visit("x", earliest=560, latest=560), visit(latest=485))
    rest = Break(shift=0, minutes=20, earliest=510, latest=540)
    problem = replace(problem, carers=(replace(problem.carers[0], breaks=(rest,)),))

    found = offered(problem, kept(problem, w="c0", x="c0"))

    assert found
    for each in found.values():
        assert all(one.rest is not None for one in each.plan.rounds)
