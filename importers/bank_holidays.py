"""gov.uk's bank-holidays.json: the bank holidays of England and Wales."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from cms_models.accounts.models import User
from cms_models.rates.calendar import Holiday
from cms_models.rates.services import set_bank_holidays
from importers.faults import BadFile
from importers.json_files import Key, a_day, a_text, any_text, as_is, parsed, read_list, read_object
from importers.rehearsal import Item, RehearsedImporter

DIVISION = "england-and-wales"
PART = {"division": Key(a_text), "events": Key(as_is)}
EVENT = {
    "title": Key(a_text),
    "date": Key(a_day),
    "notes": Key(any_text, required=False, default=""),
    "bunting": Key(as_is, required=False, default=False),
}


class BankHolidayImporter(RehearsedImporter):
    """Bank holidays by their day; a day the file does not name stays as it is."""

    kind: ClassVar[str] = "bank_holidays"

    def read(self, content: bytes, mapping: Any) -> list[Holiday]:
        """Read the file's part for England and Wales; BadFile names what is missing."""
        value = parsed(content)
        if not isinstance(value, dict) or DIVISION not in value:
            raise BadFile(
                f"The file has no part “{DIVISION}”: send gov.uk's bank-holidays.json as it is."
            )
        part = read_object(value[DIVISION], where=DIVISION, keys=PART)
        events = read_list(part["events"], where=f"{DIVISION}, events", keys=EVENT)
        if not events:
            raise BadFile(f"The part “{DIVISION}” names no day.")
        return _each_day_once([Holiday(one["date"], one["title"]) for one in events])

    def items(self, source: list[Holiday], *, actor: User) -> Sequence[Item]:
        """Return each day."""
        return [
            Item(
                f"{holiday.on:%d/%m/%Y} {holiday.name}",
                partial(set_bank_holidays, actor=actor, holidays=[holiday]),
            )
            for holiday in source
        ]


def _each_day_once(holidays: list[Holiday]) -> list[Holiday]:
    seen: dict[Any, Holiday] = {}
    for holiday in holidays:
        other = seen.setdefault(holiday.on, holiday)
        if other is not holiday:
            raise BadFile(
                f"{holiday.on:%d/%m/%Y} stands twice, as {other.name} and as {holiday.name}: "
                "keep one."
            )
    return holidays
