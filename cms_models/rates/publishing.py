"""How a rate card goes live, and what changes on its day."""

from typing import Any

from cms_models.accounts.models import User
from cms_models.publication.registry import Publication, declare
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import card_before, changes_of
from cms_models.rates.services import card_refusals, publish_card, take_back_card


def _publish(*, actor: User, record: RateCard) -> Any:
    return publish_card(actor=actor, card=record)


def _take_back(*, actor: User, record: RateCard) -> None:
    take_back_card(actor=actor, card=record)


def card_changes(card: RateCard) -> list[str]:
    """Return what changes on a card's first day: what it replaces, then rate by rate."""
    before = card_before(card)
    rates = [change.sentence for change in changes_of(card)]
    return [_opening(card, before), *(rates or ["No rate changes."])]


def _opening(card: RateCard, before: RateCard | None) -> str:
    day = f"From {card.valid_from:%d/%m/%Y}"
    if before is None:
        return f"{day} {card} is the council's first rate card."
    if card.corrects_id is not None:
        return f"{day} {card} corrects {before}, which stays on file as it was known."
    return f"{day} {card} replaces {before}."


declare(
    Publication(RateCard, card_refusals, _publish, _take_back, changes=card_changes, prices=True)
)
