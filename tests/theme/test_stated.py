"""The council's side of what providers state: applications, documents, webhooks, keys."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import ApiKey, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import issue_key, key_of
from cms_models.audit.models import AuditEntry
from cms_models.market import registration
from cms_models.market.models import CqcLocation, Provider, ProviderApplication
from cms_models.notices.models import Webhook
from cms_models.notices.services import set_webhook
from tests.council import TODAY

EMAIL = "owner@newcare.example"


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


@pytest.fixture
def application(council) -> ProviderApplication:
    """Somebody who confirmed an address and handed in a name."""
    tokens = []
    now = timezone.now()
    terms = {"authority": council.authority, "email": EMAIL, "now": now}
    registration.start_application(**terms, link_of=lambda token: tokens.append(token) or token)
    registration.confirm(token=tokens[0], now=now)
    return registration.submit(token=tokens[0], now=now, name="New Care", words="We begin.")


def test_an_applicant_is_accepted_by_a_button_and_chooses_a_password_by_the_mailed_link(
    council, application, django_capture_on_commit_callbacks
):
    CqcLocation.objects.create(
        authority=council.authority, location_id="1-1", name="New Care Limited", read_on=TODAY
    )
    client = client_of(council, Role.CONTRACT_MANAGER)
    page = client.get(reverse("providerapplication:inspect", args=[application.pk]))
    assert "New Care Limited" in page.content.decode()  # alike in the register
    url = reverse("providerapplication:act", args=[application.pk, "accept"])

    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"provider": "", "words": "Welcome"})

    made = Provider.objects.get(name="New Care")
    user = User.objects.get(username=EMAIL)
    link = re.search(r"http\S+(/portal/password/\S+)", mail.outbox[-1].body).group(1)
    form = Client()
    address = form.get(link, follow=True).redirect_chain[-1][0]
    new = "a long enough new phrase"
    form.post(address, {"new_password1": new, "new_password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    assert list(Provider.objects.visible_to(user)) == [made]
    entry = AuditEntry.objects.filter(subject_type="market.providerapplication").first()
    assert (entry.actor, entry.reason) == (council[Role.CONTRACT_MANAGER], "Welcome")


def test_a_refusal_needs_words_and_another_role_may_not_decide(council, application):
    url = reverse("providerapplication:act", args=[application.pk, "refuse"])

    client_of(council, Role.CONTRACT_MANAGER).post(url, {"words": ""})
    assert client_of(council, Role.BROKER).post(url, {"words": "No"}).status_code == 302
    application.refresh_from_db()
    assert application.state == "submitted"
    client_of(council, Role.CONTRACT_MANAGER).post(url, {"words": "Not registered."})

    application.refresh_from_db()
    assert (application.state, application.decision_words) == ("refused", "Not registered.")


def test_a_document_is_sent_as_a_download_to_those_who_may_read_it(council):
    row = registration.add_document(
        actor=council.provider_users["P1"],
        provider=council.providers["P1"],
        kind="insurance",
        name="cover.pdf",
        content=b"%PDF-1.7",
    )
    url = reverse("providerdocument:download", args=[row.pk])

    answer = client_of(council, Role.BROKER).get(url)

    assert (answer.content, answer["Content-Disposition"]) == (
        b"%PDF-1.7",
        'attachment; filename="cover.pdf"',
    )
    assert client_of(council, Role.COORDINATOR).get(url).status_code == 404


def test_a_paused_webhook_runs_again_and_its_secret_is_on_no_page(council):
    hook = set_webhook(
        actor=council.provider_users["P1"],
        provider=council.providers["P1"],
        url="https://example.org/x",
    )
    Webhook.objects.update(active=False, paused_because="10 attempts failed.")
    client = client_of(council, Role.ADMINISTRATOR)

    page = client.get(reverse("webhook:inspect", args=[hook.pk])).content.decode()
    assert "10 attempts failed." in page
    assert hook.secret not in page
    client.post(reverse("webhook:act", args=[hook.pk, "resume"]))
    hook.refresh_from_db()
    assert (hook.active, hook.paused_because) == (True, "")
    client.post(reverse("webhook:act", args=[hook.pk, "remove"]), {"reason": "Left"}, follow=True)
    assert not Webhook.objects.exists()


def test_a_key_is_rotated_on_a_page_that_shows_the_new_one_once(council):
    now = timezone.now()
    old = issue_key(user=council.provider_users["P1"], name="Rota", now=now, scopes=["talk:write"])
    client = client_of(council, Role.ADMINISTRATOR)

    page = client.post(reverse("apikey:act", args=[old.row.pk, "rotate"])).content.decode()

    text = re.search(r"hw_\w+_[\w-]+", page).group()
    assert key_of(text, now=timezone.now()).scopes == ["talk:write"]
    assert key_of(old.text, now=timezone.now()) == old.row
    assert ApiKey.objects.count() == 2
    assert text not in client.get(reverse("apikey:index")).content.decode()
