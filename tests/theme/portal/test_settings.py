"""Notices, webhooks, API keys and registered documents of a provider."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts import services as accounts
from cms_models.accounts.models import ApiKey
from cms_models.notices.models import Delivery, NoticeWish, TrustedDocument, Webhook
from tests.council import Council

HOOK = "https://example.org/homeward"


@pytest.fixture
def client(council: Council) -> Client:
    signed_in = Client()
    signed_in.force_login(council.provider_users["P1"])
    return signed_in


def test_which_notices_are_mailed_is_ones_own_wish(council, client):
    client.post(reverse("portal:notices"), {"kinds": ["package.awarded"]})
    client.post(reverse("portal:notices"), {"kinds": ["no.such"]})

    assert NoticeWish.objects.get().kinds == ["package.awarded"]


def test_a_webhook_shows_its_secret_once_and_is_tested_paused_and_removed(council, client):
    added = client.post(reverse("portal:webhooks"), {"url": HOOK, "kinds": ["package.opened"]})
    row = Webhook.objects.get()
    page = reverse("portal:webhook", args=[row.public_id])

    def press(act: str):
        return client.post(reverse("portal:webhook_act", args=[row.public_id, act]))

    first = row.secret
    rotated = press("secret")
    row.refresh_from_db()
    press("test")
    later = client.get(page).content.decode()
    press("pause")
    paused = press("test")
    assert press("nothing").status_code == 404
    client.post(page, {"url": HOOK, "kinds": []})
    row.refresh_from_db()
    runs = (row.active, row.kinds)
    press("remove")

    assert first in added.content.decode()
    assert row.secret != first
    assert row.secret in rotated.content.decode()
    assert first not in later
    assert row.secret not in later
    assert "A test of your webhook" in later
    assert paused.status_code == 422
    assert runs == (True, [])
    assert not Webhook.objects.exists()
    assert not Delivery.objects.exists()


def test_a_webhook_to_a_plain_address_is_refused_and_kept_in_the_form(council, client):
    answer = client.post(reverse("portal:webhooks"), {"url": "http://example.org/x"})

    assert answer.status_code == 422
    assert "begins with https://" in answer.content.decode()
    assert 'value="http://example.org/x"' in answer.content.decode()


def test_a_key_is_shown_once_replaced_and_stopped(council, client):
    wanted = {"name": "Rostering", "scopes": ["packages:read"], "days": "90"}
    made = client.post(reverse("portal:keys"), wanted)
    row = ApiKey.objects.get()
    text = made.context["secret"]

    replaced = client.post(reverse("portal:key_act", args=[row.prefix, "rotate"]))
    successor = ApiKey.objects.exclude(pk=row.pk).get()
    client.post(reverse("portal:key_act", args=[successor.prefix, "revoke"]))
    again = client.post(reverse("portal:key_act", args=[successor.prefix, "revoke"]))
    listed = client.get(reverse("portal:keys")).content.decode()

    now = timezone.now()
    assert row.scopes == ["packages:read"]
    assert (row.expires_at - row.created_at).days == 90
    assert accounts.user_of_key(text, now=now) == council.provider_users["P1"]
    assert accounts.user_of_key(replaced.context["secret"], now=now) is None
    assert "was revoked on" in again.content.decode()
    assert text not in listed
    assert "Stopped" in listed


def test_a_document_is_registered_once(council, client):
    for _ in range(2):
        client.post(reverse("portal:trusted"), {"text": "{ openPackages { edges { cursor } } }"})

    row = TrustedDocument.objects.get()
    assert row.sha256 in client.get(reverse("portal:trusted")).content.decode()
