"""The admin in a real browser: nothing serious from axe, no CSP violation, nothing calls out."""

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.services import save_record
from cms_models.jobs.services import enqueue
from cms_models.market.models import Framework
from cms_models.rates.models import RateCard
from tests.council import Council
from tests.theme.browsing import Visitor, visitor  # noqa: F401
from tests.theme.furnishing import furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def clean(one: Visitor) -> None:
    """Assert that the page has no serious finding, and that nothing went wrong on the way."""
    assert one.serious_axe_findings() == [], one.page.url
    assert one.errors == []
    assert one.outside == []


def test_pages_are_accessible_and_keep_the_security_policy(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    furnish(council)
    framework = Framework.objects.get(authority=council.authority)
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    job = enqueue(actor=council[Role.BROKER], kind="allocate", params={"seed": 1})
    visitor.page.goto(visitor.base + "/admin/login/")
    clean(visitor)

    visitor.sign_in(council[Role.COMMISSIONER].username)
    for address in (
        "/admin/",
        "/admin/carepackage/",
        f"/admin/ratecard/inspect/{card.pk}/",
        "/admin/rulesetting/",
        f"/admin/job/inspect/{job.pk}/",
        f"/admin/framework/edit/{framework.pk}/",
    ):
        visitor.open(address)
        clean(visitor)


def test_date_fields_open_their_calendar_and_save_the_day_chosen(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    framework = Framework.objects.get(authority=council.authority)
    visitor.sign_in(council[Role.COMMISSIONER].username)
    page = visitor.open(f"/admin/framework/edit/{framework.pk}/")

    page.click("[name=standstill_ends_on]")
    page.wait_for_selector(".xdsoft_datetimepicker:visible", timeout=5000)
    page.keyboard.press("Escape")
    page.fill("[name=standstill_ends_on]", "24/12/2026")
    page.keyboard.press("Tab")
    page.click(".footer button[type=submit]")
    page.wait_for_load_state("networkidle")

    framework.refresh_from_db()
    assert f"{framework.standstill_ends_on:%d/%m/%Y}" == "24/12/2026"
    assert visitor.errors == []


def test_two_editors_of_one_record_lose_nothing(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    framework = Framework.objects.get(authority=council.authority)
    visitor.sign_in(council[Role.COMMISSIONER].username)
    page = visitor.open(f"/admin/framework/edit/{framework.pk}/")
    framework.name = "Theirs"
    save_record(actor=council[Role.ADMINISTRATOR], record_=framework, expected_version=1)

    page.fill("[name=name]", "Mine")
    page.click(".footer button[type=submit]")
    page.wait_for_load_state("networkidle")

    text = page.inner_text("main")
    assert "Nothing of yours was saved" in text
    assert "Theirs" in text
    assert "Mine" in text
    framework.refresh_from_db()
    assert framework.name == "Theirs"
