"""From facts to a sheet: sums by row, budgets, viability, balance."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from cms_models.planning.domain import SCALE, apportioned, balance_of, rounded
from cms_models.planning.facts import Facts, Ints, lot_keys
from cms_models.planning.sheet import (
    TABLES,
    TOTAL,
    Balance,
    BudgetLine,
    Row,
    Sheet,
    Table,
    Unpriced,
    ViabilityLine,
)
from cms_models.rates.tables import BudgetGap, viability

PROVIDERS_TRIED = (1, 2, 3)
# ZN-06 holds the floor against the ongoing pathway, whose lots are the zones.
VIABILITY_PATHWAY = "O"


@dataclass(frozen=True)
class BudgetTerms:
    """A budget as the sheet needs it."""

    name: str
    pathways: tuple[str, ...]
    amount_pence: int


def sheet_from(facts: Facts, *, name: str, budgets: Sequence[BudgetTerms]) -> Sheet:
    """Return everything a sandbox says of an option."""
    sums = Sums.of(facts)
    total = _row(facts, sums.everything(), TOTAL, "All packages")
    tables = {
        key: Table(key, title, tuple(_rows(facts, sums, key)), total)
        for key, title in TABLES.items()
    }
    return Sheet(
        name=name,
        weeks=facts.terms.weeks,
        tables=tables,
        budgets=tuple(_budget(facts, sums, budget) for budget in budgets),
        viability=tuple(_zone_viability(facts, sums)),
        lot_viability=tuple(_lot_viability(facts, sums)),
        balance=tuple(_balances(facts, tables["lot"])),
        unpriced=tuple(_unpriced(tables["price"])),
        not_begun=facts.packages.not_begun,
        about=facts.terms.about,
        facts=facts,
    )


@dataclass(frozen=True)
class Heap:
    """Sums of some packages; hours and money in ten-thousandths, after the change in hours."""

    clients: int
    packages: int
    minutes: int
    pence: int
    contribution: int
    nhs: int
    self_funded: int
    unpriced: int


@dataclass(frozen=True)
class Sums:
    """Columns of every package, ready to be added up by row."""

    facts: Facts
    columns: Mapping[str, Ints]
    people: Ints

    @classmethod
    def of(cls, facts: Facts) -> "Sums":
        """Apply the change in hours to every column."""
        columns = {
            "packages": np.ones(len(facts.packages), dtype=np.int64),
            "minutes": facts.minutes * facts.factor,
            "pence": facts.pence * facts.factor,
            "contribution": facts.contribution,
            "nhs": facts.nhs * facts.factor,
            "self_funded": facts.self_funded * facts.factor,
            "unpriced": (~facts.priced).astype(np.int64),
        }
        _, people = np.unique(facts.packages.persons, return_inverse=True)
        return cls(facts, columns, people)

    def everything(self) -> Heap:
        """Add up every package."""
        codes = np.zeros(len(self.people), dtype=np.int64)
        return self.by(codes, 1)[0]

    def by(self, codes: Ints, count: int) -> list[Heap]:
        """Add up packages by row; a person is one client in each row where they have a package."""
        people = int(self.people.max(initial=0)) + 1
        pairs = np.unique(codes * people + self.people) // people
        found = {"clients": np.bincount(pairs, minlength=count)}
        for name, column in self.columns.items():
            found[name] = np.zeros(count, dtype=np.int64)
            np.add.at(found[name], codes, column)
        return [
            Heap(**{name: int(column[place]) for name, column in found.items()})
            for place in range(count)
        ]

    def pathway_of(self, table: str) -> dict[tuple[str, str], Heap]:
        """Add up packages by row of a table and pathway, as {(row key, pathway): sums}."""
        division, pathways = self.facts.divisions[table], self.facts.divisions["pathway"]
        width = len(pathways.keys)
        heaps = self.by(division.codes * width + pathways.codes, len(division.keys) * width)
        return {
            (row, pathway): heaps[place * width + column]
            for place, row in enumerate(division.keys)
            for column, pathway in enumerate(pathways.keys)
        }


def _rows(facts: Facts, sums: Sums, table: str) -> Iterator[Row]:
    division = facts.divisions[table]
    heaps = sums.by(division.codes, len(division.keys))
    for heap, key, name, wanting in zip(
        heaps, division.keys, division.names, division.wanting, strict=True
    ):
        yield _row(facts, heap, key, name, wanting=wanting)


def _row(facts: Facts, heap: Heap, key: str, name: str, *, wanting: bool = False) -> Row:
    weeks = facts.terms.weeks
    week, year = _money(heap, weeks=1), _money(heap, weeks=weeks)
    return Row(
        key=key,
        name=name,
        clients=heap.clients,
        packages=heap.packages,
        weekly_minutes=rounded(heap.minutes),
        annual_minutes=rounded(heap.minutes * weeks),
        weekly_pence=sum(week),
        annual_pence=sum(year),
        weekly_contribution_pence=week[0],
        annual_contribution_pence=year[0],
        weekly_nhs_pence=week[1],
        annual_nhs_pence=year[1],
        weekly_self_funded_pence=week[2],
        annual_self_funded_pence=year[2],
        weekly_council_pence=week[3],
        annual_council_pence=year[3],
        unpriced=heap.unpriced,
        wanting=wanting,
    )


def _money(heap: Heap, *, weeks: int) -> list[int]:
    """Return who pays, in pence: contributions, NHS, self-funders, council; they add up."""
    paid = [heap.contribution, heap.nhs, heap.self_funded]
    parts = [part * weeks for part in (*paid, heap.pence - sum(paid))]
    return apportioned(rounded(heap.pence * weeks), parts)


def _budget(facts: Facts, sums: Sums, budget: BudgetTerms) -> BudgetLine:
    pathways = facts.divisions["pathway"]
    heaps = zip(sums.by(pathways.codes, len(pathways.keys)), pathways.keys, strict=True)
    held = [heap for heap, key in heaps if key in budget.pathways]
    weeks = facts.terms.weeks
    cost = sum(heap.pence for heap in held)
    others = sum(heap.contribution + heap.nhs + heap.self_funded for heap in held)
    return BudgetLine(
        name=budget.name,
        pathways=budget.pathways,
        weeks=weeks,
        gap=BudgetGap(rounded(cost * weeks), budget.amount_pence),
        council_gap=BudgetGap(rounded((cost - others) * weeks), budget.amount_pence),
        unpriced=sum(heap.unpriced for heap in held),
    )


def _viability(facts: Facts, key: str, name: str, scaled_minutes: int) -> ViabilityLine:
    """Share hours out equally; from unrounded hours."""
    hours, floor = Decimal(scaled_minutes) / SCALE / 60, facts.terms.floor_hours
    shares = tuple(
        viability(zone=name, weekly_hours=hours, providers=count, floor_hours=floor)
        for count in PROVIDERS_TRIED
    )
    return ViabilityLine(key, name, hours, floor, shares)


def _zone_viability(facts: Facts, sums: Sums) -> Iterator[ViabilityLine]:
    heaps, division = sums.pathway_of("zone"), facts.divisions["zone"]
    for key, name, wanting in zip(division.keys, division.names, division.wanting, strict=True):
        if not wanting:
            heap = heaps.get((key, VIABILITY_PATHWAY))
            yield _viability(facts, key, name, heap.minutes if heap else 0)


def _lot_viability(facts: Facts, sums: Sums) -> Iterator[ViabilityLine]:
    division = facts.divisions["lot"]
    heaps = sums.by(division.codes, len(division.keys))
    for heap, key, name, wanting in zip(
        heaps, division.keys, division.names, division.wanting, strict=True
    ):
        if not wanting:
            yield _viability(facts, key, name, heap.minutes)


def _balances(facts: Facts, lots: Table) -> Iterator[Balance]:
    """Yield the balance of every pathway that several lots share."""
    shared: dict[str, list[Row]] = defaultdict(list)
    rows = {row.key: row for row in lots.rows}
    for key, lot in zip(lot_keys(facts.terms.lots), facts.terms.lots, strict=True):
        for pathway in lot.pathways:
            shared[pathway].append(rows[key])
    for pathway, held in sorted(shared.items()):
        if len(held) > 1 and any(row.packages for row in held):
            yield balance_of(
                pathway,
                [
                    (row.key, row.name, row.clients, Decimal(row.weekly_minutes) / 60)
                    for row in held
                ],
                tolerance_points=facts.terms.tolerance_points,
            )


def _unpriced(prices: Table) -> Iterator[Unpriced]:
    for row in prices.rows:
        if row.wanting:
            yield Unpriced(row.key, row.packages, row.weekly_minutes)
