"""Rules of planning: who pays a week, a change in hours, and whether lots are in balance.

Sums of hours and money that a percentage changes are kept in ten-thousandths (`SCALE`), so that
they are exact for percentages of two decimals and are rounded once, in the cell that shows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cms_models.market.domain import LotTerms, lot_for
from cms_models.planning.sheet import Balance, LotShare

SCALE = 10_000
LEAST_PERCENT, MOST_PERCENT = Decimal(-100), Decimal(1000)
CHC, SELF_FUNDER = "CHC", "Self-funder"


def rounded(scaled: int) -> int:
    """Return ten-thousandths as a whole number, half-up (amounts are never below nought)."""
    return (scaled * 2 + SCALE) // (2 * SCALE)


def share_of(pence: Any, basis_points: Any) -> Any:
    """Return a share of whole pence in hundredths of a percent, half-up; ints or int arrays."""
    return (pence * basis_points * 2 + SCALE) // (2 * SCALE)


@dataclass(frozen=True)
class Parts:
    """Who pays a week, in whole pence: council (before contributions), NHS, self-funder."""

    council: int
    nhs: int
    self_funded: int


def parts_of(pence: int, *, funder: str, council_share_percent: Decimal) -> Parts:
    """Divide a week's pence among those who pay, to the penny: the parts add up to it (BR-07).

    Continuing healthcare is the NHS's whole (glossary, CHC), a self-funder's week his own (BR-06);
    else the council's share is rounded half-up and the NHS pays the rest.
    """
    if funder == CHC:
        return Parts(0, pence, 0)
    if funder == SELF_FUNDER:
        return Parts(0, 0, pence)
    council = share_of(pence, int(council_share_percent * 100))
    return Parts(council, pence - council, 0)


def contribution_of(council_pence: Any, *, most_pence: int | None) -> Any:
    """Return what a contributing person pays of the council's share: its actual cost (RT-11).

    Never more than the assessed weekly maximum where one is known.
    """
    return council_pence if most_pence is None else min(council_pence, most_pence)


def lot_of_package(
    lots: Iterable[LotTerms], *, own: LotTerms | None, pathway: str, zone: str
) -> LotTerms | None:
    """Return a package's lot: a placed one keeps its own while that covers it (PR-08).

    `own` is the lot of a package that has a provider, where that lot is one of `lots`.
    """
    if own is not None and own.covers(pathway=pathway, zone=zone):
        return own
    return lot_for(lots, pathway=pathway, zone=zone)


def hours_factor(percent: Decimal) -> int:
    """Return a change in hours as ten-thousandths of the hours: −5 % is 9,500.

    Raises ValueError, in a sentence, for a percentage that cannot be.
    """
    if not percent.is_finite() or not LEAST_PERCENT <= percent <= MOST_PERCENT:
        raise ValueError(
            f"A change in hours lies between {LEAST_PERCENT} % and {MOST_PERCENT} %, not {percent}."
        )
    if percent != round(percent, 2):
        raise ValueError(f"A change in hours has at most two decimals, not {percent} %.")
    return SCALE + int(percent * 100)


def apportioned(total: int, scaled_parts: Sequence[int]) -> list[int]:
    """Round parts in ten-thousandths so that they add up to the rounded total.

    Each is rounded down; the pence left over go to the largest remainders, the first of equals.
    """
    floors = [part // SCALE for part in scaled_parts]
    left = total - sum(floors)
    by_remainder = sorted(
        range(len(floors)), key=lambda place: (-(scaled_parts[place] % SCALE), place)
    )
    for place in by_remainder[:left]:
        floors[place] += 1
    return floors


def balance_of(
    pathway: str,
    lots: Sequence[tuple[str, str, int, Decimal]],
    *,
    tolerance_points: Decimal,
) -> Balance:
    """Hold each lot's share of a pathway's hours against its share of the clients (ZN-07).

    `lots` are (key, name, clients, weekly hours). S4 promises "broadly equitable hours"; how broad
    is the council's tolerance, in percentage points.
    """
    clients = sum(lot[2] for lot in lots)
    hours = sum((lot[3] for lot in lots), Decimal(0))
    shares = tuple(
        LotShare(
            key,
            name,
            count,
            weekly,
            _percent(Decimal(count), Decimal(clients)),
            _percent(weekly, hours),
        )
        for key, name, count, weekly in lots
    )
    out = [share for share in shares if abs(share.points) > tolerance_points]
    if not out:
        sentence = (
            f"Pathway {pathway}: every lot's share of the hours is within {tolerance_points:g} "
            "points of its share of the clients."
        )
    else:
        sentence = f"Pathway {pathway}: " + "; ".join(map(_share_words, out)) + "."
    return Balance(pathway, shares, tolerance_points, not out, sentence)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """Return a share in percent to two decimals, 0 of nothing."""
    return round(part * 100 / whole, 2) if whole else Decimal("0.00")


def _share_words(share: LotShare) -> str:
    return (
        f"{share.name} has {share.clients_percent} % of the clients but {share.hours_percent} % of "
        f"the hours ({share.weekly_hours:,.0f} h a week)"
    )
