"""Rules of planning that need no database."""

from dataclasses import replace

import numpy as np
import pytest

from cms_models.fields.domain import RULES
from cms_models.rounds import domain
from cms_models.rounds.domain import GapCase, PlanningRules
from optimiser.rounds.check import verify
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import WEIGHTS, Carer, Pin, Problem, Visit

DEFAULTS = PlanningRules.of({key: rule.default for key, rule in RULES.items()})
TRAVEL = np.full((4, 4), 10)
np.fill_diagonal(TRAVEL, 0)


def visit(name: str, location: int, earliest: int, **changes: object) -> Visit:
    given = {"latest": earliest + 60, "minutes": 30, "person": f"person of {name}", **changes}
    return Visit(id=name, location=location, earliest=earliest, **given)


def carer(name: str, *shifts: tuple[int, int], **changes: object) -> Carer:
    return Carer(id=name, start_location=3, end_location=3, shifts=shifts, **changes)


def test_every_weight_of_the_engine_is_a_rule_with_its_sentence_and_unit():
    for info in WEIGHTS:
        rule = RULES[f"rounds.weight.{info.name}"]
        assert (rule.sentence, rule.unit) == (info.sentence, info.unit)
        assert rule.refusal(-0.1) is not None
    assert (DEFAULTS.weights.not_usual_carer, DEFAULTS.weights.faces) == (10, 5)
    assert DEFAULTS.weights.off_contract == 0.2


def test_a_shift_over_six_hours_holds_a_break_off_its_ends_and_one_of_six_hours_none():
    # 07:00–13:00 is six hours exactly; 07:00–14:00 is over: from 08:00, begun by 14:00 − 60 − 20
    found = domain.breaks_of([(420, 780), (780, 1200)], DEFAULTS)

    assert [(one.shift, one.minutes, one.earliest, one.latest) for one in found] == [
        (1, 20, 840, 1120)
    ]
    assert domain.breaks_of([(0, 1440)], replace(DEFAULTS, break_minutes=0)) == ()


@pytest.mark.parametrize(
    ("limits", "least"),
    [((600, 2880), 600), ((None, 40), 40), ((None, None), None), ((600, -5), 0)],
)
def test_the_tightest_limit_holds(limits, least):
    assert domain.least_limit(*limits) == least


def test_a_contract_is_shared_over_the_days_in_proportion_to_their_shifts():
    # 2,100 contract minutes over 2,400 of shifts: a day of 480 asks 2,100 × 480 ÷ 2,400 = 420
    assert domain.contract_share(2100, planned_minutes=480, week_minutes=2400) == 420
    assert domain.contract_share(0, planned_minutes=480, week_minutes=2400) is None


def case(name: str, earliest: int, **changes: object) -> GapCase:
    given = {"medication": False, "least": None, "most": None, **changes}
    return GapCase(visit=name, earliest=earliest, latest=earliest + 60, **given)


def test_gaps_tie_successive_visits_by_package_by_rule_and_between_medications():
    rules = replace(DEFAULTS, least_gap_minutes=60, medication_gap_minutes=240)
    day = [
        case("bed", 1200, medication=True),
        case("breakfast", 480, medication=True),
        case("lunch", 720, least=90, most=400),
    ]

    ties = domain.ties_of_day(day, rules)

    told = {
        name: [(tie.visit, tie.min_gap, tie.max_gap) for tie in after]
        for name, after in ties.items()
    }
    assert told == {
        "lunch": [("breakfast", 90, 400)],
        "bed": [("lunch", 60, None), ("breakfast", 240, None)],
    }
    assert domain.ties_of_day([case("a", 0), case("b", 60)], DEFAULTS) == {}


def two_days() -> Problem:
    """Two days of one visit each by one carer with a 20-minute break rule out of play."""
    return Problem(
        travel_minutes=TRAVEL,
        visits=(visit("mon", 0, 480), visit("tue", 1, 1440 + 480), visit("out", 2, 1440 + 600)),
        carers=(carer("c", (420, 840), (1440 + 420, 1440 + 840), max_minutes=105),),
    )


def test_a_week_is_cut_into_days_that_each_hold_alone():
    week = two_days()
    plan = plan_of(week, {("c", 0): ["mon"], ("c", 1): ["tue"]}, ["out"], seed=1)
    tuesday = Problem(
        travel_minutes=TRAVEL,
        visits=(visit("tue", 1, 480), visit("out", 2, 600)),
        carers=(carer("c", (420, 840), max_minutes=600),),
    )

    day, notes = domain.within_the_week(tuesday, week, plan, offset=1440)
    own = domain.day_of_plan(week, plan, day, offset=1440)

    # each day is 10 + 30 + 10 = 50 minutes of work: 105 − 50 are left for Tuesday
    assert day.carers[0].max_minutes == 55
    assert notes == []
    assert verify(day, own).ok
    assert [(stop.visit, stop.start) for stop in own.rounds[0].stops] == [("tue", 480)]
    assert [one.visit for one in own.unplaced] == ["out"]
    assert own.totals.placed + own.totals.unplaced == 2


def test_a_day_over_its_own_limit_within_the_week_is_said_and_keeps_what_the_week_leaves():
    week = two_days()
    plan = plan_of(week, {("c", 0): ["mon"], ("c", 1): ["tue"]}, ["out"], seed=1)
    monday = Problem(
        travel_minutes=TRAVEL,
        visits=(visit("mon", 0, 480),),
        carers=(carer("c", (420, 840), max_minutes=40),),
    )

    day, notes = domain.within_the_week(monday, week, plan, offset=0)

    assert day.carers[0].max_minutes == 55
    assert notes[0].startswith("c works 50 minutes, over the 40 of a day")


def test_what_started_before_a_minute_stays_and_the_rest_starts_no_earlier():
    day = Problem(
        travel_minutes=TRAVEL,
        visits=(visit("done", 0, 480), visit("open", 1, 500)),
        carers=(carer("c", (420, 840)),),
    )
    published = plan_of(day, {("c", 0): ["done", "open"]}, [], seed=1)

    frozen = domain.frozen_before(replace(day, previous=published), 510)

    done, later = frozen.visits
    assert published.starts() == {"done": 480, "open": 520}
    assert (done.earliest, done.latest) == (480, 480)
    assert frozen.pins == (Pin("done", ("c",)),)
    assert (later.earliest, later.latest) == (510, 560)


def test_pins_of_now_replace_those_planned_with_as_far_as_the_plan_keeps_them():
    day = Problem(
        travel_minutes=TRAVEL,
        visits=(visit("kept", 0, 480), visit("moved", 1, 540), visit("done", 0, 600)),
        carers=(carer("c", (420, 840)), carer("d", (420, 840))),
        pins=(Pin("moved", ("c",)), Pin("done", ("c",))),
    )
    plan = plan_of(day, {("c", 0): ["kept", "moved", "done"]}, [], seed=1)
    now = (Pin("kept", ("c",)), Pin("moved", ("d",)))

    found = domain.with_pins(day, plan, now, fixed={"done"})

    assert set(found.pins) == {Pin("kept", ("c",)), Pin("done", ("c",))}


def zoned() -> Problem:
    return Problem(
        travel_minutes=TRAVEL,
        visits=(
            visit("a1", 0, 480, person="p1"),
            visit("b1", 1, 480, person="p2"),
            visit("x1", 2, 480, person="p3"),
        ),
        carers=tuple(carer(name, (420, 840)) for name in ("ann", "bob", "cat")),
    )


ZONES = {"a1": ("A", "Zone A"), "b1": ("B", "Zone B"), "x1": ("X", "Zone X")}
TEAMS = {"ann": "zone a", "bob": "B", "cat": "County"}


def test_a_day_falls_into_the_zones_that_have_a_team_and_a_rest():
    parts = domain.parts_by_zone(zoned(), zone_of=ZONES, team_of=TEAMS)

    assert [(part.name, part.carers, part.visits) for part in parts] == [
        ("A", ("ann",), ("a1",)),
        ("B", ("bob",), ("b1",)),
        ("all others", ("cat",), ("x1",)),
    ]


def test_a_person_goes_with_the_carer_pinned_and_two_pinned_teams_are_planned_together():
    day = zoned()
    moved = domain.parts_by_zone(
        replace(day, pins=(Pin("a1", ("bob",)),)), zone_of=ZONES, team_of=TEAMS
    )
    assert {part.name: part.visits for part in moved}["B"] == ("a1", "b1")

    doubled = replace(
        day,
        visits=(replace(day.visits[0], carers=2), *day.visits[1:]),
        pins=(Pin("a1", ("ann", "bob")),),
    )
    together = domain.parts_by_zone(doubled, zone_of=ZONES, team_of=TEAMS)
    assert [(part.name, part.carers) for part in together] == [
        ("A", ("ann", "bob")),
        ("all others", ("cat",)),
    ]
    for part in together:
        domain.problem_of_part(doubled, part)  # refuses a pin to somebody who is not in it


def test_parts_planned_apart_join_into_a_plan_of_the_whole_day_that_check_accepts():
    day = zoned()
    parts = domain.parts_by_zone(day, zone_of=ZONES, team_of=TEAMS)
    plans = [
        plan_of(domain.problem_of_part(day, part), {(part.carers[0], 0): part.visits}, [], seed=1)
        for part in parts
    ]

    whole = domain.joined(day, plans, seed=1)

    assert verify(day, whole).ok
    assert whole.totals.placed == 3
    assert whole.totals.travel_minutes == 3 * 20


def test_what_an_edit_moved_is_told_visit_by_visit():
    day = zoned()
    before = plan_of(day, {("ann", 0): ["a1", "b1"]}, ["x1"], seed=1)
    after = plan_of(day, {("ann", 0): ["a1"], ("bob", 0): ["b1"]}, ["x1"], seed=1)

    was, now = domain.moved_words(day, before, after)

    assert (was, now) == ({"b1": "ann at 08:40"}, {"b1": "bob at 08:00"})
