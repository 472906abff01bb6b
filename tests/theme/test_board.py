"""The brokers' board: three drawings, filters, live news, several brokers at once (BR-10)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Release, ReleaseState
from cms_models.brokerage.services.releases import release
from cms_models.fields.own.models import SavedView
from cms_models.jobs.models import Job
from tests.council import Council
from tests.theme.board_scene import scene
from tests.theme.browsing import visitor  # noqa: F401

BOARD = "/admin/board/"


@pytest.fixture
def packages(council: Council):
    """One package in each column."""
    return scene(council)


@pytest.fixture
def broker(council: Council) -> Client:
    """A broker, signed in."""
    return signed_in(council, Role.BROKER)


def signed_in(council: Council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def seen_of(body: str, pk: int) -> str:
    """Return what the Move form of a card says its reader saw."""
    form = body.split(reverse("board_move", args=[pk]))[1]
    return re.search(r'name="seen" value="([^"]+)"', form)[1]


@pytest.mark.parametrize("view", ["kanban", "list", "map"])
def test_each_drawing_shows_every_open_package(broker, packages, view):
    body = broker.get(BOARD, {"view": view}).content.decode()

    for package in packages:
        assert reverse("board_package", args=[package.pk]) in body
    assert "Canary" not in body  # nobody is named on the board


def test_filters_are_kept_in_the_address_and_as_a_saved_view(broker, packages, council):
    body = broker.get(BOARD, {"view": "list", "urgency": "urgent"}).content.decode()
    assert "HC-000004" in body
    assert "HC-000003" not in body

    broker.post(
        reverse("saved_view_new"),
        {"record_type": "board", "name": "Urgent", "query": "view=list&urgency=urgent"},
    )

    view = SavedView.objects.get(name="Urgent")
    assert view.query == "urgency=urgent&view=list"
    body = broker.get(BOARD, {"view": "map"}).content.decode()
    assert f"{BOARD}?urgency=urgent&amp;view=list" in body


def test_a_view_of_ones_own_opens_first(broker, packages, council):
    SavedView.objects.create(
        authority=council.authority,
        owner=council[Role.BROKER],
        record_type="board",
        name="Urgent",
        query="urgency=urgent",
        opens_first=True,
    )

    assert broker.get(BOARD)["Location"] == f"{BOARD}?urgency=urgent"


def test_the_page_costs_as_many_queries_with_thirty_packages_as_with_one(broker, council):
    council.package(1)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            broker.get(BOARD, {"view": "kanban"})
        return len(queries)

    counted()
    few = counted()
    for number in range(2, 31):
        council.package(number)
    assert counted() == few


def test_news_are_the_stamp_alone_while_nothing_changed(broker, packages):
    news = broker.get(reverse("board_changes")).json()

    again = broker.get(reverse("board_changes"), {"since": news["stamp"]}).json()

    assert again == {"stamp": news["stamp"]}


def test_news_mark_what_another_broker_did(broker, packages, council):
    before = broker.get(reverse("board_changes")).json()
    release(actor=council[Role.BROKER], package=packages[0], route="tiers", now=timezone.now())

    after = broker.get(reverse("board_changes"), {"since": before["stamp"]}).json()

    digests = {one["id"]: one["digest"] for one in before["cards"]}
    changed = [one for one in after["cards"] if digests[one["id"]] != one["digest"]]
    assert [(one["ref"], one["stage"]) for one in changed] == [("HC-000001", "released")]
    assert after["counts"]["needed"] == 0
    drawn = broker.get(reverse("board_cards"), {"pk": packages[0].pk}).json()["cards"]
    assert "1 asked" in drawn[str(packages[0].pk)]


def test_a_card_is_released_to_its_tiers_and_its_release_withdrawn(broker, packages, council):
    package = packages[0]
    address = reverse("board_move", args=[package.pk])
    seen = seen_of(broker.get(BOARD, {"view": "kanban"}).content.decode(), package.pk)

    broker.post(address, {"seen": seen, "to": "released", "reason": ""})
    assert Release.objects.get(package=package).state == ReleaseState.OPEN

    seen = seen_of(broker.get(BOARD, {"view": "kanban"}).content.decode(), package.pk)
    broker.post(address, {"seen": seen, "to": "needed", "reason": "The family moves away"})
    assert Release.objects.get(package=package).state == ReleaseState.WITHDRAWN


def test_br_10_a_stale_move_changes_nothing_shows_both_and_keeps_the_words(
    broker, packages, council
):
    package = packages[0]
    seen = seen_of(broker.get(BOARD, {"view": "kanban"}).content.decode(), package.pk)
    release(actor=council[Role.BROKER], package=package, route="tiers", now=timezone.now())

    answer = broker.post(
        reverse("board_move", args=[package.pk]),
        {"seen": seen, "to": "needed", "reason": "My typed reason"},
    )

    body = answer.content.decode()
    assert answer.status_code == 422
    assert "You saw HC-000001 as “Needs a provider”" in body
    assert "it is “Released” now" in body
    assert 'value="My typed reason"' in body
    assert Release.objects.get(package=package).state == ReleaseState.OPEN


def test_proposing_for_the_whole_board_queues_the_job(broker, packages):
    broker.post(reverse("board_propose_all"))

    assert Job.objects.get().kind == "allocate"


def test_roles_that_only_read_see_no_buttons_and_may_not_move(packages, council):
    auditor = signed_in(council, Role.AUDITOR)
    body = auditor.get(BOARD, {"view": "kanban"}).content.decode()

    assert "HC-000001" in body
    assert "data-move" not in body
    address = reverse("board_move", args=[packages[0].pk])
    assert auditor.post(address, {"to": "released"}).status_code == 302
    assert not Release.objects.filter(package=packages[0]).exists()


def test_other_councils_and_providers_see_nothing(packages, council, other_council):
    stranger = signed_in(other_council, Role.BROKER)
    assert b"HC-0000" not in stranger.get(BOARD, {"view": "list"}).content
    assert stranger.get(reverse("board_changes")).json()["cards"] == []
    assert stranger.post(reverse("board_move", args=[packages[0].pk])).status_code == 404
    provider = Client()
    provider.force_login(council.provider_users["P1"])
    assert provider.get(BOARD).status_code in (302, 403)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_second_brokers_change_appears_without_taking_the_focus(visitor, council):  # noqa: F811
    first, second, *_ = scene(council)
    council.package(6)
    visitor.sign_in("broker")
    page = visitor.open(f"{BOARD}?view=kanban")
    page.evaluate("document.getElementById('board').dataset.every = '0.2'")
    assert visitor.serious_axe_findings() == []

    # By keyboard alone: open the Move form of the first card and begin to type.
    page.focus(f"#card-{first.pk} summary")
    page.keyboard.press("Enter")
    page.focus(f"#why-{first.pk}")
    page.keyboard.type("Half a rea")
    release(actor=council[Role.BROKER], package=first, route="tiers", now=timezone.now())
    release(actor=council[Role.BROKER], package=second, route="tiers", now=timezone.now())

    moved = page.locator(f'[data-cards="released"] #card-{second.pk}')
    moved.wait_for(timeout=9000)
    page.locator(f"#card-{first.pk} [data-news]:not([hidden])").wait_for()
    page.keyboard.type("son")
    assert page.input_value(f"#why-{first.pk}") == "Half a reason"
    assert "HC-000002 is in “Released” now" in page.inner_text("[data-live-said]")
    assert page.inner_text('.theme-column [data-count="released"]') == "3"
    page.click(f"#card-{first.pk} [data-news] button")
    assert page.locator(f'[data-cards="released"] #card-{first.pk}').count() == 1
    assert visitor.errors == []
    assert visitor.outside == []
