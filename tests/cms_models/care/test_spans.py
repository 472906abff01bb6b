"""Planned visits over a span of days: the same as pricing every dated visit by itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_models.care.patterns import Clause, parse_pattern
from cms_models.care.spans import PlannedClause, Span, price_span
from cms_models.rates.domain import Card, Line, price_visit, price_week

FIRST = date(2026, 12, 14)  # a Monday
HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)})
CARDS = [
    Card(
        "old",
        date(2026, 1, 1),
        date(2026, 12, 30),
        (Line(None, None, "hourly", 1580), Line(None, None, "hourly", 1800, "weekend")),
    ),
    Card(
        "new",
        date(2026, 12, 30),
        None,
        (Line(None, None, "hourly", 1610), Line(None, None, "hourly", 2415, "bank_holiday")),
    ),
]


def price(planned, span, rounding="per_line"):
    return price_span(
        planned,
        span=span,
        cards=CARDS,
        bank_holidays=HOLIDAYS,
        pathway="O",
        area="urban",
        rounding=rounding,
    )


def visit_by_visit(planned, span, rounding):
    """Return (minutes, pence) of every dated visit priced by itself, week by week."""
    minutes = pence = 0
    weeks: dict[tuple[int, int], list] = {}
    for number in range(span.days):
        on = span.first + timedelta(days=number)
        for one in planned:
            ended = one.valid_to is not None and on >= one.valid_to
            if on.weekday() not in one.clause.weekdays or on < one.valid_from or ended:
                continue
            visit = price_visit(
                CARDS,
                starts_on=on,
                minutes=one.clause.minutes,
                carers=one.clause.carers,
                pathway="O",
                area="urban",
                start_minutes=one.clause.earliest_minutes,
                bank_holidays=HOLIDAYS,
            )
            minutes += visit.minutes * visit.carers
            weeks.setdefault(on.isocalendar()[:2], []).append(visit)
    for week in weeks.values():
        pence += price_week(week, rounding=rounding)
    return minutes, pence


def test_a_fortnight_over_christmas_by_hand():
    (clause,) = parse_pattern("Mon-Sun 08:00 30m")
    span = Span(date(2026, 12, 21), date(2027, 1, 4))  # 14 days

    found = price([PlannedClause(clause, FIRST, None)], span)

    # To 29/12: 9 days, the weekend 26 and 27 at £18.00, the other 7 at £15.80 (the old card has no
    # bank holiday line: it pays as on any day). From 30/12: 5 days, 1 January at £24.15.
    assert found.minutes == 14 * 30
    assert found.pence == 2 * 900 + 7 * 790 + 4 * 805 + 1208  # 12.075 half-up


@st.composite
def plans(draw):
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    minutes, carers = draw(st.sampled_from([15, 20, 45])), draw(st.integers(1, 2))
    clause = Clause(tuple(sorted(days)), 480, 480, minutes, carers)
    begins = FIRST + timedelta(days=draw(st.integers(-5, 20)))
    ends = draw(st.none() | st.integers(1, 20).map(lambda n: begins + timedelta(days=n)))
    return PlannedClause(clause, begins, ends)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(plans(), max_size=3),
    st.integers(0, 12),
    st.integers(1, 30),
    st.sampled_from(["per_line", "weekly_minutes"]),
)
def test_a_span_costs_what_its_dated_visits_cost(planned, begins, days, rounding):
    first = FIRST + timedelta(days=begins)
    span = Span(first, first + timedelta(days=days))

    found = price(planned, span, rounding)

    assert (found.minutes, found.pence) == visit_by_visit(planned, span, rounding)


@pytest.mark.parametrize(("days", "mondays"), [(1, 1), (6, 1), (7, 1), (8, 2), (15, 3)])
def test_weekdays_of_a_span_are_counted(days, mondays):
    assert Span(FIRST, FIRST + timedelta(days=days)).count(0) == mondays
    assert Span(FIRST, FIRST + timedelta(days=days)).count(6) == days // 7
