"""Rate cards through the services: drafts price nothing, a later card supersedes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit, save_record
from cms_models.care.services.registration import resolve_again
from cms_models.publication.registry import publication_of
from cms_models.rates import services
from cms_models.rates.domain import Line, price_visit
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import bank_holidays, lines_token, published_cards
from cms_models.rates.uplift import Uplift
from tests.council import TODAY


def draft(council, valid_from: date, lines=None):
    """Draft a card at £16.10."""
    return services.draft_card(
        actor=council[Role.COMMISSIONER],
        name="New card",
        valid_from=valid_from,
        lines=[Line(None, None, "hourly", 1610)] if lines is None else lines,
    )


def price(council, on: date) -> int:
    """Return what an urban hour costs on a day."""
    return price_visit(
        published_cards(council.authority), starts_on=on, minutes=60, pathway="O", area="urban"
    ).pence


def test_rt_12_a_draft_prices_nothing_and_a_published_card_begins_on_its_day(council):
    card = draft(council, date(2027, 4, 1))
    assert price(council, date(2027, 4, 1)) == 1580

    services.publish_card(actor=council[Role.COMMISSIONER], card=card)

    assert [price(council, day) for day in (date(2027, 3, 31), date(2027, 4, 1))] == [1580, 1610]
    newest = history_of(card, user=council[Role.AUDITOR]).first()
    assert (newest.actor, newest.reason) == (council[Role.COMMISSIONER], "published")
    before = RateCard.objects.get(authority=council.authority, name="2017 card")
    assert before.valid_to == date(2027, 4, 1)


def test_a_card_between_two_others_ends_where_the_later_begins(council):
    services.publish_card(actor=council.system, card=draft(council, date(2017, 1, 1)))

    days = (date(2016, 12, 31), date(2017, 1, 1), date(2017, 6, 30), date(2017, 7, 1))
    assert [price(council, day) for day in days] == [1476, 1610, 1610, 1580]


@pytest.mark.parametrize(
    ("valid_from", "lines", "words"),
    [
        (date(2017, 7, 1), None, "2017 card also begins on 01/07/2017"),
        (date(2027, 4, 1), [], "has no hourly line"),
    ],
)
def test_a_card_that_cannot_be_published_says_why(council, valid_from, lines, words):
    card = draft(council, valid_from, lines)

    with pytest.raises(ValidationError, match=words):
        services.publish_card(actor=council.system, card=card)

    card.refresh_from_db()
    assert card.state == "draft"


def test_pricing_again_changes_what_the_card_changed_and_nothing_the_second_time(council):
    package = council.package()
    services.publish_card(actor=council.system, card=draft(council, TODAY))

    assert resolve_again(actor=council.system, on=TODAY) == 1
    package.refresh_from_db()
    assert package.weekly_pence == 7 * 805  # half of £16.10
    assert resolve_again(actor=council.system, on=TODAY) == 0


def correction(council, valid_from: date, pence: int = 1700, *, of: str = "2017 card"):
    """Draft and publish a correction of a card, every hourly line at a rate."""
    card = RateCard.objects.get(authority=council.authority, name=of)
    made = services.correct_card(
        actor=council[Role.COMMISSIONER],
        card=card,
        name=f"Correction {valid_from:%d/%m/%Y} {pence}",
        valid_from=valid_from,
    )
    line = made.lines.get(visit_kind="hourly")
    line.pence_per_hour = pence
    save_record(actor=council.system, record_=line, expected_version=line.version)
    return services.publish_card(actor=council.system, card=made)


def known(card: RateCard, day: date) -> None:
    """Make a card known at noon of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    RateCard.objects.filter(pk=card.pk).update(approved_at=at)


def test_a_back_dated_correction_leaves_the_old_card_and_its_lines_as_they_were(council):
    old = RateCard.objects.get(authority=council.authority, name="2017 card")
    known(old, date(2017, 6, 1))
    known(RateCard.objects.get(authority=council.authority, name="2016 card"), date(2016, 6, 1))

    made = correction(council, date(2017, 9, 1))
    known(made, date(2017, 12, 1))

    assert [price(council, day) for day in (date(2017, 8, 31), date(2017, 9, 1))] == [1580, 1700]
    # As known on 30/11/2017, the day before it was approved: the same pennies as then.
    cards = published_cards(council.authority, known_on=date(2017, 11, 30))
    then = price_visit(
        cards, starts_on=date(2017, 9, 1), minutes=60, pathway="O", area="urban"
    ).pence
    assert then == 1580
    old.refresh_from_db()
    assert (old.valid_to, old.state) == (None, "published")
    assert sorted(old.lines.values_list("pence_per_hour", flat=True)) == [1280, 1280, 1580]


def test_a_correction_ends_with_the_card_it_corrects(council):
    made = correction(council, date(2017, 9, 1))
    services.publish_card(actor=council.system, card=draft(council, date(2018, 4, 1)))

    made = RateCard.objects.get(pk=made.pk)
    assert made.over_on == date(2018, 4, 1)
    assert [price(council, day) for day in (date(2018, 3, 31), date(2018, 4, 1))] == [1700, 1610]


def test_what_a_later_card_ended_still_runs_as_known_before_it(council):
    for name, day in (("2016 card", date(2016, 6, 1)), ("2017 card", date(2017, 6, 1))):
        known(RateCard.objects.get(authority=council.authority, name=name), day)
    later = services.publish_card(actor=council.system, card=draft(council, date(2018, 4, 1)))
    known(later, date(2018, 5, 1))

    def on_may_day(known_on: date) -> int:
        cards = published_cards(council.authority, known_on=known_on)
        return price_visit(
            cards, starts_on=date(2018, 5, 1), minutes=60, pathway="O", area="urban"
        ).pence

    assert [on_may_day(day) for day in (date(2018, 4, 30), date(2018, 5, 1))] == [1580, 1610]


@pytest.mark.parametrize(
    ("valid_from", "words"),
    [
        (date(2017, 6, 30), "begins within its period, from 01/07/2017"),
        (date(2016, 6, 30), "lies outside"),
    ],
)
def test_a_correction_begins_within_the_period_of_what_it_corrects(council, valid_from, words):
    with pytest.raises(ValidationError, match=words):
        correction(council, valid_from)

    assert not RateCard.objects.exclude(corrects=None).exists()


def test_a_card_with_a_gap_or_an_overlap_is_refused_with_the_case_named(council):
    lines = [
        Line(None, "urban", "hourly", 1610, "weekday", 7 * 60, 22 * 60),
        Line(None, "urban", "hourly", 1800, "weekend"),
        Line(None, "urban", "hourly", 2400, "bank_holiday"),
        Line(None, "rural", "hourly", 1700),
        Line("O", "rural", "hourly", 1650, None, 8 * 60, 9 * 60),
        Line("O", "rural", "hourly", 1660, "weekday"),
    ]
    card = draft(council, date(2027, 4, 1), lines)

    with pytest.raises(ValidationError) as refused:
        services.publish_card(actor=council.system, card=card)

    assert refused.value.messages == [
        "Hourly, pathway O, rural, weekday, starts 08:00 to 09:00: £16.50 (hourly, pathway O, "
        "rural, starts 08:00 to 09:00) and £16.60 (hourly, pathway O, rural, weekday) fit alike, "
        "and neither asks for more than the other.",
        "Hourly, urban, weekday, starts 22:00 to 07:00: no rate.",
    ]
    card.refresh_from_db()
    assert card.state == "draft"


def test_what_a_card_changes_on_its_day_is_said_beforehand(council):
    card = draft(council, date(2018, 4, 1))

    assert publication_of(card).changes(card) == [
        "From 01/04/2018 New card replaces 2017 card.",
        "Hourly: £15.80 → £16.10 (+£0.30, +1.90 %)",
        "24-hour: £12.80 → no rate",
        "Sleep-in: £12.80 → no rate",
    ]


def test_an_uplift_and_a_copy_are_new_drafts_that_say_where_they_come_from(council):
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    actor = council[Role.COMMISSIONER]

    made = services.uplift_card(
        actor=actor,
        card=card,
        name="2018 card",
        valid_from=date(2018, 4, 1),
        by=Uplift(percent=Decimal("1.9"), step=10),
    )
    copy = services.copy_card(actor=actor, card=card, name="Copy", valid_from=date(2019, 4, 1))

    # 15.80 × 1.019 = 16.1002 → 16.10; 12.80 × 1.019 = 13.0432 → 13.00
    assert [line.pence_per_hour for line in made.lines.all()] == [1300, 1610, 1300]
    assert [line.terms for line in copy.lines.all()] == [line.terms for line in card.lines.all()]
    reasons = [history_of(one, user=council[Role.AUDITOR]).first().reason for one in (made, copy)]
    assert reasons == ["2017 card +1.9 % an hour, rounded half-up to 10p", "copied from 2017 card"]


def test_lines_are_saved_together_and_the_card_says_what_changed(council):
    card = draft(council, date(2027, 4, 1), [Line(None, None, "hourly", 1610)])
    (kept,) = card.lines.all()
    actor = council[Role.COMMISSIONER]

    services.set_lines(
        actor=actor,
        card=card,
        opened=lines_token(card),
        lines=[
            (kept.pk, Line(None, None, "hourly", 1620)),
            (None, Line(None, None, "sleep_in", 1300)),
        ],
    )

    assert {line.terms.words: line.pence_per_hour for line in card.lines.all()} == {
        "hourly, any area": 1620,
        "sleep-in, any area": 1300,
    }
    entry = history_of(card, user=council[Role.AUDITOR]).first()
    assert (entry.action, entry.actor) == ("change_lines", actor)
    assert entry.before == {"hourly, any area": "£16.10/h", "sleep-in, any area": None}
    assert entry.after == {"hourly, any area": "£16.20/h", "sleep-in, any area": "£13.00/h"}


def test_a_stale_grid_writes_nothing(council):
    card = draft(council, date(2027, 4, 1))
    opened = lines_token(card)
    line = card.lines.get()
    line.pence_per_hour = 1615
    save_record(actor=council.system, record_=line, expected_version=line.version)
    entries = AuditEntry.objects.count()

    with pytest.raises(StaleEdit) as stale:
        services.set_lines(
            actor=council[Role.COMMISSIONER],
            card=card,
            opened=opened,
            lines=[(line.pk, Line(None, None, "hourly", 1))],
        )

    assert stale.value.theirs == {"hourly, any area": "£16.15/h"}
    assert card.lines.get().pence_per_hour == 1615
    assert AuditEntry.objects.count() == entries


def test_a_published_cards_lines_are_not_written(council):
    card = RateCard.objects.get(authority=council.authority, name="2017 card")

    with pytest.raises(ValidationError, match="stays as it is"):
        services.set_lines(
            actor=council[Role.COMMISSIONER], card=card, opened=lines_token(card), lines=[]
        )

    assert card.lines.count() == 3


def test_bank_holidays_are_filled_once_and_are_the_councils_own(council, other_council):
    actor = council[Role.COMMISSIONER]

    added = services.fill_bank_holidays(actor=actor)

    assert added == len(bank_holidays(council.authority)) > 8
    assert services.fill_bank_holidays(actor=actor) == 0
    assert date(2026, 12, 25) in bank_holidays(council.authority)
    # Boxing Day 2026 is a Saturday: the Monday stands for it.
    assert date(2026, 12, 28) in bank_holidays(council.authority)
    assert date(2026, 12, 26) not in bank_holidays(council.authority)
    assert bank_holidays(other_council.authority) == frozenset()
    with pytest.raises(PermissionDenied):
        services.fill_bank_holidays(actor=council[Role.FINANCE])
