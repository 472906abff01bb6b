"""The sample's brokerage: acted out through the product's own services, once."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.selectors import chain_faults
from cms_models.brokerage.models import (
    AllocationFile,
    HandBack,
    Invitation,
    Offer,
    Question,
    Release,
    Suspension,
)
from cms_models.brokerage.provider_selectors import open_invitations
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import CqcLocation, Provider, ProviderDocument, Vacancy
from homeward.demo_brokerage import PORTAL_USER, busiest_lead, furnish_brokerage
from tests.council import PASSWORD, Council


def on_the_board(council: Council) -> None:
    """Nine packages wait in zone A, three are with its lead, and there is a third provider."""
    today = timezone.localdate()
    Provider.objects.create(authority=council.authority, ref="P3", name="Provider Three")
    Provider.objects.filter(authority=council.authority).update(postcode="HR1 1AA")
    Provider.objects.filter(pk=council.providers["P1"].pk).update(
        cqc_location_id="1-1", cqc_rating="Good"
    )
    for number in range(1, 10):
        council.package(number, starts_on=today + timedelta(days=7))
    since = today - timedelta(days=90)
    for number in range(11, 14):
        council.package(number, organisation_ref="P1", status="active", starts_on=since)


def test_the_sample_shows_every_state_of_a_package_on_offer(council: Council):
    on_the_board(council)
    now = timezone.now()

    first = furnish_brokerage(council.authority, now=now, password=PASSWORD)
    second = furnish_brokerage(council.authority, now=now, password=PASSWORD)

    assert first == second == {"username": PORTAL_USER, "who": "Provider One"}
    assert busiest_lead(council.authority).ref == "P1"
    states = Counter(Release.objects.values_list("route", "state"))
    assert states["tiers", "unplaced"] == 1
    assert states["tiers", "awarded"] == 1
    assert states["tiers", "open"] == 3
    assert states["all", "open"] == 1
    assert states["homes", "open"] == 1
    assert AllocationFile.objects.count() == 2
    assert Award.objects.filter(source="off").count() == 1
    assert Question.objects.filter(answered_at=None).count() == 2
    assert Offer.objects.filter(state="open").count() == 3  # two to compare, one of a home
    assert set(Invitation.objects.values_list("state", flat=True)) >= {
        *("open", "offered", "declined", "lapsed")
    }
    assert HandBack.objects.get().state == "submitted"
    assert Suspension.objects.get().package.status == "suspended"
    assert Vacancy.objects.count() == 4
    assert CarePackage.objects.get(setting="nursing").lot is None
    assert ProviderDocument.objects.count() == 2
    assert CqcLocation.objects.exists()
    portal = User.objects.get(username=PORTAL_USER)
    assert open_invitations(portal, now).count() >= 3
    assert list(chain_faults(council.authority)) == []
