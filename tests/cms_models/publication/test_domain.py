"""The pure rules of a review: what stands where, what is locked, what ends what."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_models.publication.domain import (
    Ending,
    Standing,
    Term,
    back_dating_words,
    lock_words,
    standing,
    succession,
    withdrawal_refusal,
)

MARCH, APRIL, MAY = date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)


@pytest.mark.parametrize(
    ("state", "on", "stands"),
    [
        ("draft", APRIL, Standing.DRAFT),
        ("submitted", APRIL, Standing.SUBMITTED),
        ("published", date(2027, 3, 31), Standing.SCHEDULED),
        ("published", APRIL, Standing.IN_FORCE),
        ("published", date(2027, 4, 30), Standing.IN_FORCE),
        ("published", MAY, Standing.ENDED),
    ],
)
def test_a_version_is_in_force_from_its_first_day_to_the_day_before_its_end(state, on, stands):
    assert standing(state=state, valid_from=APRIL, valid_to=MAY, on=on) == stands
    assert stands.words


def test_a_version_approved_without_a_day_is_in_force_at_once():
    assert standing(state="published", valid_from=None, valid_to=None, on=APRIL) == (
        Standing.IN_FORCE
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("draft", ""),
        ("submitted", "Card waits for approval, so it stays as it was submitted."),
        ("published", "Card is approved, so it stays as it is. Draft another version"),
    ],
)
def test_what_is_submitted_or_approved_is_locked_with_the_way_out(state, words):
    assert lock_words(name="Card", state=state).startswith(words)
    assert bool(lock_words(name="Card", state=state)) == bool(words)


def test_an_approval_is_undone_before_its_first_day_only():
    assert withdrawal_refusal(name="Card", valid_from=APRIL, on=date(2027, 3, 31)) is None
    refused = withdrawal_refusal(name="Card", valid_from=APRIL, on=APRIL)
    assert refused == (
        "Card is in force since 01/04/2027: what was decided by it stands. "
        "Draft another version to replace it."
    )
    assert withdrawal_refusal(name="Card", valid_from=None, on=APRIL)


def test_a_first_day_that_is_past_says_what_stays():
    words = back_dating_words(valid_from=APRIL, on=date(2027, 4, 11))

    assert words.startswith("Its first day is 10 days past.")  # 1 April to 11 April
    assert "already invoiced stays" in words
    assert back_dating_words(valid_from=APRIL, on=APRIL) == ""
    assert back_dating_words(valid_from=None, on=APRIL) == ""


def test_a_version_ends_where_the_next_begins_or_sooner_by_its_own_end():
    endings = succession(
        [Term(3, MAY, None), Term(1, MARCH, None), Term(2, APRIL, date(2027, 4, 15))]
    )

    assert endings == {
        1: Ending(APRIL, 2),
        2: Ending(date(2027, 4, 15), None),
        3: Ending(None, None),
    }


terms = st.lists(
    st.tuples(st.integers(0, 400), st.none() | st.integers(1, 200)),
    unique_by=lambda drawn: drawn[0],
    min_size=1,
    max_size=12,
).map(
    lambda drawn: [
        Term(
            key,
            MARCH + timedelta(days=first),
            None if length is None else MARCH + timedelta(days=first + length),
        )
        for key, (first, length) in enumerate(drawn)
    ]
)


@given(terms, st.integers(-5, 700))
def test_no_day_has_two_versions_and_only_a_stated_end_leaves_one_without(versions, days):
    day = MARCH + timedelta(days=days)
    endings = succession(versions)

    in_force = [
        one
        for one in versions
        if one.valid_from <= day
        and (endings[one.key].valid_to is None or day < endings[one.key].valid_to)
    ]

    begun = [one for one in versions if one.valid_from <= day]
    newest = max(begun, key=lambda one: one.valid_from, default=None)
    if newest is None or (newest.own_end is not None and newest.own_end <= day):
        assert in_force == []
    else:
        assert in_force == [newest]
    assert all(
        endings[one.key].valid_to is None or endings[one.key].valid_to > one.valid_from
        for one in versions
    )
