"""A bulk uplift: every line of a card by a percentage or an amount, rounded as stated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from cms_models.rates.domain import Line, pounds

STEPS = (1, 5, 10)


@dataclass(frozen=True)
class Uplift:
    """By how much: percent or pence an hour (one of them), rounded half-up to `step` pence.

    `visit_kinds` are the kinds uplifted; none named means all.
    """

    percent: Decimal | None = None
    pence: int | None = None
    step: int = 1
    visit_kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.pence is None):
            raise ValueError("State a percentage or an amount, not both and not neither.")
        if self.step not in STEPS:
            raise ValueError(f"Rates are rounded to {', '.join(map(str, STEPS))}p.")

    @property
    def words(self) -> str:
        """The uplift as people read it."""
        if self.percent is not None:
            by = f"{self.percent:+} %".replace("-", "−")
        else:
            pence = self.pence or 0
            by = f"+{pounds(pence)}" if pence > 0 else pounds(pence)
        return f"{by} an hour, rounded half-up to {self.step}p"


def uplifted(pence_per_hour: int, *, by: Uplift) -> int:
    """Return a rate after an uplift; ValueError when nothing would be left of it."""
    if by.percent is not None:
        exact = pence_per_hour * (1 + by.percent / 100)
    else:
        exact = Decimal(pence_per_hour + (by.pence or 0))
    steps = (exact / by.step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    found = int(steps) * by.step
    if found < 1:
        raise ValueError(f"{pounds(pence_per_hour)} {by.words} leaves nothing to pay.")
    return found


def uplifted_lines(lines: Sequence[Line], *, by: Uplift) -> tuple[Line, ...]:
    """Return a card's lines after an uplift; kinds not named stay as they are."""
    return tuple(
        replace(line, pence_per_hour=uplifted(line.pence_per_hour, by=by))
        if not by.visit_kinds or line.visit_kind in by.visit_kinds
        else line
        for line in lines
    )
