"""Offers, declines, withdrawals and questions, made in the portal."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Invitation, Message, Offer, OfferQuestion, Question
from cms_models.brokerage.services import talk
from cms_models.market.models import Lot
from tests.council import Council
from tests.theme.portal.releasing import asked, released

START = timezone.localdate() + timedelta(days=2)


@pytest.fixture
def client(council: Council) -> Client:
    signed_in = Client()
    signed_in.force_login(council.provider_users["P1"])
    return signed_in


def address(name: str, invitation: Invitation) -> str:
    return reverse(f"portal:{name}", args=[invitation.public_id])


def terms(**changes: object) -> dict[str, object]:
    return {"starts_on": START.isoformat(), "weekly_hours": "3.5", "conditions": "", **changes}


def test_an_offer_is_made_with_start_capacity_conditions_price_and_answers(council, client):
    Lot.objects.filter(pk=council.lots["O-A"].pk).update(offers_name_price=True)
    package = released(council, questions=["How do you keep the same carers?"])
    question = OfferQuestion.objects.get()
    invitation = asked(council, package)

    answer = client.post(
        address("offer", invitation),
        terms(
            weekly_hours="2.33",
            price="15.75",
            conditions="Mornings only",
            **{f"answer_{question.public_id}": "Two carers, a year each"},
        ),
        follow=True,
    )

    offer = Offer.objects.get()
    # 2.33 h × 60 = 139.8 min, which is 140; £15.75 is 1,575 pence.
    assert (offer.starts_on, offer.weekly_minutes, offer.price_pence) == (START, 140, 1575)
    assert offer.answers[str(question.public_id)]["answer"] == "Two carers, a year each"
    words = answer.content.decode()
    assert "Your offer is sent." in words
    assert all(told in words for told in ("2 h 20 a week", "£15.75 an hour", "Mornings only"))


def test_a_refused_offer_keeps_what_was_typed(council, client):
    invitation = asked(council, released(council))

    answer = client.post(
        address("offer", invitation),
        terms(starts_on="2020-01-01", conditions="Ring 07700 900123 first"),
    )

    words = answer.content.decode()
    assert answer.status_code == 422
    assert "The start lies in the past" in words
    assert 'value="2020-01-01"' in words
    assert "Ring 07700 900123 first" in words
    assert not Offer.objects.exists()


def test_what_is_missing_is_named_and_linked_to_its_field(council, client):
    invitation = asked(council, released(council))

    words = client.post(address("offer", invitation), {"weekly_hours": "many"}).content.decode()

    assert '<a href="#id_starts_on">First day of care: enter a day</a>' in words
    assert '<a href="#id_weekly_hours">Capacity: enter a number, such as 3.5</a>' in words


def test_a_second_offer_is_answered_with_the_first(council, client):
    invitation = asked(council, released(council))

    client.post(address("offer", invitation), terms())
    again = client.post(address("offer", invitation), terms(weekly_hours="3"))

    assert again.status_code == 422
    assert f"to begin on {START:%d/%m/%Y} with 210 minutes a week" in again.content.decode()
    assert Offer.objects.get().weekly_minutes == 210


def test_an_offer_after_the_clock_changes_nothing(council, client):
    invitation = asked(council, released(council))
    Invitation.objects.filter(pk=invitation.pk).update(
        closes_at=timezone.now() - timedelta(minutes=1)
    )

    late = client.post(address("offer", invitation), terms())

    assert late.status_code == 422
    assert "The package is closed: it takes no more answers." in late.content.decode()
    assert not Offer.objects.exists()


def test_a_decline_needs_a_reason_and_is_kept_with_it(council, client):
    invitation = asked(council, released(council, route="all"))

    without = client.post(address("decline", invitation), {"words": "No"})
    client.post(address("decline", invitation), {"reason": "distance", "words": "Too far"})
    again = client.post(address("decline", invitation), {"reason": "price", "words": ""})

    assert "Choose why you decline" in without.content.decode()
    invitation.refresh_from_db()
    assert (invitation.state, invitation.decline_reason) == ("declined", "distance")
    assert again.status_code == 422
    assert "You declined it." in again.content.decode()


def test_an_offer_is_withdrawn_with_a_reason_and_can_be_made_again(council, client):
    invitation = asked(council, released(council))
    client.post(address("offer", invitation), terms())

    client.post(address("withdraw", invitation), {"reason": "Our carer is ill"})
    twice = client.post(address("withdraw", invitation), {"reason": "Our carer is ill"})
    client.post(address("offer", invitation), terms(weekly_hours="3"))

    assert "No offer of yours stands" in twice.content.decode()
    states = Offer.objects.order_by("pk").values_list("state", "weekly_minutes")
    assert list(states) == [("withdrawn", 210), ("open", 180)]


def test_a_question_is_asked_and_one_with_personal_data_is_not(council, client):
    invitation = asked(council, released(council))

    client.post(address("ask", invitation), {"text": "Is there parking?"})
    refused = client.post(address("ask", invitation), {"text": "Can I ring 07700 900123?"})

    assert Question.objects.get().text == "Is there parking?"
    assert refused.status_code == 422
    assert "Can I ring 07700 900123?" in refused.content.decode()


def test_the_list_is_narrowed_by_filters_and_says_of_how_many(council, client):
    released(council, 1)
    released(council, 2)

    everything = client.get(reverse("portal:packages"))
    none = client.get(reverse("portal:packages"), {"skill": "peg"})
    nonsense = client.get(reverse("portal:packages"), {"zone": "' OR 1=1 --", "lot": "x" * 500})

    assert [row["reference"] for row in everything.context["rows"]] == ["HC-000001", "HC-000002"]
    assert "0 of 2 open packages." in none.content.decode()
    assert (nonsense.status_code, nonsense.context["rows"]) == (200, [])


def test_messages_go_to_the_broker_and_are_read_once_seen(council, client):
    package = released(council)
    talk.send_message(
        actor=council[Role.BROKER],
        provider=council.providers["P1"],
        package=package,
        text="Can you start sooner?",
        now=timezone.now(),
    )

    home = client.get(reverse("portal:home")).content.decode()
    page = client.get(reverse("portal:messages"), {"about": package.public_id})
    client.post(reverse("portal:messages"), {"about": package.public_id, "text": "Yes, on Monday."})

    assert "</strong> unread message<" in home
    assert page.context["form"].initial == {"about": str(package.public_id)}
    assert "Can you start sooner?" in page.content.decode()
    assert Message.objects.filter(from_provider=False, read_at=None).count() == 0
    sent = Message.objects.get(from_provider=True)
    assert (sent.text, sent.package) == ("Yes, on Monday.", package)
