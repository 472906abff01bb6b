"""Least starts, breaks and modes of travel, and the places where one more visit fits."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimiser.rounds.check import verify
from optimiser.rounds.plans import plan_of
from optimiser.rounds.problem import After, Break, Carer, Problem, Rest, Visit
from optimiser.rounds.timetable import ClashError, orders_of, rests_of, timetable

CAR = [[0, 10, 20], [10, 0, 5], [20, 5, 0]]
CYCLE = [[0, 30, 40], [30, 0, 12], [40, 12, 0]]
TWO = {("c", 0): ("v1", "v2")}


def visit(name: str, location: int, earliest: int, latest: int, **more) -> Visit:
    return Visit(name, location, earliest, latest, minutes=30, **more)


def carer(**more) -> Carer:
    given = {"id": "c", "start_location": 0, "end_location": 0, "shifts": ((400, 800),)}
    return Carer(**(given | more))


def two_visits(**more) -> Problem:
    """v1 may start 07:00 to 08:20, v2 07:00 to 11:40; the shift is 06:40 to 13:20."""
    return Problem(
        travel_minutes=np.array(CAR),
        visits=(visit("v1", 1, 420, 500), visit("v2", 2, 420, 700)),
        carers=(carer(**more),),
        travel_minutes_by_mode={"cycle": np.array(CYCLE)},
    )


def test_a_carer_travels_by_the_mode_of_the_carer():
    cycling = two_visits(travel_mode="cycle")

    (one,) = timetable(cycling, TWO).rounds()

    # 06:40 + 30 = 07:10; until 07:40; 12 on the way.
    assert [(s.arrive, s.start, s.leave) for s in one.stops] == [(430, 430, 460), (472, 472, 502)]
    # Back by 13:20 is to leave v2 by 12:40: no sooner than the windows close.
    assert timetable(cycling, TWO).latests == {"v1": 500, "v2": 700}


def test_a_break_is_taken_between_two_stops_before_the_journey():
    problem = two_visits(breaks=(Break(0, 20, 460, 520),))

    (one,) = timetable(problem, TWO).rounds()

    # v1 07:00 to 07:30, waits until the break may begin at 07:40, 20 minutes, 5 on the way.
    assert one.rest == Rest(stops=1, start=460, minutes=20)
    assert [(s.start, s.arrive) for s in one.stops] == [(420, 420), (485, 485)]
    assert verify(problem, plan_of(problem, TWO, (), seed=1)).broken == ()


def test_the_last_starts_leave_room_for_the_break():
    problem = two_visits(breaks=(Break(0, 20, 460, 520),))

    latests = timetable(problem, TWO).latests

    assert latests == {"v1": 490, "v2": 700}  # the break begins by 08:40, so v1 by 08:10


def test_a_break_too_late_for_its_place_is_a_clash():
    problem = two_visits(breaks=(Break(0, 20, 400, 440),))

    with pytest.raises(ClashError, match="c has no room for a break of 20 min"):
        timetable(problem, TWO)
    with pytest.raises(ClashError, match="the break after v1 would begin 10 min after its window"):
        timetable(problem, TWO, {("c", 0): 1})


@pytest.mark.parametrize("after", [0, 2, 5])
def test_a_break_is_between_two_stops_or_a_clash(after):
    problem = two_visits(breaks=(Break(0, 20, 460, 520),))

    with pytest.raises(ClashError, match=f"c has no break after {after} of 2 visits"):
        timetable(problem, TWO, {("c", 0): after})


def test_a_round_of_one_stop_takes_no_break():
    problem = two_visits(breaks=(Break(0, 20, 460, 520),))

    (one,) = timetable(problem, {("c", 0): ("v1",)}).rounds()

    assert one.rest is None


def test_the_break_is_where_it_first_fits_and_a_later_visit_is_not_made_late():
    # After v1 the break would begin 07:30 and v2, due by 07:40, would start 07:55.
    problem = Problem(
        travel_minutes=np.array(CAR),
        visits=(visit("v1", 1, 420, 420), visit("v2", 2, 420, 460), visit("v3", 1, 420, 700)),
        carers=(carer(breaks=(Break(0, 20, 440, 600),)),),
    )

    table = timetable(problem, {("c", 0): ("v1", "v2", "v3")})

    assert table.rests == {("c", 0): 2}
    assert dict(table.starts) == {"v1": 420, "v2": 455, "v3": 510}  # 07:35 + 30 + 20 + 5


def test_an_order_that_brings_a_carer_back_late_is_a_clash_with_the_minutes():
    problem = two_visits(shifts=((400, 500),))

    # v1 07:00 to 07:30, v2 07:35 to 08:05, home 08:25; the shift ends 08:20.
    with pytest.raises(ClashError, match="c would be back 5 min after the shift"):
        timetable(problem, TWO)


def test_two_double_ups_in_opposite_order_are_a_clash_not_an_endless_wait():
    visits = (visit("v1", 1, 420, 700, carers=2), visit("v2", 2, 420, 700, carers=2))
    problem = Problem(np.array(CAR), visits, (carer(), carer(id="d")))

    with pytest.raises(ClashError, match="after its window"):
        timetable(problem, {("c", 0): ("v1", "v2"), ("d", 0): ("v2", "v1")})


def test_times_in_thousandths_of_a_minute_may_be_as_late_as_a_week():
    late = 10_000 * 1000
    problem = Problem(
        travel_minutes=np.array([[0]]),
        visits=(Visit("v", 0, late, late + 5, minutes=30_000),),
        carers=(carer(shifts=((late - 10, late + 60_000),)),),
        units_a_minute=1000,
    )

    assert timetable(problem, {("c", 0): ("v",)}).starts == {"v": late}


def test_hours_and_company_are_judged_by_allows():
    problem = Problem(
        travel_minutes=np.array(CAR),
        visits=(
            visit("v1", 1, 420, 500),
            visit("v2", 2, 420, 700, after=(After("v1", other_carer=True),)),
            visit("v3", 2, 420, 700),
        ),
        # v1 alone: 10 + 30 + 10 = 50; with v3 after it 10 + 30 + 5 + 30 + 20 = 95.
        carers=(carer(max_minutes=95), carer(id="d", max_minutes=94)),
    )
    for name in ("c", "d"):
        table = timetable(problem, {(name, 0): ("v1",)})
        v2, v3 = problem.visits[1:]
        driver = problem.carer_by_id[name]
        (late,) = (slot for slot in table.slots(v3, driver, 0) if slot.position == 1)
        apart = [slot for slot in table.slots(v2, driver, 0) if slot.position == 1]

        assert table.working_minutes[name] == 50
        assert late.added_minutes == 45
        assert table.allows(v3, late) == (name == "c")
        assert apart
        assert not any(table.allows(v2, slot) for slot in apart)


@st.composite
def one_round(draw) -> tuple[Problem, list[str], int | None]:
    """A day of one carer, an order of some of its visits and the place of the break."""
    count = draw(st.integers(1, 5))
    places = 3
    minutes = st.lists(st.integers(0, 25), min_size=places, max_size=places)
    matrix = np.array(draw(st.lists(minutes, min_size=places, max_size=places)))
    visits = []
    for number in range(count):
        opens = draw(st.integers(400, 700))
        wide = draw(st.integers(0, 200))
        place = draw(st.integers(0, places - 1))
        visits.append(
            Visit(f"v{number}", place, opens, opens + wide, minutes=draw(st.integers(1, 60)))
        )
    earliest = draw(st.integers(420, 600))
    pause = Break(0, draw(st.integers(1, 40)), earliest, earliest + draw(st.integers(0, 200)))
    breaks = draw(st.sampled_from([(), (pause,)]))
    who = carer(shifts=((draw(st.integers(380, 420)), draw(st.integers(760, 900))),), breaks=breaks)
    order = draw(st.permutations([v.id for v in visits[1:]]))
    rest = draw(st.integers(1, len(order) - 1)) if breaks and len(order) > 1 else None
    return Problem(matrix, tuple(visits), (who,)), list(order), rest


def simulated(problem: Problem, order: list[str], rest: int | None) -> list[int] | None:
    """The starts of a lone round by going through it once; None where it cannot be driven."""
    (who,) = problem.carers
    now, ends = who.shifts[0]
    place, starts = who.start_location, []
    for number, name in enumerate(order):
        if number and number == rest:
            if now > who.breaks[0].latest:
                return None
            now = max(now, who.breaks[0].earliest) + who.breaks[0].minutes
        each = problem.visit_by_id[name]
        now = max(now + problem.travel(place, each.location), each.earliest)
        if now > each.latest:
            return None
        starts.append(now)
        now, place = now + each.minutes, each.location
    return starts if now + problem.travel(place, who.end_location) <= ends else None


def timed(problem: Problem, order: list[str], rest: int | None) -> list[int] | None:
    try:
        table = timetable(problem, {("c", 0): order}, {} if rest is None else {("c", 0): rest})
    except ClashError:
        return None
    return [table.starts[name] for name in order]


@settings(max_examples=300, deadline=None)
@given(one_round())
def test_a_lone_round_is_timed_as_it_is_driven(drawn):
    problem, order, rest = drawn

    assert timed(problem, order, rest) == simulated(problem, order, rest)


@settings(max_examples=300, deadline=None)
@given(one_round())
def test_a_break_nobody_places_is_where_it_first_fits(drawn):
    problem, order, rest = drawn
    if rest is None:
        return
    tries = ((after, simulated(problem, order, after)) for after in range(1, len(order)))

    first = next((each for each in tries if each[1] is not None), None)

    try:
        table = timetable(problem, {("c", 0): order})
    except ClashError:
        assert first is None
    else:
        assert (table.rests["c", 0], [table.starts[name] for name in order]) == first


@settings(max_examples=400, deadline=None)
@given(one_round())
def test_a_slot_is_yielded_where_the_visit_fits_and_nowhere_else(drawn):
    problem, order, rest = drawn
    new, (who,) = problem.visits[0], problem.carers
    try:
        table = timetable(problem, {("c", 0): order}, {} if rest is None else {("c", 0): rest})
    except ClashError:
        return

    slots = {(slot.position, slot.rest): slot for slot in table.slots(new, who, 0)}

    assert len(slots) == len(list(table.slots(new, who, 0)))
    for position in range(len(order) + 1):
        longer = [*order[:position], new.id, *order[position:]]
        for after in rests_beside(who, len(order), position, rest):
            starts = simulated(problem, longer, after)
            assert (starts is not None) == ((position, after) in slots)
            if starts is not None:
                slot = slots.pop((position, after))
                assert slot.soonest == starts[position]
                assert simulated(pinned(problem, new, slot.latest), longer, after) is not None
                later = pinned(problem, new, slot.latest + 1)
                assert slot.latest == new.latest or simulated(later, longer, after) is None
                assert slot.added_minutes == worked(problem, longer) - worked(problem, order)
    assert slots == {}


def rests_beside(who: Carer, stops: int, position: int, rest: int | None) -> list[int | None]:
    """Where the break may be once a visit is put in: where it was, on either side of the visit."""
    if not who.breaks or stops == 0:
        return [None]
    if rest is None:
        return [1]
    if rest == position:
        return [rest, rest + 1]
    return [rest + (rest > position)]


def pinned(problem: Problem, new: Visit, start: int) -> Problem:
    moved = replace(new, earliest=start, latest=start)
    return replace(problem, visits=(moved, *problem.visits[1:]))


def worked(problem: Problem, order: list[str]) -> int:
    (who,) = problem.carers
    places = [0, *(problem.visit_by_id[name].location for name in order), 0]
    pause = who.breaks[0].minutes if who.breaks and len(order) > 1 else 0
    journeys = sum(problem.travel(a, b) for a, b in pairwise(places)) if order else 0
    return journeys + pause + sum(problem.visit_by_id[name].minutes for name in order)


@settings(max_examples=200, deadline=None)
@given(one_round())
def test_every_timetable_is_a_plan_that_check_accepts(drawn):
    problem, order, rest = drawn
    try:
        plan = plan_of(problem, {("c", 0): order}, ("v0",), seed=1)
    except ClashError:
        return

    assert verify(problem, plan).broken == ()
    again = timetable(problem, orders_of(plan.rounds), rests_of(plan.rounds))
    assert again.rounds() == plan.rounds
    assert (rest is not None) == any(each.rest for each in plan.rounds)
