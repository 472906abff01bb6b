"""gov.uk's bank-holidays.json through the importer."""

import json
from datetime import date
from pathlib import Path

import pytest

from cms_models.rates.models import BankHoliday
from cms_models.rates.selectors import bank_holidays
from importers.bank_holidays import BankHolidayImporter
from importers.faults import BadFile
from tests.council import TODAY, Council


def content(*events: dict, division: str = "england-and-wales") -> bytes:
    """Return a file with some events."""
    return json.dumps({division: {"division": division, "events": list(events)}}).encode()


CHRISTMAS = {"title": "Christmas Day", "date": "2026-12-25", "notes": "", "bunting": True}
INSTEAD = {"title": "Boxing Day", "date": "2026-12-28", "notes": "Substitute day", "bunting": True}


def taken(council: Council, sent: bytes) -> dict:
    """Examine a file, apply it and return what the examination counted."""
    importer = BankHolidayImporter(council.authority, on=TODAY)
    source = importer.read(sent, {})
    found = importer.examine(source, actor=council.system, step=lambda fraction, note: None)
    importer.apply(source, found, actor=council.system)
    return {name: found.totals[name] for name in ("new", "updated", "unchanged")}


def test_days_are_added_renamed_and_left_and_twice_is_once(council):
    first = taken(council, content(CHRISTMAS))
    renamed = {**INSTEAD, "title": "Boxing Day (substitute)"}
    second = taken(council, content(CHRISTMAS, INSTEAD))
    third = taken(council, content(renamed))

    assert first == {"new": 1, "updated": 0, "unchanged": 0}
    assert second == {"new": 1, "updated": 0, "unchanged": 1}
    assert third == {"new": 0, "updated": 1, "unchanged": 0}
    assert list(BankHoliday.objects.values_list("on", "name")) == [
        (date(2026, 12, 28), "Boxing Day (substitute)"),
        (date(2026, 12, 25), "Christmas Day"),
    ]


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (b"{", "is not JSON"),
        (b"[]", "no part “england-and-wales”"),
        (content(CHRISTMAS, division="scotland"), "no part “england-and-wales”"),
        (content(), "names no day"),
        (content({**CHRISTMAS, "date": "25/12/2026"}), "events 1, “date”: '25/12/2026' is not"),
        (content({"date": "2026-12-25"}), "events 1: “title” is missing"),
        (content(CHRISTMAS, {**CHRISTMAS, "title": "Xmas"}), "25/12/2026 stands twice"),
    ],
)
def test_a_faulty_file_is_refused_by_name(council, sent, named):
    with pytest.raises(BadFile, match=named.replace("(", r"\(")):
        BankHolidayImporter(council.authority, on=TODAY).read(sent, {})


@pytest.mark.reference_data
def test_gov_uks_own_file_is_read_as_it_is(council, reference_data: Path):
    sent = (reference_data / "calendar" / "govuk_bank_holidays.json").read_bytes()

    counts = taken(council, sent)

    events = json.loads(sent)["england-and-wales"]["events"]
    assert counts == {"new": len(events), "updated": 0, "unchanged": 0}
    # The coronation of 2023, and Scotland's 2 January left out.
    days = bank_holidays(council.authority)
    assert date(2023, 5, 8) in days
    assert date(2024, 1, 2) not in days
    assert len(days) == len(events)
