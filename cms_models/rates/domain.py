"""What a visit costs, and why: pure rules on integer pence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

MINUTES_PER_HOUR = 60
VISIT_KINDS = ("hourly", "24_hour", "sleep_in")
AREAS = ("urban", "rural")


class NoRate(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when no line of any card in force prices a visit; the text names what is missing."""


@dataclass(frozen=True)
class Line:
    """A line of a rate card: pence an hour, for a pathway, area and kind of visit (None: any)."""

    pathway: str | None
    area: str | None
    visit_kind: str
    pence_per_hour: int

    @property
    def narrowness(self) -> int:
        """How many things the line asks for: the narrowest line that fits wins."""
        return (self.pathway is not None) + (self.area is not None)


@dataclass(frozen=True)
class Card:
    """A rate card in force on `[valid_from, valid_to)`."""

    name: str
    valid_from: date
    valid_to: date | None
    lines: tuple[Line, ...]

    def in_force(self, on: date) -> bool:
        """Return whether the card prices a visit that starts on this day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class PricedLine:
    """What a payment line costs and the rule that made it."""

    minutes: int
    carers: int
    pence: int
    card: str
    line: Line

    @property
    def sentence(self) -> str:
        """The sum in words, as shown beside the price."""
        area = self.line.area or "any area"
        carers = f" × {self.carers} carers" if self.carers > 1 else ""
        kind = self.line.visit_kind.replace("_", "-")
        return (
            f"{self.minutes} min{carers} at {pounds(self.line.pence_per_hour)}/h "
            f"({self.card}: {kind}, {area})"
        )


def half_up(value: Decimal) -> int:
    """Return a whole number, halves away from zero, as payment lines are rounded."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def pounds(pence: int) -> str:
    """Return pence as `£1,234.56`."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def card_in_force(cards: Iterable[Card], *, on: date) -> Card:
    """Return the card in force on a day; of several, the one that began last (it supersedes).

    Raises NoRate naming the day when there is none.
    """
    found = [card for card in cards if card.in_force(on)]
    if not found:
        raise NoRate(f"No published rate card is in force on {on:%d/%m/%Y}.")
    return max(found, key=lambda card: card.valid_from)


def line_for(card: Card, *, pathway: str, area: str, visit_kind: str) -> Line:
    """Return the narrowest line of a card that fits; NoRate names what the card lacks."""
    fitting = [
        line
        for line in card.lines
        if line.visit_kind == visit_kind
        and line.pathway in (None, pathway)
        and line.area in (None, area)
    ]
    if not fitting:
        raise NoRate(
            f"{card.name} has no {visit_kind.replace('_', '-')} line for pathway {pathway}, {area}."
        )
    return max(fitting, key=lambda line: line.narrowness)


def minutes_pence(*, minutes: int, carers: int, pence_per_hour: int) -> int:
    """Return minutes × carers at an hourly rate, rounded half-up once."""
    return half_up(Decimal(minutes * carers * pence_per_hour) / MINUTES_PER_HOUR)


def price_visit(
    cards: Iterable[Card],
    *,
    starts_on: date,
    minutes: int,
    carers: int = 1,
    pathway: str,
    area: str,
    visit_kind: str = "hourly",
) -> PricedLine:
    """Price one visit at the rate in force when it starts (domain.md, conventions)."""
    card = card_in_force(cards, on=starts_on)
    line = line_for(card, pathway=pathway, area=area, visit_kind=visit_kind)
    pence = minutes_pence(minutes=minutes, carers=carers, pence_per_hour=line.pence_per_hour)
    return PricedLine(minutes, carers, pence, card.name, line)


def price_week(visits: Sequence[PricedLine], *, rounding: str) -> int:
    """Return a week's pence: each visit rounded, or the week's minutes at each rate (RT-07)."""
    if rounding == "per_line":
        return sum(visit.pence for visit in visits)
    minutes: dict[int, int] = {}
    for visit in visits:
        rate = visit.line.pence_per_hour
        minutes[rate] = minutes.get(rate, 0) + visit.minutes * visit.carers
    return sum(
        minutes_pence(minutes=total, carers=1, pence_per_hour=rate)
        for rate, total in minutes.items()
    )


def blended_pence_per_hour(mix: Sequence[tuple[Decimal, int]]) -> int:
    """Return the rate of a mix of shares and rates, such as 70 % at £12.80 and 30 % at £15.80.

    Raises ValueError when the shares do not add up to 1.
    """
    total = sum((share for share, _ in mix), Decimal(0))
    if total != 1:
        raise ValueError(f"The shares add up to {total}, not 1.")
    return half_up(sum((share * pence for share, pence in mix), Decimal(0)))


def passes_fixed_rate(*, bid_pence: int, ceiling_pence: int) -> bool:
    """Return whether a bid passes a fixed-rate tender: at or below the ceiling (RT-14)."""
    return bid_pence <= ceiling_pence
