"""What a correction of rates comes to, package by package, for the days that had gone by.

Worked out from what is kept: the patterns and awards with their days, the cards with the moment
each became known. Nothing that was invoiced moves by it; it is the list an invoice is put right by.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.care.models import Award, VisitPattern
from cms_models.care.spans import PlannedClause, Span, SpanPrice, price_span
from cms_models.fields.selectors import rule_value
from cms_models.rates.domain import Card, NoRate
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import bank_holidays, card_of, cards_known


@dataclass(frozen=True)
class Adjustment:
    """A package with a provider over the days a correction puts right, before and after it.

    `reason` says why there is no price, where there is none.
    """

    package_id: int
    package_ref: str
    provider: str
    span: Span
    minutes: int = 0
    old_pence: int = 0
    new_pence: int = 0
    reason: str = ""

    @property
    def difference_pence(self) -> int:
        """What is owed more, less where negative."""
        return self.new_pence - self.old_pence


@dataclass(frozen=True)
class AdjustmentSheet:
    """Every adjustment of a correction; `corrected` and `correction` are the two cards' names."""

    corrected: str
    correction: str
    span: Span | None
    rounding: str
    rows: Sequence[Adjustment]

    @property
    def total(self) -> Adjustment:
        """The sum of the rows."""
        nothing = Span(date.min, date.min)
        return Adjustment(
            *(0, "All", ""),
            self.span or nothing,
            sum(row.minutes for row in self.rows),
            sum(row.old_pence for row in self.rows),
            sum(row.new_pence for row in self.rows),
        )


def span_of(correction: RateCard, *, today: date) -> Span | None:
    """Return the days a correction puts right: from its first to the day it became known.

    For one that is not approved yet, to today. None when no such day has gone by.
    """
    known = timezone.localdate(correction.approved_at) if correction.approved_at else today
    ends = min(filter(None, (correction.over_on, known)))
    return Span(correction.valid_from, ends) if correction.valid_from < ends else None


Breaks = Mapping[int, Sequence[tuple[date, date | None]]]


def adjustments_of(
    correction: RateCard, *, user: User, today: date, unpaid: Breaks | None = None
) -> AdjustmentSheet:
    """Return what a correction changes for every package a user may see, dearest first.

    `unpaid` are days `[first, after)` that were not paid, by package: those of suspensions.
    """
    span, authority = span_of(correction, today=today), correction.authority
    rounding = rule_value(authority, "rates.rounding", on=correction.valid_from)
    rows: list[Adjustment] = []
    if span is not None:
        before = cards_known(
            RateCard.objects.filter(authority=authority), before=correction.approved_at
        )
        before = [card for card in before if card.name != correction.name]
        pricing = _Pricing(
            before, [*before, card_of(correction)], bank_holidays(authority), rounding
        )
        rows = _rows(user, span, pricing, unpaid or {})
    corrected = correction.corrects.name if correction.corrects else ""
    rows.sort(key=lambda row: (-abs(row.difference_pence), row.package_ref))
    return AdjustmentSheet(corrected, correction.name, span, rounding, rows)


class _Pricing:
    """Both prices of a pattern over a span; packages of one pattern and span are priced once."""

    def __init__(
        self, before: list[Card], after: list[Card], holidays: frozenset[date], rounding: str
    ) -> None:
        self.both, self.holidays, self.rounding = (before, after), holidays, rounding
        self._kept: dict[object, tuple[SpanPrice, SpanPrice]] = {}

    def prices(
        self, planned: tuple[PlannedClause, ...], *, span: Span, pathway: str, area: str
    ) -> tuple[SpanPrice, SpanPrice]:
        """Return the price before and after; NoRate says what is missing."""
        case = (planned, span, pathway, area)
        if case not in self._kept:
            before, after = (
                price_span(
                    planned,
                    span=span,
                    cards=cards,
                    bank_holidays=self.holidays,
                    pathway=pathway,
                    area=area,
                    rounding=self.rounding,
                )
                for cards in self.both
            )
            self._kept[case] = (before, after)
        return self._kept[case]


def _rows(user: User, span: Span, pricing: _Pricing, unpaid: Breaks) -> list[Adjustment]:
    awards = (
        Award.objects.visible_to(user)
        .filter(starts_on__lt=span.after)
        .filter(Q(ends_on=None) | Q(ends_on__gt=span.first))
        .select_related("package", "provider")
        .order_by("package__package_ref", "starts_on")
    )
    patterns: dict[int, list[PlannedClause]] = defaultdict(list)
    for row in VisitPattern.objects.filter(package__in=awards.order_by().values("package")):
        patterns[row.package_id].append(PlannedClause(row.clause, row.valid_from, row.valid_to))
    rows = [
        _row(award, tuple(patterns[award.package_id]), days, pricing)
        for award in awards
        for days in _paid(award, span, unpaid.get(award.package_id, ()))
    ]
    return [row for row in rows if row.minutes or row.reason]


def _paid(award: Award, span: Span, breaks: Sequence[tuple[date, date | None]]) -> list[Span]:
    """Return the days of a span on which an award was delivered and paid."""
    package = award.package
    held = span.within(award.starts_on, award.ends_on)
    days = held.within(package.starts_on, package.ends_on) if held else None
    return days.without(breaks) if days else []


def _row(
    award: Award, planned: tuple[PlannedClause, ...], days: Span, pricing: _Pricing
) -> Adjustment:
    package = award.package
    named = (package.pk, package.package_ref, award.provider.name, days)
    try:
        old, new = pricing.prices(planned, span=days, pathway=package.pathway, area=package.area)
    except NoRate as missing:
        return Adjustment(*named, reason=str(missing))
    return Adjustment(*named, new.minutes, old.pence, new.pence)
