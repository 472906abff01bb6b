"""Who is told what, and how it goes out."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.jobs.models import Job
from cms_models.jobs.runner import run_job
from cms_models.notices import domain, services
from cms_models.notices.models import Delivery, EventKind, OutboxEvent, Webhook
from cms_models.notices.selectors import changes_since
from cms_models.notices.sending import deliver_due


@pytest.fixture
def listener(settings):
    """A provider's server on this machine: remembers what came, answers what it is told to."""
    settings.HOMEWARD_WEBHOOK_PRIVATE = True
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((dict(self.headers), body))
            self.send_response(server.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.came = 204, came
    server.url = f"http://127.0.0.1:{server.server_port}/homeward?from=here"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def mailed(council, ref="P1", address="office@provider.example"):
    user = council.provider_users[ref]
    user.email = address
    user.save()
    return user


def hook_of(council, url, **terms):
    return services.set_webhook(
        actor=council.provider_users["P1"], provider=council.providers["P1"], url=url, **terms
    )


def test_an_event_goes_to_the_providers_webhook_signed_and_to_its_people_by_mail(council, listener):
    mailed(council)
    hook = hook_of(council, listener.url)
    package, now = council.package(), timezone.now()
    kind = EventKind.PACKAGE_OPENED

    event = services.tell(
        actor=council.system, provider=council.providers["P1"], kind=kind, package=package
    )
    counts = deliver_due(authority=council.authority, now=now + timedelta(seconds=1))

    assert counts == {"sent": 2, "put_off": 0, "given_up": 0}
    headers, body = listener.came[0]
    told = json.loads(body)
    assert (told["id"], told["kind"]) == (str(event.public_id), "package.opened")
    assert (told["package"], told["data"]) == (str(package.public_id), {"reference": "HC-000001"})
    stamp, proof = (
        part[2:] for part in headers["Homeward-Signature"].replace("v1", "v").split(",")
    )
    signed = hmac.new(hook.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    assert proof == signed.hexdigest()
    [message] = mail.outbox
    assert message.to == ["office@provider.example"]
    assert message.subject == "A package is open to you (HC-000001)"
    assert "Canary" not in message.body + body.decode()
    assert "/portal/" in message.body


def test_what_is_undone_is_never_told_and_what_is_sent_is_sent_once(council, listener):
    hook_of(council, listener.url)
    now = timezone.now() + timedelta(seconds=1)
    terms = {"actor": council.system, "provider": council.providers["P1"]}
    services.tell(kind=EventKind.PACKAGE_ENDED, **terms)

    for _ in range(2):
        deliver_due(authority=council.authority, now=now)

    assert len(listener.came) == 1
    assert Delivery.objects.get().state == "sent"


def test_of_two_workers_one_takes_a_delivery(council, listener, monkeypatch):
    hook_of(council, listener.url)
    now = timezone.now() + timedelta(seconds=1)
    services.tell(
        actor=council.system, provider=council.providers["P1"], kind=EventKind.PACKAGE_ENDED
    )
    row = Delivery.objects.get()
    # The other worker has read the same row and takes it first.
    Delivery.objects.filter(pk=row.pk).update(next_at=now + timedelta(minutes=5), attempts=1)
    monkeypatch.setattr("cms_models.notices.sending.due", lambda **_: [row])

    assert deliver_due(authority=council.authority, now=now)["sent"] == 0
    assert listener.came == []


@pytest.mark.parametrize("status", [500, 302, 404])
def test_a_refusal_is_tried_again_after_a_minute_and_a_redirect_is_never_followed(
    council, listener, status
):
    hook_of(council, listener.url)
    listener.status = status
    services.tell(
        actor=council.system, provider=council.providers["P1"], kind=EventKind.PACKAGE_ENDED
    )
    now = timezone.now() + timedelta(seconds=1)

    assert deliver_due(authority=council.authority, now=now)["put_off"] == 1

    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.next_at - now) == ("waiting", 1, timedelta(minutes=1))
    assert row.answer.startswith(f"The address answered {status}")
    assert len(listener.came) == 1


def test_the_tenth_failure_gives_up_and_pauses_the_webhook_with_the_reason(council, listener):
    hook = hook_of(council, listener.url)
    listener.status = 503
    services.tell(
        actor=council.system, provider=council.providers["P1"], kind=EventKind.PACKAGE_ENDED
    )
    now = timezone.now() + timedelta(seconds=1)
    Delivery.objects.update(attempts=9, next_at=now)

    assert deliver_due(authority=council.authority, now=now)["given_up"] == 1

    hook.refresh_from_db()
    assert not hook.active
    assert hook.paused_because.startswith("10 attempts failed. The address answered 503")
    with pytest.raises(ValidationError, match="is paused"):
        services.send_test(actor=council.provider_users["P1"], webhook=hook)
    hook = hook_of(council, listener.url, webhook=hook)
    assert (hook.active, hook.paused_because) == (True, "")


def test_pauses_grow_from_a_minute_to_a_day():
    assert domain.pause_after(1) == timedelta(minutes=1)
    assert domain.pause_after(9) == timedelta(hours=24)
    assert domain.pause_after(10) is None
    assert list(domain.PAUSES) == sorted(domain.PAUSES)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.0.0.7", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2001:0:4136:e378::1", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address, public):
    assert domain.is_public(address) is public


def test_a_private_address_is_never_connected_to(council, listener, settings):
    hook_of(council, listener.url)
    services.tell(
        actor=council.system, provider=council.providers["P1"], kind=EventKind.PACKAGE_ENDED
    )
    settings.HOMEWARD_WEBHOOK_PRIVATE = False
    Webhook.objects.update(url="https://localhost:9/x")

    deliver_due(authority=council.authority, now=timezone.now() + timedelta(seconds=1))

    assert "private network" in Delivery.objects.get().answer
    assert listener.came == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.org/x", "begins with https"),
        ("ftp://example.org/x", "no web address"),
        ("https://user:pass@example.org/", "no user name"),
        ("https://[broken/", "no web address"),
        ("https://example.org:99999/", "no web address"),
        ("https://example.org/a b", "plain characters"),
        ("https://example.org/" + "x" * 400, "at most 400"),
    ],
)
def test_a_webhooks_address_is_refused_in_words(council, url, words):
    with pytest.raises(ValidationError, match=words):
        hook_of(council, url)
    assert not Webhook.objects.exists()


def test_kinds_narrow_a_webhook_and_wishes_narrow_mail(council, listener):
    user = mailed(council)
    hook_of(council, listener.url, kinds=["package.awarded"])
    terms = {"actor": council.system, "provider": council.providers["P1"]}

    services.tell(kind=EventKind.PACKAGE_CLOSED, **terms)
    assert not Delivery.objects.exists()
    services.set_notice_wish(actor=user, kinds=["package.closed"])
    user.refresh_from_db()
    services.tell(kind=EventKind.PACKAGE_CLOSED, **terms)
    assert [row.email for row in Delivery.objects.all()] == [user.email]
    services.tell(kind=EventKind.PACKAGE_AWARDED, **terms)
    assert Delivery.objects.exclude(webhook=None).count() == 1
    with pytest.raises(ValidationError, match="no notice called 'test'"):
        services.set_notice_wish(actor=user, kinds=["test"])


def test_a_provider_sets_its_own_webhooks_only_and_the_secret_is_on_no_file(council):
    terms = {"url": "https://example.org/x"}
    with pytest.raises(PermissionDenied):
        services.set_webhook(
            actor=council.provider_users["P2"], provider=council.providers["P1"], **terms
        )
    with pytest.raises(PermissionDenied):
        services.set_webhook(actor=council[Role.FINANCE], provider=council.providers["P1"], **terms)
    hook = hook_of(council, **terms)
    first = hook.secret
    second = services.rotate_secret(actor=council.provider_users["P1"], webhook=hook)

    assert first != second
    trail = str(list(AuditEntry.objects.values_list("before", "after")))
    assert first not in trail
    assert second not in trail
    with pytest.raises(PermissionDenied):
        services.remove_webhook(actor=council.provider_users["P2"], webhook=hook)
    services.remove_webhook(actor=council.provider_users["P1"], webhook=hook)
    assert not Webhook.objects.exists()


def test_changes_are_read_in_order_from_a_place_on_and_only_ones_own(council):
    for ref in ("P1", "P2", "P1"):
        services.tell(
            actor=council.system, provider=council.providers[ref], kind=EventKind.PACKAGE_ENDED
        )
    user = council.provider_users["P1"]

    first = changes_since(user=user, limit=1)
    rest = changes_since(user=user, after_id=first[0].pk)

    own = list(OutboxEvent.objects.filter(provider__ref="P1").order_by("pk"))
    assert first + rest == own
    assert changes_since(user=user, after_id=own[-1].pk) == []


def test_the_scheduler_queues_one_job_only_when_something_is_due(council, listener):
    hook = hook_of(council, listener.url)
    call_command("run_scheduler", "--once")
    jobs = Job.objects.filter(kind="deliver_notices")
    assert not jobs.exists()
    services.send_test(actor=council.provider_users["P1"], webhook=hook)

    for _ in range(2):
        call_command("run_scheduler", "--once")

    assert run_job(jobs.get().pk, heartbeat=False) == "done"
    assert jobs.get().result == {"sent": 1, "put_off": 0, "given_up": 0}
    assert json.loads(listener.came[0][1])["kind"] == "test"
