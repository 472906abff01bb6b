"""What planned visits cost over a span of days: every dated visit at the rate of its own day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cms_models.care.patterns import Clause
from cms_models.rates.domain import Card, card_in_force, day_type_of, line_for, minutes_pence

DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Span:
    """Days `[first, after)`."""

    first: date
    after: date

    def within(self, first: date, after: date | None) -> "Span | None":
        """Return the days this span shares with another, None where they share none."""
        begins = max(self.first, first)
        ends = self.after if after is None else min(self.after, after)
        return Span(begins, ends) if begins < ends else None

    def without(self, breaks: "Iterable[tuple[date, date | None]]") -> "list[Span]":
        """Return what is left of the span outside some breaks, each on `[first, after)`."""
        left = [self]
        for first, after in breaks:
            before = [piece.within(piece.first, first) for piece in left]
            behind = [] if after is None else [piece.within(after, None) for piece in left]
            left = [piece for piece in (*before, *behind) if piece is not None]
        return sorted(left, key=lambda piece: piece.first)

    def cut_at(self, days: Iterable[date]) -> Iterator["Span"]:
        """Yield the span in pieces that begin on its first day and on each of some days in it."""
        cuts = [self.first, *sorted({day for day in days if self.first < day < self.after})]
        for first, after in zip(cuts, [*cuts[1:], self.after], strict=True):
            yield Span(first, after)

    def weeks(self) -> Iterator["Span"]:
        """Yield the span by calendar week, Monday to Sunday."""
        monday = self.first - timedelta(days=self.first.weekday())
        mondays = (monday + timedelta(days=n) for n in range(DAYS_A_WEEK, self.days + 7, 7))
        yield from self.cut_at(mondays)

    @property
    def last(self) -> date:
        """The last day of the span."""
        return self.after - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.after - self.first).days

    def count(self, weekday: int) -> int:
        """Return how often a weekday (0 is Monday) falls in the span."""
        offset = (weekday - self.first.weekday()) % DAYS_A_WEEK
        return max(0, (self.days - offset + DAYS_A_WEEK - 1) // DAYS_A_WEEK)


@dataclass(frozen=True)
class PlannedClause:
    """A clause of a visits pattern and the days `[valid_from, valid_to)` on which it is planned."""

    clause: Clause
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class SpanPrice:
    """Carer-minutes and pence of a span."""

    minutes: int
    pence: int


def price_span(
    planned: Sequence[PlannedClause],
    *,
    span: Span,
    cards: Sequence[Card],
    bank_holidays: frozenset[date],
    pathway: str,
    area: str,
    rounding: str,
) -> SpanPrice:
    """Price every planned visit of a span, per visit or per week and rate as the rule says (RT-07).

    NoRate says what is missing.
    """
    pieces = [span] if rounding == "per_line" else list(span.weeks())
    priced = [
        list(_visits(planned, piece, cards, bank_holidays, pathway=pathway, area=area))
        for piece in pieces
    ]
    minutes = sum(visits.count * visits.minutes for piece in priced for visits in piece)
    if rounding == "per_line":
        return SpanPrice(minutes, sum(visits.pence for piece in priced for visits in piece))
    return SpanPrice(minutes, sum(_week_pence(week) for week in priced))


@dataclass(frozen=True)
class _Visits:
    """Alike visits: how many, carer-minutes each, and their rate."""

    count: int
    minutes: int
    pence_per_hour: int

    @property
    def pence(self) -> int:
        """Pence of all, each rounded."""
        return self.count * minutes_pence(
            minutes=self.minutes, carers=1, pence_per_hour=self.pence_per_hour
        )


def _week_pence(week: Iterable[_Visits]) -> int:
    """Return a week's pence: its minutes at each rate, rounded once."""
    minutes: dict[int, int] = defaultdict(int)
    for visits in week:
        minutes[visits.pence_per_hour] += visits.count * visits.minutes
    return sum(
        minutes_pence(minutes=total, carers=1, pence_per_hour=rate)
        for rate, total in minutes.items()
    )


def _visits(
    planned: Sequence[PlannedClause],
    span: Span,
    cards: Sequence[Card],
    bank_holidays: frozenset[date],
    *,
    pathway: str,
    area: str,
) -> Iterator[_Visits]:
    changes = [day for card in cards for day in (card.valid_from, card.valid_to) if day]
    for piece in span.cut_at(changes):
        card = card_in_force(cards, on=piece.first)
        for one in planned:
            shared = piece.within(one.valid_from, one.valid_to)
            if shared is None:
                continue
            clause = one.clause
            for day_type, count in _days_of(clause, shared, bank_holidays).items():
                line = line_for(
                    card,
                    pathway=pathway,
                    area=area,
                    visit_kind=clause.visit_kind,
                    day_type=day_type,
                    start_minutes=clause.earliest_minutes,
                    minutes=clause.minutes,
                )
                yield _Visits(count, clause.minutes * clause.carers, line.pence_per_hour)


def _days_of(clause: Clause, span: Span, bank_holidays: frozenset[date]) -> dict[str, int]:
    """Return how many days of each type a clause has in a span."""
    inside = [day for day in bank_holidays if span.first <= day < span.after]
    holidays = sum(day.weekday() in clause.weekdays for day in inside)
    found: dict[str, int] = defaultdict(int)
    for weekday in clause.weekdays:
        on = span.first + timedelta(days=(weekday - span.first.weekday()) % DAYS_A_WEEK)
        off = sum(day.weekday() == weekday for day in inside)
        found[day_type_of(on)] += span.count(weekday) - off
    found["bank_holiday"] += holidays
    return {day_type: count for day_type, count in found.items() if count}
