"""Synthetic days are what they say, and growth is read off the curve rightly."""

import math

import numpy as np
import pytest

from benchmarks.scale import Point, exponent, seconds_to_near
from benchmarks.synthetic_day import synthetic_day


def test_a_day_is_the_same_for_the_same_seed_and_another_for_another():
    one, again, other = (synthetic_day(300, seed=seed) for seed in (1, 1, 2))

    assert one.visits == again.visits
    assert one.carers == again.carers
    assert np.array_equal(one.travel_minutes, again.travel_minutes)
    assert one.visits != other.visits


@pytest.mark.parametrize("size", [1, 10, 500, 2000])
def test_a_day_has_the_visits_asked_for_and_a_tenth_as_many_carers(size):
    day = synthetic_day(size, seed=3)

    assert len(day.visits) == size
    assert len(day.carers) == max(2, size // 10)


def test_a_day_has_the_shares_it_says():
    day = synthetic_day(5000, seed=1)

    double_ups = sum(visit.carers == 2 for visit in day.visits)
    # 12 % of people: some 1,800 of them here, so two standard errors are 1.5 points.
    assert 0.10 < double_ups / 5000 < 0.14
    assert len({visit.person for visit in day.visits}) == pytest.approx(5000 / 2.61, rel=0.05)
    # The land grows with the day: the longest journey of ten times the visits is about √10 as long.
    small = synthetic_day(500, seed=1).travel_minutes.max()
    assert 2 < day.travel_minutes.max() / small < 5


def test_each_visit_can_be_made_by_as_many_carers_as_it_needs():
    day = synthetic_day(500, seed=1)

    for visit in day.visits:
        able = sum(day.may_visit(carer, visit) for carer in day.carers)
        assert able >= visit.carers, visit


def test_near_is_the_first_moment_within_two_per_cent_of_the_end():
    curve = [Point(1, 300), Point(2, 102.1), Point(3, 102), Point(9, 100)]

    assert seconds_to_near(curve, 100) == 3
    # The finishing touches may end below every point: then it was near at the last one.
    assert seconds_to_near(curve, 90) == 9
    assert math.isnan(seconds_to_near([], 100))


def test_an_exponent_is_one_in_step_and_two_by_the_square():
    sizes = [500, 1000, 5000]

    assert exponent(sizes, [7 * each for each in sizes]) == pytest.approx(1)
    assert exponent(sizes, [each**2 for each in sizes]) == pytest.approx(2)
    assert exponent(sizes, [5, 5, 5]) == pytest.approx(0)
    assert math.isnan(exponent([500], [3]))
