"""Printed tables together against a budget, with a change in the hours of each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.planning.models import SavedReport
from cms_models.planning.printed import reconciled
from cms_models.rates.domain import pounds
from cms_models.rates.models import Budget
from cms_models.rates.tables import BudgetGap
from importers.reports.document import Column, Kind, Report, ReportTable
from theme.admin.pages import download
from theme.admin.sandbox.asking import percent_field
from theme.admin.sandbox.printing import PlannedReport, gap_of, planned
from theme.admin.sandbox.reports import file_of
from theme.admin.sandbox.views import PlannersPage

PERCENT = "percent-"


class AgainstBudgetForm(forms.Form):
    """Which printed tables, against which budget, at which change in hours."""

    budget = forms.ModelChoiceField(Budget.objects.none(), required=False, empty_label=None)
    report = forms.ModelMultipleChoiceField(
        SavedReport.objects.none(),
        label="Printed tables",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        super().__init__(data, auto_id="against-%s")
        self.user = user
        budget: Any = self.fields["budget"]
        report: Any = self.fields["report"]
        budget.queryset = Budget.objects.visible_to(user)
        report.queryset = SavedReport.objects.visible_to(user)
        self.reports = list(report.queryset)
        for kept in self.reports:
            self.fields[f"{PERCENT}{kept.pk}"] = percent_field(kept.name)

    @property
    def chosen(self) -> list[SavedReport]:
        """The tables asked for; all of them when none is ticked."""
        ticked = {kept.pk for kept in self.cleaned_data["report"]}
        return [kept for kept in self.reports if not ticked or kept.pk in ticked]

    @property
    def budget_asked(self) -> Budget | None:
        """The budget asked for; the one that covers today, else the first, when none is."""
        if asked := self.cleaned_data["budget"]:
            return asked
        today = timezone.localdate()
        rows = list(Budget.objects.visible_to(self.user))
        covering = [row for row in rows if row.starts_on <= today < row.ends_on]
        return (covering or rows or [None])[0]

    def percent_of(self, kept: SavedReport) -> Decimal:
        """The change in hours asked for of a table."""
        return self.cleaned_data.get(f"{PERCENT}{kept.pk}") or Decimal(0)


class AgainstBudget(PlannersPage):
    """Printed tables together against a budget (TB-04)."""

    template_name = "theme/sandbox/against_budget.html"
    page_title = "Printed tables against a budget"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse a role that sees no saved reports or budgets."""
        if not (request.user.may_view(SavedReport) and request.user.may_view(Budget)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the saved reports."""
        return self.trail((reverse("savedreport:index"), "Saved reports"))

    @cached_property
    def form(self) -> AgainstBudgetForm:
        """What is asked for; a record of another council is not found."""
        form = AgainstBudgetForm(self.request.GET, user=self.request.user)
        form.is_valid()
        if {"budget", "report"} & form.errors.keys():
            raise Http404
        return form

    def planned(self) -> list[PlannedReport]:
        """Return each table's cost after its change in hours."""
        form = self.form
        return [planned(reconciled(kept), percent=form.percent_of(kept)) for kept in form.chosen]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the gap, or what cannot be read."""
        form, found = self.form, {}
        if form.is_valid() and (budget := form.budget_asked) is not None:
            reports = self.planned()
            found = {
                "budget": budget,
                "budget_words": pounds(budget.amount_pence),
                "reports": reports,
                "gap": gap_of(reports, budget_pence=budget.amount_pence),
                "as_printed": gap_of(
                    [planned(reconciled(kept), percent=Decimal(0)) for kept in form.chosen],
                    budget_pence=budget.amount_pence,
                ),
                "planned_words": pounds(sum(one.planned_pence for one in reports)),
                "address": urlencode(list(request.GET.lists()), doseq=True),
            }
        fields = [form[f"{PERCENT}{kept.pk}"] for kept in form.reports]
        status = 200 if form.is_valid() else 400
        return self.render_page(status=status, form=form, percents=fields, **found)


class AgainstBudgetFile(AgainstBudget):
    """The same as a file: a workbook or pages."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file; there is none without a budget."""
        form = self.form
        budget = form.budget_asked if form.is_valid() else None
        if budget is None:
            raise Http404
        reports = self.planned()
        gap = gap_of(reports, budget_pence=budget.amount_pence)
        return download(*file_of(_report(reports, gap, budget), kwargs["kind"]))


def _report(reports: list[PlannedReport], gap: BudgetGap, budget: Budget) -> Report:
    return Report(
        title="Printed tables against a budget",
        council=str(budget.authority),
        day=f"budget from {budget.starts_on:%d/%m/%Y}",
        facts=[(str(budget.name), gap.sentence)],
        tables=[
            ReportTable(
                "Planned cost",
                [
                    Column("Printed table"),
                    Column("Annual cost, printed", Kind.POUNDS),
                    Column("Change in hours", Kind.PERCENT, signed=True),
                    Column("Annual cost, changed", Kind.POUNDS),
                ],
                [[one.name, one.printed_pence, one.percent, one.planned_pence] for one in reports],
                total=["All", sum(one.printed_pence for one in reports), None, gap.planned_pence],
            )
        ],
        reckoning=[
            ("Cost after a change in hours", "printed annual cost × (1 + percent), half-up"),
            ("Gap", "the sum less the budget"),
            ("Budget", pounds(gap.budget_pence)),
        ],
    )
