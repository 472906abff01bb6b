"""The rules in force, said in plain English: values in, sentences out."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from cms_models.fields.domain import GROUPS, RULES, Rule
from cms_models.market.domain import AwardTerms, LotTerms, cascade_words
from cms_models.rates.domain import MINUTES_PER_DAY, Card, Line, clock, length_words, pounds

KINDS = {"hourly": "an hourly visit", "24_hour": "24-hour care", "sleep_in": "a sleep-in"}
DAYS = {
    "weekday": "on a weekday",
    "weekend": "at a weekend",
    "bank_holiday": "on a bank holiday",
}
OPERATORS = {"more_than": "more than", "at_least": "at least"}


@dataclass(frozen=True)
class Chapter:
    """A part of the book: what it answers, in sentences."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class LotEntry:
    """A lot with the providers who hold places in it, as the book names them."""

    terms: LotTerms
    awards: tuple[AwardTerms, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Configuration:
    """What is in force on a day, as the book says it."""

    council: str
    on: date
    card: Card | None
    next_cards: tuple[Card, ...]
    centres: tuple[str, ...]
    zones: tuple[tuple[str, str], ...]
    zone_map: str
    lots: tuple[LotEntry, ...]
    rules: Mapping[str, Any]


def written(found: Configuration) -> tuple[Chapter, ...]:
    """Return the whole book of a configuration."""
    return (
        Chapter("How a visit is priced", tuple(_pricing(found))),
        Chapter("Where a person lives", tuple(_places(found))),
        Chapter("Who is offered a package first", tuple(_offers(found))),
        Chapter("What needs a decision of its own", tuple(_decisions(found))),
        Chapter("What a provider sees before an award", tuple(_privacy(found))),
        Chapter("When a visit counts as late", tuple(_lateness(found))),
        Chapter("How a package ends", tuple(_endings(found))),
        Chapter("How these rules change", CHANGES),
        Chapter("Every number", tuple(_numbers(found.rules))),
    )


CHANGES = (
    "A rate card, a zone map, a framework with its lots and every rule that prices, places or "
    "offers work is drafted by one person and approved by another.",
    "It takes effect on its own first day and never before it is approved.",
    "Until that day it can be taken back. What was paid stays as it was paid.",
    "Each change of these rules makes a new edition of this book; earlier editions stay readable.",
)


def _pricing(found: Configuration) -> Iterable[str]:
    if found.card is None:
        yield "No rate card is in force: no visit has a price."
    else:
        ends = f" to {last_day(found.card.valid_to)}" if found.card.valid_to else ""
        yield (
            f"Rates are those of the “{found.card.name}”, in force from "
            f"{day_words(found.card.valid_from)}{ends}."
        )
        yield from (line_sentence(line) for line in found.card.lines)
    yield "The rate is the one in force on the day the visit starts."
    yield "Of several lines that fit, the one that says most about the visit is used."
    yield rule_sentence(found.rules, "rates.rounding")
    for card in found.next_cards:
        yield f"From {day_words(card.valid_from)} the “{card.name}” applies:"
        yield from (line_sentence(line) for line in card.lines)


def line_sentence(line: Line) -> str:
    """Return a rate in words: `An hourly visit to an urban home: £15.80 an hour.`"""
    words = KINDS[line.visit_kind]
    return f"{words[0].upper()}{words[1:]}{_case(line)}: {pounds(line.pence_per_hour)} an hour."


def _case(line: Line) -> str:
    band = clock(line.from_minutes or 0), clock(line.to_minutes or MINUTES_PER_DAY)
    parts = [
        f" to {'an urban' if line.area == 'urban' else 'a rural'} home" if line.area else "",
        f" on pathway {line.pathway}" if line.pathway else "",
        f" {DAYS[line.day_type]}" if line.day_type else "",
        f" that starts at {band[0]} or later, before {band[1]}," if line.asks_time else "",
        f", {length_words(line.least_minutes or 0, line.most_minutes)}" if line.asks_length else "",
    ]
    return "".join(parts).rstrip(",")


def _places(found: Configuration) -> Iterable[str]:
    radius = RULES["places.urban_radius_miles"].say(found.rules["places.urban_radius_miles"])
    if found.centres:
        yield (
            f"A home is urban when it lies within {radius}, as the crow flies, of "
            f"{listed(found.centres, last='or')}; exactly on the line is urban. Any other is rural."
        )
    else:
        yield "The council names no urban centres, so every home is rural."
    if found.zones:
        names = listed([f"{name} ({code})" for code, name in found.zones])
        yield f"The zone map “{found.zone_map}” divides the council into {names}."
        yield "A home belongs to the zone its postcode's centre lies in."
    else:
        yield "No zone map is in force."


def _offers(found: Configuration) -> Iterable[str]:
    if not found.lots:
        yield "No framework is in force: no package is offered to anybody."
    for entry in found.lots:
        yield _lot_sentence(entry, on=found.on)
    yield "A resident nominated for Housing with Care is offered to the lot's lead only."


def _lot_sentence(entry: LotEntry, *, on: date) -> str:
    pathways = listed([f"pathway {code}" for code in sorted(entry.terms.pathways)])
    zones = listed(sorted(entry.terms.zones))
    held = [award for award in entry.awards if award.in_force(on)]
    order = [
        f"{entry.names[award.provider]} ({award.tier.words})"
        for award in sorted(held, key=lambda award: (award.tier, award.rank, award.provider))
    ]
    offered = f" In order: {listed(order)}." if order else ""
    return (
        f"Lot {entry.terms.code}, {entry.terms.name}: {pathways} in {zones}. The offer "
        f"{cascade_words(held, on=on)}.{offered}"
    )


def _decisions(found: Configuration) -> Iterable[str]:
    rules = found.rules
    than = OPERATORS[rules["care.individual_decision_operator"]]
    hours = RULES["care.individual_decision_hours"].say(rules["care.individual_decision_hours"])
    yield f"A package of {than} {hours} a week is decided individually."
    if rules["care.two_carers_need_decision"]:
        yield "So is a package in which two carers are needed together."


def _privacy(found: Configuration) -> Iterable[str]:
    shown = RULES["care.open_location"].say(found.rules["care.open_location"])
    yield f"Before an award a provider sees of the place only the {shown.lower()}."
    yield "It never sees a name, a date of birth, an address or a Mosaic number then."
    yield "After the award only the winner sees who the person is."


def _lateness(found: Configuration) -> Iterable[str]:
    minutes = RULES["rounds.on_time_minutes"].say(found.rules["rounds.on_time_minutes"])
    yield f"A visit that starts more than {minutes} after it was due counts as late."


def _endings(found: Configuration) -> Iterable[str]:
    days = RULES["care.notice_days"].say(found.rules["care.notice_days"])
    yield (
        f"A package that the council ends is paid for {days} more, counted from the day after "
        "notice, or to the day the person died if that comes first."
    )


def _numbers(rules: Mapping[str, Any]) -> Iterable[str]:
    for prefix, _title in GROUPS:
        for key, rule in RULES.items():
            if rule.reviewed and key.startswith(prefix):
                yield _number(rule, rules[key])


def _number(rule: Rule, value: Any) -> str:
    said, usual = rule.say(value), rule.say(rule.default)
    note = "" if said == usual else f" (where nothing is set: {usual})"
    return f"{rule.title}: {said}{note}. {rule.sentence}"


def rule_sentence(rules: Mapping[str, Any], key: str) -> str:
    """Return a rule with its value: `Rounding …: each visit. …`"""
    return _number(RULES[key], rules[key])


def listed(words: Sequence[str], *, last: str = "and") -> str:
    """Return words as an English list: `A, B and C`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def day_words(day: date) -> str:
    """Return a day as a reader says it: `1 July 2017`."""
    return f"{day.day} {day:%B %Y}"


def last_day(first_day_after: date) -> str:
    """Return the last day of a period that ends before a day."""
    return day_words(first_day_after - timedelta(days=1))


def as_stored(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """Return chapters as plain JSON."""
    return json.loads(json.dumps([asdict(chapter) for chapter in chapters]))  # type: ignore[no-any-return]


def digest(stored: Sequence[Mapping[str, Any]]) -> str:
    """Return a SHA-256 of a book: two books of one digest say the same."""
    plain = json.dumps(list(stored), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """A sentence of one edition that the other does not have."""

    chapter: str
    was: bool
    sentence: str


def changes_between(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[Change]:
    """Return what a new edition no longer says and what it says anew, chapter by chapter."""
    old = {chapter["title"]: chapter["sentences"] for chapter in before}
    new = {chapter["title"]: chapter["sentences"] for chapter in after}
    found = []
    for title in dict.fromkeys([*old, *new]):
        were, are = old.get(title, []), new.get(title, [])
        found += [Change(title, was=True, sentence=one) for one in were if one not in are]
        found += [Change(title, was=False, sentence=one) for one in are if one not in were]
    return found
