"""Rules of a quality framework."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

Standard = tuple[str, Decimal]


def weights_refusal(weights: Sequence[Decimal]) -> str | None:
    """Return why weights cannot be published, with their sum (QA-03), or None when they add up."""
    total = sum(weights, Decimal(0))
    if total == 100:
        return None
    return f"The weights add up to {total.normalize():f}, not 100."


def standard_changes(before: Mapping[str, Standard], after: Mapping[str, Standard]) -> list[str]:
    """Return what differs between two editions' standards (code → statement and weight)."""
    return [
        *(f"Standard {code} is no longer asked." for code in before if code not in after),
        *(
            f"Standard {code} is new, with weight {_weight(after[code])}."
            for code in after
            if code not in before
        ),
        *(
            f"Standard {code}: {', '.join(_differences(before[code], after[code]))}."
            for code in after
            if code in before and before[code] != after[code]
        ),
    ]


def _differences(before: Standard, after: Standard) -> list[str]:
    weight = f"weight {_weight(before)} → {_weight(after)}"
    found = [weight] if before[1] != after[1] else []
    return [*found, *(["another wording"] if before[0] != after[0] else [])]


def _weight(standard: Standard) -> str:
    return f"{standard[1].normalize():f}"
