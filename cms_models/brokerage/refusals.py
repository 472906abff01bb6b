"""How an offer, a decline or an award is refused, told apart by type."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from cms_models.brokerage.models import Offer


class TooLate(ValidationError):  # noqa: N818 - it reads as the refusal
    """Raised when the response clock has run out, or the package is no longer open."""


class AlreadyAnswered(ValidationError):  # noqa: N818 - it reads as the refusal
    """Raised when a provider has answered already; `offer` is the one that stands, if any."""

    def __init__(self, words: str, *, offer: "Offer | None" = None) -> None:
        super().__init__(words)
        self.offer = offer
