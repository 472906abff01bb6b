"""What a provider reads of rates: the published card of its council in force on a day."""

from collections.abc import Sequence
from datetime import date

from cms_models.accounts.models import User
from cms_models.rates.domain import Card, Line, NoRate, card_in_force
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import card_of, cards_in_force


def card_on(*, user: User, on: date) -> Card | None:
    """Return the published card in force on a day (RT-12), or None when there was none."""
    rows = cards_in_force(RateCard.objects.visible_to(user), on=on).prefetch_related("lines")
    try:
        return card_in_force([card_of(row) for row in rows], on=on)
    except NoRate:
        return None


def fitting_lines(
    card: Card,
    *,
    pathway: str | None = None,
    area: str | None = None,
    visit_kind: str | None = None,
) -> Sequence[Line]:
    """Return the lines of a card that may price such visits, the narrowest of a kind first."""
    fitting = [
        line
        for line in card.lines
        if (pathway is None or line.pathway in (None, pathway))
        and (area is None or line.area in (None, area))
        and (visit_kind is None or line.visit_kind == visit_kind)
    ]
    return sorted(
        fitting,
        key=lambda line: (
            line.visit_kind,
            -line.narrowness,
            line.pathway or "",
            line.area or "",
        ),
    )
