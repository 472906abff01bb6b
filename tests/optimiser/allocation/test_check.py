"""Each rule of the check kept by a good plan and broken by one change to it."""

import datetime
from dataclasses import replace

import pytest

from optimiser.allocation import explain, solve, verify
from optimiser.allocation.plan import Unplaced


@pytest.fixture
def case(make):
    packages = [
        make.package("K1", hours=10, skills=frozenset({"peg"})),
        make.package("K2", hours=10, excluded_providers=frozenset({"Bob"})),
        make.package("K3", hours=10, lead_only=True),
        make.package("K4", hours=30),
    ]
    awards = [
        make.award("Lea", "lead", hours=20),
        make.award("Ann", "additional", hours=12),
        make.award("Bob", "additional", rank=2, hours=12),
        make.award("Old", "dps", ends_on=datetime.date(2018, 7, 2)),
        make.award("Sue", "dps"),
    ]
    providers = [
        make.provider("Lea", skills=frozenset({"peg"})),
        make.provider("Ann", hours=11),
        make.provider("Bob"),
        make.provider("Old"),
        make.provider("Sue", suspended=True),
    ]
    problem = make.problem(packages, awards, providers)
    return problem, solve(problem)


def moved(plan, package, /, **changes):
    return replace(
        plan,
        proposals=tuple(
            replace(each, **changes) if each.package == package else each for each in plan.proposals
        ),
    )


def test_the_engines_plan_keeps_every_rule(case):
    problem, plan = case

    assert verify(problem, plan) == ()
    assert [(p.package, p.provider) for p in plan.proposals] == [
        ("K1", "Lea"),
        ("K2", "Ann"),
        ("K3", "Lea"),
    ]


@pytest.mark.parametrize(
    ("package", "to", "rule"),
    [
        ("K1", {"provider": "Old", "tier": "dps"}, "provider_holds_the_award"),
        ("K1", {"rank": 2}, "provider_holds_the_award"),
        (
            "K1",
            {"provider": "Bob", "tier": "additional", "rank": 2},
            "provider_has_the_skills",
        ),
        ("K2", {"provider": "Sue", "tier": "dps"}, "provider_is_not_suspended"),
        ("K2", {"provider": "Bob", "rank": 2}, "provider_is_not_excluded"),
        ("K3", {"provider": "Ann", "tier": "additional"}, "nominated_resident_goes_to_the_lead"),
        ("K3", {"provider": "Ann", "tier": "additional"}, "award_capacity_is_kept"),
        ("K3", {"provider": "Ann", "tier": "additional"}, "provider_capacity_is_kept"),
        ("K2", {"provider": "Sue", "tier": "dps"}, "no_higher_tier_could_take_it"),
        ("K2", {"provider": "Sue", "tier": "dps"}, "totals_are_right"),
        ("K2", {"factors": ()}, "proposal_says_why"),
        ("K2", {"package": "K9"}, "every_package_has_one_outcome"),
    ],
)
def test_a_proposal_against_a_rule_is_named(case, package, to, rule):
    problem, plan = case

    assert rule in {broken.rule for broken in verify(problem, moved(plan, package, **to))}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"unplaced": ()}, "every_package_has_one_outcome"),
        ({"unplaced": (Unplaced("K4"),)}, "unplaced_says_why"),
        ({"bound": 10**12}, "cost_is_not_below_its_bound"),
    ],
)
def test_a_plan_against_a_rule_is_named(case, changes, rule):
    problem, plan = case

    assert rule in {broken.rule for broken in verify(problem, replace(plan, **changes))}


def test_leaving_out_a_package_somebody_has_room_for_is_named(case):
    problem, plan = case
    dropped = replace(
        plan,
        proposals=plan.proposals[1:],
        unplaced=(*plan.unplaced, Unplaced("K1", ("none",), ("none",))),
    )

    texts = [broken.text for broken in verify(problem, dropped)]

    assert "package K1 is unplaced, but Lea (lead) has room for it" in texts


def test_a_plan_a_person_changed_is_explained_afresh(case):
    problem, plan = case
    by_hand = replace(
        plan,
        proposals=tuple(p for p in plan.proposals if p.package != "K1"),
        unplaced=(*plan.unplaced, Unplaced("K1", ("we forgot",), ("ask",))),
    )

    again = explain(problem, by_hand)

    assert (again.totals.proposed, again.totals.unplaced) == (2, 2)
    assert again.unplaced[0] == Unplaced(
        "K1",
        ("passed over, although Lea Care (lead provider) has room for it",),
        ("place it with Lea Care (lead provider)",),
    )
    assert explain(problem, plan) == plan
