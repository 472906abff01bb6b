"""What planners keep: scenarios to come back to, printed tables held against their own sums."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.fields.domain import RULES
from cms_models.planning.models import SavedReport, Scenario
from cms_models.planning.options import option_in_force
from cms_models.planning.printed import Reconciliation, reconciled
from cms_models.planning.selectors import sheet_of
from cms_models.planning.services import save_report, save_scenario
from cms_models.planning.sheet import TABLES, Sheet
from importers.printed_tables import COLUMNS, TITLES, rates_text, read_rates, read_rows, rows_text
from theme.admin import vocabularies
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment, Several
from theme.admin.forms import CodesField, RecordForm
from theme.admin.pages import download, refusal_words
from theme.admin.sandbox.asking import HOURS, RULE
from theme.admin.sandbox.printing import (
    faults_words,
    parts_words,
    report_of,
    rows_shown,
    sums_words,
    unrounded_words,
)
from theme.admin.sandbox.reports import file_of
from theme.admin.sandbox.views import PlannersPage, SandboxView
from theme.admin.showing import RecordInspectView

NAME_MOST, NOTE_MOST = 120, 2000


def scenario_query(scenario: Scenario) -> str:
    """Return the part of the sandbox's address that opens a scenario."""
    asked: list[tuple[str, str]] = [("on", f"{scenario.on:%Y-%m-%d}")]
    for name in ("zone_map", "card", "framework"):
        number = getattr(scenario, f"{name}_id")
        if number is not None:
            asked.append((name, str(number)))
    asked += [(f"{HOURS}{code}", str(percent)) for code, percent in scenario.hours_percent.items()]
    for key, value in scenario.rules.items():
        said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        asked.append((f"{RULE}{key}", said))
    return urlencode(asked)


class SaveScenario(SandboxView):
    """Keep what the sandbox tries under a name."""

    http_method_names: ClassVar = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or say in words why not; back to the sandbox as it was."""
        request.user.must("add", Scenario)
        if not self.form.is_valid():
            raise Http404
        name = request.POST.get("name", "")[:NAME_MOST]
        note = request.POST.get("note", "")[:NOTE_MOST]
        try:
            save_scenario(actor=request.user, option=self.form.option, name=name, note=note)
        except ValidationError as refusal:
            messages.error(request, f"The scenario was not saved. {refusal_words(refusal)}")
        else:
            messages.success(request, f"“{name}” is kept under Saved scenarios.")
        return redirect(f"{reverse('sandbox')}?{self.form.query}")


class ScenarioForm(RecordForm):
    """A scenario's name and note; what it tries is changed in the sandbox."""

    class Meta(RecordForm.Meta):
        model = Scenario
        fields: ClassVar = ["name", "note"]


class ScenarioInspectView(RecordInspectView):
    """A scenario's page: what it tries, and the ways into the sandbox."""

    template_name = "theme/sandbox/scenario.html"


def hours_words(scenario: Scenario) -> str:
    """Return the changes in hours of a scenario: `O −5 %, D +2.5 %`."""
    parts = sorted(scenario.hours_percent.items())
    return ", ".join(f"{code} {Decimal(one):+f} %".replace("-", "−") for code, one in parts)


def rules_words(scenario: Scenario) -> list[str]:
    """Return the rules a scenario tries, each in words."""
    return [
        f"{RULES[key].title}: {RULES[key].say(value)}" if key in RULES else f"{key}: {value}"
        for key, value in sorted(scenario.rules.items())
    ]


class ScenarioViewSet(RecordViewSet):
    """Options somebody keeps, to open again and to set side by side."""

    model = Scenario
    icon = "sliders"
    record_form = ScenarioForm
    may_add = False
    inspect_view_class = ScenarioInspectView
    related_fields = ("zone_map", "card", "framework", "owner")
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Day("on", "Day", sort_key="on"),
        Cell("zone_map", "Zone map"),
        Cell("card", "Rate card"),
        Cell("framework", "Lots"),
        Cell("hours", "Change in hours", hours_words),
        Several("rules", "Rules", rules_words),
        Cell("owner", "Whose"),
        Moment("created_at", "Kept", sort_key="created_at"),
    )
    detail_cells = (*cells, Cell("note", "Note"))
    search_fields: ClassVar = ["name", "note"]
    introduction = "What somebody tried in the sandbox and kept. Drafts are followed as they are."
    empty = "Nothing is kept yet: try something in the sandbox, then save it as a scenario."

    def more(self, user: User, record: models.Model) -> dict[str, Any]:
        """Add the ways into the sandbox."""
        if not isinstance(record, Scenario):
            return {}
        return {"query": scenario_query(record), "others": self._others(user, record)}

    def _others(self, user: User, record: Scenario) -> list[Scenario]:
        return list(Scenario.objects.visible_to(user).exclude(pk=record.pk)[:20])


class ReportForm(RecordForm):
    """A printed table, typed or pasted, with the rates its cost was made with."""

    rates = forms.CharField(
        max_length=200,
        help_text="Pounds an hour, such as 15.80; or shares, such as 70 % at 12.80, 30 % at 15.80.",
    )
    printed = forms.CharField(
        label="The printed table",
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=(
            "One row a line, pasted from a spreadsheet or typed with semicolons: "
            + "; ".join(TITLES[column].lower() for column in COLUMNS)
            + ". A row called Total is the total. A sixth cell may hold unrounded weekly hours."
        ),
    )
    table = forms.ChoiceField(
        label="Same rows today",
        choices=list(TABLES.items()),
        help_text="Which table of the sandbox has these rows: today's figures stand beside them.",
    )
    pathways = CodesField(
        codes=vocabularies.pathways,
        required=False,
        help_text="Whose packages today's figures count; none ticked counts all.",
    )

    class Meta(RecordForm.Meta):
        model = SavedReport
        fields: ClassVar = ["name", "source", "weeks", "table", "pathways", "note"]

    field_order: ClassVar = [
        *("name", "source", "rates", "weeks", "printed", "table", "pathways", "note"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(self.field_order)
        if self.instance.pk is None:
            self.instance.owner = self.user
            return
        self.initial.setdefault("rates", rates_text(self.instance.mix))
        self.initial.setdefault("printed", rows_text(self.instance.rows, self.instance.total))

    def clean_rates(self) -> str:
        """Read the rates onto the record."""
        typed: str = self.cleaned_data["rates"]
        try:
            mix = read_rates(typed)
        except ValueError as unreadable:
            raise ValidationError(str(unreadable)) from unreadable
        self.instance.mix = [[f"{share:f}", pence] for share, pence in mix]
        return typed

    def clean_printed(self) -> str:
        """Read the rows onto the record."""
        typed: str = self.cleaned_data["printed"]
        try:
            self.instance.rows, self.instance.total = read_rows(typed)
        except ValueError as unreadable:
            raise ValidationError(str(unreadable)) from unreadable
        return typed

    def _post_clean(self) -> None:
        # The record's own check holds the rows against each other: only once both were read.
        if {"rates", "printed"} <= self.cleaned_data.keys():
            super()._post_clean()

    def save_as(self, *, actor: User) -> models.Model:
        """Save through the service."""
        kept = self.instance
        return save_report(
            actor=actor,
            name=kept.name,
            mix=kept.mix,
            rows=kept.rows,
            total=kept.total,
            weeks=kept.weeks,
            table=kept.table,
            pathways=kept.pathways,
            source=kept.source,
            note=kept.note,
            report=kept,
            expected_version=self.expected_version(),
        )


def today_of(user: User, report: SavedReport) -> Sheet | None:
    """Return what is in force today for a report's pathways; None for a role that sees no cost."""
    option = option_in_force(user, timezone.localdate())
    try:
        return sheet_of(option, user=user, pathways=report.pathways)
    except ValidationError:
        return None


class ReportInspectView(RecordInspectView):
    """A saved report's page: printed figures beside recomputed ones, and today's."""

    template_name = "theme/sandbox/report.html"


def verdict(found: Reconciliation) -> str:
    """Return whether a printed table reproduces, in words."""
    if found.reproduces:
        return "reproduces"
    count = len(found.mismatches) + len(found.total_mismatches)
    return f"{count} figure{'' if count == 1 else 's'} not reproduced"


class SavedReportViewSet(RecordViewSet):
    """Printed tables, each figure beside the one its own rule gives."""

    model = SavedReport
    icon = "doc-full"
    record_form = ReportForm
    inspect_view_class = ReportInspectView
    related_fields = ("owner",)
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("source", "Where it is printed"),
        Cell("verdict", "Does it reproduce?", lambda row: verdict(reconciled(row))),
        Cell("owner", "Whose"),
        Moment("created_at", "Kept", sort_key="created_at"),
    )
    detail_cells = (
        Cell("source", "Where it is printed"),
        Cell("weeks", "Weeks in its year"),
        Cell("rates", "Rate", lambda row: reconciled(row).rate_words),
        Several("pathways", "Pathways today"),
        Cell("owner", "Whose"),
        Cell("note", "Note"),
    )
    search_fields: ClassVar = ["name", "source"]
    introduction = "A printed table kept as printed; what its own rule does not give is flagged."
    empty = "No printed table is kept yet. Add one: paste its rows and say at which rates."

    def more(self, user: User, record: models.Model) -> dict[str, Any]:
        """Add the table with every figure recomputed, and today's beside it."""
        if not isinstance(record, SavedReport):
            return {}
        found, today = reconciled(record), today_of(user, record)
        table = today.tables.get(record.table) if today else None
        return {
            "found": found,
            "verdict": verdict(found),
            "rows": rows_shown(found, table),
            "faults": faults_words(found),
            "sums": sums_words(found),
            "unrounded": unrounded_words(found),
            "parts": parts_words(found),
            "today": table,
            "table_title": TABLES.get(record.table, ""),
        }


class ReportFile(PlannersPage):
    """A saved report as a file: a workbook or pages."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file."""
        if not request.user.may_view(SavedReport):
            raise PermissionDenied
        kept = get_object_or_404(SavedReport.objects.visible_to(request.user), pk=kwargs["pk"])
        today = today_of(request.user, kept)
        table = today.tables.get(kept.table) if today else None
        report = report_of(kept, reconciled(kept), table, today=timezone.localdate())
        return download(*file_of(report, kwargs["kind"]))
