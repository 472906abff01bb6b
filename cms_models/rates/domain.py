"""What a visit costs, and why: pure rules on integer pence.

A rate is chosen by the day and the clock time at which a visit starts, its length, its kind, the
pathway and the area. Of the lines that fit, the narrowest wins: the one that asks for most things.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * 60
NOON = 12 * 60
SATURDAY = 5
VISIT_KINDS = ("hourly", "24_hour", "sleep_in")
AREAS = ("urban", "rural")
PATHWAYS = ("O", "D", "M")
DAY_TYPES = ("weekday", "weekend", "bank_holiday")


class NoRate(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when no line of any card in force prices a visit; the text names what is missing."""


def clock(minutes: int) -> str:
    """Return minutes after midnight as `HH:MM`; the end of a day is `24:00`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def plain(code: str) -> str:
    """Return a code as people read it: `sleep-in`, `24-hour`, `bank holiday`."""
    return "bank holiday" if code == "bank_holiday" else code.replace("_", "-")


def day_type_of(on: date, bank_holidays: Collection[date] = frozenset()) -> str:
    """Return the one type of a day; a bank holiday wins over a weekend."""
    if on in bank_holidays:
        return "bank_holiday"
    return "weekend" if on.weekday() >= SATURDAY else "weekday"


@dataclass(frozen=True)
class Line:
    """A line of a rate card: pence an hour for the visits it asks for (None: any).

    `[from_minutes, to_minutes)` is the clock time of the start; a band that runs over midnight
    ends earlier than it begins (22:00 to 07:00) and counts on the day on which the visit starts.
    `[least_minutes, most_minutes)` is the length of the visit.
    """

    pathway: str | None
    area: str | None
    visit_kind: str
    pence_per_hour: int
    day_type: str | None = None
    from_minutes: int | None = None
    to_minutes: int | None = None
    least_minutes: int | None = None
    most_minutes: int | None = None

    @property
    def asks_time(self) -> bool:
        """Whether the line asks for a part of the day."""
        return (self.from_minutes or 0, self.to_minutes or MINUTES_PER_DAY) != (0, MINUTES_PER_DAY)

    @property
    def asks_length(self) -> bool:
        """Whether the line asks for a length."""
        return bool(self.least_minutes) or self.most_minutes is not None

    @property
    def narrowness(self) -> int:
        """How many things the line asks for: the narrowest line that fits wins."""
        asked = (self.pathway is not None, self.area is not None, self.day_type is not None)
        return sum((*asked, self.asks_time, self.asks_length))

    def fits_case(self, *, pathway: str, area: str, visit_kind: str) -> bool:
        """Return whether the line is for such visits at all, whatever their day and time."""
        return (
            self.visit_kind == visit_kind
            and self.pathway in (None, pathway)
            and self.area in (None, area)
        )

    def fits_start(self, start_minutes: int) -> bool:
        """Return whether a start at this clock time lies in the band."""
        begins, ends = self.from_minutes or 0, self.to_minutes or MINUTES_PER_DAY
        if begins < ends:
            return begins <= start_minutes < ends
        return start_minutes >= begins or start_minutes < ends

    def fits_length(self, minutes: int) -> bool:
        """Return whether a visit of this length lies in the band of lengths."""
        longest = self.most_minutes
        return (self.least_minutes or 0) <= minutes and (longest is None or minutes < longest)

    def fits_time(self, *, day_type: str, start_minutes: int, minutes: int) -> bool:
        """Return whether the day, the start and the length of a visit fit."""
        return (
            self.day_type in (None, day_type)
            and self.fits_start(start_minutes)
            and self.fits_length(minutes)
        )

    @property
    def words(self) -> str:
        """What the line asks for, such as `hourly, urban, weekend, starts 22:00 to 07:00`."""
        parts = [plain(self.visit_kind)]
        parts += [f"pathway {self.pathway}"] if self.pathway else []
        parts += [self.area or "any area"]
        parts += [plain(self.day_type)] if self.day_type else []
        if self.asks_time:
            ends = self.to_minutes or MINUTES_PER_DAY
            parts.append(f"starts {clock(self.from_minutes or 0)} to {clock(ends)}")
        if self.asks_length:
            parts.append(length_words(self.least_minutes or 0, self.most_minutes))
        return ", ".join(parts)


def length_words(least: int, most: int | None) -> str:
    """Return a band of lengths `[least, most)` in words."""
    if most is None:
        return f"{least} min and longer"
    return f"shorter than {most} min" if least == 0 else f"{least} to under {most} min"


TimeKey = tuple[str, str, str, str, int, int]


@dataclass(frozen=True)
class Card:
    """A rate card in force on `[valid_from, valid_to)`.

    `corrects` is the card that this one puts right (the first of a chain of corrections), which
    stays as it was; `approved_at` is when the card became known, None for one not yet approved.
    """

    name: str
    valid_from: date
    valid_to: date | None
    lines: tuple[Line, ...]
    corrects: str | None = None
    approved_at: datetime | None = None

    def in_force(self, on: date) -> bool:
        """Return whether the card prices a visit that starts on this day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @cached_property
    def narrowest_first(self) -> tuple[Line, ...]:
        """The lines, the narrowest first; of equally narrow ones the first written."""
        return tuple(sorted(self.lines, key=lambda line: -line.narrowness))

    @cached_property
    def _found(self) -> dict[TimeKey, Line | None]:
        return {}

    def line_at(self, key: TimeKey) -> Line | None:
        """Return the narrowest line for (pathway, area, kind, day type, start, minutes)."""
        if key not in self._found:
            pathway, area, kind, day_type, start, minutes = key
            self._found[key] = next(
                (
                    line
                    for line in self.narrowest_first
                    if line.fits_case(pathway=pathway, area=area, visit_kind=kind)
                    and line.fits_time(day_type=day_type, start_minutes=start, minutes=minutes)
                ),
                None,
            )
        return self._found[key]


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
        carers = f" × {self.carers} carers" if self.carers > 1 else ""
        return (
            f"{self.minutes} min{carers} at {pounds(self.line.pence_per_hour)}/h "
            f"({self.card}: {self.line.words})"
        )


def half_up(value: Decimal) -> int:
    """Return a whole number, halves away from zero, as payment lines are rounded."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def pounds(pence: int) -> str:
    """Return pence as `£1,234.56`."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def _newest(card: Card) -> tuple[bool, float]:
    """Order by when a card became known; one not yet approved counts as the newest."""
    return (card.approved_at is None, card.approved_at.timestamp() if card.approved_at else 0)


def card_in_force(cards: Iterable[Card], *, on: date) -> Card:
    """Return the card that prices a day: the one that began last, or what corrects that one.

    Of several corrections the one approved last counts: it was made knowing the others. Raises
    NoRate naming the day when there is none.
    """
    found = [card for card in cards if card.in_force(on)]
    own = [card for card in found if card.corrects is None]
    if not own:
        raise NoRate(f"No published rate card is in force on {on:%d/%m/%Y}.")
    began_last = max(own, key=lambda card: (card.valid_from, _newest(card)))
    corrections = [card for card in found if card.corrects == began_last.name]
    return max(corrections, key=_newest, default=began_last)


def rate_of(
    card: Card,
    *,
    pathway: str,
    area: str,
    visit_kind: str = "hourly",
    day_type: str = "weekday",
    start_minutes: int = NOON,
    minutes: int = MINUTES_PER_HOUR,
) -> Line | None:
    """Return the line of a card that prices such a visit, None where there is none.

    Answers are kept on the card: ask for as many packages as you like.
    """
    start = start_minutes % MINUTES_PER_DAY
    return card.line_at((pathway, area, visit_kind, day_type, start, minutes))


def line_for(
    card: Card,
    *,
    pathway: str,
    area: str,
    visit_kind: str,
    day_type: str = "weekday",
    start_minutes: int = NOON,
    minutes: int = MINUTES_PER_HOUR,
) -> Line:
    """Return the narrowest line of a card that fits; NoRate names what the card lacks."""
    line = rate_of(
        card,
        pathway=pathway,
        area=area,
        visit_kind=visit_kind,
        day_type=day_type,
        start_minutes=start_minutes,
        minutes=minutes,
    )
    if line is not None:
        return line
    words = f"{card.name} has no {plain(visit_kind)} line for pathway {pathway}, {area}"
    for_case = [
        each
        for each in card.lines
        if each.fits_case(pathway=pathway, area=area, visit_kind=visit_kind)
    ]
    if for_case:
        words += f", {plain(day_type)}, {clock(start_minutes % MINUTES_PER_DAY)}, {minutes} min"
    raise NoRate(f"{words}.")


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
    day_type: str | None = None,
    start_minutes: int = NOON,
    bank_holidays: Collection[date] = frozenset(),
) -> PricedLine:
    """Price one visit at the rate in force when it starts (domain.md, conventions).

    The day's type follows from the calendar unless it is given, as for a week that is planned and
    stands for no week of the year. A caller who knows no time means noon.
    """
    card = card_in_force(cards, on=starts_on)
    line = line_for(
        card,
        pathway=pathway,
        area=area,
        visit_kind=visit_kind,
        day_type=day_type or day_type_of(starts_on, bank_holidays),
        start_minutes=start_minutes,
        minutes=minutes,
    )
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
