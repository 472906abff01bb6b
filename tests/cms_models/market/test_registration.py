"""Registering as a provider, documents and capacities."""

import re
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.market import registration
from cms_models.market.models import (
    CqcLocation,
    DeclaredCapacity,
    Provider,
    ProviderApplication,
    ProviderDocument,
)
from cms_models.market.stating import kept_name, stage_due
from cms_models.notices.jobs import tell_of_expiries
from cms_models.notices.models import OutboxEvent
from tests.council import TODAY

EMAIL = "owner@newcare.example"
PDF = b"%PDF-1.7 canary"


@pytest.fixture
def started(council, django_capture_on_commit_callbacks):
    """An application just begun, with the secret of its mailed link."""
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        row = registration.start_application(
            authority=council.authority, email=EMAIL, now=now, link_of="https://x/{}/".format
        )
    token = re.search(r"https://x/(\S+)/", mail.outbox[0].body).group(1)
    return row, token, now


def location(council, **terms) -> CqcLocation:
    return CqcLocation.objects.create(
        authority=council.authority,
        location_id="1-1010802809",
        provider_id="1-102642790",
        name="New Care Home Care",
        postcode="HR1 1AA",
        rating="Good",
        read_on=TODAY,
        **terms,
    )


def decided(council, row, accept=True, **more):
    return registration.decide(
        actor=council[Role.CONTRACT_MANAGER],
        application=row,
        accept=accept,
        words=more.pop("words", ""),
        now=timezone.now(),
        link_of=lambda user: f"https://x/choose/{user.pk}/",
        **more,
    )


def test_an_email_address_is_enough_and_the_secret_is_kept_as_a_digest(
    council, started, django_capture_on_commit_callbacks
):
    row, token, now = started
    assert token not in str(ProviderApplication.objects.values_list())
    assert row.digest not in str(list(AuditEntry.objects.values_list("before", "after")))

    registration.confirm(token=token, now=now)
    row = registration.submit(token=token, now=now)
    with django_capture_on_commit_callbacks(execute=True):
        row = decided(council, row)

    assert row.state == "accepted"
    assert (row.provider.name, row.provider.ref) == (EMAIL, f"REG-{row.pk:05d}")
    user = User.objects.get(username=EMAIL)
    assert (user.role, user.has_usable_password()) == (Role.PROVIDER, False)
    assert list(Provider.objects.visible_to(user)) == [row.provider]
    assert f"https://x/choose/{user.pk}/" in mail.outbox[-1].body


def test_a_link_ends_after_two_days_and_another_secret_opens_nothing(started):
    _, token, now = started
    for secret, at in ((token, now + timedelta(hours=48)), (token + "x", now), ("", now)):
        with pytest.raises(ValidationError, match="does not work any more"):
            registration.confirm(token=secret, now=at)


def test_asking_again_at_once_mails_nothing_and_a_crowd_is_put_off(council, started):
    _, _, now = started
    terms = {"authority": council.authority, "link_of": str}
    registration.start_application(email=EMAIL.upper(), now=now + timedelta(minutes=4), **terms)
    assert ProviderApplication.objects.count() == 1
    assert len(mail.outbox) == 1

    ProviderApplication.objects.bulk_create(
        ProviderApplication(
            authority=council.authority, email=f"x{n}@x.example", digest=str(n), link_ends_at=now
        )
        for n in range(59)
    )
    with pytest.raises(ValidationError, match="try again in an hour"):
        registration.start_application(email="late@x.example", now=timezone.now(), **terms)
    with pytest.raises(ValidationError, match="valid email"):
        registration.start_application(email="nobody", now=now + timedelta(days=1), **terms)


def test_a_location_of_the_register_gives_name_place_and_rating(council, started):
    _, token, now = started
    location(council)
    registration.confirm(token=token, now=now)
    with pytest.raises(ValidationError, match="1-9 is no location"):
        registration.submit(token=token, now=now, cqc_location_id="1-9")

    row = registration.submit(token=token, now=now, cqc_location_id="1-1010802809")
    made = decided(council, row).provider

    assert (made.name, made.postcode) == ("New Care Home Care", "HR1 1AA")
    assert (made.cqc_provider_id, made.cqc_rating) == ("1-102642790", "Good")
    with pytest.raises(ValidationError, match="is accepted already"):
        registration.submit(token=token, now=now, name="Another")


def test_somebody_joins_a_provider_there_is_and_nobody_takes_a_colleagues_name(council, started):
    _, token, now = started
    location(council)
    p1 = council.providers["P1"]
    Provider.objects.filter(pk=p1.pk).update(cqc_location_id="1-1010802809")
    registration.confirm(token=token, now=now)
    row = registration.submit(token=token, now=now, cqc_location_id="1-1010802809")

    with pytest.raises(ValidationError, match="choose that provider"):
        decided(council, row)
    User.objects.create_user(username=EMAIL, role=Role.BROKER, authority=council.authority)
    with pytest.raises(ValidationError, match="another address"):
        decided(council, row, provider=p1)
    assert not ProviderApplication.objects.filter(state="accepted").exists()
    User.objects.filter(username=EMAIL).delete()
    assert decided(council, row, provider=p1).provider == p1


def test_only_those_who_may_decide_and_a_refusal_says_why(council, started):
    row, token, now = started
    with pytest.raises(ValidationError, match="nothing to decide"):
        decided(council, row)
    registration.confirm(token=token, now=now)
    row.refresh_from_db()
    with pytest.raises(PermissionDenied):
        registration.decide(
            actor=council[Role.FINANCE],
            application=row,
            accept=True,
            words="",
            now=now,
            link_of=str,
        )
    with pytest.raises(ValidationError, match="Say why"):
        decided(council, row, accept=False)
    assert decided(council, row, accept=False, words="Not registered.").state == "refused"
    assert not User.objects.filter(username=EMAIL).exists()


def document(council, **changes) -> ProviderDocument:
    terms = {"kind": "insurance", "name": "cover.pdf", "content": PDF, "expires_on": None}
    return registration.add_document(
        actor=council.provider_users["P1"], provider=council.providers["P1"], **{**terms, **changes}
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"content": b""}, "is empty"),
        ({"content": PDF + b"x" * 5 * 1024 * 1024}, "larger than 5 MB"),
        ({"name": "cover.exe"}, "no kind that is kept"),
        ({"name": "cover.png"}, "is no PNG file"),
        ({"kind": "diary"}, "no kind of document"),
    ],
)
def test_a_document_is_judged_by_kind_size_and_what_it_is(council, changes, words):
    with pytest.raises(ValidationError, match=words):
        document(council, **changes)
    assert not ProviderDocument.objects.exists()


def test_a_new_document_replaces_the_one_of_its_kind_and_another_providers_is_refused(council):
    first, second = document(council), document(council, name="../../next.PDF")

    first.refresh_from_db()
    assert (first.replaced, second.replaced, second.name) == (True, False, "next.PDF")
    assert second.sha256 == sha256(PDF).hexdigest()
    assert second.size_bytes == 15
    with pytest.raises(PermissionDenied):
        registration.add_document(
            actor=council.provider_users["P2"],
            provider=council.providers["P1"],
            kind="dspt",
            name="x.pdf",
            content=PDF,
        )
    assert kept_name('a"<b>\n' + "x" * 200 + ".pdf").endswith("xx.pdf")
    assert len(kept_name("y" * 300 + ".pdf")) == 120


def test_a_provider_is_told_thirty_and_seven_days_before_and_on_the_day_once_each(council):
    kept = document(council, expires_on=TODAY + timedelta(days=40))
    document(council, kind="dspt", expires_on=None)
    told = []
    for days in (0, 10, 11, 33, 34, 40, 41):
        tell_of_expiries(actor=council.system, today=TODAY + timedelta(days=days))
        told.append(OutboxEvent.objects.count())

    assert told == [0, 1, 1, 2, 2, 3, 3]
    event = OutboxEvent.objects.first()
    assert event.kind == "document.expires"
    assert event.payload == {
        "document": str(kept.public_id),
        "document_kind": "insurance",
        "expires_on": (TODAY + timedelta(days=40)).isoformat(),
        "days_before": 30,
    }
    assert [stage_due(days) for days in (31, 30, 8, 7, 1, 0, -3)] == [None, 30, 30, 7, 7, 0, 0]


def test_capacity_is_declared_in_ones_own_lots_from_today_on(council):
    today = timezone.localdate()
    terms = {
        "actor": council.provider_users["P1"],
        "provider": council.providers["P1"],
        "lot": council.lots["O-A"],
        "minutes_per_week": 6000,
        "from_day": today,
    }
    registration.declare_capacity(**terms)
    registration.declare_capacity(**{**terms, "minutes_per_week": 3000})

    assert DeclaredCapacity.objects.get().minutes_per_week == 3000
    for changes, words in (
        ({"lot": council.lots["O-B"]}, "holds no place"),
        ({"from_day": today - timedelta(days=1)}, "is past"),
        ({"minutes_per_week": -1}, "0 to 100,000"),
        ({"from_day": date(2031, 1, 1), "provider": council.providers["P2"]}, "may not"),
    ):
        with pytest.raises((ValidationError, PermissionDenied), match=words):
            registration.declare_capacity(**{**terms, **changes})
