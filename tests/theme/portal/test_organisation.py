"""What a provider states of itself in the portal, hand-backs and reviews."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import HandBack, HandBackState, ReviewTask
from cms_models.brokerage.services import awards, offers, reviews
from cms_models.care.models import Award, CarePackage
from cms_models.market import services as market
from cms_models.market.models import CareHome, DeclaredCapacity, ProviderDocument, Vacancy
from tests.council import Council
from tests.theme.portal.releasing import asked, released

PDF = b"%PDF-1.4 insurance"


@pytest.fixture
def client(council: Council) -> Client:
    signed_in = Client()
    signed_in.force_login(council.provider_users["P1"])
    return signed_in


def sent(client: Client, name: str, content: bytes, **more: str):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("portal:add_document"), {"kind": "insurance", "file": file, **more})


def test_a_document_is_kept_shown_with_its_expiry_and_given_back(council, client):
    soon = timezone.localdate() + timedelta(days=10)

    sent(client, "insurance.pdf", PDF, expires_on=soon.isoformat())

    page = client.get(reverse("portal:profile")).content.decode()
    row = ProviderDocument.objects.get()
    file = client.get(reverse("portal:document", args=[row.public_id]))
    assert "Expires soon" in page
    assert file.content == PDF
    assert file["Content-Disposition"] == 'attachment; filename="insurance.pdf"'


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "send a PDF, a Word document (.docx), PNG or JPG"),
        ("a.pdf", b"<script>", "a.pdf is no PDF file"),
        ("a.pdf", PDF + b"x" * 5 * 1024 * 1024, "a.pdf is larger than 5 MB"),
        ("a.pdf", b"", "The file is empty"),
    ],
    ids=["kind", "pretending", "large", "empty"],
)
def test_a_file_that_cannot_be_kept_is_refused_in_words(council, client, name, content, why):
    answer = sent(client, name, content)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not ProviderDocument.objects.exists()


def test_capacity_is_declared_for_a_lot_from_a_day(council, client):
    address = reverse("portal:capacity", args=[council.lots["O-A"].public_id])
    today = timezone.localdate()

    client.post(address, {"weekly_hours": "42.5", "from_day": today.isoformat(), "words": ""})
    past = client.post(address, {"weekly_hours": "1", "from_day": "2020-01-01"})

    row = DeclaredCapacity.objects.get()
    assert (row.minutes_per_week, row.from_day) == (2550, today)  # 42.5 × 60
    assert "is past: declare from today" in past.content.decode()
    assert "42 h 30 a week" in client.get(reverse("portal:profile")).content.decode()
    other = reverse("portal:capacity", args=[council.lots["O-B"].public_id])
    assert client.get(other).status_code == 404


def test_a_home_and_its_free_beds_are_stated(council, client):
    home = {"name": "Elms", "postcode": "hr1 1aa", "kinds": ["nursing"], "beds": "9"}

    client.post(reverse("portal:add_home"), home)
    row = CareHome.objects.get()
    beds = reverse("portal:beds", args=[row.public_id])
    too_many = client.post(beds, {"kind": "nursing", "free": "10", "weekly_price": "900"})
    client.post(beds, {"kind": "nursing", "free": "2", "weekly_price": "1,050.50"})
    client.post(beds, {"kind": "nursing", "free": "2", "weekly_price": "1050.50"})

    assert (row.postcode, row.beds) == ("HR1 1AA", 9)
    assert "10 free beds are not possible: Elms has 9 beds." in too_many.content.decode()
    stated = Vacancy.objects.get()
    assert (stated.free, stated.weekly_pence) == (2, 105050)


def test_a_home_somebody_else_saved_meanwhile_is_not_overwritten(council, client):
    client.post(
        reverse("portal:add_home"), {"name": "Elms", "postcode": "HR1 1AA", "kinds": ["nursing"]}
    )
    row = CareHome.objects.get()
    address = reverse("portal:home_page", args=[row.public_id])
    opened = {"name": "Elms", "postcode": "HR1 1AA", "kinds": ["nursing"], "version": row.version}

    client.post(address, {**opened, "beds": "8"})
    stale = client.post(address, {**opened, "beds": "7"})

    assert stale.status_code == 422
    assert "was changed by somebody else" in stale.content.decode()
    assert CareHome.objects.get().beds == 8


def delivered(council: Council) -> CarePackage:
    """Return a package that P1 offered to take and was awarded."""
    package, now = released(council), timezone.now()
    offer = offers.make_offer(
        actor=council.provider_users["P1"],
        invitation=asked(council, package),
        terms=OfferTerms(timezone.localdate() + timedelta(days=1), 210),
        now=now,
    )
    awards.award_offer(actor=council[Role.BROKER], offer=offer, reason="Best", now=now)
    return package


def test_a_package_is_handed_back_with_evidence_and_taken_back(council, client):
    package = delivered(council)
    address = reverse("portal:hand_back", args=[package.public_id])
    stated = {"reason": "cannot_work", "words": "They refuse our carers."}

    client.post(address, {**stated, "evidence": SimpleUploadedFile("note.pdf", PDF)})
    twice = client.post(address, {**stated, "evidence": SimpleUploadedFile("note.pdf", PDF)})
    waiting = HandBack.objects.get()
    client.post(reverse("portal:withdraw_hand_back", args=[package.public_id]))
    again = client.post(reverse("portal:withdraw_hand_back", args=[package.public_id]))

    assert (waiting.state, bytes(waiting.evidence)) == (HandBackState.SUBMITTED, PDF)
    assert twice.status_code == 422
    waiting.refresh_from_db()
    assert waiting.state == HandBackState.WITHDRAWN
    assert "No hand-back of this package waits" in again.content.decode()


def test_not_enough_staff_is_no_reason_and_the_page_says_so(council, client):
    package = delivered(council)

    answer = client.post(
        reverse("portal:hand_back", args=[package.public_id]),
        {"reason": "staff", "words": "Two carers left."},
        follow=True,
    )

    assert "not one the contract allows: you go on delivering the care" in answer.content.decode()
    assert HandBack.objects.get().state == HandBackState.REFUSED_AT_ONCE


def review_of(council: Council, package: CarePackage) -> ReviewTask:
    """Return a review that P1 is asked for."""
    return reviews.add_review(
        actor=council[Role.BROKER],
        package=package,
        kind="trusted",
        due_on=timezone.localdate() + timedelta(days=5),
        words="Please assess.",
        provider=council.providers["P1"],
    )


def test_a_review_is_answered_once(council, client):
    task = review_of(council, delivered(council))
    address = reverse("portal:review", args=[task.public_id])

    client.post(address, {"outcome": "Two calls a day are enough."})
    twice = client.post(address, {"outcome": "Three."})

    assert ReviewTask.objects.get(pk=task.pk).outcome == "Two calls a day are enough."
    assert twice.status_code == 422


def test_nothing_of_a_package_is_left_once_it_is_delivered_by_another(council, client):
    package = delivered(council)
    task = review_of(council, package)
    Award.objects.filter(package=package).update(current=False)

    pages = {
        name: client.get(reverse(f"portal:{name}", args=[key])).status_code
        for name, key in (
            ("awarded_package", package.public_id),
            ("hand_back", package.public_id),
            ("review", task.public_id),
        )
    }

    assert pages == {"awarded_package": 404, "hand_back": 404, "review": 404}
    assert "HC-000001" not in client.get(reverse("portal:awarded")).content.decode()


def test_somebody_who_acts_for_two_providers_chooses_one(council, client):
    user = council.provider_users["P1"]
    market.add_member(actor=council.system, user=user, provider=council.providers["P2"])
    choose = reverse("portal:choose_provider")

    client.post(choose, {"provider": str(council.providers["P2"].public_id)})
    second = client.get(reverse("portal:profile")).context["provider"]
    client.post(choose, {"provider": str(council.providers["HF"].public_id)})
    kept = client.get(reverse("portal:profile")).context["provider"]

    assert (second.ref, kept.ref) == ("P2", "P2")
