"""What a sandbox shows: tables of clients, hours and money, with what is behind every cell.

Cells are whole numbers: people, packages, carer-minutes and pence. Nothing is dropped: a package
without a zone, lot, provider or rate is counted in a row that says so by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from cms_models.rates.tables import BudgetGap, Viability, hours_per_person

if TYPE_CHECKING:
    from cms_models.planning.facts import Facts

# How packages are divided, in the order shown: key, title.
TABLES: Mapping[str, str] = {
    "zone": "Zones",
    "lot": "Lots",
    "pathway": "Pathways",
    "funder": "Funders",
    "provider": "Providers",
    "area": "Urban and rural",
    "status": "Status",
    "price": "Priced and not priced",
}
# The row of every table that adds up all packages, and the row of those that have no such thing;
# no zone, lot or provider is called so.
TOTAL = "~total"
NONE = "~none"


@dataclass(frozen=True)
class Column:
    """A column of every table; `unit` is people, packages, minutes, pence or hours."""

    key: str
    title: str
    unit: str
    period: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("clients", "Clients", "people"),
    Column("packages", "Packages", "packages"),
    Column("weekly_minutes", "Weekly hours", "minutes", "week"),
    Column("annual_minutes", "Annual hours", "minutes", "year"),
    Column("hours_per_person", "Weekly hours a person", "hours", "week"),
    Column("weekly_pence", "Weekly cost", "pence", "week"),
    Column("annual_pence", "Annual cost", "pence", "year"),
    Column("weekly_contribution_pence", "People's contributions a week", "pence", "week"),
    Column("annual_contribution_pence", "People's contributions a year", "pence", "year"),
    Column("weekly_nhs_pence", "NHS a week", "pence", "week"),
    Column("annual_nhs_pence", "NHS a year", "pence", "year"),
    Column("weekly_self_funded_pence", "Self-funders a week", "pence", "week"),
    Column("annual_self_funded_pence", "Self-funders a year", "pence", "year"),
    Column("weekly_council_pence", "Council a week, after contributions", "pence", "week"),
    Column("annual_council_pence", "Council a year, after contributions", "pence", "year"),
    Column("unpriced", "Not priced", "packages"),
)
COLUMN_OF: Mapping[str, Column] = {column.key: column for column in COLUMNS}


@dataclass(frozen=True)
class Row:
    """A row of a table: what some packages come to.

    Cost is everybody's: weekly_pence = contributions + NHS + self-funders + council. The pence of
    packages without a rate are not in it; `unpriced` counts them. `wanting` is a row of packages
    that lack something (a zone, lot, provider or rate), named by it.
    """

    key: str
    name: str
    clients: int
    packages: int
    weekly_minutes: int
    annual_minutes: int
    weekly_pence: int
    annual_pence: int
    weekly_contribution_pence: int
    annual_contribution_pence: int
    weekly_nhs_pence: int
    annual_nhs_pence: int
    weekly_self_funded_pence: int
    annual_self_funded_pence: int
    weekly_council_pence: int
    annual_council_pence: int
    unpriced: int
    wanting: bool = False

    @property
    def hours_per_person(self) -> Decimal | None:
        """Weekly hours a person to two decimals, None where nobody is (ZN-08)."""
        hours = Decimal(self.weekly_minutes) / 60
        return hours_per_person(weekly_hours=hours, people=self.clients)

    def cell(self, column: str) -> int | Decimal | None:
        """Return the value of a column by its key; KeyError for a key that is none."""
        value: int | Decimal | None = getattr(self, COLUMN_OF[column].key)
        return value


@dataclass(frozen=True)
class Table:
    """Packages divided one way; the total is every package once."""

    key: str
    title: str
    rows: tuple[Row, ...]
    total: Row

    def row(self, key: str) -> Row:
        """Return a row by its key, `TOTAL` for the total; KeyError where there is none."""
        if key == TOTAL:
            return self.total
        return {row.key: row for row in self.rows}[key]


@dataclass(frozen=True)
class BudgetLine:
    """A budget against the planned annual cost of its pathways (TB-04).

    `gap` holds the whole cost against it, as S4 does; `council_gap` only what the council pays
    after contributions, the NHS and self-funders. `unpriced` packages are in neither.
    """

    name: str
    pathways: tuple[str, ...]
    weeks: int
    gap: BudgetGap
    council_gap: BudgetGap
    unpriced: int


@dataclass(frozen=True)
class ViabilityLine:
    """A zone's or lot's weekly hours shared equally by 1, 2 and 3 providers (ZN-06)."""

    key: str
    name: str
    weekly_hours: Decimal
    floor_hours: Decimal
    shares: tuple[Viability, ...]

    @property
    def most_viable(self) -> int:
        """The most providers tried that each reach the floor; 0 when not even one does."""
        return max((share.providers for share in self.shares if share.viable), default=0)


@dataclass(frozen=True)
class LotShare:
    """A lot's part of its pathway: of the clients and of the hours, in percent (ZN-07)."""

    key: str
    name: str
    clients: int
    weekly_hours: Decimal
    clients_percent: Decimal
    hours_percent: Decimal

    @property
    def points(self) -> Decimal:
        """Percentage points more of the hours than of the clients; below nought, fewer."""
        return self.hours_percent - self.clients_percent


@dataclass(frozen=True)
class Balance:
    """Whether the lots of a pathway carry hours as they carry clients.

    `balanced` is False when a lot's share of the hours is further than `tolerance_points` from its
    share of the clients; `sentence` says which and by how much.
    """

    pathway: str
    lots: tuple[LotShare, ...]
    tolerance_points: Decimal
    balanced: bool
    sentence: str


@dataclass(frozen=True)
class Unpriced:
    """Packages that no line of the card prices, by the reason in the rates' own words."""

    reason: str
    packages: int
    weekly_minutes: int


@dataclass(frozen=True)
class Sheet:
    """Everything a sandbox says of an option.

    `about` is how it was reckoned, as (label, value) pairs: option, day, versions, rules, changes
    in hours. `not_begun` counts other packages that begin after the day, in no table. `facts` are
    the packages behind the cells, for `explained`; they belong to one user's view.
    """

    name: str
    weeks: int
    tables: Mapping[str, Table]
    budgets: tuple[BudgetLine, ...]
    viability: tuple[ViabilityLine, ...]
    lot_viability: tuple[ViabilityLine, ...]
    balance: tuple[Balance, ...]
    unpriced: tuple[Unpriced, ...]
    not_begun: int
    about: tuple[tuple[str, str], ...]
    facts: "Facts" = field(repr=False, compare=False)

    @property
    def total(self) -> Row:
        """Every package once."""
        return self.tables["pathway"].total

    def row(self, table: str, key: str) -> Row:
        """Return a row of a table; KeyError where there is none."""
        return self.tables[table].row(key)


@dataclass(frozen=True)
class Input:
    """A number that goes into a cell: what it is, its value in words, and where it comes from."""

    label: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class PackageLine:
    """A package behind a cell, by its reference only: never whose it is."""

    package_id: int
    package_ref: str
    weekly_minutes: int
    weekly_pence: int | None
    note: str


@dataclass(frozen=True)
class Explanation:
    """How a cell came to be: the formula in words with its numbers, its inputs, its rounding.

    `lines` are the packages of the page asked for, `package_count` all of them; `pages` at least 1.
    """

    title: str
    value: str
    formula: str
    inputs: tuple[Input, ...]
    rounding: str
    lines: tuple[PackageLine, ...]
    package_count: int
    page: int
    pages: int

    @property
    def package_ids(self) -> tuple[int, ...]:
        """The packages of this page by id."""
        return tuple(line.package_id for line in self.lines)


@dataclass(frozen=True)
class RowComparison:
    """A row of two sheets side by side; None where one has no such row."""

    key: str
    name: str
    first: Row | None
    second: Row | None

    def difference(self, column: str) -> int:
        """Second less first of a whole-number column, a missing row counting as nought."""
        return _whole(self.second, column) - _whole(self.first, column)

    def percent(self, column: str) -> Decimal | None:
        """The difference in percent of the first to two decimals; None where the first is 0."""
        before = _whole(self.first, column)
        if before == 0:
            return None
        return (Decimal(self.difference(column)) * 100 / before).quantize(Decimal("0.01"))


def _whole(row: Row | None, column: str) -> int:
    value = row.cell(column) if row is not None else 0
    if not isinstance(value, int):
        raise KeyError(f"{column} is not a column of whole numbers.")
    return value


@dataclass(frozen=True)
class TableComparison:
    """A table of two sheets, rows joined by key."""

    key: str
    title: str
    rows: tuple[RowComparison, ...]
    total: RowComparison


@dataclass(frozen=True)
class Comparison:
    """Two sheets side by side; differences are second less first."""

    first: Sheet
    second: Sheet
    tables: Mapping[str, TableComparison]

    @property
    def total(self) -> RowComparison:
        """Every package of both."""
        return self.tables["pathway"].total

    def __iter__(self) -> Iterator[TableComparison]:
        return iter(self.tables.values())
