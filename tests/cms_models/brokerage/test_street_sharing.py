"""Where two providers' carers pass each other, and what an exchange would save (N07)."""

import math

import pytest

from cms_models.brokerage.street_sharing import (
    LONELY_METRES,
    Carrier,
    Density,
    Served,
    Span,
    exchanges,
    meetings,
)

P, Q = 1, 2
A_DEGREE_METRES = 6_371_000 * math.pi / 180
MORNINGS = tuple(Span(day, 480, 570) for day in range(7))
EVENINGS = tuple(Span(day, 1080, 1140) for day in range(7))
BOTH = {P: Carrier(P, frozenset({9})), Q: Carrier(Q, frozenset({9}))}


def served(package: int, provider: int, latitude: float, spans=MORNINGS, **more) -> Served:
    """Return a package on one meridian, in lot 9."""
    return Served(package, provider, latitude, -2.7, spans, lot=9, **more)


# Street 52.000: P's 1 and 2, and Q's 6 between them. Street 52.100: Q's 4 and 5, and P's 3.
TOWN = [
    served(1, P, 52.0000),
    served(2, P, 52.0010),
    served(3, P, 52.1000),
    served(4, Q, 52.1005),
    served(5, Q, 52.1010),
    served(6, Q, 52.0005),
]


def test_density_is_visits_times_metres_to_the_nearest_other_package_of_the_provider():
    found = Density(TOWN[:3]).weekly_metres()

    # 7 visits × (0.001 + 0.001 + 0.099 degrees)
    assert found == pytest.approx(7 * 0.101 * A_DEGREE_METRES, rel=1e-4)


def test_a_lone_package_counts_the_set_distance():
    assert Density(TOWN[:1]).weekly_metres() == 7 * LONELY_METRES


def test_carers_pass_where_two_providers_call_within_a_walk_at_overlapping_times():
    found = meetings(TOWN, within_metres=60)

    # 0.0005 degrees are 56 m: 1 and 6, 2 and 6, 3 and 4; 3 and 5 are 111 m apart
    assert [(one.first, one.second) for one in found] == [(1, 6), (2, 6), (3, 4)]
    assert {one.metres for one in found} == {56}
    assert {one.times_a_week for one in found} == {7}


def test_carers_who_call_at_different_times_of_the_day_do_not_pass():
    rows = [served(1, P, 52.0), served(2, Q, 52.0, spans=EVENINGS)]

    assert meetings(rows, within_metres=60) == []


def test_packages_of_one_provider_are_no_meeting():
    assert meetings([served(1, P, 52.0), served(2, P, 52.0)], within_metres=60) == []


def test_the_best_exchange_is_the_swap_with_the_metres_worked_by_hand():
    best, *others = exchanges(TOWN, BOTH, within_metres=60)

    assert (best.moving, best.returning) == (3, 6)
    assert (best.from_provider, best.to_provider) == (P, Q)
    # before 7 × (0.001 × 2 + 0.099 + 0.0005 × 2 + 0.1) = 1.414 degrees
    # after  7 × (0.0005 × 3 + 0.0005 × 3) = 0.021 degrees
    assert best.before_metres == pytest.approx(1.414 * A_DEGREE_METRES, rel=1e-3)
    assert best.after_metres == pytest.approx(0.021 * A_DEGREE_METRES, rel=1e-3)
    assert best.saves_metres == pytest.approx(1.393 * A_DEGREE_METRES, rel=1e-3)
    # alone: 6 to P saves 0.7035 degrees, 3 to Q 0.693; 1 to Q keeps 6 company and saves 0.014
    assert [(each.moving, each.returning) for each in others] == [(6, None), (3, None), (1, None)]
    assert others[0].saves_metres == pytest.approx(0.7035 * A_DEGREE_METRES, rel=1e-3)
    assert others[1].saves_metres == pytest.approx(0.693 * A_DEGREE_METRES, rel=1e-3)


def test_a_package_moves_only_to_a_provider_with_a_place_in_its_lot_and_its_skills():
    town = [*TOWN[:2], served(3, P, 52.1, skills=frozenset({"peg"})), *TOWN[3:]]

    without_skill = exchanges(town, BOTH, within_metres=60)
    without_place = exchanges(TOWN, {P: BOTH[P], Q: Carrier(Q, frozenset())}, within_metres=60)

    assert 3 not in {each.moving for each in without_skill}
    assert [(each.moving, each.returning) for each in without_place] == [(6, None)]


def test_an_exchange_that_saves_nothing_is_not_listed():
    # P's 1 lies in Q's street, but so does all that P has: moving it would leave 2 alone.
    rows = [served(1, P, 52.0), served(2, P, 52.0001), served(3, Q, 52.0002), served(4, Q, 52.0003)]

    assert exchanges(rows, {Q: BOTH[Q]}, within_metres=60) == []
