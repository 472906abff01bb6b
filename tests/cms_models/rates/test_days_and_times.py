"""Which line pays: the day, the clock, the length; corrections; and the week of a package."""

from datetime import UTC, date, datetime

import pytest

from cms_models.care.domain import price_package
from cms_models.care.patterns import parse_pattern, pattern_text
from cms_models.rates.domain import (
    Card,
    Line,
    NoRate,
    card_in_force,
    day_type_of,
    price_visit,
    rate_of,
)

NIGHT, MORNING = 22 * 60, 7 * 60
BOXING_DAY = date(2026, 12, 26)  # a Saturday
MONDAY_INSTEAD = date(2026, 12, 28)
HOLIDAYS = frozenset({date(2026, 12, 25), BOXING_DAY, MONDAY_INSTEAD})
CARD = Card(
    "2026 card",
    date(2026, 4, 1),
    None,
    (
        Line(None, None, "hourly", 1600),
        Line(None, None, "hourly", 1800, "weekend"),
        Line(None, None, "hourly", 2400, "bank_holiday"),
        Line(None, None, "hourly", 2000, "weekday", NIGHT, MORNING),
        Line(None, None, "hourly", 1700, "weekday", most_minutes=30),
        Line(None, None, "hourly", 2100, "weekday", NIGHT, MORNING, most_minutes=30),
    ),
)


def pence(on: date, clock: str, minutes: int = 60) -> int:
    """Return the price of a visit at a time of a day."""
    hours, rest = clock.split(":")
    return price_visit(
        [CARD],
        starts_on=on,
        minutes=minutes,
        pathway="O",
        area="urban",
        start_minutes=60 * int(hours) + int(rest),
        bank_holidays=HOLIDAYS,
    ).pence


def test_a_bank_holiday_wins_over_the_weekend_it_falls_on():
    assert day_type_of(BOXING_DAY) == "weekend"
    assert day_type_of(BOXING_DAY, HOLIDAYS) == "bank_holiday"
    assert day_type_of(date(2026, 12, 27), HOLIDAYS) == "weekend"
    assert day_type_of(MONDAY_INSTEAD, HOLIDAYS) == "bank_holiday"
    assert pence(BOXING_DAY, "10:00") == 2400
    assert pence(date(2026, 12, 27), "10:00") == 1800
    assert pence(date(2026, 12, 29), "10:00") == 1600


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("21:59", 1600), ("22:00", 2000), ("00:00", 2000), ("06:59", 2000), ("07:00", 1600)],
)
def test_a_band_over_midnight_counts_by_the_clock_of_the_start(clock, expected):
    assert pence(date(2026, 12, 2), clock) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(29, 822), (30, 800), (31, 827)])
def test_short_visits_have_a_rate_of_their_own(minutes, expected):
    # 29 min at £17.00/h = 8.2167; 30 and 31 min at £16.00/h = 8.00 and 8.2667
    assert pence(date(2026, 12, 2), "10:00", minutes) == expected


def test_the_sentence_names_the_line_that_paid():
    visit = price_visit(
        [CARD],
        starts_on=date(2026, 12, 2),
        minutes=20,
        pathway="O",
        area="urban",
        start_minutes=23 * 60,
    )

    assert visit.sentence == (
        "20 min at £21.00/h (2026 card: hourly, any area, weekday, starts 22:00 to 07:00, "
        "shorter than 30 min)"
    )


def test_a_visit_that_no_line_of_its_kind_fits_is_named():
    card = Card("days", date(2026, 4, 1), None, (Line(None, None, "hourly", 1600, "weekday"),))

    with pytest.raises(
        NoRate,
        match=r"days has no hourly line for pathway O, urban, bank holiday, 10:00, 45 min\.",
    ):
        price_visit(
            [card],
            starts_on=BOXING_DAY,
            minutes=45,
            pathway="O",
            area="urban",
            start_minutes=600,
            bank_holidays=HOLIDAYS,
        )


def week(text: str, *, rounding: str = "per_line"):
    """Return the price of a pattern's week under the card."""
    clauses = [(pattern_text([clause]), clause) for clause in parse_pattern(text)]
    return price_package(
        clauses, cards=[CARD], on=date(2026, 12, 21), pathway="O", area="urban", rounding=rounding
    )


def test_a_clause_is_split_where_weekdays_and_weekend_are_paid_by_other_lines():
    price = week("Mon-Sun 08:00-09:00 45m")

    assert [(when, count, line.pence) for when, count, line in price.lines] == [
        ("Mon-Fri 08:00-09:00 45m", 5, 1200),  # 45 min at £16.00/h
        ("Sat,Sun 08:00-09:00 45m", 2, 1350),  # 45 min at £18.00/h
    ]
    assert price.weekly_pence == 5 * 1200 + 2 * 1350
    # 25/12/2026 is a Friday of that very week: a planning week has no bank holiday.


def test_a_planned_visit_starts_at_the_earliest_minute_of_its_window():
    assert week("Mon 06:45-07:30 60m").weekly_pence == 2000
    assert week("Mon 07:00-07:30 60m").weekly_pence == 1600


def test_a_clause_that_one_line_pays_stays_one_line():
    card = Card("one", date(2026, 4, 1), None, (Line(None, None, "hourly", 1580),))
    clause = parse_pattern("Mon-Sun 08:00 20m")[0]
    asked = {"cards": [card], "on": date(2026, 12, 21), "pathway": "O", "area": "urban"}

    by_line, by_week = (
        price_package([("each morning", clause)], rounding=rounding, **asked)
        for rounding in ("per_line", "weekly_minutes")
    )

    assert [(when, count) for when, count, _ in by_line.lines] == [("each morning", 7)]
    assert (by_line.weekly_pence, by_week.weekly_pence) == (3689, 3687)  # RT-07


def test_rt_07_a_split_week_is_rounded_at_each_rate():
    # 5 × 20 min at £17.00/h = 28.3333; 2 × 20 min at £18.00/h = 12.00
    assert week("Mon-Sun 08:00 20m", rounding="weekly_minutes").weekly_pence == 2833 + 1200
    # 20 min at £17.00/h = 5.6667, at £18.00/h = 6.00
    assert week("Mon-Sun 08:00 20m").weekly_pence == 5 * 567 + 2 * 600


def at(day: int) -> datetime:
    return datetime(2026, 6, day, 12, tzinfo=UTC)


def dated(name: str, pence_per_hour: int, day: int, known: int | None, **terms) -> Card:
    lines = (Line(None, None, "hourly", pence_per_hour),)
    approved = at(known) if known else None
    return Card(name, date(2026, 4, day), None, lines, approved_at=approved, **terms)


def test_a_correction_counts_within_the_card_it_corrects_and_the_last_approved_wins():
    own, later = dated("own", 1600, 1, 1), dated("later", 1700, 20, 2)
    first = dated("first", 1610, 10, 10, corrects="own")
    second = dated("second", 1620, 1, 20, corrects="own")

    def name(cards, day):
        return card_in_force(cards, on=date(2026, 4, day)).name

    assert [name([own, later, first], day) for day in (9, 10, 19, 20)] == [
        *("own", "first", "first", "later")
    ]
    # Approved later, the second was made knowing the first: it counts on the whole of its period.
    assert [name([own, later, first, second], day) for day in (1, 10, 19, 20)] == [
        *("second", "second", "second", "later")
    ]
    # A draft tried out beside what is published counts as the newest.
    draft = dated("draft", 1630, 1, None)
    assert name([own, draft], 1) == "draft"


def test_a_rate_asked_again_is_the_same_line():
    asked = {"pathway": "O", "area": "urban", "day_type": "weekend", "start_minutes": 600}

    first, again = (rate_of(CARD, minutes=45, **asked) for _ in range(2))

    assert first is again
    assert first == CARD.lines[1]
