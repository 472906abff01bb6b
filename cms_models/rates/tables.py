"""Planning tables of hours and cost, and printed figures held against their own arithmetic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class PlanningRow:
    """A printed row: weekly hours, annual hours and annual cost in pounds, for a zone or lot."""

    name: str
    weekly_hours: Decimal
    annual_hours: Decimal
    annual_pounds: Decimal


@dataclass(frozen=True)
class PlanningTable:
    """A printed table with its total row; the rate in pounds an hour and the weeks of its year."""

    title: str
    rate_pounds: Decimal
    weeks: int
    rows: tuple[PlanningRow, ...]
    total: PlanningRow


@dataclass(frozen=True)
class Mismatch:
    """A printed figure that its own rule does not reproduce; difference = printed − expected."""

    row: str
    figure: str
    printed: Decimal
    expected: Decimal

    @property
    def difference(self) -> Decimal:
        """Printed less expected."""
        return self.printed - self.expected

    @property
    def sentence(self) -> str:
        """The mismatch as people read it."""
        return (
            f"{self.row}, {self.figure}: printed {self.printed:,}, expected {self.expected:,}, "
            f"difference {self.difference:+,}"
        )


def row_mismatches(table: PlanningTable) -> Iterator[Mismatch]:
    """Yield rows whose annual hours are not weekly × weeks, or whose cost is not hours × rate.

    A cost is judged to the pound, as such tables are printed.
    """
    for row in (*table.rows, table.total):
        annual = row.weekly_hours * table.weeks
        if annual != row.annual_hours:
            yield Mismatch(row.name, "annual hours", row.annual_hours, annual)
        cost = row.annual_hours * table.rate_pounds
        if abs(cost - row.annual_pounds) >= 1:
            yield Mismatch(row.name, "annual cost", row.annual_pounds, cost)


def hours_mismatches(table: PlanningTable) -> list[Mismatch]:
    """Return the mismatches of annual hours only: the rule "annual = weekly × weeks" (TB-02)."""
    return [found for found in row_mismatches(table) if found.figure == "annual hours"]


def cost_mismatches(table: PlanningTable) -> list[Mismatch]:
    """Return the mismatches of annual cost only: the rule "cost = annual hours × rate" (TB-01)."""
    return [found for found in row_mismatches(table) if found.figure == "annual cost"]


def total_mismatches(table: PlanningTable) -> Iterator[Mismatch]:
    """Yield each column whose total row is not the sum of its rows."""
    for figure in ("weekly_hours", "annual_hours", "annual_pounds"):
        printed = getattr(table.total, figure)
        summed = sum((getattr(row, figure) for row in table.rows), Decimal(0))
        if printed != summed:
            yield Mismatch("Total", figure.replace("_", " "), printed, summed)


def whole(value: Decimal) -> Decimal:
    """Return a whole number, half-up, as planning tables print hours."""
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def total_annual_hours(weekly_hours: Sequence[Decimal], *, weeks: int, round_rows: bool) -> Decimal:
    """Return a year's hours: rounded rows summed, or the unrounded sum rounded once (TB-03)."""
    annual = [hours * weeks for hours in weekly_hours]
    if round_rows:
        return sum((whole(hours) for hours in annual), Decimal(0))
    return whole(sum(annual, Decimal(0)))


@dataclass(frozen=True)
class BudgetGap:
    """Planned cost against budget, in pence; positive is over."""

    planned_pence: int
    budget_pence: int

    @property
    def pence(self) -> int:
        """Planned less budget."""
        return self.planned_pence - self.budget_pence

    @property
    def sentence(self) -> str:
        """The gap as people read it: whole pounds when they are whole (TB-04)."""
        if self.pence == 0:
            return "exactly on budget"
        amount = Decimal(abs(self.pence)) / 100
        text = f"£{amount:,.2f}".removesuffix(".00")
        if self.pence < 0:
            return f"under by {text}"
        percent = Decimal(self.pence) * 100 / self.budget_pence
        return f"over by {text} ({percent.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)} %)"


def after_change(pence: int, *, percent: Decimal) -> int:
    """Return a cost after a percentage change in hours, half-up to the penny."""
    changed = pence * (1 + percent / 100)
    return int(changed.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class Viability:
    """Weekly hours for each of a number of equal providers in a zone, against a floor (ZN-06)."""

    zone: str
    providers: int
    hours_each: Decimal
    viable: bool


def viability(
    *, zone: str, weekly_hours: Decimal, providers: int, floor_hours: Decimal
) -> Viability:
    """Return the equal split of a zone's weekly hours and whether it reaches the floor."""
    each = weekly_hours / providers
    return Viability(zone, providers, each, each >= floor_hours)


def hours_per_person(*, weekly_hours: Decimal, people: int) -> Decimal | None:
    """Return weekly hours a person to two decimals, None where nobody is (ZN-08)."""
    if people == 0:
        return None
    return (weekly_hours / people).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
