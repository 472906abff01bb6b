"""The admin in a real browser: nothing serious from axe, no CSP violation, nothing calls out."""

from datetime import date

import pytest

from cms_models.accounts.roles import Role
from cms_models.audit.services import save_record
from cms_models.jobs.services import enqueue
from cms_models.places.models import UrbanCentre
from cms_models.rates.models import Budget, RateCard
from cms_models.rates.services import set_budget
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
    budget = Budget.objects.get(authority=council.authority)
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
        f"/admin/budget/edit/{budget.pk}/",
    ):
        visitor.open(address)
        clean(visitor)


def test_date_fields_open_their_calendar_and_save_the_day_chosen(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    budget = set_budget(
        actor=council.system,
        name="Home care",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O"],
        amount_pence=1_000_000,
    )
    visitor.sign_in(council[Role.COMMISSIONER].username)
    page = visitor.open(f"/admin/budget/edit/{budget.pk}/")

    page.click("[name=ends_on]")
    page.wait_for_selector(".xdsoft_datetimepicker:visible", timeout=5000)
    assert visitor.serious_axe_findings() == []
    named = "[...document.querySelectorAll('.xdsoft_datepicker button')].map((b) => b.ariaLabel)"
    assert {"Previous month", "Today", "Next month"} <= set(page.evaluate(named))
    page.keyboard.press("Escape")
    page.fill("[name=ends_on]", "24/12/2026")
    page.keyboard.press("Tab")
    page.click(".footer button[type=submit]")
    page.wait_for_load_state("networkidle")

    budget.refresh_from_db()
    assert budget.ends_on == date(2026, 12, 24)
    assert visitor.errors == []


def test_two_editors_of_one_record_lose_nothing(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    centre = UrbanCentre.objects.get(authority=council.authority)
    visitor.sign_in(council[Role.COMMISSIONER].username)
    page = visitor.open(f"/admin/urbancentre/edit/{centre.pk}/")
    centre.name = "Theirs"
    save_record(actor=council[Role.ADMINISTRATOR], record_=centre, expected_version=1)

    page.fill("[name=name]", "Mine")
    page.click(".footer button[type=submit]")
    page.wait_for_load_state("networkidle")

    text = page.inner_text("main")
    assert "Nothing of yours was saved" in text
    assert "Theirs" in text
    assert "Mine" in text
    centre.refresh_from_db()
    assert centre.name == "Theirs"
