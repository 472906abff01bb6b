"""A quality framework on one page, and as everybody reads it."""

import os

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.publication.services import approve
from cms_models.quality.models import QualityFramework
from cms_models.quality.selectors import contents_token
from cms_models.quality.services import draft_framework
from importers.sample.quality import pamms_shaped
from tests.theme.browsing import visitor as visitor

TYPED = {
    "introduction": "What good looks like.",
    "title.0": "Dignity",
    "code.0.0": "1",
    "statement.0.0": "I am treated with respect.",
    "weight.0.0": "60",
    "criterion.0.0.0": "Plans are in the person's words.",
    "share.0.0.0": "70",
    "criterion.0.0.4": "Plans are reviewed.",
    "share.0.0.4": "30",
    "criterion.0.0.9": "",
    "title.7": "Safety",
    "code.7.3": "2",
    "statement.7.3": "I feel safe.",
    "weight.7.3": "39.5",
    "kpi-code.0": "K1",
    "kpi-name.0": "Punctual visits",
    "kpi-unit.0": "%",
    "kpi-sense.0": "at_least",
    "kpi-target.0": "85",
    "kpi-formula.0": "Begun within 15 minutes, of all delivered.",
    "kpi-code.1": "",
}


@pytest.fixture
def framework(council) -> QualityFramework:
    """An empty draft."""
    return draft_framework(
        actor=council[Role.CONTRACT_MANAGER],
        title="QAF",
        edition=1,
        introduction="",
        standards=[],
    )


@pytest.fixture
def manager(council) -> Client:
    """A contract manager's browser."""
    client = Client()
    client.force_login(council[Role.CONTRACT_MANAGER])
    return client


def save(client: Client, framework: QualityFramework, **changes: str):
    """Send the editor's form as opened now."""
    url = reverse("quality_contents", args=[framework.pk])
    framework.refresh_from_db()
    typed = {"opened": contents_token(framework), **TYPED, **changes}
    return client.post(url, {key: value for key, value in typed.items() if value is not None})


def submit(client: Client, framework: QualityFramework):
    """Press “Ask for approval”."""
    url = reverse("qualityframework:act", args=[framework.pk, "submit"])
    return client.post(url, {"text": ""}, follow=True)


def test_qa_03_the_editor_saves_a_draft_and_refuses_its_approval_with_each_sum(manager, framework):
    saved = save(manager, framework, **{"share.0.0.4": "25"})

    assert saved.status_code == 302
    page = manager.get(saved.url).content.decode()
    # 60 + 39.5 and 70 + 25
    assert "The weights of the standards add up to 99.5, not 100." in page
    assert "The weights of the criteria of standard 1 add up to 95, not 100." in page
    refused = submit(manager, QualityFramework.objects.get()).content.decode()
    assert "add up to 99.5, not 100" in refused
    assert QualityFramework.objects.get().state == "draft"

    save(manager, framework, **{"weight.7.3": "40"})
    submit(manager, QualityFramework.objects.get())

    assert QualityFramework.objects.get().state == "submitted"


def test_what_is_no_number_is_refused_and_kept_as_typed(manager, framework):
    page = save(manager, framework, **{"weight.0.0": "sixty", "kpi-sense.0": "exactly"})

    assert page.status_code == 422
    text = page.content.decode()
    assert "Standard 1, weight: “sixty” is not a number from 0 to 100" in text
    assert 'value="sixty"' in text
    assert not framework.standards.exists()


def test_a_save_over_somebody_elses_shows_both(manager, framework):
    opened = contents_token(framework)
    save(manager, framework)

    stale = save(manager, framework, opened=opened, **{"statement.7.3": "I feel safer."})

    assert stale.status_code == 409
    assert "I feel safer." in stale.content.decode()
    assert framework.standards.get(code="2").statement == "I feel safe."


def test_qa_01_everybody_reads_the_published_version_with_its_date(council, manager, framework):
    save(manager, framework, **{"weight.7.3": "40"})
    submit(manager, QualityFramework.objects.get())
    anybody = Client()
    address = f"/quality/{council.authority.code}/"
    assert "No quality framework has been published yet." in anybody.get(address).content.decode()

    stored = approve(actor=council[Role.ADMINISTRATOR], version=QualityFramework.objects.get())

    page = anybody.get(address).content.decode()
    day = f"{stored.published_on:%B %Y}"
    assert "Version 1, published on" in page
    assert day in page
    assert "Dignity, 60 %" in page
    assert "70 % of the standard" in page
    assert "Punctual visits: at least 85 %" in page
    assert anybody.get(f"{address}qaf/1/").status_code == 200
    assert anybody.get(f"{address}qaf/2/").status_code == 404
    nxt = manager.post(reverse("quality_next", args=[stored.pk]))
    assert nxt.status_code == 302
    draft = QualityFramework.objects.get(edition=2)
    assert draft.contents == stored.contents
    assert anybody.get(f"{address}qaf/2/").status_code == 404


def test_roles_that_may_not_change_it_read_it_and_save_nothing(council, framework):
    client = Client()
    client.force_login(council[Role.FINANCE])

    assert "quality-form" not in client.get(f"/admin/quality/{framework.pk}/").content.decode()
    refused = save(client, framework)

    assert refused.status_code in (302, 403)
    assert not framework.standards.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_editor_says_the_sums_while_weights_are_typed(visitor, council):
    stated = pamms_shaped()
    framework = draft_framework(
        actor=council[Role.CONTRACT_MANAGER],
        title=stated["title"],
        edition=1,
        introduction=stated["introduction"],
        standards=[
            {"domain": part["title"], **one, "weight": 6}
            for part in stated["domains"]
            for one in part["standards"]
        ],
        kpis=stated["kpis"],
    )
    visitor.sign_in("contract_manager")
    page = visitor.open(f"/admin/quality/{framework.pk}/")
    total = page.locator('[data-sum="all"]')
    assert total.inner_text().startswith("96 of 100 %")  # 16 × 6

    page.fill('[name="weight.0.0"]', "10")
    assert total.inner_text().startswith("100 of 100 %")
    page.click('[data-standard="0"] [data-add="criterion"] >> nth=0')
    page.fill('[name="criterion.0.0.1"]', "People say so.")
    page.fill('[name="share.0.0.1"]', "100")
    if os.environ.get("HOMEWARD_SHOTS"):
        page.screenshot(path=f"{os.environ['HOMEWARD_SHOTS']}-editor.png", full_page=True)
    assert visitor.serious_axe_findings() == []
    page.click("text=Save the framework")
    page.wait_for_load_state("networkidle")

    assert "add up to 100 everywhere" in page.inner_text("main")
    assert framework.standards.get(code="1").criteria.get().weight == 100
    assert visitor.errors == []
