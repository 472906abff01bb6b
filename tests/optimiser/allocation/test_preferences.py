"""What decides among equals: density, continuity, fairness, and what the lead was promised."""

import datetime

import pytest

from optimiser.allocation import solve, verify
from optimiser.allocation.formats import (
    plan_from_json,
    plan_to_json,
    problem_from_json,
    problem_to_json,
)
from optimiser.allocation.problem import AllocationError, Promise
from optimiser.travel.points import Point

HOME = Point(52.0, -2.7)
NEAR = Point(52.01, -2.7)  # 1.1 km
SINCE = datetime.date(2018, 7, 1)


def proposed(problem):
    plan = solve(problem)
    assert verify(problem, plan) == ()
    assert problem_from_json(problem_to_json(problem)) == problem
    return plan.proposals[0]


def equals(make, **of_ann):
    """Two additional providers of one rank, Ann and Bob; Ann stands first by her name."""
    return [
        make.award("Ann", "additional", **of_ann),
        make.award("Bob", "additional"),
    ]


def test_where_a_provider_already_goes_from_door_to_door_a_round_is_shorter(make):
    # Both serve somebody at 1.1 km; Bob six people there: (10 − 1) × 4 against (10 − 6) × 4.
    providers = [make.provider("Ann", places=(NEAR,)), make.provider("Bob", places=(NEAR,) * 6)]

    one = proposed(make.problem([make.package(position=HOME)], equals(make), providers))

    assert one.provider == "Bob"
    assert one.factors[1] == "already serves 6 people within 1.2 miles (next best: 1)"


def test_who_served_the_person_before_is_preferred(make):
    package = make.package(earlier_providers=frozenset({"Bob"}))

    one = proposed(make.problem([package], equals(make)))

    assert (one.provider, one.factors[1]) == ("Bob", "served this person before")


def test_among_equals_the_work_is_shared(make):
    one = proposed(make.problem([make.package()], equals(make, recent_awards=5)))

    assert one.provider == "Bob"
    assert one.factors[1] == "was given 0 packages of the lot lately, Ann Care 5"
    # 5 × 6 = 30 points behind; Ann comes before Bob on the same points only by her name, so one
    # point more is asked: 31 ÷ 6 rounded up is 6, more than she had.
    assert "fewer recent" not in one.would_have_changed


@pytest.mark.parametrize("fewer", [0, 1])
def test_what_would_have_changed_the_result_does_change_it(make, fewer):
    bob = make.provider("Bob", quality=85.0)  # (85 − 60) × 2 = 50 points
    providers = [make.provider("Ann"), bob]
    awards = [
        make.award("Ann", "additional"),
        make.award("Bob", "additional", recent_awards=10 - 1 - fewer),
    ]

    one = proposed(make.problem([make.package()], awards, providers))

    # 9 × 6 = 54 points for Bob against 50: five are missing, one award less is six.
    assert one.provider == ("Ann" if fewer == 0 else "Bob")
    if fewer == 0:
        assert one.would_have_changed.endswith("2.5 more quality points or 1 fewer recent award.")


@pytest.mark.parametrize(
    ("to_lead", "referrals", "kept", "words"),
    [
        (40, 79, True, "it has 41 of 80 since 01/07/2018"),  # 51.25 %
        (39, 79, False, "it has 40 of 80 since 01/07/2018"),  # half is no majority
    ],
)
def test_al_04_the_promise_to_the_lead_counts_the_referrals_before_the_plan(
    make, to_lead, referrals, kept, words
):
    promise = Promise("6", to_lead, referrals, SINCE)
    problem = make.problem(
        [make.package()], [make.award("Lea", "lead"), make.award("Ann", "dps")], promises=(promise,)
    )

    plan = solve(problem)

    assert verify(problem, plan) == ()
    assert plan.lots[0].kept is kept
    said = [text for text in plan.proposals[0].factors if "promised more than half" in text]
    assert bool(said) is not promise.kept(to_lead=0, referrals=0)
    assert all(words in text for text in said)
    document = plan_to_json(plan)
    assert plan_from_json(document) == plan
    for lot in document["lots"]:
        del lot["kept"]
    assert plan_from_json(document).lots[0].kept is None  # a file from before is read


def test_an_impossible_count_of_referrals_is_refused():
    with pytest.raises(AllocationError, match="counts 3 of 2 new referrals"):
        Promise("6", 3, 2, SINCE)
