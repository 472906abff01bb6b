"""The brokers' board: every open package in its column, in a fixed number of queries (BR-10)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.board_domain import BoardFilter, Stage, stage_of
from cms_models.brokerage.board_package_selectors import nearness, previews, routes_for
from cms_models.brokerage.board_selectors import board, choices_of, stamp_of
from cms_models.brokerage.services.releases import release
from cms_models.care.models import CarePackage
from cms_models.care.services.awards import award
from tests.council import Council
from tests.theme.board_scene import scene


@pytest.fixture
def now():
    """The moment everything of the scene happens at."""
    return timezone.now()


@pytest.fixture
def packages(council: Council, now) -> list[CarePackage]:
    """One package in each column."""
    return scene(council, now=now)


def shown(council: Council, now, **wanted) -> list[str]:
    """Return the references a broker's board shows."""
    found = board(council[Role.BROKER], wanted=BoardFilter(**wanted), now=now)
    return [card.package_ref for card in found.cards]


def test_the_column_follows_the_last_release_the_offers_and_the_hand_back():
    assert stage_of(release_state="", offers=0, handed_back=False) == Stage.NEEDED
    assert stage_of(release_state="withdrawn", offers=0, handed_back=True) == Stage.RETURNED
    assert stage_of(release_state="open", offers=0, handed_back=True) == Stage.RELEASED
    assert stage_of(release_state="open", offers=2, handed_back=False) == Stage.OFFERED
    assert stage_of(release_state="unplaced", offers=0, handed_back=False) == Stage.UNPLACED


def test_every_open_package_stands_in_its_column(council, packages, now):
    cards = {
        card.package_ref: card
        for card in board(council[Role.BROKER], wanted=BoardFilter(), now=now).cards
    }

    assert {ref: card.stage for ref, card in cards.items()} == {
        "HC-000001": Stage.NEEDED,
        "HC-000002": Stage.RETURNED,
        "HC-000003": Stage.RELEASED,
        "HC-000004": Stage.OFFERED,
        "HC-000005": Stage.UNPLACED,
    }
    assert cards["HC-000003"].asked.words == "1 asked, 0 opened it"
    assert (cards["HC-000004"].asked.offers, cards["HC-000004"].urgency) == (1, "urgent")
    # handed back two days ago: it waits since then
    assert (cards["HC-000002"].handed_back_by, cards["HC-000002"].age_days) == ("Provider One", 2)


def test_the_urgent_come_first_and_then_who_waits_longest(council, packages, now):
    assert shown(council, now) == [f"HC-00000{number}" for number in (4, 2, 1, 3, 5)]


def test_filters_narrow_by_zone_lot_pathway_urgency_age_status_and_broker(council, packages, now):
    broker = council[Role.BROKER]

    assert shown(council, now, zone="B") == []
    assert len(shown(council, now, zone="A", lot=council.lots["O-A"].pk, pathway="O")) == 5
    assert shown(council, now, urgency="urgent") == ["HC-000004"]
    assert shown(council, now, age=2) == ["HC-000002"]
    assert shown(council, now, stage="unplaced") == ["HC-000005"]
    assert shown(council, now, broker=broker.pk) == ["HC-000004", "HC-000003", "HC-000005"]
    assert choices_of(broker).brokers == ((broker.pk, "Broker Tester"),)


def test_a_package_leaves_the_board_when_it_is_awarded(council, packages, now):
    award(
        actor=council[Role.BROKER],
        package=packages[0],
        provider=council.providers["P1"],
        lot=council.lots["O-A"],
        reason="The lead has room.",
    )

    assert "HC-000001" not in shown(council, now)


def test_the_clock_that_ran_out_is_told(council, packages, now):
    found = board(council[Role.BROKER], wanted=BoardFilter(), now=now + timedelta(days=3)).cards

    assert {card.package_ref for card in found if card.late} >= {"HC-000003"}


def test_the_stamp_changes_with_every_decision_and_costs_one_query(council, packages, now):
    broker = council[Role.BROKER]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        before = stamp_of(broker)
    release(actor=broker, package=packages[0], route="tiers", now=now)

    assert len(queries) == 1
    assert stamp_of(broker) > before


def test_thirty_packages_cost_as_many_queries_as_one(council, now):
    broker = council[Role.BROKER]
    council.package(1)
    council.released(2, now=now)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            board(broker, wanted=BoardFilter(), now=now)
        return len(queries)

    few = counted()
    for number in range(3, 31):
        council.package(number)
    assert len(shown(council, now)) == 30
    assert counted() == few


def test_nobody_else_reads_the_board(council, other_council, packages, now):
    for user in (council.provider_users["P2"], council[Role.CARER], other_council[Role.BROKER]):
        assert board(user, wanted=BoardFilter(), now=now).cards == ()


def test_who_would_be_asked_and_who_not_is_known_before_the_release(council, packages, now):
    usual, anybody = previews(packages[0], on=timezone.localdate(now))

    assert [one.name for one in usual.choice.asked] == ["Provider One", "Provider Two"]
    assert [why for _, why in usual.choice.left_out] == [
        "Home First is the council's own service, without a place in lot O-A."
    ]
    assert len(anybody.choice.asked) == 3
    assert routes_for(packages[0])[0] == "tiers"


def test_nearness_says_how_far_a_providers_nearest_package_is(council, now):
    council.package(1, organisation_ref="P1", status="active", postcode="HR1 1AB")
    council.package(2, organisation_ref="P2", status="active", postcode="HR3 3CC")
    package = council.package(3)

    found = nearness(council[Role.BROKER], package, on=timezone.localdate(now) + timedelta(days=30))

    p1 = found[council.providers["P1"].pk]
    # 0.0033 degrees north are 367 m, 0.005 east 342 m: 502 m
    assert p1.nearest_metres == pytest.approx(502, abs=2)
    assert p1.packages_near == 1
    assert found[council.providers["P2"].pk].packages_near == 0
