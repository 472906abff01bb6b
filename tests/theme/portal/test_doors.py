"""Who gets in: every page of the portal by its own provider, others, staff and nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts import services as accounts
from cms_models.accounts.models import ApiKey, User
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry, PersonalRead
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import HandBack, Invitation, Message, Offer, Question
from cms_models.brokerage.services import awards, hand_backs, offers, reviews
from cms_models.market import homes, registration
from cms_models.market.models import ProviderDocument
from cms_models.notices import services as notices
from cms_models.notices.models import OutboxEvent, Webhook
from tests.council import Council
from tests.theme.portal.releasing import asked, released
from theme.portal_urls import urlpatterns

FOR_EVERYBODY = {
    *("sign_in", "sign_out", "forgotten", "forgotten_sent", "new_password"),
    *("register", "register_sent", "register_done", "confirm"),
}
WRITTEN = (
    *(AuditEntry, PersonalRead, Offer, Question, Message, HandBack, ProviderDocument),
    *(OutboxEvent, Webhook, ApiKey),
)
# Addresses without an object of somebody's: their lists hold the reader's own things only.
LISTS = {
    *("home", "packages", "offers", "awarded", "messages", "profile", "add_document"),
    *("add_home", "notices", "webhooks", "keys", "trusted"),
}
POSTED = {"ask", "choose_provider", "webhook_act", "key_act", "withdraw_hand_back"}


@dataclass
class Things:
    """One of everything of P1's that an address can name."""

    council: Council
    own: dict[str, list[object]]


@pytest.fixture
def things(council: Council) -> Things:
    now, user = timezone.now(), council.provider_users["P1"]
    broker, provider = council[Role.BROKER], council.providers["P1"]
    package, won = released(council, 1), released(council, 2)
    invitation = asked(council, package)
    terms = OfferTerms(starts_on=timezone.localdate() + timedelta(days=2), weekly_minutes=210)
    offer = offers.make_offer(actor=user, invitation=asked(council, won), terms=terms, now=now)
    awards.award_offer(actor=broker, offer=offer, reason="Best offer", now=now)
    hand_backs.hand_back(
        actor=user,
        package=won,
        reason="cannot_work",
        words="They refuse our carers.",
        evidence=("note.pdf", b"%PDF-1.4 note"),
        now=now,
    )
    task = reviews.add_review(
        actor=broker,
        package=won,
        kind="trusted",
        due_on=timezone.localdate() + timedelta(days=5),
        words="Please assess.",
        provider=provider,
    )
    paper = registration.add_document(
        actor=user, provider=provider, kind="insurance", name="a.pdf", content=b"%PDF-1.4 a"
    )
    home = homes.set_home(
        actor=user, provider=provider, name="Elms", postcode="HR1 1AA", kinds=["nursing"], beds=9
    )
    hook = notices.set_webhook(actor=user, provider=provider, url="https://example.org/hook")
    key = accounts.issue_key(user=user, name="Rostering", now=now, days=30).row
    one = [invitation.public_id]
    return Things(
        council,
        {
            **dict.fromkeys(("package", "ask", "offer", "decline", "withdraw"), one),
            "decision_file": [asked(council, won).public_id],
            **{
                name: [won.public_id]
                for name in ("awarded_package", "hand_back", "withdraw_hand_back")
            },
            "review": [task.public_id],
            "document": [paper.public_id],
            "capacity": [council.lots["O-A"].public_id],
            "home_page": [home.public_id],
            "beds": [home.public_id],
            "webhook": [hook.public_id],
            "webhook_act": [hook.public_id, "remove"],
            "key_act": [key.prefix, "revoke"],
            "choose_provider": [],
            **{name: [] for name in LISTS},
        },
    )


def written() -> dict[str, object]:
    """Return what would have changed if anything was written."""
    opened = Invitation.objects.exclude(opened_at=None).count()
    return {"opened": opened, **{model.__name__: model.objects.count() for model in WRITTEN}}


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


SECRETS = ("HC-00000", "Canary", "9000002", "Elms", "example.org/hook")
STRANGERS: dict[str, Callable[[Council, Council], User | None]] = {
    "another provider": lambda own, other: own.provider_users["HF"],
    "another council's provider": lambda own, other: other.provider_users["P1"],
    "staff": lambda own, other: own[Role.BROKER],
    "a carer": lambda own, other: own[Role.CARER],
    "nobody": lambda own, other: None,
}


def test_the_own_provider_opens_every_page(things):
    assert {one.name for one in urlpatterns} - FOR_EVERYBODY == set(things.own)
    client = client_of(things.council.provider_users["P1"])

    answers = {
        name: client.get(reverse(f"portal:{name}", args=args)).status_code
        for name, args in things.own.items()
    }

    assert {name for name, status in answers.items() if status == 405} == POSTED
    assert {status for name, status in answers.items() if name not in POSTED} == {200}


def test_strangers_read_and_write_nothing_of_somebody_elses(things, other_council):
    before = written()

    for kind, of in STRANGERS.items():
        stranger = of(things.council, other_council)
        for name, args in things.own.items():
            for answer in _tried(client_of(stranger), name, args, stranger):
                words = answer.content.decode()
                assert not any(secret in words for secret in SECRETS), (kind, name)
                if stranger is None:
                    assert answer.status_code == 302, name
                    assert answer["Location"].startswith("/portal/sign-in/?next=")
                elif stranger.role != Role.PROVIDER:
                    assert answer.status_code == 403, (kind, name)
                elif args:
                    assert answer.status_code in (404, 405), (kind, name)

    assert written() == before


def _tried(client: Client, name: str, args: list[object], stranger: User | None) -> list[Any]:
    """Return the answers to a page read and sent; a provider's own lists are only read."""
    address = reverse(f"portal:{name}", args=args)
    own_lists = not args and stranger is not None and stranger.role == Role.PROVIDER
    sent = [] if own_lists else [client.post(address, {"text": "x", "reason": "x"})]
    return [client.get(address), *sent]


def test_what_is_somebody_elses_is_answered_as_what_is_not_there(things):
    client = client_of(things.council.provider_users["HF"])

    for name, args in things.own.items():
        if len(args) != 1 or name in POSTED:
            continue
        theirs = client.get(reverse(f"portal:{name}", args=args))
        nowhere = client.get(reverse(f"portal:{name}", args=[uuid4()]))
        assert (theirs.status_code, theirs.content) == (404, nowhere.content), name


def test_a_provider_never_reaches_the_admin(council):
    answer = client_of(council.provider_users["P1"]).get("/admin/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_every_form_is_refused_without_its_token(things):
    client = Client(enforce_csrf_checks=True)
    client.force_login(things.council.provider_users["P1"])
    before = written()

    for name, args in things.own.items():
        assert client.post(reverse(f"portal:{name}", args=args)).status_code in (403, 405), name

    assert written() == before


def test_a_user_without_a_provider_is_told_to_wait(council):
    user = accounts.register_user(
        authority=council.authority, username="new", role=Role.PROVIDER, password="a long one"
    )

    answer = client_of(user).get(reverse("portal:home"))

    assert answer.status_code == 403
    assert "You act for no provider yet" in answer.content.decode()


def test_a_page_is_kept_by_no_cache(council):
    answer = client_of(council.provider_users["P1"]).get(reverse("portal:home"))

    assert answer["Cache-Control"] == "private, no-store"


def test_an_address_with_a_nul_is_refused(council):
    answer = client_of(council.provider_users["P1"]).get("/portal/packages/?zone=%00")

    assert answer.status_code == 400
