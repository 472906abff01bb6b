"""AL: scope, individual decisions, endings; and the visits pattern."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_models.care.domain import (
    DecisionRules,
    OutOfScope,
    decisions_needed,
    last_paid_day,
    pathway_of,
)
from cms_models.care.patterns import (
    BadPattern,
    Clause,
    parse_pattern,
    pattern_text,
    weekly_minutes,
)

MORE_THAN_28 = DecisionRules(Decimal(28), "more_than", two_carers=True)
AT_LEAST_28 = DecisionRules(Decimal(28), "at_least", two_carers=True)


@pytest.mark.parametrize(
    ("pattern", "rules", "flags"),
    [
        ("Mon-Sun 08:00 240m", MORE_THAN_28, 0),  # 28 h 00
        ("Mon-Sun 08:00 240m; Mon 18:00 15m", MORE_THAN_28, 1),  # 28 h 15
        ("Mon-Sun 08:00 240m", AT_LEAST_28, 1),
    ],
)
def test_al_06_more_than_28_hours_needs_an_individual_decision(pattern, rules, flags):
    found = decisions_needed(parse_pattern(pattern), rules=rules)

    assert len(found) == flags
    assert all("28 h" in reason for reason in found)


def test_al_07_a_two_carer_package_of_20_hours_needs_one_too():
    pattern = parse_pattern("Mon-Fri 08:00 120m x2")  # 5 × 2 h × 2 carers = 20 h

    assert weekly_minutes(pattern) == 20 * 60
    assert decisions_needed(pattern, rules=MORE_THAN_28) == ["two carers are needed together"]
    assert decisions_needed(pattern, rules=DecisionRules(Decimal(28), "more_than", False)) == []


def test_al_10_the_council_ends_a_package_with_28_days_notice():
    last = last_paid_day(notice_on=date(2018, 3, 1), notice_days=28)

    assert last == date(2018, 3, 29)


def test_al_11_a_death_during_notice_ends_it_that_day():
    death = date(2018, 3, 5)

    assert last_paid_day(notice_on=date(2018, 3, 1), notice_days=28, died_on=death) == death
    late = date(2018, 4, 5)
    assert last_paid_day(notice_on=date(2018, 3, 1), notice_days=28, died_on=late) == date(
        2018, 3, 29
    )


@pytest.mark.parametrize(
    "kind",
    ["Direct payment", "supported living", "Private", "Out of county", "Therapeutic  reablement"],
)
def test_al_14_what_the_framework_does_not_buy_is_out_of_scope(kind):
    with pytest.raises(OutOfScope, match="not bought under Help to Live at Home"):
        pathway_of(kind)


def test_element_types_decide_the_pathway_and_an_unknown_one_is_named():
    assert [pathway_of(t) for t in ("Home care O", "HOME CARE D", "Home First M")] == list("ODM")
    with pytest.raises(ValueError, match="“Day centre” is no element type"):
        pathway_of("Day centre")


def test_a_pattern_is_read_in_one_order():
    text = "Sat-Sun 22:00 600m sleep_in; Mon,Wed,Fri 12:00-13:00 45m x2 medication+hoist"

    clauses = parse_pattern(text)

    assert clauses == (
        Clause((0, 2, 4), 720, 780, 45, 2, ("hoist", "medication"), "hourly"),
        Clause((5, 6), 1320, 1320, 600, 1, (), "sleep_in"),
    )
    assert weekly_minutes(clauses) == 3 * 45 * 2 + 2 * 600


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("Mon 08:00", "is not a visit"),
        ("Mon 25:00 30m", "is not a time of day"),
        ("Mon 09:00-08:00 30m", "ends before it begins"),
        ("Fri-Mon 08:00 30m", "runs backwards"),
        ("Mos 08:00 30m", "is not a day"),
        ("Mon 08:00 0m", "lasts 1 to 1440"),
        ("Mon 08:00 30m x9", "takes 1 to 4 carers"),
        ("Mon 08:00 30m hoist medication", "join skills by"),
    ],
)
def test_a_pattern_that_cannot_be_read_names_the_clause(text, words):
    with pytest.raises(BadPattern, match=words):
        parse_pattern(text)


CLAUSES = st.builds(
    lambda days, start, window, minutes, carers, skills, kind: Clause(
        tuple(sorted(days)), start, min(start + window, 1440), minutes, carers, skills, kind
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(0, 240),
    st.integers(1, 1440),
    st.integers(1, 4),
    st.sampled_from([(), ("hoist",), ("hoist", "medication")]),
    st.sampled_from(["hourly", "sleep_in", "24_hour"]),
)


@given(st.lists(CLAUSES, min_size=1, max_size=6))
def test_every_pattern_reads_back_as_it_was_written(clauses):
    assert parse_pattern(pattern_text(clauses)) == tuple(sorted(clauses))
