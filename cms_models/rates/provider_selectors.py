"""What a provider reads of rates: the published card of its council in force on a day."""

from collections.abc import Sequence
from datetime import date

from cms_models.accounts.models import User
from cms_models.rates.domain import Card, Line, NoRate, card_in_force
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import cards_known


def card_on(*, user: User, on: date, known_on: date | None = None) -> Card | None:
    """Return the published card in force on a day (RT-12), or None when there was none.

    `known_on` asks what was known by the end of that day: corrections approved later do not count.
    """
    try:
        return card_in_force(
            cards_known(RateCard.objects.visible_to(user), known_on=known_on), on=on
        )
    except NoRate:
        return None


def fitting_lines(
    card: Card,
    *,
    pathway: str | None = None,
    area: str | None = None,
    visit_kind: str | None = None,
    day_type: str | None = None,
    starts_at: int | None = None,
    minutes: int | None = None,
) -> Sequence[Line]:
    """Return the lines of a card that may price such visits, the narrowest of a kind first.

    `starts_at` is minutes after midnight; what is not asked narrows nothing.
    """
    fitting = [
        line
        for line in card.lines
        if (pathway is None or line.pathway in (None, pathway))
        and (area is None or line.area in (None, area))
        and (visit_kind is None or line.visit_kind == visit_kind)
        and (day_type is None or line.day_type in (None, day_type))
        and (starts_at is None or line.fits_start(starts_at))
        and (minutes is None or line.fits_length(minutes))
    ]
    return sorted(
        fitting,
        key=lambda line: (
            line.visit_kind,
            -line.narrowness,
            line.pathway or "",
            line.area or "",
            line.day_type or "",
            line.from_minutes or 0,
            line.least_minutes or 0,
        ),
    )
