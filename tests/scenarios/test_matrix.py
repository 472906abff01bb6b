"""Every address outside the admin × every kind of user × own and other records, read and sent.

The addresses are walked out of the URL patterns: one that is not known here fails the first test.
The admin's are walked in tests/theme/test_walk.py.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from cms_models.accounts import services as accounts
from cms_models.accounts.models import User
from cms_models.accounts.roles import STAFF_ROLES, Role
from homeward import urls as site_urls
from homeward_api import urls as graphql_urls
from tests.council import TODAY
from tests.homeward_api.conftest import _monday  # noqa: F401 - ten o'clock on the council's Monday
from tests.scenarios.peopled import Peopled, Stillness, peopled
from theme import portal_urls, public_urls

IN_A_WEEK = (TODAY + timedelta(days=7)).isoformat()
# Pages for whoever has not signed in: they hold nothing of anybody's.
SIGNING = {
    *("sign_in", "sign_out", "forgotten", "forgotten_sent", "new_password"),
    *("register", "register_sent", "register_done", "confirm"),
}
# What a page without an argument takes, as its own provider would send it; None is only read.
LISTS: dict[str, dict[str, Any] | None] = {
    "home": None,
    "packages": None,
    "offers": None,
    "awarded": None,
    "profile": None,
    "messages": {"about": "{package}", "text": "All is well."},
    "add_document": {"kind": "insurance", "file": "{file}"},
    "add_home": {"name": "Oaks", "postcode": "HR1 1AA", "kinds": ["nursing"]},
    "notices": {"kinds": []},
    "webhooks": {"url": "https://example.org/second"},
    "keys": {"name": "Second", "days": "90"},
    "trusted": {"text": "{ me { provider { ref } } }"},
    "choose_provider": {"provider": "{provider}"},
}
# A page about one record: which of P1's, and what is sent to it (None where it is only read).
RECORDS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "package": ("invitation", None),
    "ask": ("invitation", {"text": "Is there parking?"}),
    "offer": ("invitation", {"starts_on": IN_A_WEEK, "weekly_hours": "3.5"}),
    "decline": ("invitation", {"reason": "distance"}),
    "withdraw": ("offered", {"reason": "Our carer is ill."}),
    "decision_file": ("decided", None),
    "awarded_package": ("package", None),
    "hand_back": (
        "package",
        {"reason": "needs_changed", "words": "More is needed.", "evidence": "{file}"},
    ),
    "withdraw_hand_back": ("handed", {}),
    "review": ("reviewTask", {"outcome": "It fits."}),
    "document": ("document", None),
    "capacity": ("lot", {"weekly_hours": "42.5", "from_day": IN_A_WEEK}),
    "home_page": (
        "home",
        {"name": "Elms", "postcode": "HR1 1AA", "kinds": ["residential"], "version": "1"},
    ),
    "beds": ("home", {"kind": "residential", "free": "2", "weekly_price": "850"}),
    "webhook": ("webhook", {"url": "https://example.org/other"}),
    "webhook_act": ("webhook", {}),
    "key_act": ("key", {}),
}
BUTTONS = {
    "webhook_act": ("secret", "test", "pause", "remove"),
    "key_act": ("rotate", "revoke"),
}
POST_ONLY = {"ask", "withdraw_hand_back", "webhook_act", "key_act", "choose_provider"}
UNKNOWN = "a new address: say in this file whose it is and what is sent to it"


def names(urls: Any) -> set[str]:
    """Return the names of a module's addresses."""
    return {one.name for one in urls.urlpatterns if isinstance(one, URLPattern)}


@pytest.fixture
def world(council, other_council) -> Peopled:
    return peopled(council, other_council)


def client_of(user: User | None, **kind: Any) -> Client:
    client = Client(**kind)
    if user is not None:
        client.force_login(user)
    return client


def addresses(world: Peopled, *, missing: bool = False) -> list[tuple[str, str, Any]]:
    """Return (name, address, what is sent) of every page about a record of P1's, or of nobody's."""
    found = []
    for name, (thing, sent) in RECORDS.items():
        row = world.things[thing]
        key = row.prefix if name == "key_act" else row.public_id
        if missing:
            key = "nothing" if name == "key_act" else uuid4()
        for button in BUTTONS.get(name, ("",)):
            args = [key, button] if button else [key]
            found.append((name, reverse(f"portal:{name}", args=args), sent))
    return found


def filled(sent: dict[str, Any] | None, world: Peopled) -> dict[str, Any]:
    """Return what is sent with P1's ids, and a fresh file, in the places of the words in braces."""
    known = {**world.ids(), "provider": str(world.council.providers["P1"].public_id)}
    file = SimpleUploadedFile("paper.pdf", b"%PDF-1.4 paper")
    return {
        name: file
        if value == "{file}"
        else known.get(value[1:-1], value)
        if isinstance(value, str)
        else value
        for name, value in (sent or {}).items()
    }


def words_of(response: Any) -> str:
    """Return a page's text without its token, which differs from page to page."""
    return re.sub(r'value="\w{64}"', "", response.content.decode())


def test_every_address_is_known_to_a_walk():
    assert names(portal_urls) - SIGNING - set(LISTS) - set(RECORDS) == set(), UNKNOWN
    assert names(public_urls) == {"quality_book", "rule_book"}, UNKNOWN
    assert names(graphql_urls) == {"graphql", "docs", "explorer", "schema", "staff"}, UNKNOWN
    parts = {str(one.urlconf_name.__name__) for one in site_urls.urlpatterns}
    assert parts == {
        *("homeward_api.urls", "theme.public_urls", "theme.portal_urls", "theme.urls"),
        "wagtail.admin.urls",
    }, "a new part of the site: walk its addresses"


def test_the_owner_opens_every_page_and_everything_it_sends_is_done(world):
    client = client_of(world.council.provider_users["P1"])
    lists = [(name, reverse(f"portal:{name}"), sent) for name, sent in LISTS.items()]

    for name, address, sent in [*lists, *addresses(world)]:
        read = client.get(address).status_code
        assert read == (405 if name in POST_ONLY else 200), name
        with transaction.atomic():
            answer = client.post(address, filled(sent, world))
            transaction.set_rollback(True)
        assert answer.status_code == 405 if sent is None else answer.status_code in (200, 302), name


def test_nobody_who_is_not_signed_in_gets_further_than_the_sign_in(world):
    still, client = Stillness(), Client()
    lists = [(name, reverse(f"portal:{name}"), sent) for name, sent in LISTS.items()]

    for name, address, sent in [*lists, *addresses(world)]:
        with still.during(name):
            answers = [client.get(address), client.post(address, filled(sent, world))]
        for answer in answers:
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/portal/sign-in/?next=/portal/"), name


def test_staff_carers_and_who_waits_read_and_write_nothing(world):
    waiting = accounts.register_user(
        authority=world.council.authority, username="new", role=Role.PROVIDER, password="x" * 12
    )
    staff = [world.council[role] for role in sorted(STAFF_ROLES)]
    lists = [(name, reverse(f"portal:{name}"), sent) for name, sent in LISTS.items()]

    for user in (*staff, world.council[Role.CARER], waiting):
        client = client_of(user)
        still = Stillness()
        for name, address, sent in [*lists, *addresses(world)]:
            with still.during((user, name)):
                answers = [client.get(address), client.post(address, filled(sent, world))]
            assert {answer.status_code for answer in answers} == {403}, (user, name)


OTHERS: dict[str, Callable[[Peopled], User]] = {
    "asked about the same packages": lambda world: world.council.provider_users["P2"],
    "asked about none": lambda world: world.council.provider_users["HF"],
    "of another council": lambda world: world.other.provider_users["P1"],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_another_providers_record_is_answered_as_one_that_is_not_there(world, kind):
    still, client = Stillness(), client_of(OTHERS[kind](world))
    pairs = zip(addresses(world), addresses(world, missing=True), strict=True)

    for (name, theirs, sent), (_, nowhere, _) in pairs:
        # A lot is the council's: its capacity page is for whoever holds a place in it.
        if name == "capacity" and kind == "asked about the same packages":
            continue
        with still.during((kind, name)):
            read = [client.get(address) for address in (theirs, nowhere)]
            posted = [client.post(one, filled(sent, world)) for one in (theirs, nowhere)]
        for answers in (read, posted):
            assert {one.status_code for one in answers} <= {404, 405}, (kind, name)
            assert answers[0].status_code == answers[1].status_code, (kind, name)
            assert words_of(answers[0]) == words_of(answers[1]), (kind, name)
    _holds_nothing_of(world, client, kind)
    for name in ("messages", "choose_provider"):
        with still.during((kind, name)):
            client.post(reverse(f"portal:{name}"), filled(LISTS[name], world))


def _holds_nothing_of(world: Peopled, client: Client, kind: str) -> None:
    """Fail where a list of another provider's names anything of P1's."""
    # P1 and P2 were asked about the same packages: their public ids are both's.
    shared = {"package", "handed", "lapsed", "lot"} if "same" in kind else {"lot"}
    marks = {value for name, value in world.ids().items() if name not in shared}
    marks |= {world.things["key"].prefix, "example.org/hook", "a.pdf", "Elms", "HC-000001"}
    for name in LISTS:
        page = client.get(reverse(f"portal:{name}")).content.decode()
        assert not [mark for mark in marks if mark in page], (kind, name)


def test_who_lost_or_let_the_clock_run_out_reads_the_outcome_and_changes_nothing(world):
    still = Stillness()

    for ended, row in (("lost", world.things["decided"]), ("lapsed", world.things["lapsed"])):
        _reads_the_outcome_only(world, still, ended, row)


def _reads_the_outcome_only(world: Peopled, still: Stillness, ended: str, row: Any) -> None:
    client = client_of(world.council.provider_users[row.provider.ref])
    for key in (row.public_id, row.release.package.public_id):
        for name in ("package", "ask", "offer", "decline", "withdraw"):
            address = reverse(f"portal:{name}", args=[key])
            with still.during((ended, name)):
                sent = filled(RECORDS[name][1], world)
                answers = [client.get(address), client.post(address, sent)]
            assert {one.status_code for one in answers} <= {200, 405, 422}, (ended, name)
            for answer in answers:
                page = answer.content.decode()
                assert not [one for one in ("Zone A", "08:00", "Canary", "HR1") if one in page]
        for name in ("awarded_package", "hand_back", "withdraw_hand_back"):
            with still.during((ended, name)):
                address = reverse(f"portal:{name}", args=[key])
                answers = [client.get(address), client.post(address, {"reason": "x", "words": "x"})]
            assert {one.status_code for one in answers} <= {404, 405}, (ended, name)


def test_pages_for_everybody_change_nothing_and_name_nobody(world):
    still = Stillness()
    code = world.council.authority.code
    pages = [reverse(name, args=[code]) for name in sorted(names(public_urls))]
    pages += [reverse(f"homeward_api:{name}") for name in ("docs", "explorer", "schema")]
    users = [None, world.other.provider_users["P1"], world.council[Role.CARER]]

    for page in pages:
        for user in users:
            client = client_of(user)
            with still.during(page):
                read, sent = client.get(page), client.post(page, {"name": "Taken"})
            assert read.status_code in (200, 404), page
            assert sent.status_code == 405, page
            assert "Canary" not in read.content.decode(), page


def test_the_pages_of_signing_in_write_nothing_for_a_stranger(world):
    still, client = Stillness(), Client()
    links = {"new_password": ["MQ", "x-y"], "confirm": ["nothing"]}

    for name in sorted(SIGNING):
        address = reverse(f"portal:{name}", args=links.get(name, []))
        with still.during(name):
            read = client.get(address)
            sent = client.post(address, {"username": "p1", "password": "wrong", "email": "no"})
        assert read.status_code in (200, 302, 404, 405), name
        assert sent.status_code in (200, 302, 404, 405, 422), name


def test_every_form_is_refused_without_its_token(world):
    client = client_of(world.council.provider_users["P1"], enforce_csrf_checks=True)
    still = Stillness()

    for name, address, sent in addresses(world):
        with still.during(name):
            status = client.post(address, filled(sent, world)).status_code
        assert status in (403, 405), name
