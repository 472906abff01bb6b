"""What a provider does through the door: once, for itself, and with problems it can mend."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cms_models.accounts.models import ApiKey
from cms_models.brokerage.models import Invitation, Offer
from cms_models.notices.models import AnsweredRequest, Webhook
from tests.council import TODAY, build_council
from tests.homeward_api.conftest import Door, key_of

OFFER = """
mutation ($key: String!, $invitation: ID!, $on: Date!, $minutes: Int!) {
  makeOffer(idempotencyKey: $key, invitation: $invitation, startsOn: $on, weeklyMinutes: $minutes) {
    offer { id reference state startsOn weeklyMinutes madeAt provider { ref } }
    problems { code field message }
  }
}"""
DECLINE = """
mutation ($key: String!, $invitation: ID!) {
  declinePackage(idempotencyKey: $key, invitation: $invitation, reason: CAPACITY) {
    invitation { state declineReason outcome } problems { code message }
  }
}"""
WEBHOOK = """
mutation ($key: String!) {
  setWebhook(idempotencyKey: $key, url: "https://care.example.org/hook") {
    webhook { id url active } secret problems { message }
  }
}"""


def invitation_of(release, ref: str = "P1") -> str:
    return str(release.invitations.get(provider__ref=ref).public_id)


def offer(door, invitation: str, *, key: str = "k", minutes: int = 210, on=TODAY):
    answer = door.ask(OFFER, key=key, invitation=invitation, on=on.isoformat(), minutes=minutes)
    return answer.data["makeOffer"]


def test_an_offer_is_made_once_however_often_it_is_sent(council, p1):
    invitation = invitation_of(council.released(1))

    answers = [offer(p1, invitation) for _ in range(3)]

    assert answers[0]["offer"]["reference"] == "HC-000001"
    assert answers[0]["offer"]["provider"] == {"ref": "P1"}
    assert answers == [answers[0]] * 3
    assert Offer.objects.count() == AnsweredRequest.objects.count() == 1


def test_the_answer_kept_is_the_one_given_then(council, p1):
    first = offer(p1, invitation_of(council.released(1)))
    Offer.objects.update(state="lost")

    again = offer(p1, str(Invitation.objects.get(provider__ref="P1").public_id))

    assert (first["offer"]["state"], again) == ("OPEN", first)


def test_a_key_does_not_stand_for_two_asks(council, p1):
    invitation = invitation_of(council.released(1))
    offer(p1, invitation)

    answer = p1.ask(OFFER, key="k", invitation=invitation, on="2026-11-23", minutes=211)

    assert (answer.body["data"], answer.codes) == (None, ["CONFLICT"])
    assert Offer.objects.get().weekly_minutes == 210


def test_two_providers_may_use_the_same_key(council, p1, p2):
    release = council.released(1)

    made = [offer(p1, invitation_of(release)), offer(p2, invitation_of(release, "P2"))]

    assert [one["problems"] for one in made] == [[], []]
    assert AnsweredRequest.objects.count() == 2


def test_what_was_refused_leaves_nothing_and_its_key_may_be_used_again(council, p1):
    invitation = invitation_of(council.released(1))

    refused = offer(p1, invitation, on=TODAY - timedelta(days=9))
    assert refused["offer"] is None
    assert {one["code"] for one in refused["problems"]} == {"INVALID"}
    assert not AnsweredRequest.objects.exists()

    assert offer(p1, invitation)["problems"] == []


def test_a_second_offer_is_said_to_stand_already(council, p1):
    invitation = invitation_of(council.released(1))
    offer(p1, invitation)

    again = offer(p1, invitation, key="another")

    assert [one["code"] for one in again["problems"]] == ["ALREADY_ANSWERED"]
    assert Offer.objects.count() == 1


def test_an_offer_after_the_clock_is_too_late(council, p1):
    invitation = invitation_of(council.released(1))
    Invitation.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    late = offer(p1, invitation)

    assert [one["code"] for one in late["problems"]] == ["TOO_LATE"]
    assert not Offer.objects.exists()


def test_ix_06_another_providers_invitation_is_no_different_from_none(council, p2):
    own = invitation_of(council.released(1))

    answers = [
        p2.ask(DECLINE, key="k", invitation=one)
        for one in (own, "0f8fad5b-d9cb-469f-a165-70867728950e", "1")
    ]

    said = [{**answer.body, "extensions": None} for answer in answers]
    assert said.count(said[0]) == 3
    assert answers[0].codes == ["NOT_FOUND"]
    assert Invitation.objects.filter(state="open").count() == 2
    assert not AnsweredRequest.objects.exists()


def test_a_decline_says_what_was_kept(council, p1):
    answer = p1.ask(DECLINE, key="k", invitation=invitation_of(council.released(1)))

    assert answer.data["declinePackage"]["invitation"]["declineReason"] == "CAPACITY"
    assert answer.data["declinePackage"]["invitation"]["state"] == "DECLINED"


@pytest.mark.parametrize("key", ["", "x" * 81, "a\nb"])
def test_an_idempotency_key_is_one_to_eighty_characters(empty, key):
    (problem,) = empty.ask(WEBHOOK, key=key).data["setWebhook"]["problems"]

    assert "1 to 80 characters" in problem["message"]


def test_a_webhooks_secret_is_shown_once_and_kept_in_no_answer(council, p1):
    first = p1.ask(WEBHOOK, key="k").data["setWebhook"]
    again = p1.ask(WEBHOOK, key="k").data["setWebhook"]

    secret = Webhook.objects.get().secret
    assert (first["secret"], again["secret"]) == (secret, None)
    assert first["webhook"] == again["webhook"]
    assert secret not in str(AnsweredRequest.objects.get().answer)
    listed = p1.ask("{ webhooks { id url kinds active } }")
    assert secret not in listed.text
    assert [row["url"] for row in listed.data["webhooks"]] == ["https://care.example.org/hook"]


def test_a_new_key_is_shown_once_and_the_old_one_ends_soon(council, p1):
    rotate = 'mutation { rotateApiKey(idempotencyKey: "r") { text apiKey { prefix } } }'

    first, again = (p1.ask(rotate).data["rotateApiKey"] for _ in range(2))

    assert again == {**first, "text": None}
    assert Door(first["text"]).ask("{ me { provider { ref } } }").status == 200
    assert ApiKey.objects.count() == 2


def test_a_key_does_only_what_its_scopes_say(council):
    release = council.released(1)
    user = council.provider_users["P1"]
    reading = Door(key_of(user, scopes=["packages:read"]))
    writing = Door(key_of(user, scopes=["offers:write"]))

    assert reading.ask("{ openPackages { totalCount } }").data["openPackages"]["totalCount"] == 1
    refused = reading.ask(
        OFFER, key="k", invitation=invitation_of(release), on="2026-11-23", minutes=1
    )
    assert refused.codes == ["FORBIDDEN"]
    assert "offers:write" in refused.text
    assert writing.ask("{ openPackages { totalCount } }").codes == ["FORBIDDEN"]
    assert not Offer.objects.exists()
    assert offer(writing, invitation_of(release))["problems"] == []


CLIENTS, TRIES = 4, 500


@pytest.mark.django_db(transaction=True)
def test_the_same_ask_at_the_same_moment_is_done_once():
    council = build_council()
    invitation = invitation_of(council.released(1))
    doors = [Door(key_of(council.provider_users["P1"])) for _ in range(CLIENTS)]
    start, answers = threading.Barrier(CLIENTS), []
    clients = [
        threading.Thread(target=_send, args=(start, door, invitation, answers)) for door in doors
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join(timeout=60)

    assert answers == [answers[0]] * CLIENTS
    assert answers[0]["problems"] == []
    assert Offer.objects.count() == AnsweredRequest.objects.count() == 1


def _send(start, door, invitation: str, answers: list) -> None:
    """Send until there is an answer: the tests' own database locks its tables without waiting."""
    start.wait(timeout=20)
    try:
        for _ in range(TRIES):
            answer = door.ask(OFFER, key="k", invitation=invitation, on="2026-11-23", minutes=210)
            if answer.status == 200 and "errors" not in answer.body:
                answers.append(answer.data["makeOffer"])
                return
            time.sleep(0.01)
    finally:
        connection.close()
