"""Signing in, a forgotten password, and registering as a provider."""

import re
from datetime import date

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.market.models import ApplicationState, CqcLocation, ProviderApplication
from tests.council import PASSWORD, Council

SIGN_IN = "/portal/sign-in/"
LINK = re.compile(r"https?://[^/]+(/portal/\S+)")


def mailed_link() -> str:
    """Return the address in the last message."""
    found = LINK.search(mail.outbox[-1].body)
    assert found is not None
    return found[1]


def test_a_provider_signs_in_and_goes_where_it_wanted(council):
    client = Client()
    asked = client.get(reverse("portal:offers"))

    signed_in = client.post(asked["Location"], {"username": "p1", "password": PASSWORD})
    elsewhere = Client().post(
        f"{SIGN_IN}?next=https://example.org/", {"username": "p1", "password": PASSWORD}
    )
    client.post(reverse("portal:sign_out"))

    assert signed_in["Location"] == reverse("portal:offers")
    assert elsewhere["Location"] == reverse("portal:home")
    assert client.get(reverse("portal:offers")).status_code == 302


def test_staff_are_answered_as_if_the_password_were_wrong(council):
    staff = Client().post(SIGN_IN, {"username": "broker", "password": PASSWORD})
    wrong = Client().post(SIGN_IN, {"username": "p1", "password": "not this one"})

    words = "Enter the right user name and password."
    assert (staff.status_code, wrong.status_code) == (422, 422)
    assert words in staff.content.decode()
    assert words in wrong.content.decode()
    assert "sessionid" not in staff.cookies


@pytest.fixture
def p1(council: Council) -> User:
    cache.clear()  # a few links an hour for an address
    user = council.provider_users["P1"]
    user.email = "office@one.example"
    user.save()
    return user


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(p1):
    client = Client()
    client.post(reverse("portal:forgotten"), {"email": "Office@One.example"})
    link = mailed_link()

    form = client.get(link, follow=True)
    chosen = {"new_password1": "quite another phrase", "new_password2": "quite another phrase"}
    client.post(form.request["PATH_INFO"], chosen)

    assert client.login(username="p1", password="quite another phrase")
    assert AuditEntry.objects.filter(action="reset_password", subject_id=str(p1.pk)).exists()
    assert "This link no longer works" in Client().get(link).content.decode()


def test_an_unknown_address_is_answered_as_a_known_one_and_staff_get_no_link(council, p1):
    staff = council[Role.BROKER]
    staff.email = "broker@council.example"
    staff.save()

    answers = [
        Client().post(reverse("portal:forgotten"), {"email": email})
        for email in ("office@one.example", "nobody@one.example", staff.email)
    ]

    assert {one["Location"] for one in answers} == {reverse("portal:forgotten_sent")}
    assert [one.to for one in mail.outbox] == [["office@one.example"]]


@pytest.fixture
def location(council: Council) -> CqcLocation:
    return CqcLocation.objects.create(
        authority=council.authority,
        location_id="1-123",
        name="Elms Care",
        postcode="HR1 1AA",
        rating="Good",
        read_on=date(2026, 11, 1),
    )


def test_registering_needs_an_address_shows_the_rating_and_waits(
    council, location, django_capture_on_commit_callbacks
):
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        begun = client.post(reverse("portal:register"), {"email": "office@elms.example"})
    link = mailed_link()
    stated = {"name": "Elms Care Ltd", "cqc_location_id": "1-123", "words": ""}

    opened = client.get(link).content.decode()
    unknown = client.post(link, {**stated, "cqc_location_id": "1-999", "step": "send"})
    checked = client.post(link, stated).content.decode()
    before = ProviderApplication.objects.get().state
    sent = client.post(link, {**stated, "step": "send"})
    again = client.get(link)

    assert begun["Location"] == reverse("portal:register_sent")
    assert "office@elms.example is confirmed" in opened
    assert unknown.status_code == 422
    assert "Elms Care, HR1 1AA, rated Good" in unknown.content.decode()
    assert "Elms Care, HR1 1AA (1-123)" in checked
    assert "Good" in checked
    assert before == ApplicationState.CONFIRMED
    row = ProviderApplication.objects.get()
    assert (row.state, row.cqc_location_id) == (ApplicationState.SUBMITTED, "1-123")
    assert sent["Location"] == again["Location"] == reverse("portal:register_done")


def test_a_link_nobody_was_sent_opens_nothing(council):
    answer = Client().get(reverse("portal:confirm", args=["not-a-secret"]))

    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_of_several_councils_one_is_chosen(council, other_council):
    without = Client().post(reverse("portal:register"), {"email": "office@elms.example"})
    Client().post(
        reverse("portal:register"), {"email": "office@elms.example", "council": "othershire"}
    )

    assert "Choose the council" in without.content.decode()
    assert ProviderApplication.objects.get().authority == other_council.authority
