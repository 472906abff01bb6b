"""The portal on a phone, in a real browser: an offer and a decline."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms_models.brokerage.models import Invitation, Offer
from tests.council import PASSWORD
from tests.theme.browsing import Visitor, visitor  # noqa: F401
from tests.theme.portal.releasing import released

PHONE = {"width": 360, "height": 740}


def fits(visitor: Visitor) -> None:  # noqa: F811
    """Hold the page shown to a phone's width and to axe."""
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert visitor.serious_axe_findings() == []


@pytest.mark.browser
def test_a_provider_offers_and_declines_on_a_phone(council, visitor: Visitor):  # noqa: F811
    released(council, 1, questions=["How do you keep the same carers?"])
    released(council, 2)
    page = visitor.page
    page.set_viewport_size(PHONE)

    visitor.open("/portal/packages/")
    fits(visitor)
    page.fill("[name=username]", "p1")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector(".theme-portal-map__point")
    fits(visitor)
    page.click("text=HC-000001")
    fits(visitor)
    page.click("text=Make an offer")
    page.click("text=Send the offer")
    fits(visitor)
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.fill("[name=starts_on]", (timezone.localdate() + timedelta(days=3)).isoformat())
    page.fill("textarea[name^=answer_]", "Two carers, a year each")
    page.click("text=Send the offer")
    page.wait_for_selector("text=Your offer is sent.")
    fits(visitor)
    page.click("nav >> text=Open packages")
    page.click("text=HC-000002")
    page.click("main >> text=Decline")
    page.check("text=Too far away")
    page.click("text=Decline the package")
    page.wait_for_selector("text=You declined the package.")

    assert Offer.objects.get().answers != {}
    assert set(Invitation.objects.values_list("state", flat=True)) >= {"offered", "declined"}
    assert visitor.errors == [
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    ]
    assert visitor.outside == []
