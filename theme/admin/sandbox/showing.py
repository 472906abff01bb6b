"""A sheet as its page shows it: every figure in words, its difference, the way to its formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cms_models.planning.sheet import (
    COLUMN_OF,
    COLUMNS,
    TOTAL,
    Column,
    Explanation,
    Row,
    Sheet,
    Table,
)
from cms_models.rates.domain import pounds
from importers.reports import document
from importers.reports.document import Kind, words_of

KINDS: Mapping[str, Kind] = {
    "people": Kind.COUNT,
    "packages": Kind.COUNT,
    "minutes": Kind.HOURS,
    "pence": Kind.POUNDS,
    "hours": Kind.NUMBER,
}
PAYER = ("contribution", "nhs", "self_funded", "council")
PAYERS = tuple(column for column in COLUMNS if any(word in column.key for word in PAYER))
MAIN = tuple(column for column in COLUMNS if column not in PAYERS)
HEADLINES = (
    "clients",
    "packages",
    "weekly_minutes",
    "annual_minutes",
    "weekly_pence",
    "annual_pence",
    "annual_contribution_pence",
    "annual_council_pence",
)
NO_CHANGE = "="


def said(value: Any, column: Column) -> str:
    """Return a cell's value in words."""
    return words_of(value, document.Column(column.title, KINDS[column.unit]))


def said_change(value: Any, column: Column) -> str:
    """Return a difference in words: its sign always, `=` for none."""
    if not value:
        return NO_CHANGE
    return words_of(value, document.Column(column.title, KINDS[column.unit], signed=True))


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its words, the difference to what is in force, its formula's address.

    `change` is empty where nothing is compared.
    """

    label: str
    words: str
    change: str
    query: str

    @property
    def changed(self) -> bool:
        """Whether the figure differs from what is in force."""
        return bool(self.change) and self.change != NO_CHANGE


@dataclass(frozen=True)
class Line:
    """A row of a table on the page: `code` where it has one (zones and lots) besides its name.

    `is_new` where what is in force has no such row.
    """

    code: str
    name: str
    main: Sequence[Figure]
    payers: Sequence[Figure]
    wanting: bool
    is_new: bool


@dataclass(frozen=True)
class Division:
    """Packages divided one way, as the page shows them; `gone` names rows only in force."""

    key: str
    title: str
    lines: Sequence[Line]
    total: Line
    gone: Sequence[str]


def cell_query(*, table: str, row: str, column: str) -> str:
    """Return the part of an address that names a cell."""
    return urlencode({"table": table, "row": row, "column": column})


def difference(after: Row | None, before: Row | None, column: str) -> int | Decimal | None:
    """Return after less before; a row that is missing counts as nought."""
    one = after.cell(column) if after is not None else None
    other = before.cell(column) if before is not None else None
    if one is None and other is None:
        return None
    return (one or 0) - (other or 0)


CODED = ("zone", "lot")


def code_of(table: str, row: Row | None) -> str:
    """Return the code that a zone or lot is known by besides its name; empty for other rows."""
    if row is None or table not in CODED or row.wanting or row.key in (TOTAL, row.name):
        return ""
    return row.key


class Shown:
    """A sheet beside what is in force (None: the sheet is what is in force)."""

    def __init__(self, sheet: Sheet, *, base: Sheet | None) -> None:
        self.sheet, self.base = sheet, base

    def headlines(self) -> list[Figure]:
        """Return the figures at the top: all packages."""
        table = self.sheet.tables["pathway"]
        before = self.base.tables["pathway"].total if self.base else None
        return [self._figure(table, table.total, before, COLUMN_OF[column]) for column in HEADLINES]

    def divisions(self) -> list[Division]:
        """Return every table."""
        return [self._division(table) for table in self.sheet.tables.values()]

    def _division(self, table: Table) -> Division:
        base = self.base.tables.get(table.key) if self.base else None
        before = {row.key: row for row in base.rows} if base else {}
        here = {row.key for row in table.rows}
        return Division(
            key=table.key,
            title=table.title,
            lines=[self._line(table, row, before.get(row.key)) for row in table.rows],
            total=self._line(table, table.total, base.total if base else None),
            gone=[row.name for row in before.values() if row.key not in here],
        )

    def _line(self, table: Table, row: Row, before: Row | None) -> Line:
        return Line(
            code=code_of(table.key, row),
            name=row.name,
            main=[self._figure(table, row, before, column) for column in MAIN],
            payers=[self._figure(table, row, before, column) for column in PAYERS],
            wanting=row.wanting,
            is_new=self.base is not None and before is None,
        )

    def _figure(self, table: Table, row: Row, before: Row | None, column: Column) -> Figure:
        change = ""
        if self.base is not None:
            change = said_change(difference(row, before, column.key), column)
        key = TOTAL if row is table.total else row.key
        return Figure(
            label=column.title,
            words=said(row.cell(column.key), column),
            change=change,
            query=cell_query(table=table.key, row=key, column=column.key),
        )


@dataclass(frozen=True)
class BudgetShown:
    """A budget's gap in words, beside what it is in force (empty where nothing is compared)."""

    name: str
    pathways: Sequence[str]
    weeks: int
    sentence: str
    over: bool
    was: str
    planned: str
    budget: str
    council: str
    unpriced: int


def budgets_shown(sheet: Sheet, *, base: Sheet | None) -> list[BudgetShown]:
    """Return the budgets of a sheet in words (TB-04)."""
    was = {line.name: line.gap.sentence for line in base.budgets} if base else {}
    return [
        BudgetShown(
            name=line.name,
            pathways=line.pathways,
            weeks=line.weeks,
            sentence=line.gap.sentence,
            over=line.gap.pence > 0,
            was=was.get(line.name, ""),
            planned=pounds(line.gap.planned_pence),
            budget=pounds(line.gap.budget_pence),
            council=line.council_gap.sentence,
            unpriced=line.unpriced,
        )
        for line in sheet.budgets
    ]


@dataclass(frozen=True)
class LotShown:
    """A lot's share of its pathway in words."""

    name: str
    clients: str
    clients_percent: str
    weekly_hours: str
    hours_percent: str
    points: str


@dataclass(frozen=True)
class BalanceShown:
    """The balance between a pathway's lots in words (ZN-07)."""

    pathway: str
    balanced: bool
    sentence: str
    lots: Sequence[LotShown]


def balances_shown(sheet: Sheet) -> list[BalanceShown]:
    """Return the balances of a sheet in words."""
    percent, number = document.Column("", Kind.PERCENT), document.Column("", Kind.NUMBER)
    points = document.Column("", Kind.NUMBER, signed=True)
    return [
        BalanceShown(
            pathway=one.pathway,
            balanced=one.balanced,
            sentence=one.sentence,
            lots=[
                LotShown(
                    name=lot.name,
                    clients=f"{lot.clients:,}",
                    clients_percent=words_of(lot.clients_percent, percent),
                    weekly_hours=words_of(lot.weekly_hours, number),
                    hours_percent=words_of(lot.hours_percent, percent),
                    points=words_of(lot.points, points),
                )
                for lot in one.lots
            ],
        )
        for one in sheet.balance
    ]


@dataclass(frozen=True)
class UnpricedShown:
    """Packages without a price, their hours in words."""

    reason: str
    packages: int
    hours: str


def unpriced_shown(sheet: Sheet) -> list[UnpricedShown]:
    """Return why packages have no price, in words."""
    minutes = COLUMN_OF["weekly_minutes"]
    return [
        UnpricedShown(one.reason, one.packages, said(one.weekly_minutes, minutes))
        for one in sheet.unpriced
    ]


@dataclass(frozen=True)
class PackageShown:
    """A package behind a figure: its reference, the way to its page, its week in words."""

    ref: str
    url: str
    hours: str
    cost: str
    note: str


def packages_shown(explanation: Explanation) -> list[PackageShown]:
    """Return the packages of an opened figure's page."""
    minutes, pence = COLUMN_OF["weekly_minutes"], COLUMN_OF["weekly_pence"]
    return [
        PackageShown(
            ref=line.package_ref,
            url=reverse("package_page", args=[line.package_id]),
            hours=said(line.weekly_minutes, minutes),
            cost=said(line.weekly_pence, pence),
            note=line.note,
        )
        for line in explanation.lines
    ]


@dataclass(frozen=True)
class Meter:
    """A zone's or lot's hours for each of 1, 2 and 3 providers, as bars against the floor."""

    name: str
    weekly_hours: str
    shares: Sequence["MeterShare"]
    most_viable: int


@dataclass(frozen=True)
class MeterShare:
    """One provider's hours: in words, in percent of the longest bar, and whether they suffice."""

    providers: int
    words: str
    percent: float
    viable: bool


def meters(lines: Sequence[Any]) -> list[Meter]:
    """Return viability lines as bars, all to one scale, the longest the most hours shown."""
    most = max((share.hours_each for line in lines for share in line.shares), default=Decimal(0))
    return [
        Meter(
            name=line.name,
            weekly_hours=f"{line.weekly_hours:,.2f}",
            shares=[
                MeterShare(
                    providers=share.providers,
                    words=f"{share.hours_each:,.1f} h",
                    percent=float(round(100 * share.hours_each / most, 1)) if most else 0,
                    viable=share.viable,
                )
                for share in line.shares
            ],
            most_viable=line.most_viable,
        )
        for line in lines
    ]


def floor_percent(lines: Sequence[Any]) -> float | None:
    """Return where the floor lies on the bars' scale, None where it is beyond them."""
    most = max((share.hours_each for line in lines for share in line.shares), default=Decimal(0))
    floor = lines[0].floor_hours if lines else Decimal(0)
    return float(round(100 * floor / most, 1)) if most and floor <= most else None
