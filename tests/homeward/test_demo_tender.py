"""The sample council's tender is decided by the product's own services."""

from datetime import date
from decimal import Decimal

from cms_models.audit.selectors import chain_faults
from cms_models.market.models import Provider
from cms_models.tenders.models import Tender
from cms_models.tenders.selectors import evaluation_of
from homeward.demo_tender import decide_sample_tender
from tests.council import TODAY


def test_the_sample_tender_is_decided_once_and_its_sums_are_right(council):
    for ref in ("P05", "P06", "P12"):
        Provider.objects.create(authority=council.authority, ref=ref, name=f"Provider {ref}")

    decide_sample_tender(council.authority, today=TODAY)
    decide_sample_tender(council.authority, today=TODAY)

    tender = Tender.objects.get(authority=council.authority)
    outcome = evaluation_of(tender)
    # P06: 72 × 40 % + 78 × 35 % + 65 × 25 % = 28.8 + 27.3 + 16.25; P05: 27.2 + 23.8 + 18
    assert [(one.bidder, one.total) for one in outcome.ranked] == [
        ("Provider P06", Decimal("72.35")),
        ("Provider P05", Decimal("69.00")),
    ]
    assert outcome.verdicts[-1].excluded == "£15.95 is above the ceiling of £15.80."
    assert (tender.state, tender.letters_on) == ("decided", date(2026, 11, 22))
    assert tender.standstill_ends_on == date(2026, 12, 2)
    assert list(chain_faults(council.authority)) == []
