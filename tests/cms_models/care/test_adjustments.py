"""What a correction comes to for the days that had gone by."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cms_models.accounts.roles import Role
from cms_models.care.adjustments import adjustments_of
from cms_models.care.spans import Span
from cms_models.fields.services import set_rule
from cms_models.rates import services
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import lines_token
from tests.council import TODAY

FIRST = date(2026, 11, 2)  # a Monday, three weeks before TODAY


@pytest.fixture
def correction(council) -> RateCard:
    """A correction to £16.10, weekends £18.00, from 02/11/2026, known on 23/11/2026."""
    RateCard.objects.update(approved_at=datetime(2016, 1, 1, tzinfo=UTC))
    actor = council[Role.COMMISSIONER]
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    made = services.correct_card(actor=actor, card=card, name="Put right", valid_from=FIRST)
    lines = [
        Line(None, None, "hourly", 1610),
        Line(None, None, "hourly", 1800, "weekend"),
        Line(None, None, "sleep_in", 1280),
    ]
    services.set_lines(
        actor=actor, card=made, opened=lines_token(made), lines=[(None, line) for line in lines]
    )
    return made


def approved(council, card: RateCard) -> RateCard:
    services.publish_card(actor=council.system, card=card)
    RateCard.objects.filter(pk=card.pk).update(approved_at=datetime(2026, 11, 23, 12, tzinfo=UTC))
    return RateCard.objects.get(pk=card.pk)


def sheet(council, card: RateCard, role: Role = Role.COMMISSIONER):
    return adjustments_of(card, user=council[role], today=TODAY)


def test_an_adjustment_names_both_cards_and_is_the_difference_of_every_planned_visit(
    council, correction
):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 10, 1))
    # Began on Monday 16/11: one week of the three.
    council.package(2, organisation_ref="P2", status="active", starts_on=date(2026, 11, 16))
    council.package(3, starts_on=date(2026, 10, 1))  # nobody delivers it

    found = sheet(council, approved(council, correction))

    assert (found.corrected, found.correction) == ("2017 card", "Put right")
    assert found.span == Span(FIRST, date(2026, 11, 23))
    # Half hours, 7 a week: 15 weekdays and 6 weekend days in three weeks, 5 and 2 in one.
    # Old: 21 × 7.90 = 165.90; new: 15 × 8.05 + 6 × 9.00 = 174.75. One week: 55.30; 58.25.
    assert [
        (row.package_ref, row.provider, row.minutes, row.old_pence, row.new_pence)
        for row in found.rows
    ] == [
        ("HC-000001", "Provider One", 630, 16590, 17475),
        ("HC-000002", "Provider Two", 210, 5530, 5825),
    ]
    assert found.total.difference_pence == 885 + 295


def test_before_it_is_approved_the_correction_shows_what_it_would_come_to(council, correction):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 10, 1))

    assert sheet(council, correction).total.difference_pence == 885


def test_a_second_correction_is_held_against_what_was_known_with_the_first(council, correction):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 10, 1))
    first = approved(council, correction)
    second = services.correct_card(
        actor=council[Role.COMMISSIONER], card=first, name="Again", valid_from=FIRST
    )

    # The same rates once more: nothing is owed on top.
    assert [row.difference_pence for row in sheet(council, second).rows] == [0]
    assert sheet(council, first).total.difference_pence == 885


def test_the_councils_rounding_is_used(council, correction):
    council.package(
        1,
        organisation_ref="P1",
        status="active",
        starts_on=date(2026, 10, 1),
        pattern="Mon-Fri 08:00 20m",
    )
    by_line = sheet(council, correction).total
    set_rule(actor=council.system, key="rates.rounding", value="weekly_minutes", valid_from=FIRST)
    by_week = sheet(council, correction).total

    # A visit: 5.2667 and 5.3667. A week of 100 min: 26.3333 and 26.8333.
    assert (by_line.old_pence, by_line.new_pence) == (15 * 527, 15 * 537)
    assert (by_week.old_pence, by_week.new_pence) == (3 * 2633, 3 * 2683)


def test_who_sees_no_packages_sees_no_adjustments(council, other_council, correction):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2026, 10, 1))

    assert sheet(council, correction, Role.CARER).rows == []
    assert sheet(other_council, correction).rows == []


def test_days_of_a_suspension_that_were_not_paid_are_not_put_right(council, correction):
    package = council.package(
        1, organisation_ref="P1", status="active", starts_on=date(2026, 10, 1)
    )
    card = approved(council, correction)
    second_week = (FIRST + timedelta(days=7), FIRST + timedelta(days=14))

    found = adjustments_of(
        card, user=council[Role.COMMISSIONER], today=TODAY, unpaid={package.pk: [second_week]}
    )

    # Three weeks from 02/11 without the second: 5 × 8.05 + 2 × 9.00 = 58.25 for each of two.
    assert [(row.span.first, row.span.after, row.new_pence) for row in found.rows] == [
        (FIRST, second_week[0], 5825),
        (second_week[1], date(2026, 11, 23), 5825),
    ]
