"""Reading rates: the cards in force, as the pure rules want them, and the council's calendar."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from django.db.models import Q, QuerySet
from django.utils import timezone

from cms_models.accounts.models import Authority
from cms_models.publication.models import PublicationState
from cms_models.rates.cases import CardFaults, Change, changed, compared, faults_of
from cms_models.rates.domain import VISIT_KINDS, Card
from cms_models.rates.models import BankHoliday, RateCard, RateLine


def card_of(row: RateCard) -> Card:
    """Return a stored card as the pure rules want it."""
    return Card(
        row.name,
        row.valid_from,
        row.over_on,
        tuple(line.terms for line in row.lines.all()),
        row.root.name if row.corrects_id else None,
        row.approved_at,
    )


def published_cards(authority: Authority, *, known_on: date | None = None) -> list[Card]:
    """Return every published card of a council, past and to come.

    `known_on` takes the council back to the end of that day: cards approved later are left out and
    what they ended is taken as still running, so a day is priced to the same pennies as then.
    """
    return cards_known(RateCard.objects.filter(authority=authority), known_on=known_on)


def cards_known(
    cards: QuerySet[RateCard], *, known_on: date | None = None, before: datetime | None = None
) -> list[Card]:
    """Return the published ones of some cards, as known at the end of a day or before a moment."""
    rows = list(
        cards.filter(state=PublicationState.PUBLISHED)
        .select_related("ended_by", "corrects__corrects__corrects")
        .prefetch_related("lines")
    )
    moment = before or (_end_of(known_on) if known_on else None)
    if moment is None:
        return [card_of(row) for row in rows]
    return [_as_known(row, before=moment) for row in rows if _is_known(row, before=moment)]


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _is_known(row: RateCard, *, before: datetime) -> bool:
    return row.approved_at is None or row.approved_at < before


def _as_known(row: RateCard, *, before: datetime) -> Card:
    """Return a card without the end that a card not yet known was to give it."""
    root = row.root
    if root.ended_by is None or _is_known(root.ended_by, before=before):
        return card_of(row)
    ends, link = [], row
    while link.corrects is not None:
        ends.append(link.valid_to)
        link = link.corrects
    return replace(card_of(row), valid_to=min(filter(None, ends), default=None))


def cards_in_force(cards: QuerySet[RateCard], *, on: date) -> QuerySet[RateCard]:
    """Narrow cards to the published ones whose period holds a day; `card_in_force` picks one."""
    return cards.filter(state=PublicationState.PUBLISHED, valid_from__lte=on).filter(
        Q(valid_to=None) | Q(valid_to__gt=on)
    )


def card_before(card: RateCard) -> RateCard | None:
    """Return the card that this one corrects or supersedes on its first day, None for the first."""
    if card.corrects is not None:
        return card.corrects
    earlier = RateCard.objects.filter(
        authority=card.authority,
        corrects=None,
        state=PublicationState.PUBLISHED,
        valid_from__lt=card.valid_from,
    ).exclude(pk=card.pk)
    return earlier.order_by("-valid_from").first()


def faults_in(card: RateCard) -> CardFaults:
    """Return the overlaps and gaps of a card's lines, and what it does not price."""
    return faults_of(card_of(card).lines)


def changes_of(card: RateCard) -> list[Change]:
    """Return what costs something else from a card's first day than under the card before it."""
    before = card_before(card)
    return changed(card_of(before) if before else None, card_of(card))


def side_by_side(card: RateCard, other: RateCard) -> list[Change]:
    """Return what every group of visits costs under another card and under this one."""
    return compared(card_of(other), card_of(card))


def lines_of(card: RateCard) -> list[RateLine]:
    """Return a card's lines as people read them: by kind of visit, the widest first."""
    return sorted(
        card.lines.all(),
        key=lambda row: (VISIT_KINDS.index(row.visit_kind), row.terms.narrowness),
    )


def lines_token(card: RateCard) -> str:
    """Return a mark of a card's lines as they are now; another save of any line changes it."""
    stored = sorted(card.lines.values_list("pk", "version"))
    return sha256(f"{card.pk} {card.state} {stored}".encode()).hexdigest()[:16]


def bank_holidays(authority: Authority) -> frozenset[date]:
    """Return the days that a council counts as bank holidays."""
    return frozenset(BankHoliday.objects.filter(authority=authority).values_list("on", flat=True))
