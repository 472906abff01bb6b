"""The price of a rule: what a day would save without it, and nothing where it does not bind."""

from dataclasses import replace

import pytest

from optimiser.rounds.price import FAMILIES, present, price_of_rules
from optimiser.rounds.problem import After, Break, Carer, Pin, Problem, ProblemError, Visit

TRAVEL = [[0, 10, 10], [10, 0, 2], [10, 2, 0]]


def day(**more) -> Problem:
    """One carer at place 0; v and w, two minutes apart, four hours apart by their windows."""
    visits = (
        Visit(id="v", location=1, earliest=480, latest=480, minutes=30, person="p"),
        Visit(id="w", location=2, earliest=600, latest=600, minutes=30, person="q"),
    )
    carers = (Carer(id="c", start_location=0, end_location=0, shifts=((420, 720),)),)
    return Problem(**{"travel_minutes": TRAVEL, "visits": visits, "carers": carers, **more})


def test_windows_an_hour_wider_save_the_way_back_to_a_place_visited_before():
    # 08:00 at place 1, 09:00 at place 2, 10:00 at place 1 again: 10 + 20 + 20 + 10 = 60 minutes.
    # An hour wider, place 2 at 08:00 comes first, then 08:50 and 09:20 at place 1: 20 + 20 + 10.
    places = {"v": (1, 480), "w": (2, 540), "x": (1, 600)}
    visits = tuple(
        Visit(id=name, location=place, earliest=start, latest=start, minutes=30)
        for name, (place, start) in places.items()
    )
    travel = [[0, 10, 20], [10, 0, 20], [20, 20, 0]]

    found = price_of_rules(
        day(visits=visits, travel_minutes=travel), families=["windows"], iterations=300
    )

    (price,) = found.prices
    assert (found.base.travel_minutes, found.noise_minutes) == (60, 0)
    assert (price.travel_minutes, price.idle_minutes, price.visits) == (10, 10, 0)
    assert not price.within_noise


def test_a_second_carer_asked_for_who_is_not_there_costs_the_visit():
    visits = tuple(replace(v, carers=2) if v.id == "w" else v for v in day().visits)

    found = price_of_rules(day(visits=visits), families=["double_ups"], iterations=200)

    (price,) = found.prices
    assert found.base.unplaced == 1
    assert (price.visits, price.within_noise) == (1, False)


def test_a_rule_that_does_not_bind_costs_nothing():
    visits = tuple(replace(v, not_carers=frozenset({"somebody else"})) for v in day().visits)

    (price,) = price_of_rules(day(visits=visits), families=["not_carers"], iterations=200).prices

    assert (price.visits, price.travel_minutes, price.idle_minutes) == (0, 0, 0)
    assert price.within_noise


def test_only_families_the_day_holds_are_priced():
    assert [family.name for family in present(day())] == ["windows", "continuity"]
    carer = replace(
        day().carers[0],
        breaks=(Break(0, 20, 500, 600),),
        max_minutes=300,
        contract_minutes=240,
    )
    visits = (
        replace(
            day().visits[0],
            skills=frozenset({"peg", "gender:female"}),
            only_carers=frozenset({"c"}),
            not_carers=frozenset({"d"}),
            carers=2,
        ),
        replace(day().visits[1], after=(After("v", 60),)),
    )
    full = day(visits=visits, carers=(carer,), pins=(Pin("w", ("c",)),))
    full = replace(full, weights=replace(full.weights, off_contract=1))

    assert [family.name for family in present(full)] == [family.name for family in FAMILIES]


def test_gender_and_skills_are_priced_apart():
    skills = frozenset({"peg", "gender:female"})
    problem = day(visits=tuple(replace(v, skills=skills) for v in day().visits))

    without = {family.name: family.without(problem) for family in present(problem)}

    assert {v.skills for v in without["skills"].visits} == {frozenset({"gender:female"})}
    assert {v.skills for v in without["gender"].visits} == {frozenset({"peg"})}


def test_an_unknown_family_is_named():
    with pytest.raises(ProblemError, match="families: 'weather' is none of windows, continuity"):
        price_of_rules(day(), families=["weather"], iterations=1)


def test_a_cancel_leaves_the_prices_found_so_far():
    asked = []

    def cancel() -> bool:
        return len(asked) > 3

    found = price_of_rules(
        day(),
        iterations=50,
        progress=lambda share, title: asked.append((share, title)),
        cancel=cancel,
    )

    assert len(found.prices) == 1
    assert asked[3][1] == "without: Start windows"
    assert [share for share, _ in asked] == sorted(share for share, _ in asked)
