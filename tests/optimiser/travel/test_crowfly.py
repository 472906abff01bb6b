import numpy as np
import pytest

from optimiser.travel.crowfly import (
    CAR_BANDS,
    DEFAULT_BANDS,
    METRES_PER_MILE,
    Band,
    bands_from_csv,
    great_circle_metres,
    travel_minutes_matrix,
    within_metres,
)
from optimiser.travel.points import MODES, Point, TravelError

HEREFORD = Point(52.0567, -2.7150)
FOUR_MILES_METRES = 6_437.376

# One degree of latitude on the sphere: 2 × pi × 6,371,008.8 m / 360 = 111,195.08 m.
METRES_PER_DEGREE = 111_195.08


def north_of(point: Point, metres: float) -> Point:
    return Point(point.latitude + metres / METRES_PER_DEGREE, point.longitude)


@pytest.mark.parametrize(
    ("latitude", "miles", "urban"),
    [(52.114448, 3.99, True), (52.114593, 4.00, True), (52.114737, 4.01, False)],
)
def test_zn_01_points_due_north_of_hereford_fall_on_their_side_of_four_miles(
    latitude, miles, urban
):
    metres = float(great_circle_metres(*HEREFORD, latitude, HEREFORD.longitude))

    assert round(metres / METRES_PER_MILE, 2) == miles
    assert bool(within_metres(metres, FOUR_MILES_METRES)) is urban


def test_zn_02_midpoint_of_hereford_and_leominster_is_nearly_six_miles_from_both():
    leominster = Point(52.2282, -2.7385)

    miles = great_circle_metres(
        [HEREFORD.latitude, leominster.latitude],
        [HEREFORD.longitude, leominster.longitude],
        52.14245,
        -2.72675,
    )

    # 5.95 mi by the domain's table.
    assert (miles / METRES_PER_MILE).round(2).tolist() == [5.95, 5.95]


def test_a_band_holds_exactly_at_its_middle():
    far = north_of(HEREFORD, 1_500)

    minutes = travel_minutes_matrix(
        [HEREFORD, far], bands=[Band(1_000, 2_000, 1.4, 30)], mode="car", door_minutes=0
    )

    # 1.5 km × 1.4 = 2.1 km of road; at 30 km/h 4.2 min, rounded up.
    assert minutes.tolist() == [[0, 5], [5, 0]]


def test_minutes_run_straight_between_the_middles_of_two_bands():
    bands = [Band(0, 2_000, 1.2, 30), Band(2_000, 4_000, 1.2, 36)]
    far = north_of(HEREFORD, 2_000)

    minutes = travel_minutes_matrix([HEREFORD, far], bands=bands, door_minutes=0)

    # Middles: 1 km → 2.4 min and 3 km → 6.0 min; 2 km lies halfway: 4.2 min, rounded up.
    assert minutes[0, 1] == 5


def test_the_last_pace_goes_on_beyond_the_last_band():
    far = north_of(HEREFORD, 60_000)

    minutes = travel_minutes_matrix(
        [HEREFORD, far], bands=[Band(0, 2_000, 1.2, 36)], door_minutes=0
    )

    # 60 km × 1.2 ÷ 36 km/h = 2 h.
    assert minutes[0, 1] == 120


def test_parking_is_added_to_every_journey_but_not_to_staying():
    near = north_of(HEREFORD, 1)

    minutes = travel_minutes_matrix([HEREFORD, near, HEREFORD], mode="car")

    # 1 m is next to nothing: 2 min for the door, and the point itself costs 0. A second door at
    # the same position is another door.
    assert minutes.tolist() == [[0, 3, 2], [3, 0, 3], [2, 3, 0]]


def test_walking_a_kilometre_takes_longer_than_cycling_and_driving_it():
    far = north_of(HEREFORD, 1_000)

    walk, cycle, car = (
        travel_minutes_matrix([HEREFORD, far], mode=mode, door_minutes=0)[0, 1]
        for mode in ("walk", "cycle", "car")
    )

    assert walk > cycle > car


@pytest.mark.parametrize("mode", MODES)
def test_further_never_takes_fewer_minutes(mode):
    points = [HEREFORD, *(north_of(HEREFORD, 100 * step) for step in range(1, 400))]

    from_hereford = travel_minutes_matrix(points, bands=DEFAULT_BANDS[mode], mode=mode)[0]

    assert (np.diff(from_hereford) >= 0).all()


def test_no_points_make_an_empty_matrix():
    assert travel_minutes_matrix([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ([], "At least one"),
        ([Band(0, 1_000, 1.2, 30), Band(1_500, 2_000, 1.2, 30)], "must meet"),
        ([Band(0, 1_000, 1.2, 5), Band(1_000, 2_000, 1.2, 50)], "check its speed"),
    ],
)
def test_bands_that_do_not_add_up_are_refused(bands, said):
    with pytest.raises(TravelError, match=said):
        travel_minutes_matrix([HEREFORD], bands=bands)


@pytest.mark.parametrize(
    ("band", "said"),
    [((5, 5, 1.2, 30), "empty"), ((0, 5, 0.9, 30), "detour"), ((0, 5, 1.2, 0), "speed above 0")],
)
def test_an_impossible_band_is_refused(band, said):
    with pytest.raises(TravelError, match=said):
        Band(*band)


@pytest.mark.parametrize(
    ("point", "said"),
    [(Point(float("nan"), 0), "no usable position"), (Point(-2.7, 252), "swapped")],
)
def test_a_point_not_on_the_earth_is_named(point, said):
    with pytest.raises(TravelError, match=f"Point 1 .*{said}"):
        travel_minutes_matrix([HEREFORD, point])


def test_an_unknown_mode_is_refused_with_the_known_ones():
    with pytest.raises(TravelError, match="car, walk, cycle"):
        travel_minutes_matrix([HEREFORD], mode="horse")


def test_bands_are_read_from_a_csv_of_measured_medians():
    text = (
        "\ufeffcrowfly_km_from,crowfly_km_to,pairs,detour_median,road_kmh_median\n"
        "0,0.5,12,1.5,24\n0.5,1,9,1.4,30\n"
    )

    assert bands_from_csv(text) == (Band(0, 500, 1.5, 24), Band(500, 1_000, 1.4, 30))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("crowfly_km_from,crowfly_km_to\n0,1\n", "detour_median, road_kmh_median"),
        ("crowfly_km_from,crowfly_km_to,detour_median,road_kmh_median\n0,1,x,30\n", "Line 2"),
    ],
)
def test_a_csv_of_bands_that_cannot_be_read_says_where(text, said):
    with pytest.raises(TravelError, match=said):
        bands_from_csv(text)


def test_default_car_bands_meet_from_nothing_on():
    assert CAR_BANDS[0].from_metres == 0
    assert travel_minutes_matrix([HEREFORD], bands=CAR_BANDS).tolist() == [[0]]
