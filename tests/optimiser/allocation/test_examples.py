"""The allocation examples of the domain, and every rule that refuses."""

import datetime

import pytest

from optimiser.allocation import first_tier, solve, tiers_in_order, verify
from optimiser.travel.points import Point


def placed(problem, **options):
    plan = solve(problem, **options)
    assert verify(problem, plan) == ()
    return {each.package: (each.provider, each.tier) for each in plan.proposals}


def unplaced(problem):
    plan = solve(problem)
    assert verify(problem, plan) == ()
    return {each.package: (each.reasons[0], each.relaxations[0]) for each in plan.unplaced}


def test_al_02_a_lot_without_a_lead_offers_to_the_additional_providers_first(make):
    awards = [make.award("Dee", "dps"), make.award("Ann", "additional", rank=2)]
    rushcliffe = make.problem([make.package()], awards, lots={"6": "Rushcliffe"})

    plan = solve(rushcliffe)

    assert [(each.provider, each.tier) for each in plan.proposals] == [("Ann", "additional")]
    assert plan.proposals[0].factors[0] == (
        "additional provider of Rushcliffe, where the cascade starts: it has no lead"
    )
    assert plan.lots[0].majority is None


def test_pr_07_the_cascade_of_a_lot_without_a_lead_starts_at_additional(make):
    awards = [
        make.award("Dee", "dps", starts_on=datetime.date(2018, 1, 1)),
        make.award("Ann", "additional", starts_on=datetime.date(2018, 7, 5)),
        make.award("Bob", "additional", rank=2, starts_on=datetime.date(2018, 7, 5)),
    ]

    # The standstill runs to 05/07/2018: the day before, only the DPS is there.
    assert first_tier(awards, datetime.date(2018, 7, 4)) == "dps"
    assert first_tier(awards, datetime.date(2018, 7, 5)) == "additional"
    assert [
        (tier, [award.provider for award in members])
        for tier, members in tiers_in_order(reversed(awards), datetime.date(2018, 7, 5))
    ] == [("additional", ["Ann", "Bob"]), ("dps", ["Dee"])]
    assert first_tier(awards, datetime.date(2017, 1, 1)) is None


def test_pr_08_a_referral_in_a_lot_with_a_new_lead_goes_to_the_lead_not_the_core_provider(make):
    awards = [make.award("Lea", "lead"), make.award("Core", "additional")]

    assert placed(make.problem([make.package()], awards)) == {"K1": ("Lea", "lead")}


def test_an_award_counts_from_its_first_day_to_the_day_before_its_last(make):
    ends = datetime.date(2018, 10, 1)
    core = make.award("Core", "lead", ends_on=ends)

    on_last_day = make.package(starts_on=datetime.date(2018, 9, 30))
    after = make.package(starts_on=ends)

    assert placed(make.problem([on_last_day], [core])) == {"K1": ("Core", "lead")}
    assert unplaced(make.problem([after], [core]))["K1"][0] == (
        "no award in 6 is in force on 01/10/2018; the last ended before 01/10/2018"
    )


def test_al_05_a_nominated_housing_with_care_resident_waits_for_the_lead(make):
    awards = [make.award("Lea", "lead", hours=5), make.award("Ann", "additional")]
    resident = make.package(lead_only=True)

    reason, way_out = unplaced(make.problem([resident], awards))["K1"]

    assert reason == "the one lead provider of 6 is full: 5 h 00 a week free, 10 h 00 needed"
    assert way_out == "5 h 00 a week more from Lea Care (lead provider)"


def test_al_05_the_lead_keeps_its_room_for_the_resident_only_it_may_serve(make):
    awards = [make.award("Lea", "lead", hours=10), make.award("Ann", "additional")]
    packages = [make.package("A"), make.package("Z", lead_only=True)]

    assert placed(make.problem(packages, awards)) == {
        "A": ("Ann", "additional"),
        "Z": ("Lea", "lead"),
    }


def test_al_05_without_a_lead_the_reason_says_so(make):
    problem = make.problem([make.package(lead_only=True)], [make.award("Ann", "additional")])

    assert "has no lead provider in force" in unplaced(problem)["K1"][0]


@pytest.mark.parametrize(("lead_hours", "to_lead", "majority"), [(410, 41, True), (400, 40, False)])
def test_al_04_forty_of_eighty_is_no_majority_and_is_flagged(make, lead_hours, to_lead, majority):
    packages = [make.package(f"K{number:02d}", hours=10) for number in range(80)]
    awards = [make.award("Lea", "lead", hours=lead_hours), make.award("Ann", "additional")]

    share = solve(make.problem(packages, awards)).lots[0]

    assert (share.to_lead, share.proposed, share.majority) == (to_lead, 80, majority)


def test_al_15_the_same_inputs_and_seed_give_the_same_plan_in_any_order(make):
    packages = [
        make.package(f"K{number}", hours=3 + number, position=Point(52 + number / 100, -2.7))
        for number in range(12)
    ]
    awards = [
        make.award("Lea", "lead", hours=30),
        make.award("Ann", "additional", hours=20),
        make.award("Bob", "additional", rank=2, hours=20),
    ]
    providers = [
        make.provider("Lea", places=(Point(52.1, -2.7),)),
        make.provider("Ann", places=(Point(52.0, -2.7), Point(52.05, -2.7))),
        make.provider("Bob", quality=90.0),
    ]

    first = solve(make.problem(packages, awards, providers), seed=7)
    again = solve(make.problem(packages, awards, providers), seed=7)
    shuffled = solve(make.problem(packages[::-1], awards[::-1], providers[::-1]), seed=7)

    assert first == again == shuffled
    assert all(len(each.factors) == 3 for each in first.proposals)


def test_al_15_each_award_explains_its_three_strongest_factors_with_numbers(make):
    home = Point(52.0, -2.7)
    # 0.4 mi is 643.7 m, 0.00579° of latitude; 2.1 mi is 3,379.6 m, 0.03039°.
    providers = [
        make.provider(
            "Near", hours=700, used_minutes_per_week=488 * 60, places=(Point(52.00579, -2.7),)
        ),
        make.provider("Far", quality=84.0, places=(Point(52.03039, -2.7),)),
    ]
    awards = [make.award("Near", "lead"), make.award("Far", "lead", rank=2)]
    problem = make.problem([make.package(position=home)], awards, providers, lots={"6": "Zone A"})

    proposal = solve(problem).proposals[0]

    assert proposal.factors == (
        "lead provider of Zone A",
        # 2.736 km nearer at 20 points a km: 55 points. Rank 1 over 2: 40 points.
        "nearest person it already serves is 0.4 miles away (next best: 2.1)",
        "ranked 1 among the lead providers of Zone A",
    )
    assert proposal.runner_up.text == (
        "Far Care (lead provider) comes next, with no limit on its weekly hours."
    )


def test_capacity_is_among_the_factors_when_nothing_stronger_tells(make):
    lea = make.provider("Lea", hours=700, used_minutes_per_week=488 * 60)

    proposal = solve(make.problem([make.package()], [make.award("Lea", "lead")], [lea])).proposals[
        0
    ]

    assert proposal.factors == (
        "lead provider of 6",
        "the only provider of 6 that may take it",
        "has 212 h 00 of 700 h 00 a week free; 10 h 00 needed",
    )
    assert proposal.runner_up is None
    assert proposal.would_have_changed == (
        "Nothing within the rules: no other provider of 6 may take it."
    )


def test_a_lower_tier_says_why_the_higher_could_not_and_what_would_have_changed_it(make):
    awards = [make.award("Lea", "lead", hours=3), make.award("Ann", "additional")]

    proposal = solve(make.problem([make.package(hours=12)], awards)).proposals[0]

    assert proposal.factors[0] == (
        "additional provider of 6; Lea Care (lead provider) has only 3 h 00 a week left of the "
        "12 h 00 needed"
    )
    assert proposal.would_have_changed == (
        "With 9 h 00 a week more free, Lea Care (lead provider) would have taken it."
    )


def test_a_lower_tier_is_never_used_while_a_higher_has_room_whatever_the_points(make):
    far = make.provider("Lea", quality=0.0, places=(Point(58.0, -4.0),))
    near = make.provider("Ann", quality=100.0, places=(Point(52.0, -2.7),))
    home = make.package(position=Point(52.0, -2.7), current_provider="Ann")
    awards = [make.award("Lea", "lead", rank=9), make.award("Ann", "additional")]

    assert placed(make.problem([home], awards, [far, near])) == {"K1": ("Lea", "lead")}


@pytest.mark.parametrize(
    ("winner", "of_package", "of_ann", "of_bob"),
    [
        ("Ann", {}, {"quality": 90.0}, {"quality": 70.0}),
        ("Bob", {}, {"quality": 70.0}, {"quality": 90.0}),
        ("Bob", {"current_provider": "Bob"}, {"quality": 90.0}, {"quality": 70.0}),
        ("Bob", {}, {"places": (Point(52.1, -2.7),)}, {"places": (Point(52.0, -2.7),)}),
        ("Ann", {}, {}, {}),
    ],
)
def test_within_a_tier_nearness_quality_and_continuity_decide(
    make, winner, of_package, of_ann, of_bob
):
    package = make.package(position=Point(52.0, -2.7), **of_package)
    providers = [make.provider("Ann", **of_ann), make.provider("Bob", **of_bob)]
    awards = [make.award("Ann", "additional"), make.award("Bob", "additional")]

    assert placed(make.problem([package], awards, providers))["K1"][0] == winner


def test_rank_decides_between_equals(make):
    awards = [make.award("Ann", "additional", rank=2), make.award("Bob", "additional", rank=1)]

    assert placed(make.problem([make.package()], awards)) == {"K1": ("Bob", "additional")}


def test_what_the_runner_up_lacks_is_said_in_quality_points(make):
    providers = [make.provider("Ann", quality=90.0), make.provider("Bob", quality=70.0)]
    awards = [make.award("Ann", "additional"), make.award("Bob", "additional")]

    proposal = solve(make.problem([make.package()], awards, providers)).proposals[0]

    # 20 quality points at 2 points each are 40 points; one more wins: 41 ÷ 2 = 20.5.
    assert proposal.would_have_changed == (
        "Bob Care (additional provider) would have been proposed with 20.5 more quality points."
    )


def test_a_providers_capacity_is_shared_over_its_lots(make):
    packages = [make.package("K1", lot="1"), make.package("K2", lot="2")]
    awards = [make.award("Lea", "lead", lot="1"), make.award("Lea", "lead", lot="2")]

    problem = make.problem(packages, awards, [make.provider("Lea", hours=15)])

    assert len(placed(problem)) == 1


def test_three_full_providers_are_counted_with_what_they_have_between_them(make):
    awards = [make.award(ref, "additional", hours=1.5) for ref in ("Ann", "Bob", "Cat")]
    providers = [make.provider(ref, skills=frozenset({"peg"})) for ref in ("Ann", "Bob", "Cat")]
    package = make.package(hours=12, skills=frozenset({"peg"}))

    reason, way_out = unplaced(make.problem([package], awards, providers, lots={"6": "Zone E"}))[
        "K1"
    ]

    # 3 × 1 h 30 = 4 h 30; 12 h − 1 h 30 = 10 h 30 short.
    assert reason == (
        "all 3 providers of Zone E with peg are full: 4 h 30 a week free between them, "
        "12 h 00 needed"
    )
    assert way_out == "10 h 30 a week more from Ann Care (additional provider)"


def test_room_in_pieces_is_said_to_be_no_room(make):
    awards = [make.award("Ann", "additional", hours=8), make.award("Bob", "additional", hours=7)]

    reason, _ = unplaced(make.problem([make.package(hours=12)], awards))["K1"]

    assert reason.endswith("12 h 00 needed from one provider (the most any has is 8 h 00)")


@pytest.mark.parametrize(
    ("of_package", "of_provider", "of_award", "reason", "way_out"),
    [
        (
            {"skills": frozenset({"peg"})},
            {"skills": frozenset({"hoist"})},
            {},
            "no provider of Zone E has peg skill",
            "Ann Care gains peg",
        ),
        (
            {"starts_on": datetime.date(2018, 7, 3)},
            {},
            {"starts_on": datetime.date(2018, 7, 5)},
            "no award in Zone E is in force on 03/07/2018; the first starts on 05/07/2018",
            "start on or after 05/07/2018, when Ann Care's award begins",
        ),
        (
            {},
            {"suspended": True},
            {},
            "the one provider of Zone E is suspended: Ann Care",
            "lift the suspension of Ann Care",
        ),
        (
            {"excluded_providers": frozenset({"Ann"})},
            {},
            {},
            "the one provider of Zone E is excluded by this package: Ann Care",
            "allow Ann Care, which this package excludes",
        ),
        (
            {"lot": "7"},
            {},
            {},
            "no provider holds an award in 7",
            "award 7 to a provider, or place as spot with a recorded reason",
        ),
    ],
)
def test_a_package_not_placed_names_the_binding_rule_and_the_way_out(
    make, of_package, of_provider, of_award, reason, way_out
):
    problem = make.problem(
        [make.package(**of_package)],
        [make.award("Ann", "additional", **of_award)],
        [make.provider("Ann", **of_provider)],
        lots={"6": "Zone E"},
    )

    assert unplaced(problem) == {"K1": (reason, way_out)}


def test_skills_that_nobody_has_together_are_named(make):
    providers = [
        make.provider("Ann", skills=frozenset({"peg"})),
        make.provider("Bob", skills=frozenset({"hoist"})),
    ]
    awards = [make.award("Ann", "lead"), make.award("Bob", "additional")]
    package = make.package(skills=frozenset({"peg", "hoist"}))

    reason, _ = unplaced(make.problem([package], awards, providers))["K1"]

    assert reason == "no provider of 6 has hoist and peg skills together"


def test_giving_the_shortfall_named_makes_room_for_one_more(make):
    packages = [make.package("K1", hours=7), make.package("K2", hours=8)]
    before = make.problem(packages, [make.award("Lea", "lead", hours=10)])
    (left,) = solve(before).unplaced

    # Either 8 h or 7 h is placed, 2 h or 3 h are left: 5 h short both ways.
    assert left.relaxations == ("5 h 00 a week more from Lea Care (lead provider)",)
    after = make.problem(packages, [make.award("Lea", "lead", hours=15)])
    assert solve(after).unplaced == ()


def test_cancelling_still_gives_a_plan_that_keeps_every_rule(make):
    packages = [make.package(f"K{number}", hours=3 + number % 5) for number in range(30)]
    awards = [make.award("Lea", "lead", hours=31), make.award("Ann", "additional", hours=29)]
    problem = make.problem(packages, awards)

    plan = solve(problem, cancel=lambda: True)

    assert plan.status in {"cancelled", "optimal"}
    assert verify(problem, plan) == ()


def test_progress_ends_with_every_package_decided(make):
    heard = []

    solve(make.problem([make.package()], [make.award("Lea", "lead")]), progress=heard.append)

    assert (heard[-1].decided, heard[-1].packages) == (1, 1)


def test_an_empty_batch_is_an_empty_plan(make):
    plan = solve(make.problem([], [make.award("Lea", "lead")]))

    assert (plan.proposals, plan.unplaced, plan.status) == ((), (), "optimal")
