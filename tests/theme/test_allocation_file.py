"""An allocation file in the admin: read, taken away, checked by anybody of staff."""

import hashlib
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from cms_models.accounts.roles import Role
from cms_models.audit.models import PersonalRead
from cms_models.brokerage.models import Offer
from tests.brokered import WORDS_OF_P2, brokered
from tests.council import Council
from tests.theme.browsing import Visitor, visitor  # noqa: F401


def client_of(council: Council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


@pytest.fixture
def made(council):
    return brokered(council)


def address(name: str, made) -> str:
    return reverse(f"allocation_file_{name}", args=[made.file.pk])


def pdf_text(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(page.extract_text() for page in pages).replace("\n", "")


def test_the_page_tells_the_whole_story_and_notes_whose_it_is(council, made):
    page = client_of(council, Role.COMMISSIONER).get(address("page", made)).content.decode()

    for words in (
        made.file.sha256,
        made.file.audit_hash,
        "It has no place in O-A.",
        "Is there parking?",
        WORDS_OF_P2,
        "20/11/2026 13:00:00",
        "2017 card",
    ):
        assert words in page
    assert "Canaryfirst" not in page
    assert PersonalRead.objects.get().subject_ids == [made.package.person_id]


def test_the_check_on_the_page_names_a_row_that_was_edited(council, made):
    client = client_of(council, Role.AUDITOR)

    assert b"Genuine and unaltered" in client.get(f"{address('page', made)}?check=1").content
    Offer.objects.filter(weekly_minutes=180).update(weekly_minutes=181)
    page = client.get(f"{address('page', made)}?check=1").content.decode()

    assert "weekly minutes 180 → 181" in page


def test_the_json_has_the_digest_and_the_pdf_prints_it_with_the_audit_hash(council, made):
    client = client_of(council, Role.BROKER)

    assert hashlib.sha256(client.get(address("json", made)).content).hexdigest() == made.file.sha256
    text = pdf_text(client.get(address("pdf", made)).content)

    assert made.file.sha256 in text
    assert made.file.audit_hash in text
    assert "Most points and the sooner start." in text


def test_a_providers_version_is_taken_away_without_the_others(council, made):
    client = client_of(council, Role.CONTRACT_MANAGER)

    asked = {"provider": "P2"}
    told = client.get(address("provider_json", made), asked).content.decode()
    text = pdf_text(client.get(address("provider_pdf", made), asked).content)

    assert json.loads(told)["you"]["provider"] == "P2"
    for version in (told, text):
        assert WORDS_OF_P2 in version
        assert "Provider One" not in version
        assert "9000001" not in version
    assert client.get(address("provider_json", made), {"provider": "HF"}).status_code == 302


def test_anybody_of_staff_checks_a_copy(council, made):
    url, client = reverse("allocation_file_check"), client_of(council, Role.COORDINATOR)
    content = client_of(council, Role.BROKER).get(address("json", made)).content

    def answer(sent: bytes) -> str:
        return client.post(url, {"file": SimpleUploadedFile("f.json", sent)}).content.decode()

    assert "This copy is genuine and unaltered." in answer(content)
    assert "Altered: award, trail." in answer(content.replace(b"Most points", b"Least points"))
    assert "cannot be read as one" in answer(b"nonsense")
    assert client.post(url).status_code == 302


def test_others_reach_no_file(council, other_council, made):
    stranger = client_of(other_council, Role.COMMISSIONER)
    coordinator = client_of(council, Role.COORDINATOR)
    provider = Client()
    provider.force_login(council.provider_users["P1"])

    for name in ("page", "json", "pdf", "provider_json", "provider_pdf"):
        url = f"{address(name, made)}?provider=P2"
        assert stranger.get(url).status_code == 404
        assert coordinator.get(url).status_code in (302, 403)
        assert provider.get(url).status_code in (302, 403)
    assert provider.get(reverse("allocation_file_check")).status_code in (302, 403)
    assert not PersonalRead.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_file_and_a_report_read_well_in_a_browser(council, visitor: Visitor):  # noqa: F811
    made = brokered(council)
    visitor.sign_in(council[Role.COMMISSIONER].username)

    visitor.open(f"{address('page', made)}?check=1")
    assert visitor.serious_axe_findings() == []
    page = visitor.open(f"{reverse('brokerage_report_promises')}?first=2026-11-01&last=2026-11-30")
    assert visitor.serious_axe_findings() == []
    page.click("a.theme-cell >> nth=0")
    visitor.quiet.wait()

    assert page.inner_text("h1") == "Promise ledger"
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
