"""framework.json: what a lot's further terms say, and what they may not say."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cms_models.market.models import Framework
from importers.faults import BadFile
from importers.framework import FORMAT, FrameworkImporter


def content(**terms: Any) -> bytes:
    lot = {"code": "N-1", "name": "Night", "pathways": ["D"], "zones": ["A"], "awards": [], **terms}
    framework = {
        "name": "Nights",
        "starts_on": "2026-07-01",
        "ends_on": "2027-07-01",
        "lots": [lot],
    }
    return json.dumps({"format": FORMAT, "frameworks": [framework]}).encode()


def taken_in(council, **terms: Any):
    """Read a file of one lot and take its framework and lot in."""
    importer = FrameworkImporter(council.authority, on=date(2026, 7, 1))
    source = importer.read(content(**terms), {})
    for item in importer.items(source, actor=council.system)[:2]:
        item.apply()
    return Framework.objects.get(name="Nights").lots.get()


@pytest.mark.parametrize(
    ("stated", "promise", "percent"),
    [("majority", "majority", None), (62.5, "percent", Decimal("62.5")), (None, "", None)],
)
def test_a_file_says_what_the_lead_was_promised(council, stated, promise, percent):
    lot = taken_in(council, least_providers=2, providers_wanted=3, lead_share=stated)

    assert (lot.least_providers, lot.providers_wanted) == (2, 3)
    assert (lot.lead_promise, lot.lead_promise_percent) == (promise, percent)


def test_a_file_that_says_nothing_more_leaves_one_provider_and_no_promise(council):
    lot = taken_in(council)

    assert (lot.least_providers, lot.providers_wanted, lot.lead_promise) == (1, None, "")


@pytest.mark.parametrize("stated", [101, -1, 12.345])
def test_a_share_that_is_none_is_refused_with_what_was_said(council, stated):
    with pytest.raises(BadFile, match=f'{stated} is neither "majority" nor a percentage'):
        taken_in(council, lead_share=stated)
    assert not Framework.objects.filter(name="Nights").exists()
