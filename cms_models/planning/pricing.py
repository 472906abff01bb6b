"""Pricing many packages at once: every distinct visit is priced once, by the one pricing rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cms_models.care.domain import price_package
from cms_models.care.patterns import Clause
from cms_models.rates.domain import AREAS, Card, NoRate, PricedLine, price_week

if TYPE_CHECKING:
    from cms_models.planning.facts import Bools, Ints, Packages

PER_LINE = "per_line"


@dataclass(frozen=True)
class CasePrice:
    """A clause's week for a pathway and area: (visits a week, price of each) and their pence.

    `reason` says why there is no price; then there are no lines.
    """

    pence: int
    lines: tuple[tuple[int, PricedLine], ...]
    reason: str = ""


@dataclass(frozen=True)
class WeekPrices:
    """Every package's week: minutes, pence (0 where not priced) and the reason of those without."""

    minutes: "Ints"
    pence: "Ints"
    priced: "Bools"
    reasons: tuple[str, ...]
    price_of_clause: "Ints"
    prices: tuple[CasePrice, ...]


def price_case(
    clauses: Sequence[Clause], *, cards: Sequence[Card], on: date, pathway: str, area: str
) -> CasePrice:
    """Price a week of some clauses through `care.domain.price_package`."""
    try:
        week = price_package(
            [("", clause) for clause in clauses],
            cards=cards,
            on=on,
            pathway=pathway,
            area=area,
            rounding=PER_LINE,
        )
    except NoRate as missing:
        return CasePrice(0, (), str(missing))
    return CasePrice(week.weekly_pence, tuple((count, line) for _, count, line in week.lines))


def week_prices(
    packages: "Packages", areas: "Ints", *, card: Card | None, on: date, rounding: str
) -> WeekPrices:
    """Price the week of every package; one clause without a rate leaves the whole week unpriced."""
    owner, cards = packages.clause_package, [card] if card else []
    per_pathway = len(AREAS) * max(len(packages.pathway.keys), 1)
    case = packages.clause_case * per_pathway
    case = case + packages.pathway.codes[owner] * len(AREAS) + areas[owner]
    distinct, price_of_clause = np.unique(case, return_inverse=True)
    prices = []
    for number in distinct.tolist():
        clause, rest = divmod(number, per_pathway)
        pathway, area = divmod(rest, len(AREAS))
        prices.append(
            price_case(
                [packages.clauses[clause]],
                cards=cards,
                on=on,
                pathway=packages.pathway.keys[pathway],
                area=AREAS[area],
            )
        )
    minutes = np.array([one.weekly_minutes for one in packages.clauses], dtype=np.int64)
    # Without a card in force not even a week without visits has a price.
    nothing = price_case([], cards=cards, on=on, pathway="", area="")
    reasons = _reasons(packages, price_of_clause, prices, otherwise=nothing.reason)
    priced = np.array([not reason for reason in reasons], dtype=np.bool_)
    if rounding == PER_LINE:
        pence = _summed(packages, np.array([p.pence for p in prices], np.int64)[price_of_clause])
    else:
        pence = _whole_weeks(packages, price_of_clause, prices, rounding=rounding)
    return WeekPrices(
        minutes=_summed(packages, minutes[packages.clause_case]),
        pence=np.where(priced, pence, 0),
        priced=priced,
        reasons=reasons,
        price_of_clause=price_of_clause,
        prices=tuple(prices),
    )


def _summed(packages: "Packages", values: "Ints") -> "Ints":
    """Add up a value of every clause row by package."""
    total = np.zeros(len(packages), dtype=np.int64)
    np.add.at(total, packages.clause_package, values)
    return total


def _reasons(
    packages: "Packages",
    price_of_clause: "Ints",
    prices: Sequence[CasePrice],
    *,
    otherwise: str,
) -> tuple[str, ...]:
    """Return every package's reason, that of its first clause without a rate; empty when priced."""
    found = [otherwise] * len(packages)
    without = np.array([bool(price.reason) for price in prices], dtype=np.bool_)
    for row in np.flatnonzero(without[price_of_clause]).tolist():
        package = int(packages.clause_package[row])
        found[package] = found[package] or prices[int(price_of_clause[row])].reason
    return tuple(found)


def _whole_weeks(
    packages: "Packages", price_of_clause: "Ints", prices: Sequence[CasePrice], *, rounding: str
) -> "Ints":
    """Price weeks whose pence are not the sum of their visits', each different week once."""
    weeks: list[list[int]] = [[] for _ in range(len(packages))]
    rows = zip(packages.clause_package.tolist(), price_of_clause.tolist(), strict=True)
    for package, price in rows:
        weeks[package].append(price)
    keys = [tuple(sorted(week)) for week in weeks]
    known = {key: _week_pence(key, prices, rounding=rounding) for key in Counter(keys)}
    return np.array([known[key] for key in keys], dtype=np.int64)


def _week_pence(week: Sequence[int], prices: Sequence[CasePrice], *, rounding: str) -> int:
    visits = [line for price in week for count, line in prices[price].lines for _ in range(count)]
    return price_week(visits, rounding=rounding)
