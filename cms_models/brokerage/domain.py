"""Rules of brokerage: who is asked, until when, what an offer must hold, which one scores best."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cms_models.care.domain import hours_words
from cms_models.market.domain import Tier

MOST_PENCE = 10_000_000  # £100,000: more is a slip of the hand
MOST_POINTS = Decimal(100)
MOST_WORDS = 1000
SELF_FUNDER = "Self-funder"
# A scheduler a few seconds late keeps the exact minute; after one that was down everybody asked
# next gets the whole clock from when they are told.
GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class QuestionTerms:
    """A question that offers answer; `public_id` of one that is kept, None of a new one."""

    text: str
    scored: bool = False
    most_points: Decimal | None = None
    public_id: str | None = None


@dataclass(frozen=True)
class OfferTerms:
    """What a provider offers; answers by the public id of their question."""

    starts_on: date
    weekly_minutes: int
    conditions: str = ""
    price_pence: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Needs:
    """What a package asks of whoever is asked about it; `home_kind` is empty for care at home."""

    reference: str
    skills: frozenset[str] = frozenset()
    lead_only: bool = False
    lot: str = ""
    home_kind: str = ""
    needs_place: bool = True


@dataclass(frozen=True)
class Candidate:
    """A provider that could be asked, with what decides whether it is."""

    key: int
    name: str
    skills: frozenset[str] = frozenset()
    not_active: str = ""
    in_house: bool = False
    tier: Tier | None = None
    rank: int = 1
    standstill: str = ""
    vacant: bool = False
    gave_back: bool = False


def left_out_because(one: Candidate, needs: Needs) -> str | None:
    """Return why a provider is not asked about a package, in a sentence; None when it is."""
    if one.not_active:
        return f"{one.name} is {one.not_active}."
    if needs.home_kind and not one.vacant:
        return f"{one.name} has no free {needs.home_kind} bed."
    if not needs.home_kind and needs.needs_place:
        refusal = _place_refusal(one, needs)
        if refusal:
            return refusal
    missing = sorted(needs.skills - one.skills)
    if missing and not needs.home_kind:
        return f"{one.name} does not have the skill {', '.join(missing)}."
    if one.gave_back:
        return f"{one.name} gave this package back."
    return None


def _place_refusal(one: Candidate, needs: Needs) -> str | None:
    if one.tier is None:
        if one.in_house:
            return f"{one.name} is the council's own service, without a place in lot {needs.lot}."
        return f"{one.name} holds no place in lot {needs.lot}."
    if one.standstill:
        return one.standstill
    if needs.lead_only and one.tier != Tier.LEAD:
        return f"{one.name} is not the lead: Housing with Care is offered to the lead only."
    return None


def tiers_asked(candidates: Iterable[Candidate]) -> list[tuple[Tier, list[Candidate]]]:
    """Return who is asked tier by tier, the first offer first; an empty tier is no tier (AL-02)."""
    found: dict[Tier, list[Candidate]] = {}
    for one in candidates:
        if one.tier is not None:
            found.setdefault(one.tier, []).append(one)
    return [
        (tier, sorted(found[tier], key=lambda one: (one.rank, one.name))) for tier in sorted(found)
    ]


def closing(opens_at: datetime, *, minutes: int) -> datetime:
    """Return when a response clock runs out: elapsed minutes, whatever the clocks on walls do."""
    return opens_at.astimezone(UTC) + timedelta(minutes=minutes)


def next_opening(closed_at: datetime, *, now: datetime) -> datetime:
    """Return when the next tier opens: at the minute the last one closed, unless that is past."""
    return closed_at if now - closed_at <= GRACE else now


def decision_refusal(
    *,
    reference: str,
    reasons: Sequence[str],
    decision: str,
    decided_minutes: int | None,
    weekly_minutes: int,
    pathway: str,
) -> str | None:
    """Return why a flagged package cannot be released yet, None when it can (AL-06, AL-07)."""
    if not reasons:
        return None
    why = " and ".join(reasons)
    if not decision:
        return f"{reference} needs an individual decision first: {why}. Decide, with the reason."
    if decided_minutes != weekly_minutes:
        return (
            f"{reference} was decided at {hours_words(decided_minutes or 0)} a week and now has "
            f"{hours_words(weekly_minutes)}: decide again."
        )
    if decision == "D" and pathway == "O":
        return (
            f"It was decided that {reference} goes to the complex pathway: make it Home care D "
            "first, so that the right lot is asked."
        )
    return None


def budget_refusal(
    *,
    reference: str,
    weekly_pence: int | None,
    limit_pence: int,
    approved_pence: int | None,
    approved_by_actor: bool,
) -> str | None:
    """Return why a weekly cost needs somebody else's approval first, None when it does not."""
    if weekly_pence is None or weekly_pence <= limit_pence:
        return None
    cost, limit = _pounds(weekly_pence), _pounds(limit_pence)
    if approved_pence is None or approved_pence < weekly_pence:
        return (
            f"{reference} costs {cost} a week, above the limit of {limit}: somebody else must "
            "approve the cost first."
        )
    if approved_by_actor:
        return f"You approved the {cost} a week of {reference}: somebody else must act on it."
    return None


def _pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02d}"


def price_refusal(pence: int) -> str | None:
    """Return why an agreed or offered price cannot be, None when it can."""
    if isinstance(pence, bool) or not isinstance(pence, int):
        return "A price is a whole number of pence."
    if not 0 < pence < MOST_PENCE:
        return f"A price lies above £0.00 and below {_pounds(MOST_PENCE)}."
    return None


def text_refusal(text: str) -> str | None:
    """Return why words cannot be kept: a character that no database or file takes."""
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text):
        return "The words hold a character that cannot be kept: type them anew."
    return None


@dataclass(frozen=True)
class Asking:
    """What an offer for a package must keep to; `questions` are words by public id.

    `ends_on` is the first day without care, where it is known.
    """

    today: date
    start_by: date | None
    most_minutes: int
    may_name_price: bool
    must_name_price: bool
    questions: Mapping[str, str]
    ends_on: date | None = None


def offer_refusals(terms: OfferTerms, asking: Asking) -> list[str]:
    """Return everything that is amiss with an offer, in sentences; empty when it can stand."""
    found = [*_start_refusals(terms, asking), *_minutes_refusals(terms, asking)]
    if terms.price_pence is None:
        if asking.must_name_price:
            found.append("Name a price: this package has none of its own.")
    elif not asking.may_name_price:
        found.append("This lot's prices stand in its rate card: leave the price out.")
    else:
        found += filter(None, [price_refusal(terms.price_pence)])
    words = (terms.conditions, *terms.answers, *terms.answers.values())
    found += sorted({refusal for text in words if (refusal := text_refusal(text))})
    if len(terms.conditions) > MOST_WORDS:
        found.append(f"Conditions have at most {MOST_WORDS} characters.")
    return [*found, *_answer_refusals(terms.answers, asking.questions)]


def _start_refusals(terms: OfferTerms, asking: Asking) -> list[str]:
    if terms.starts_on < asking.today:
        return [f"The start lies in the past: {asking.today:%d/%m/%Y} is the first day possible."]
    if asking.start_by is not None and terms.starts_on > asking.start_by:
        return [f"Care must begin by {asking.start_by:%d/%m/%Y}, not {terms.starts_on:%d/%m/%Y}."]
    if asking.ends_on is not None and terms.starts_on >= asking.ends_on:
        return [f"The care ends before: {asking.ends_on:%d/%m/%Y} is the first day without it."]
    return []


def _minutes_refusals(terms: OfferTerms, asking: Asking) -> list[str]:
    least = min(1, asking.most_minutes)
    if least <= terms.weekly_minutes <= asking.most_minutes:
        return []
    return [
        f"Offer between {least} minute and {hours_words(asking.most_minutes)} a week, "
        f"not {terms.weekly_minutes:,} minutes."
    ]


def _answer_refusals(answers: Mapping[str, str], questions: Mapping[str, str]) -> list[str]:
    unknown = sorted(set(answers) - set(questions))
    if unknown:
        return [f"{unknown[0]!r} is not a question of this package: open it again."]
    found = []
    for key, text in questions.items():
        answer = answers.get(key, "")
        if not answer.strip():
            found.append(f"Answer the question “{text}”.")
        elif len(answer) > MOST_WORDS:
            found.append(f"The answer to “{text}” has at most {MOST_WORDS} characters.")
    return found


def points_refusal(points: Decimal, *, most: Decimal, question: str) -> str | None:
    """Return why points cannot be given for an answer, None when they can."""
    if not points.is_finite() or points != round(points, 2) or not 0 <= points <= most:
        return f"“{question}” takes 0 to {most:f} points, two decimals at most; not {points}."
    return None


@dataclass(frozen=True)
class OfferScore:
    """The points of an offer's scored answers, out of how many, and whether all are given."""

    points: Decimal
    most_points: Decimal
    complete: bool

    @property
    def percent(self) -> Decimal | None:
        """The points in percent, two decimals half-even; None where nothing is scored."""
        return round(100 * self.points / self.most_points, 2) if self.most_points else None


def score_of(answers: Mapping[str, Mapping[str, Any]], most: Mapping[str, Decimal]) -> OfferScore:
    """Return an offer's score; `most` holds the most points of each scored question."""
    given = {key: answers.get(key, {}).get("points") for key in most}
    points = sum((Decimal(one) for one in given.values() if one is not None), Decimal(0))
    return OfferScore(points, sum(most.values(), Decimal(0)), None not in given.values())


@dataclass(frozen=True)
class Standing:
    """An offer among others when one is chosen: who, of which tier, with which score."""

    provider: int
    tier: int | None
    percent: Decimal | None


def passes_over(chosen: Standing, others: Iterable[Standing]) -> bool:
    """Return whether choosing an offer passes over one of an earlier tier or a better score."""
    return any(
        (one.tier or 99) < (chosen.tier or 99)
        or ((one.tier or 99) == (chosen.tier or 99) and (one.percent or 0) > (chosen.percent or 0))
        for one in others
        if one.provider != chosen.provider
    )


def funder_shares(weekly_pence: int, percent: Decimal) -> tuple[int, int]:
    """Return what another funder and the council pay a week, to the penny (BR-07).

    The funder's share is rounded half-up and the council pays the rest, so both add up.
    """
    hundredths = int(Decimal(percent) * 100)
    funder = (weekly_pence * hundredths * 2 + 10_000) // 20_000
    return funder, weekly_pence - funder


def arrangement_fee(*, funder: str, fee_pence: int) -> int | None:
    """Return what a self-funder is charged for the arranging; None for everybody else (BR-06)."""
    return fee_pence if funder == SELF_FUNDER else None


def agreed_week_pence(agreed_pence: int, *, weekly_minutes: int, by_week: bool) -> int:
    """Return what an agreed price comes to a week: an hour's price by the minutes, half-up."""
    if by_week:
        return agreed_pence
    return (agreed_pence * weekly_minutes * 2 + 60) // 120
