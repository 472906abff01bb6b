"""What a provider reads of a person: nothing before the award, and the loser nothing after it."""

from datetime import timedelta

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import PersonalRead
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.services import awards, offers, talk
from tests.council import Council
from tests.theme.portal.releasing import asked, released

# What tests/council.py plants in every field of package 1's person.
CANARIES = ("Canaryfirst1", "Canarylast1", "1 Canary Street", "9000001", "HR1 1AA", "1AA")
LISTS = ("home", "packages", "offers", "awarded", "messages", "profile", "notices", "webhooks")


def client_of(council: Council, ref: str = "P1") -> Client:
    client = Client()
    client.force_login(council.provider_users[ref])
    return client


def pages_about(client: Client, invitation: object) -> dict[str, str]:
    """Return every page that might say something of a package."""
    key = [invitation.public_id]
    about = dict.fromkeys(("package", "offer", "decline", "withdraw"), key)
    addresses = {**{name: [] for name in LISTS}, **about}
    return {
        name: client.get(reverse(f"portal:{name}", args=args)).content.decode()
        for name, args in addresses.items()
    }


def offer_of(council: Council, package: object, ref: str) -> object:
    return offers.make_offer(
        actor=council.provider_users[ref],
        invitation=asked(council, package, ref),
        terms=OfferTerms(timezone.localdate() + timedelta(days=2), 210),
        now=timezone.now(),
    )


def test_no_page_names_the_person_before_the_award(council):
    package = released(council, route="all")
    client, invitation = client_of(council), asked(council, package)
    refused = client.post(
        reverse("portal:ask", args=[invitation.public_id]),
        {"text": "Is Mrs Canarylast1 at home?"},
    )

    pages = pages_about(client, invitation)

    assert refused.status_code == 422
    assert "HC-000001" in pages["packages"]
    for name, words in pages.items():
        assert not any(canary in words for canary in CANARIES), name
    assert not any(canary in one.body for one in mail.outbox for canary in CANARIES)


def test_the_map_points_to_a_district_or_zone_and_nobodys_home(council):
    package = released(council)

    told = client_of(council).get(reverse("portal:packages")).context["map"]

    # One package of its kind is open in zone A: the zone's middle (52.05, -2.75), no postcode.
    assert [(one["place"], one["at"]) for one in told["points"]] == [("Zone A", [52.05, -2.75])]
    assert [package.latitude, package.longitude] not in [one["at"] for one in told["points"]]


def test_a_loser_reads_the_reference_and_the_outcome_only(council):
    package = released(council, route="all")
    lost, won = offer_of(council, package, "P2"), offer_of(council, package, "P1")
    awards.award_offer(
        actor=council[Role.BROKER], offer=won, reason="Starts first", now=timezone.now()
    )
    client, key = client_of(council, "P2"), [lost.invitation.public_id]

    page = client.get(reverse("portal:package", args=key)).content.decode()
    late = client.post(reverse("portal:offer", args=key), {"weekly_hours": "3.5"})
    file = client.get(reverse("portal:decision_file", args=key)).content.decode()

    assert "Your offer was not chosen." in page
    for hidden in (*CANARIES, "Washing", "Zone A", "08:00", "Provider One", "Starts first"):
        assert hidden not in page
    assert late.status_code == 422
    assert "it takes no more answers" in late.content.decode()
    assert not any(canary in file for canary in (*CANARIES, "Provider One"))
    missing = client.get(reverse("portal:awarded_package", args=[package.public_id]))
    assert missing.status_code == 404


def test_the_winner_reads_the_person_and_every_look_is_logged(council):
    package = released(council)
    won = offer_of(council, package, "P1")
    awards.award_offer(actor=council[Role.BROKER], offer=won, reason="Best", now=timezone.now())
    client = client_of(council)

    lists = client.get(reverse("portal:awarded")).content.decode()
    before = PersonalRead.objects.count()
    page = client.get(reverse("portal:awarded_package", args=[package.public_id]))

    assert "Canary" not in lists
    words = page.content.decode()
    assert all(canary in words for canary in CANARIES)
    read = PersonalRead.objects.get()
    assert (before, read.subject_ids) == (0, [package.person_id])
    assert read.reader == council.provider_users["P1"]


def test_opening_the_page_is_kept_once(council):
    package = released(council)
    invitation, client = asked(council, package), client_of(council)
    assert invitation.opened_at is None

    client.get(reverse("portal:package", args=[package.public_id]))
    invitation.refresh_from_db()
    first = invitation.opened_at
    client.get(reverse("portal:package", args=[invitation.public_id]))
    invitation.refresh_from_db()

    assert first is not None
    assert invitation.opened_at == first


def test_another_provider_reads_a_question_without_who_asked(council):
    package = released(council, route="all")
    question = talk.ask(
        actor=council.provider_users["P1"],
        invitation=asked(council, package),
        text="Is there a key safe?",
        now=timezone.now(),
    )
    client = client_of(council, "P2")
    address = reverse("portal:package", args=[package.public_id])

    waiting = client.get(address).content.decode()
    talk.answer(actor=council[Role.BROKER], question=question, text="Yes.", now=timezone.now())
    answered = client.get(address).content.decode()

    assert "key safe" not in waiting
    assert "key safe" in answered
    assert "Provider One" not in answered
