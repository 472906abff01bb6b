"""The peers are asked the same question, and judged by our own check."""

import numpy as np
import pytest

from benchmarks import days
from benchmarks.peers import beyond, left_out_minutes
from optimiser.rounds.problem import (
    After,
    Break,
    Carer,
    Problem,
    ProblemError,
    Visit,
    Weights,
)

# Five places on a line, 10 minutes apart; both carers live at place 0.
LINE = np.abs(np.subtract.outer(np.arange(5), np.arange(5))).astype(np.int32) * 10
PEERS = days.load(list(days.MODULES))


def visit(name, place, window, **more):
    return Visit(id=name, location=place, earliest=window[0], latest=window[1], minutes=20, **more)


def day(*visits, carers=None, **more):
    pair = (
        Carer("nurse", 0, 0, ((400, 800),), skills=frozenset({"peg"})),
        Carer("aide", 0, 0, ((400, 500), (600, 800))),
    )
    return Problem(travel_minutes=LINE, visits=visits, carers=carers or pair, **more)


# The aide may not come to "near", "peg" needs the nurse, "noon" lies in the aide's break of shifts
# and "never" opens when everybody has gone home. So the nurse drives 0-1-2-1-0 for three of them
# (40 minutes) or the aide takes "tea": no less than 40, and "far" (4 away) adds 80 by its own round
# at that early hour, as the nurse is at "near" then.
VISITS = (
    visit("near", 1, (410, 420), not_carers=frozenset({"aide"})),
    visit("peg", 2, (440, 470), skills=frozenset({"peg"})),
    visit("far", 4, (440, 445)),
    visit("noon", 1, (520, 540), priority="high"),
    visit("never", 1, (900, 910), priority="optional"),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda each: each.name)
def test_each_peer_keeps_windows_shifts_skills_and_exclusions(peer):
    problem = day(*VISITS)

    outcome = days.measure(peer, problem, seconds=1, threads=1, seed=1)

    assert outcome.refused is None
    assert [each.visit for each in outcome.plan.unplaced] == ["never"]
    assert outcome.plan.carers_of("near") == outcome.plan.carers_of("peg") == ("nurse",)
    assert outcome.plan.carers_of("far") == ("aide",)
    # The nurse: 0-1-2-1-0; the aide: 0-4-0.
    assert outcome.plan.totals.travel_minutes == 40 + 80


@pytest.mark.parametrize("peer", PEERS, ids=lambda each: each.name)
def test_each_peer_leaves_out_the_visit_that_matters_least(peer):
    one = (Carer("nurse", 0, 0, ((400, 800),)),)
    problem = day(
        visit("optional", 1, (410, 410), priority="optional"),
        visit("critical", 2, (420, 420), priority="critical"),
        carers=one,
    )

    outcome = days.measure(peer, problem, seconds=1, threads=1, seed=1)

    assert [each.visit for each in outcome.plan.unplaced] == ["optional"]


def test_or_tools_keeps_double_ups_and_gaps():
    problem = day(
        visit("both", 1, (420, 480), carers=2),
        visit("again", 1, (400, 700), after=(After("both", 60, 90),)),
    )

    outcome = days.measure(PEERS[0], problem, seconds=1, threads=1, seed=1)

    assert outcome.refused is None
    assert sorted(outcome.plan.carers_of("both")) == ["aide", "nurse"]
    starts = outcome.plan.starts()
    assert 60 <= starts["again"] - starts["both"] <= 90


def test_a_peer_is_not_asked_what_it_has_no_words_for():
    tired = Carer("nurse", 0, 0, ((400, 800),), breaks=(Break(0, 20, 500, 600),), max_minutes=300)
    hard = day(visit("both", 1, (420, 480), carers=2), carers=(tired,))

    said = {peer.name: beyond(peer, hard) for peer in [days.HOMEWARD, *PEERS]}

    all_three = "cannot model double-ups and breaks and maximum working minutes"
    assert said == {
        "Homeward": None,
        "OR-Tools Routing": "cannot model breaks and maximum working minutes",
        "PyVRP": all_three,
        "VROOM": all_three,
    }
    assert all(beyond(peer, day(*VISITS)) is None for peer in PEERS)


def test_a_plan_that_our_check_refuses_is_told_as_refused():
    problem = day(*VISITS)

    wrong_carer = days.judged(problem, {("aide", 0): ["peg"]}, seconds=1.0)
    too_late = days.judged(problem, {("nurse", 0): ["peg", "near"]}, seconds=1.0)

    assert wrong_carer.plan is None
    assert "peg" in wrong_carer.refused
    assert too_late.plan is None
    assert "near" in too_late.refused
    assert "refused: " in days.row(too_late, 1.0)


def test_leaving_out_costs_the_same_minutes_for_every_engine():
    problem = day(*VISITS, weights=Weights(unplaced_high=300, travel=2))

    # 300 minutes at two for each minute of travel.
    assert left_out_minutes(problem, problem.visit_by_id["noon"]) == 150


def test_a_day_that_cannot_be_read_is_named(tmp_path, capsys):
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(ProblemError):
        days.read_problem(broken)

    assert days.main([str(broken), "--seconds", "1"]) == 2
    assert capsys.readouterr().err.startswith("days.py: ")
