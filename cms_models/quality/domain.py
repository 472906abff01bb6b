"""Rules of a quality framework."""

from collections.abc import Sequence
from decimal import Decimal


def weights_refusal(weights: Sequence[Decimal]) -> str | None:
    """Return why weights cannot be published, with their sum (QA-03), or None when they add up."""
    total = sum(weights, Decimal(0))
    if total == 100:
        return None
    return f"The weights add up to {total.normalize():f}, not 100."
