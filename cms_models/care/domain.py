"""Rules of a care package: scope, individual decisions, the last paid day, what it costs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cms_models.care.patterns import Clause, pattern_text, weekly_minutes
from cms_models.rates.domain import (
    SATURDAY,
    Card,
    PricedLine,
    card_in_force,
    line_for,
    minutes_pence,
    price_week,
)

PATHWAY_OF_ELEMENT = {
    "home care o": "O",
    "home care d": "D",
    "home first m": "M",
    # A placement in a care home is ongoing care that no lot and no rate card of hours prices.
    "residential": "O",
    "nursing": "O",
}
SETTING_OF_ELEMENT = {"residential": "residential", "nursing": "nursing"}
AT_HOME = "home"
PRICED_AT_AWARD = "A week in a care home costs what is agreed with the home at the award."
# Help to Live at Home buys none of these (S4; domain.md AL-14).
OUT_OF_SCOPE = {
    "direct payment": "a direct payment",
    "supported living": "supported living",
    "private": "a private arrangement",
    "out of county": "out-of-county care",
    "therapeutic reablement": "therapeutic reablement",
}


class OutOfScope(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised for an element that Help to Live at Home does not buy."""


def pathway_of(element_type: str) -> str:
    """Return the pathway of a Mosaic element type; OutOfScope or ValueError say why none."""
    name = " ".join(element_type.split()).lower()
    if name in OUT_OF_SCOPE:
        raise OutOfScope(
            f"Out of scope: {OUT_OF_SCOPE[name]} is not bought under Help to Live at Home."
        )
    if name not in PATHWAY_OF_ELEMENT:
        known = "Home care O, Home care D, Home First M, Residential, Nursing"
        raise ValueError(f"“{element_type}” is no element type Homeward knows: {known}.")
    return PATHWAY_OF_ELEMENT[name]


def setting_of(element_type: str) -> str:
    """Return where the care of a Mosaic element type is given: at home, or in a kind of home."""
    return SETTING_OF_ELEMENT.get(" ".join(element_type.split()).lower(), AT_HOME)


@dataclass(frozen=True)
class DecisionRules:
    """When a package needs an individual decision (AL-06, AL-07): hours, operator, two carers."""

    hours: Decimal
    operator: str
    two_carers: bool


def decisions_needed(clauses: Sequence[Clause], *, rules: DecisionRules) -> list[str]:
    """Return why a package needs an individual decision, in sentences; empty when it does not."""
    minutes, limit = weekly_minutes(clauses), int(rules.hours * 60)
    reasons = []
    if minutes > limit or (rules.operator == "at_least" and minutes == limit):
        than = "more than" if rules.operator == "more_than" else "at least"
        reasons.append(f"{hours_words(minutes)} a week is {than} {hours_words(limit)}")
    if rules.two_carers and any(clause.carers > 1 for clause in clauses):
        reasons.append("two carers are needed together")
    return reasons


def hours_words(minutes: int) -> str:
    """Return minutes as `28 h 15`, hours alone when they are whole."""
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h {rest:02d}" if rest else f"{hours:,} h"


def last_paid_day(*, notice_on: date, notice_days: int, died_on: date | None = None) -> date:
    """Return the last day paid after notice: notice_days counted from the day after (AL-10).

    "Or less if the service user has died" (AL-11): a death during notice ends it that day.
    """
    by_notice = notice_on + timedelta(days=notice_days)
    return min(by_notice, died_on) if died_on else by_notice


@dataclass(frozen=True)
class PackagePrice:
    """A package's week in pence, with a line for every kind of visit and the rule that made it."""

    weekly_pence: int
    lines: tuple[tuple[str, int, PricedLine], ...]

    @property
    def explained(self) -> list[dict[str, object]]:
        """The lines as stored and shown: when, how many a week, what each costs and why."""
        return [
            {
                "when": when,
                "visits_per_week": count,
                "pence": line.pence,
                "rule": line.sentence,
                "card": line.card,
            }
            for when, count, line in self.lines
        ]


def price_package(
    clauses: Iterable[tuple[str, Clause]],
    *,
    cards: Sequence[Card],
    on: date,
    pathway: str,
    area: str,
    rounding: str,
) -> PackagePrice:
    """Price a week of a package at the rates in force on a day; NoRate says what is missing.

    `clauses` are (words, clause) pairs: the words are what the line is called on screen. A clause
    over weekdays and weekend becomes two lines where they are paid by different ones. A planned
    visit starts at its earliest minute; a planning week stands for no week of the year and has no
    bank holiday.
    """
    lines, week = [], []
    card = card_in_force(cards, on=on)
    for words, clause in clauses:
        for part, line in _priced_parts(clause, card=card, pathway=pathway, area=area):
            named = words if part is clause else pattern_text([part])
            lines.append((named, len(part.weekdays), line))
            week += [line] * len(part.weekdays)
    return PackagePrice(price_week(week, rounding=rounding), tuple(lines))


def _priced_parts(
    clause: Clause, *, card: Card, pathway: str, area: str
) -> Iterator[tuple[Clause, PricedLine]]:
    """Yield the days of a clause that one line of the card pays for, with the visit's price."""
    days = {
        "weekday": tuple(day for day in clause.weekdays if day < SATURDAY),
        "weekend": tuple(day for day in clause.weekdays if day >= SATURDAY),
    }
    found = {
        day_type: line_for(
            card,
            pathway=pathway,
            area=area,
            visit_kind=clause.visit_kind,
            day_type=day_type,
            start_minutes=clause.earliest_minutes,
            minutes=clause.minutes,
        )
        for day_type, some in days.items()
        if some
    }
    alike = len(set(found.values())) == 1
    for day_type, line in list(found.items())[: 1 if alike else None]:
        part = clause if alike else replace(clause, weekdays=days[day_type])
        pence = minutes_pence(
            minutes=clause.minutes, carers=clause.carers, pence_per_hour=line.pence_per_hour
        )
        yield part, PricedLine(clause.minutes, clause.carers, pence, card.name, line)
