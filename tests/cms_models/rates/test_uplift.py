"""Bulk uplift: percent or amount, rounded half-up to a step."""

from decimal import Decimal

import pytest

from cms_models.rates.domain import Line
from cms_models.rates.uplift import Uplift, uplifted, uplifted_lines


@pytest.mark.parametrize(
    ("percent", "pence", "step", "before", "after"),
    [
        ("1.9", None, 1, 1580, 1610),  # 15.80 × 1.019 = 16.1002
        ("5", None, 1, 1580, 1659),  # 15.80 × 1.05 = 16.59
        ("5", None, 5, 1580, 1660),  # 16.59 → 16.60
        ("5", None, 10, 1580, 1660),
        ("2.5", None, 1, 1580, 1620),  # 16.195, half-up
        (None, 30, 1, 1580, 1610),
        (None, 25, 10, 1580, 1610),  # 16.05, half-up to 10p
        (None, -80, 1, 1580, 1500),
        ("-10", None, 5, 1476, 1330),  # 13.284 → 13.30
    ],
)
def test_an_uplift_is_exact_and_rounded_once(percent, pence, step, before, after):
    by = Uplift(Decimal(percent) if percent else None, pence, step)

    assert uplifted(before, by=by) == after


def test_only_the_kinds_named_are_uplifted():
    lines = [Line(None, None, "hourly", 1580), Line(None, None, "sleep_in", 1280)]

    found = uplifted_lines(lines, by=Uplift(pence=30, visit_kinds=("hourly",)))

    assert [line.pence_per_hour for line in found] == [1610, 1280]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "not both and not neither"),
        ({"percent": Decimal(1), "pence": 1}, "not both and not neither"),
        ({"pence": 1, "step": 3}, "rounded to 1, 5, 10p"),
    ],
)
def test_an_uplift_that_says_nothing_is_refused(terms, words):
    with pytest.raises(ValueError, match=words):
        Uplift(**terms)


def test_an_uplift_leaves_something_to_pay():
    with pytest.raises(ValueError, match=r"£15\.80 −£20\.00 an hour.* leaves nothing to pay"):
        uplifted(1580, by=Uplift(pence=-2000))
