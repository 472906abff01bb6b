"""gov.uk's bank holidays of England and Wales, as they ship with the product: never a call out."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from govuk_bank_holidays.bank_holidays import BankHolidays


@dataclass(frozen=True)
class Holiday:
    """A bank holiday: its day and its name."""

    on: date
    name: str


@lru_cache(maxsize=1)
def govuk_holidays() -> tuple[Holiday, ...]:
    """Return the bank holidays of England and Wales that the package's own copy knows."""
    kept = BankHolidays(use_cached_holidays=True)
    return tuple(
        Holiday(one["date"], one["title"])
        for one in kept.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    )
