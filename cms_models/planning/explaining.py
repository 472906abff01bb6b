"""Opening a cell: its formula in words, its inputs, its rounding and the packages behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

import numpy as np

from cms_models.planning.domain import SCALE, rounded
from cms_models.planning.facts import NO_MOST, Bools, Facts, Ints
from cms_models.planning.pricing import PER_LINE
from cms_models.planning.sheet import (
    COLUMN_OF,
    TOTAL,
    Explanation,
    Input,
    PackageLine,
    Row,
    Sheet,
)
from cms_models.rates.domain import Line, pounds

PAGE_SIZE = 50
PACKAGES = "the packages listed below"


def explained(
    sheet: Sheet, *, table: str, row: str, column: str, page: int = 1, page_size: int = PAGE_SIZE
) -> Explanation:
    """Open a cell (`row` may be TOTAL); KeyError for a table, row or column that is none.

    `page` of the packages is held within what there is.
    """
    shown, about = sheet.row(table, row), COLUMN_OF[column]
    opened = Opened(sheet.facts, shown, _chosen(sheet.facts, table, row))
    formula, inputs, rounding = FORMULAS[column](opened)
    wanted = opened.packages_behind(column)
    pages = max(1, ceil(len(wanted) / page_size))
    page = min(max(page, 1), pages)
    places = wanted[(page - 1) * page_size : page * page_size]
    return Explanation(
        title=f"{about.title}, {shown.name}",
        value=value_words(shown.cell(column), unit=about.unit),
        formula=formula,
        inputs=tuple(inputs),
        rounding=rounding,
        lines=tuple(opened.line(int(place), column) for place in places),
        package_count=len(wanted),
        page=page,
        pages=pages,
    )


def value_words(value: int | Decimal | None, *, unit: str) -> str:
    """Return a cell as people read it: `£221.20`, `1,682 h 30`, `10.45 h`, `161`."""
    if value is None:
        return "–"
    if unit == "pence":
        return pounds(int(value))
    if unit == "minutes":
        return hours_words(int(value))
    return f"{value:,} h" if unit == "hours" else f"{value:,}"


def hours_words(minutes: int) -> str:
    """Return minutes as `1,682 h 30`, hours alone when they are whole."""
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else ""
    return f"{sign}{hours:,} h {rest:02d}" if rest else f"{sign}{hours:,} h"


def _chosen(facts: Facts, table: str, row: str) -> Bools:
    if row == TOTAL:
        return np.ones(len(facts.packages), dtype=np.bool_)
    division = facts.divisions[table]
    return division.codes == division.keys.index(row)


@dataclass(frozen=True)
class Opened:
    """A row with the packages in it."""

    facts: Facts
    row: Row
    chosen: Bools

    @property
    def changed(self) -> bool:
        """Whether a change in hours touches any of its packages."""
        return bool((self.facts.factor[self.chosen] != SCALE).any())

    def sum_of(self, column: Ints) -> int:
        """Add a column up over the packages."""
        return int(column[self.chosen].sum())

    def packages_behind(self, column: str) -> Ints:
        """Return the places of the packages that make a cell."""
        behind = _BEHIND.get(column, _everybody)(self.facts)
        return np.flatnonzero(self.chosen & behind)

    def line(self, place: int, column: str) -> PackageLine:
        """Return a package as a line: its week after the change in hours, or why no price."""
        facts = self.facts
        factor = int(facts.factor[place])
        priced = bool(facts.priced[place])
        return PackageLine(
            package_id=int(facts.packages.ids[place]),
            package_ref=facts.packages.refs[place],
            weekly_minutes=rounded(int(facts.minutes[place]) * factor),
            weekly_pence=rounded(int(facts.pence[place]) * factor) if priced else None,
            note=facts.reasons[place] or _part_words(facts, place, column),
        )


def _everybody(facts: Facts) -> Bools:
    return np.ones(len(facts.packages), dtype=np.bool_)


# Which packages make a cell; every other cell is made by all of the row's.
_PAYERS: Mapping[str, Callable[[Facts], Bools]] = {
    "contribution": lambda facts: facts.contribution > 0,
    "nhs": lambda facts: facts.nhs > 0,
    "self_funded": lambda facts: facts.self_funded > 0,
    "council": lambda facts: facts.council * facts.factor > facts.contribution,
}
_BEHIND: Mapping[str, Callable[[Facts], Bools]] = {
    "unpriced": lambda facts: ~facts.priced,
    **{
        f"{period}_{payer}_pence": behind
        for payer, behind in _PAYERS.items()
        for period in ("weekly", "annual")
    },
}


def _part_words(facts: Facts, place: int, column: str) -> str:
    """Return what a package brings to a cell of who pays, in words; empty for other cells."""
    factor = int(facts.factor[place])
    if "contribution" in column:
        most = int(facts.packages.most_pence[place])
        paid = int(facts.contribution[place])
        capped = most != NO_MOST and paid < int(facts.council[place]) * factor
        why = f"the most assessed, {pounds(most)}" if capped else "the council's share in full"
        return f"pays {pounds(rounded(paid))} a week: {why}"
    for payer, amounts in (("nhs", facts.nhs), ("self_funded", facts.self_funded)):
        if payer in column:
            return f"{pounds(rounded(int(amounts[place]) * factor))} of the week"
    if "council" in column:
        left = int(facts.council[place]) * factor - int(facts.contribution[place])
        return f"{pounds(rounded(left))} of the week"
    return ""


Opening = tuple[str, Iterator[Input], str]
COUNTED = "Counted, not rounded."
ROUNDED_ONCE = "Added up from unrounded weeks and rounded half-up once, here."


def _clients(opened: Opened) -> Opening:
    row = opened.row
    return (
        f"{row.clients:,} different people have the {row.packages:,} packages",
        iter([Input("Packages", f"{row.packages:,}", PACKAGES)]),
        COUNTED + " A person with packages in two rows is counted in both, once in the total.",
    )


def _packages(opened: Opened) -> Opening:
    on = opened.facts.packages.on
    formula = f"Packages that run on {on:%d/%m/%Y}, suspended ones and those waiting for a provider"
    return formula, iter([Input("Day", f"{on:%d/%m/%Y}", "the option")]), COUNTED


def _unpriced(opened: Opened) -> Opening:
    reasons: dict[str, int] = defaultdict(int)
    for place in np.flatnonzero(opened.chosen & ~opened.facts.priced).tolist():
        reasons[opened.facts.reasons[place]] += 1
    inputs = (Input(reason, f"{count:,}", "rate card") for reason, count in sorted(reasons.items()))
    return "Packages with a visit that no line of the rate card prices", inputs, COUNTED


def _weekly_minutes(opened: Opened) -> Opening:
    formula = "Visits a week × minutes × carers, added up"
    return _with_change(opened, formula), _hours_inputs(opened), _hours_rounding(opened)


def _hours_inputs(opened: Opened) -> Iterator[Input]:
    facts = opened.facts
    rows = np.bincount(
        facts.packages.clause_case[opened.chosen[facts.packages.clause_package]],
        minlength=len(facts.packages.clauses),
    )
    visits: dict[tuple[str, int, int], int] = defaultdict(int)
    for place in np.flatnonzero(rows).tolist():
        clause = facts.packages.clauses[place]
        case = (clause.visit_kind, clause.minutes, clause.carers)
        visits[case] += int(rows[place]) * len(clause.weekdays)
    for (kind, minutes, carers), count in sorted(visits.items()):
        by = f" by {carers} carers" if carers > 1 else ""
        yield Input(
            f"{kind.replace('_', '-').capitalize()} visits of {minutes} min{by}",
            f"{count:,} a week: {hours_words(count * minutes * carers)}",
            "visit patterns in force on the day",
        )
    yield from _change_inputs(opened)


def _hours_rounding(opened: Opened) -> str:
    return ROUNDED_ONCE + " To the minute." if opened.changed else "Whole minutes, not rounded."


def _per_person(opened: Opened) -> Opening:
    row = opened.row
    week = Input("Weekly hours", hours_words(row.weekly_minutes), "this table")
    return (
        f"{hours_words(row.weekly_minutes)} a week ÷ {row.clients:,} clients",
        iter([week, Input("Clients", f"{row.clients:,}", "this table")]),
        "Half-up to two decimals of an hour.",
    )


def _weekly_pence(opened: Opened) -> Opening:
    per_line = opened.facts.terms.rounding == PER_LINE
    formula = "Visits a week × minutes × carers × rate an hour, added up"
    rounding = (
        "Half-up to the penny for each payment line (a visit)"
        if per_line
        else "Half-up to the penny once for a package's minutes at each rate"
    )
    last = f". {ROUNDED_ONCE}" if opened.changed else "; the cell is their sum."
    return _with_change(opened, formula), _rate_inputs(opened), rounding + last


def _rate_inputs(opened: Opened) -> Iterator[Input]:
    facts = opened.facts
    owner = facts.packages.clause_package
    rows = np.bincount(
        facts.price_of_clause[(opened.chosen & facts.priced)[owner]], minlength=len(facts.prices)
    )
    per_line = facts.terms.rounding == PER_LINE
    sums: dict[tuple[str, Line], list[int]] = defaultdict(lambda: [0, 0, 0])
    for place in np.flatnonzero(rows).tolist():
        for count, visit in facts.prices[place].lines:
            visits, found = int(rows[place]) * count, sums[visit.card, visit.line]
            found[0] += visits
            found[1] += visits * visit.minutes * visit.carers
            found[2] += visits * visit.pence
    for (card, line), (visits, minutes, pence) in sorted(sums.items(), key=_costliest):
        cost = f": {pounds(pence)}" if per_line else ""
        yield Input(
            f"{line.words} at {pounds(line.pence_per_hour)}/h".capitalize(),
            f"{visits:,} visits, {hours_words(minutes)}{cost}",
            card,
        )
    if opened.row.unpriced:
        yield Input("Packages without a rate", f"{opened.row.unpriced:,}", "cost nothing here")
    yield from _change_inputs(opened)


def _costliest(item: tuple[tuple[str, Line], list[int]]) -> tuple[int, str]:
    (_, line), (_, _, pence) = item
    return -pence, line.words


def _with_change(opened: Opened, formula: str) -> str:
    return f"{formula}, × the change in hours of each pathway" if opened.changed else formula


def _change_inputs(opened: Opened) -> Iterator[Input]:
    """Yield the change in hours of each pathway that is in the row."""
    facts = opened.facts
    pathways = facts.packages.pathway
    for code in np.unique(pathways.codes[opened.chosen]).tolist():
        factor = facts.terms.factors.get(pathways.keys[code], SCALE)
        if factor != SCALE:
            percent = Decimal(factor - SCALE) / 100
            yield Input(
                f"Change in hours, pathway {pathways.keys[code]}", f"{percent:+g} %", "option"
            )


def _contribution(opened: Opened) -> Opening:
    formula = "What contributing people pay of the council's share: its actual cost, at most what "
    return formula + "was assessed", _contribution_inputs(opened), _parts_rounding(opened)


def _contribution_inputs(opened: Opened) -> Iterator[Input]:
    facts = opened.facts
    pays = opened.chosen & (facts.contribution > 0)
    capped = pays & (facts.contribution < facts.council * facts.factor)
    for label, some in (
        ("People's packages paid in full", pays & ~capped),
        ("Packages held at the most assessed", capped),
    ):
        amount = pounds(rounded(int(facts.contribution[some].sum())))
        yield Input(label, f"{int(some.sum()):,}: {amount} a week", "financial assessment")
    yield from _change_inputs(opened)


def _parts_rounding(opened: Opened) -> str:
    """Return how parts of a cost are rounded: to the penny a package, and so that they add up."""
    text = (
        "The council's share of a package is rounded half-up to the penny, the NHS pays the rest."
    )
    return f"{text} {ROUNDED_ONCE} The parts add up to the cost." if opened.changed else text


def _nhs(opened: Opened) -> Opening:
    formula = "Continuing healthcare in full, and the NHS's part of shared packages"
    return formula, _payer_inputs(opened, opened.facts.nhs), _parts_rounding(opened)


def _self_funded(opened: Opened) -> Opening:
    formula = "The whole week of self-funders, who cost the council nothing"
    return formula, _payer_inputs(opened, opened.facts.self_funded), _parts_rounding(opened)


def _payer_inputs(opened: Opened, amounts: Ints) -> Iterator[Input]:
    facts = opened.facts
    funders = facts.packages.funder
    for code, name in enumerate(funders.keys):
        some = opened.chosen & (funders.codes == code) & (amounts > 0)
        if some.any():
            paid = pounds(rounded(int((amounts[some] * facts.factor[some]).sum())))
            yield Input(
                name, f"{int(some.sum()):,} packages: {paid} a week", "funder and its share"
            )
    yield from _change_inputs(opened)


def _council(opened: Opened) -> Opening:
    row = opened.row
    formula = (
        f"{pounds(row.weekly_pence)} − {pounds(row.weekly_contribution_pence)} contributions − "
        f"{pounds(row.weekly_nhs_pence)} NHS − {pounds(row.weekly_self_funded_pence)} self-funders"
    )
    inputs = [
        Input("Weekly cost", pounds(row.weekly_pence), "this table"),
        Input("People's contributions a week", pounds(row.weekly_contribution_pence), "this table"),
        Input("NHS a week", pounds(row.weekly_nhs_pence), "this table"),
        Input("Self-funders a week", pounds(row.weekly_self_funded_pence), "this table"),
    ]
    return formula, iter(inputs), _parts_rounding(opened)


def _annual(weekly: str) -> Callable[[Opened], Opening]:
    """Return the opening of a year's cell: the week's × the weeks of a planning year."""

    def opening(opened: Opened) -> Opening:
        about, weeks = COLUMN_OF[weekly], opened.facts.terms.weeks
        week = value_words(opened.row.cell(weekly), unit=about.unit)
        inputs = [
            Input(about.title, week, "this table"),
            Input("Weeks in a planning year", str(weeks), "rule rates.planning_weeks"),
            *_change_inputs(opened),
        ]
        rounding = (
            ROUNDED_ONCE if opened.changed else "A whole week times whole weeks: no rounding."
        )
        return f"{week} a week × {weeks} weeks", iter(inputs), rounding

    return opening


FORMULAS: Mapping[str, Callable[[Opened], Opening]] = {
    "clients": _clients,
    "packages": _packages,
    "weekly_minutes": _weekly_minutes,
    "annual_minutes": _annual("weekly_minutes"),
    "hours_per_person": _per_person,
    "weekly_pence": _weekly_pence,
    "annual_pence": _annual("weekly_pence"),
    "weekly_contribution_pence": _contribution,
    "annual_contribution_pence": _annual("weekly_contribution_pence"),
    "weekly_nhs_pence": _nhs,
    "annual_nhs_pence": _annual("weekly_nhs_pence"),
    "weekly_self_funded_pence": _self_funded,
    "annual_self_funded_pence": _annual("weekly_self_funded_pence"),
    "weekly_council_pence": _council,
    "annual_council_pence": _annual("weekly_council_pence"),
    "unpriced": _unpriced,
}
