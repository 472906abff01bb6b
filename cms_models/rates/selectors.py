"""Reading rates: the cards in force, as the pure rules want them."""

from datetime import date

from django.db.models import Q, QuerySet

from cms_models.accounts.models import Authority
from cms_models.places.models import PublicationState
from cms_models.rates.domain import Card, Line
from cms_models.rates.models import RateCard


def card_of(row: RateCard) -> Card:
    """Return a stored card as the pure rules want it."""
    lines = tuple(
        Line(line.pathway or None, line.area or None, line.visit_kind, line.pence_per_hour)
        for line in row.lines.all()
    )
    return Card(row.name, row.valid_from, row.valid_to, lines)


def published_cards(authority: Authority) -> list[Card]:
    """Return every published card of a council, past and to come."""
    rows = RateCard.objects.filter(authority=authority, state=PublicationState.PUBLISHED)
    return [card_of(row) for row in rows.prefetch_related("lines")]


def cards_in_force(cards: QuerySet[RateCard], *, on: date) -> QuerySet[RateCard]:
    """Narrow cards to the published ones in force on a day."""
    return cards.filter(state=PublicationState.PUBLISHED, valid_from__lte=on).filter(
        Q(valid_to=None) | Q(valid_to__gt=on)
    )
