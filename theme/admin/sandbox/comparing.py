"""Two options side by side: a table, a chart and a map of the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.planning.comparing import compare
from cms_models.planning.models import Scenario
from cms_models.planning.options import Option, with_drafts
from cms_models.planning.selectors import option_of, sheets_of
from cms_models.planning.sheet import (
    COLUMN_OF,
    TABLES,
    Comparison,
    RowComparison,
    TableComparison,
)
from cms_models.publication.models import PublicationState
from cms_models.rates.models import RateCard
from theme.admin.pages import download, refusal_words
from theme.admin.sandbox.asking import version_words
from theme.admin.sandbox.reports import comparison_report, file_of
from theme.admin.sandbox.showing import (
    Shown,
    budgets_shown,
    code_of,
    difference,
    said,
    said_change,
)
from theme.admin.sandbox.views import SandboxView

IN_FORCE, TRIED = "in-force", "tried"
KINDS: Mapping[str, type[models.Model]] = {
    "scenario": Scenario,
    "zone_map": ZoneMap,
    "card": RateCard,
    "framework": Framework,
}
GROUPS = {
    "zone_map": "Zone maps being worked on",
    "card": "Rate cards being worked on",
    "framework": "Lots being worked on",
}
MEASURES = ("clients", "weekly_minutes", "annual_pence", "annual_council_pence")


@dataclass(frozen=True)
class Pair:
    """A measure of a row in both options: words, difference, percent."""

    first: str
    second: str
    change: str
    percent: str
    changed: bool


@dataclass(frozen=True)
class ComparedLine:
    """A row of the comparison."""

    code: str
    name: str
    pairs: Sequence[Pair]


def pair_of(row: RowComparison, measure: str) -> Pair:
    """Return a measure of a row in words; a row that an option has not is a dash."""
    column = COLUMN_OF[measure]
    percent = row.percent(measure)
    return Pair(
        first=said(row.first.cell(measure) if row.first else None, column),
        second=said(row.second.cell(measure) if row.second else None, column),
        change=said_change(row.difference(measure), column),
        percent="–" if percent is None else f"{percent:+,} %".replace("-", "−"),
        changed=row.difference(measure) != 0,
    )


def measures_of(measure: str) -> tuple[str, ...]:
    """Return what the table sets side by side: clients, hours and one kind of money."""
    money = measure if COLUMN_OF[measure].unit == "pence" else "annual_pence"
    return ("clients", "weekly_minutes", money)


def lines_of(table: TableComparison, measures: Sequence[str]) -> list[ComparedLine]:
    """Return a table's rows, all of them last."""
    rows = [*table.rows, table.total]
    return [
        ComparedLine(
            code=code_of(table.key, row.second or row.first),
            name=row.name if row is not table.total else "All",
            pairs=[pair_of(row, measure) for measure in measures],
        )
        for row in rows
    ]


CHART_WIDTH, LABEL_WIDTH, ROW_HEIGHT = 840, 285, 46


@dataclass(frozen=True)
class ChartRow:
    """A row of the chart in the units of its drawing."""

    name: str
    top: int
    first_width: float
    second_width: float
    first: str
    second: str
    change: str


@dataclass(frozen=True)
class Chart:
    """Bars of a measure, two a row, drawn on the server; the table says the same."""

    title: str
    rows: Sequence[ChartRow]
    width: int = CHART_WIDTH
    label_width: int = LABEL_WIDTH

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return ROW_HEIGHT * max(len(self.rows), 1)


def chart_of(table: TableComparison, measure: str) -> Chart:
    """Return the bars of a table's measure, the longest as wide as the room."""
    column = COLUMN_OF[measure]
    values = [
        (row.first.cell(measure) if row.first else 0, row.second.cell(measure) if row.second else 0)
        for row in table.rows
    ]
    most = max((max(Decimal(a or 0), Decimal(b or 0)) for a, b in values), default=Decimal(0)) or 1
    # Room is kept at the end of the longest bar for its words.
    room = CHART_WIDTH - LABEL_WIDTH - 130
    return Chart(
        title=f"{column.title} by {table.title.lower()}",
        rows=[
            ChartRow(
                name=f"{code_of(table.key, row.second or row.first)} {row.name}".strip(),
                top=place * ROW_HEIGHT,
                first_width=float(round(room * Decimal(before or 0) / most, 1)),
                second_width=float(round(room * Decimal(after or 0) / most, 1)),
                first=said(before, column),
                second=said(after, column),
                change=said_change(difference(row.second, row.first, measure), column),
            )
            for place, (row, (before, after)) in enumerate(zip(table.rows, values, strict=True))
        ],
    )


def map_of(option: Option, table: TableComparison, measure: str) -> list[dict[str, Any]]:
    """Return an option's zones with the difference of each, as the map draws them.

    `part` is the difference as a share of the largest, from −1 to 1.
    """
    if option.zone_map is None:
        return []
    column = COLUMN_OF[measure]
    changes = {row.key: row.difference(measure) for row in table.rows}
    most = max((abs(change) for change in changes.values()), default=0) or 1
    return [
        {
            "type": "Feature",
            "properties": {
                "code": zone.code,
                "name": zone.name,
                "part": round(changes.get(zone.code, 0) / most, 3),
                "words": said_change(changes.get(zone.code, 0), column),
            },
            "geometry": zone.boundary,
        }
        for zone in option.zone_map.zones.all()
    ]


class SandboxComparison(SandboxView):
    """What is asked to be set side by side."""

    def side(self, name: str, otherwise: str) -> tuple[str, Option]:
        """Return one side's token and option; another council's is not found."""
        token = self.request.GET.get(name) or otherwise
        if token == IN_FORCE:
            return token, self.form.in_force
        if token == TRIED:
            return token, self.form.option
        kind, _, number = token.partition("-")
        if kind not in KINDS or not number.isdecimal() or len(number) > 15:
            raise Http404
        rows = KINDS[kind].objects.visible_to(self.request.user)  # type: ignore[attr-defined]
        record = get_object_or_404(rows, pk=int(number))
        if isinstance(record, Scenario):
            return token, option_of(record, user=self.request.user)
        return token, with_drafts(self.form.in_force, name=str(record), **{kind: record})

    @cached_property
    def sides(self) -> tuple[tuple[str, Option], tuple[str, Option]]:
        """Both sides: what is in force and what was tried, unless others are asked for."""
        return (
            self.side("first", IN_FORCE),
            self.side("second", TRIED if self.form.asks else IN_FORCE),
        )

    @cached_property
    def comparison(self) -> Comparison:
        """Both sheets with their differences."""
        (_, first), (_, second) = self.sides
        return compare(*sheets_of([first, second], user=self.request.user))

    @property
    def days(self) -> str:
        """The days of both options in words."""
        days = sorted({option.on for _, option in self.sides})
        return " and ".join(f"{day:%d/%m/%Y}" for day in days)


class ComparePage(SandboxComparison):
    """Two options side by side."""

    template_name = "theme/sandbox/compare.html"
    page_title = "Compare two options"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the sandbox."""
        return self.trail((reverse("sandbox"), "Sandbox"))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show both options, or say in words why they cannot be tried."""
        if not self.form.is_valid():
            raise Http404
        try:
            found, status = self.found(), 200
        except ValidationError as refusal:
            found, status = {"refusal": refusal_words(refusal)}, 400
        return self.render_page(status=status, choices=self.choices(), **found)

    def found(self) -> dict[str, Any]:
        """Return both sheets as the page shows them."""
        (one, first), (other, second) = self.sides
        asked, both = self.request.GET, self.comparison
        by = asked.get("by") if asked.get("by") in both.tables else "zone"
        measure = asked.get("measure") if asked.get("measure") in MEASURES else "annual_pence"
        return {
            "comparison": both,
            "first_token": one,
            "second_token": other,
            "by": by,
            "measure": measure,
            "query": self.form.query,
            "kept": list(self.form.asked()),
            "address": self.request.GET.urlencode(),
            "days": self.days,
            "divisions": [(key, title) for key, title in TABLES.items() if key in both.tables],
            "measures": [COLUMN_OF[key] for key in MEASURES],
            "headlines": Shown(both.second, base=both.first).headlines(),
            "first_budgets": budgets_shown(both.first, base=None),
            "second_budgets": budgets_shown(both.second, base=None),
            "table": both.tables[by],
            "lines": lines_of(both.tables[by], measures_of(measure)),
            "shown_columns": [COLUMN_OF[key] for key in measures_of(measure)],
            "chart": chart_of(both.tables[by], measure),
            "map_data": {
                "first": map_of(first, both.tables["zone"], measure),
                "second": map_of(second, both.tables["zone"], measure),
            },
            "zone_pairs": [(row.name, pair_of(row, measure)) for row in both.tables["zone"].rows],
            "both": (both.first, both.second),
            "measure_title": COLUMN_OF[measure].title,
        }

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return what may be set side by side, in groups."""
        user = self.request.user
        plain = [(IN_FORCE, f"What is in force on {self.form.cleaned_data['on']:%d/%m/%Y}")]
        if self.form.asks:
            plain.append((TRIED, "What you try in the sandbox"))
        groups = [("", plain)]
        scenarios = Scenario.objects.visible_to(user)
        kept = [(f"scenario-{one.pk}", f"{one} ({one.on:%d/%m/%Y})") for one in scenarios]
        groups.append(("Saved scenarios", kept))
        for kind, title in GROUPS.items():
            rows = KINDS[kind].objects.visible_to(user)  # type: ignore[attr-defined]
            worked_on = rows.exclude(state=PublicationState.PUBLISHED)
            groups.append((title, [(f"{kind}-{one.pk}", version_words(one)) for one in worked_on]))
        return [group for group in groups if group[1]]


class ComparisonFile(SandboxComparison):
    """A comparison as a file: a workbook or pages."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file; options that cannot be tried have none."""
        if not self.form.is_valid():
            raise Http404
        try:
            report = comparison_report(
                self.comparison, council=str(request.user.authority), day=f"packages of {self.days}"
            )
        except ValidationError as refusal:
            raise Http404 from refusal
        return download(*file_of(report, kwargs["kind"]))
