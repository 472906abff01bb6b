"""A package's life on its page: amended, suspended, transferred, handed back, looked at."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.models import HandBack, ReviewTask
from cms_models.care.models import CarePackage
from tests.council import Council
from tests.theme.browsing import visitor  # noqa: F401


def page_of(client, package: CarePackage) -> str:
    """Return the page's text."""
    return client.get(reverse("package_page", args=[package.pk])).content.decode()


def delivered(council: Council) -> CarePackage:
    """Return a package that P1 delivers."""
    return council.package(1, status="active", organisation_ref="P1")


def amendment(package: CarePackage, **changes: object) -> dict[str, object]:
    """Return a form of another week from a day that is still to come."""
    return {
        "version": package.version,
        "from_day": "2030-01-07",
        "pattern": "Mon-Sun 08:00 45m",
        "reason": "Needs longer visits",
        **changes,
    }


def test_broker_amends_the_week_and_the_page_says_what_is_to_come(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])

    client.post(reverse("package_amend", args=[package.pk]), amendment(package))

    body = page_of(client, package)
    assert "from 07/01/2030: Mon-Sun 08:00 45m" in body
    assert "Week amended" in body
    assert "Needs longer visits" in body
    assert "£55.30" in body  # 7 × £7.90 until then
    later = client.get(reverse("package_page", args=[package.pk]), {"on": "2030-01-07"})
    assert "£82.95" in later.content.decode()  # 45 min at £15.80 = £11.85 × 7


def test_br_10_second_brokers_form_is_kept_and_says_who_changed_what(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    client.post(reverse("package_amend", args=[package.pk]), amendment(package))

    late = amendment(package, pattern="Mon-Fri 09:00 15m", reason="Mine")
    answer = client.post(reverse("package_amend", args=[package.pk]), late)

    body = answer.content.decode()
    assert answer.status_code == 409
    assert "was changed meanwhile by Broker Tester" in body
    assert "Visits pattern: Mon-Sun 08:00 45m" in body
    assert "Mon-Fri 09:00 15m" in body
    assert AuditEntry.objects.filter(action="amend").count() == 1
    package.refresh_from_db()
    again = {**late, "version": package.version}
    assert client.post(reverse("package_amend", args=[package.pk]), again).status_code == 302


def test_care_is_suspended_and_resumed_with_what_is_paid(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    sent = {"starts_on": "2030-01-07", "why": "hospital", "words": "Hip"}

    client.post(reverse("package_suspend", args=[package.pk]), sent)

    body = page_of(client, package)
    assert "Nothing is paid from 07/01/2030" in body
    assert "in hospital (“Hip”)" in body
    taken_back = {"on": "2030-01-07", "reason": "Not admitted"}
    client.post(reverse("package_resume", args=[package.pk]), taken_back)
    assert "Nothing waits" in page_of(client, package)


def test_a_transfer_waits_on_the_page_and_can_be_called_off(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    sent = {"provider": council.providers["P2"].pk, "on": "2030-01-07", "reason": "Family"}

    client.post(reverse("package_transfer", args=[package.pk]), sent)

    assert "Provider Two begins on 07/01/2030, after Provider One" in page_of(client, package)
    client.post(reverse("package_call_off", args=[package.pk]), {"reason": "Stays"})
    body = page_of(client, package)
    assert "Nothing waits" in body
    assert "Transfer called off" in body


def test_al_12_al_13_hand_backs_are_told_and_only_contract_managers_decide(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    address = reverse("package_hand_back", args=[package.pk])
    client.post(address, {"why": "staff", "words": "Short of carers"})
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4")
    sent = {"why": "cannot_work", "words": "We tried", "evidence": letter}
    client.post(address, sent)

    body = page_of(client, package)
    decide = reverse("package_decide", args=[package.pk])
    assert "“Not enough staff” is not an allowed reason" in body
    assert "Hand-back: submitted" in body
    assert decide not in body
    row = HandBack.objects.get(state="submitted")
    decision = {"hand_back": row.pk, "decision": "accept", "reason": "Letter read"}
    assert client.post(decide, decision).status_code in (302, 403)
    client.force_login(council[Role.CONTRACT_MANAGER])
    document = client.get(reverse("hand_back_evidence", args=[row.pk]))
    assert document.content == b"%PDF-1.4"
    assert "no-store" in document["Cache-Control"]
    client.post(decide, decision)
    row.refresh_from_db()
    assert row.state == "accepted"
    assert "Another provider must follow" in page_of(client, package)
    ledger = client.get(reverse("handback:index")).content.decode()
    assert "Ledger by provider" in ledger


def test_a_task_is_made_and_done_on_the_page(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    sent = {"kind": "trusted", "due_on": "2030-01-07", "who": "provider", "words": "Bathing"}
    client.post(reverse("package_review", args=[package.pk]), sent)
    task = ReviewTask.objects.get()
    assert task.provider == council.providers["P1"]

    done = {"task": task.pk, "outcome": "With one carer"}
    client.post(reverse("package_review_done", args=[package.pk]), done)

    body = page_of(client, package)
    assert "With one carer" in body
    assert "Task done" in body


def test_history_is_narrowed_by_kind(client, council):
    package = delivered(council)
    client.force_login(council[Role.BROKER])
    client.post(reverse("package_amend", args=[package.pk]), amendment(package))

    life = client.get(reverse("package_page", args=[package.pk]), {"kind": "life"})
    awards = client.get(reverse("package_page", args=[package.pk]), {"kind": "award"})

    assert "Week amended" in life.content.decode()
    assert "<strong>Registered" not in life.content.decode()
    assert "Nothing of this kind is recorded" in awards.content.decode()


def test_nobody_lives_a_package_of_another_council_or_by_looking(client, council, other_council):
    package = delivered(council)
    sent = {
        **amendment(package),
        "starts_on": "2030-01-07",
        "why": "hospital",
        "on": "2030-01-07",
        "provider": council.providers["P2"].pk,
        "words": "No",
        "kind": "review",
        "due_on": "2030-01-07",
    }
    before = AuditEntry.objects.count()

    for user in (other_council[Role.BROKER], council[Role.COMMISSIONER], council[Role.FINANCE]):
        client.force_login(user)
        for act in ("amend", "suspend", "resume", "transfer", "call_off", "hand_back", "review"):
            answer = client.post(reverse(f"package_{act}", args=[package.pk]), sent)
            assert answer.status_code in (302, 403, 404)

    assert AuditEntry.objects.filter(authority=council.authority).count() <= before
    assert (HandBack.objects.count(), ReviewTask.objects.count()) == (0, 0)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_broker_suspends_care_in_a_browser_without_errors_or_calls_out(visitor, council):  # noqa: F811
    package = delivered(council)
    visitor.sign_in("broker")
    page = visitor.open(reverse("package_page", args=[package.pk]))

    for act in ("Amend…", "Suspend…", "Transfer…", "Record a hand-back…", "Ask for a review…"):
        page.locator("summary", has_text=act).click()
    assert visitor.serious_axe_findings() == []
    page.fill("#suspend-starts_on", "2030-01-07")
    page.get_by_role("button", name="Suspend the care").click()
    page.wait_for_load_state("networkidle")

    assert "Nothing is paid from 07/01/2030" in page.inner_text("body")
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
