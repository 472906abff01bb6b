"""The pages of the brokerage's reports: a period, tables with charts, the packages behind each."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.brokerage.models import Release
from cms_models.brokerage.report_domain import Findings, Period, Subject, period_refusal
from cms_models.brokerage.reports import REPORTS, ReportKind
from cms_models.care.models import CarePackage
from importers.reports.pdf import pdf_bytes
from importers.reports.workbook import workbook_bytes
from theme.admin.brokerage_reports.showing import (
    address,
    behind_of,
    csv_of,
    parts_of,
    report_file,
)
from theme.admin.pages import CouncilPage, download

USUAL_DAYS = 90


class PeriodForm(forms.Form):
    """The first and the last day of a report; the last ninety days where none is named."""

    first = forms.DateField(label="From", required=False)
    last = forms.DateField(label="to, both included", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is none, or too long."""
        data: dict[str, Any] = super().clean() or {}
        today = timezone.localdate()
        last: date = data.get("last") or today
        first: date = data.get("first") or last - timedelta(days=USUAL_DAYS - 1)
        refusal = period_refusal(first, last)
        if refusal:
            self.add_error(None, refusal)
        data["period"] = Period(first, last + timedelta(days=1))
        return data


class ReportView(CouncilPage):
    """What every view of a report shares: its kind, its period, what it found."""

    model = Release
    header_icon = "table"
    kind: ReportKind = next(iter(REPORTS.values()))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse a role that sees no packages."""
        if not request.user.may_view(CarePackage):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def form(self) -> PeriodForm:
        """What is asked for."""
        form = PeriodForm(self.request.GET)
        form.is_valid()
        return form

    @property
    def period(self) -> Period:
        """The days the report is about."""
        found: Period = self.form.cleaned_data["period"]
        return found

    @cached_property
    def findings(self) -> Findings:
        """What the report found."""
        return self.kind.find(self.request.user, self.period, now=timezone.now())

    @property
    def days(self) -> dict[str, str]:
        """The period as an address carries it."""
        return {"first": f"{self.period.first}", "last": f"{self.period.last}"}

    def url_of(self, part: str = "", **asked: str) -> str:
        """Return an address of this report for the same period."""
        name = f"brokerage_report_{part}{self.kind.key}"
        return address(reverse(name), **self.days, **asked)

    def subject_url(self, subject: Subject) -> str:
        """Return where a package or a place in a lot is shown."""
        name = "package_page" if subject.kind == "package" else "lotaward:inspect"
        return reverse(name, args=[subject.key])

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the first report."""
        first = next(iter(REPORTS))
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"brokerage_report_{first}"), "label": "Reports"},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_page_title(self) -> str:
        """Name the report."""
        return self.kind.title


class ReportPage(ReportView):
    """A report: what it answers, its period, its tables with their charts, its files."""

    template_name = "theme/brokerage_reports/page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the report, or why the period cannot be asked for."""
        if not self.form.is_valid():
            return self.render_page(status=400, **self._head())
        parts = parts_of(
            self.findings,
            behind=lambda table, row, column: self.url_of(
                "behind_", table=table, row=row, column=column
            ),
            subject_url=self.subject_url,
        )
        return self.render_page(
            **self._head(),
            period=self.period,
            parts=[(part, self.url_of("csv_", table=part.key)) for part in parts],
            sentences=self.findings.sentences,
            files=[("XLSX", self.url_of("xlsx_")), ("PDF", self.url_of("pdf_"))],
        )

    def _head(self) -> dict[str, Any]:
        valid, typed = self.form.is_valid(), self.request.GET
        asked = self.days if valid else {}
        days = asked or {name: typed.get(name, "") for name in ("first", "last")}
        tabs = [
            (kind.title, address(reverse(f"brokerage_report_{key}"), **asked), key == self.kind.key)
            for key, kind in REPORTS.items()
        ]
        return {"kind": self.kind, "tabs": tabs, "form": self.form, "days": days}


class BehindPage(ReportView):
    """The packages behind one number of a report; they add up to it (BR-04)."""

    template_name = "theme/brokerage_reports/behind.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them; without a number named, lead to the report."""
        asked = {name: request.GET.get(name, "") for name in ("table", "row", "column")}
        if not any(asked.values()):
            return redirect(reverse(f"brokerage_report_{self.kind.key}"))
        if not self.form.is_valid():
            raise Http404
        try:
            found = behind_of(
                self.findings.table(asked["table"]),
                row=asked["row"],
                column_key=asked["column"],
                subject_url=self.subject_url,
            )
        except KeyError as unknown:
            raise Http404 from unknown
        return self.render_page(
            kind=self.kind, period=self.period, behind=found, report_url=self.url_of()
        )


class ReportFile(ReportView):
    """A report as a workbook or pages."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file."""
        if not self.form.is_valid():
            raise Http404
        file_kind = kwargs["file_kind"]
        report = report_file(
            self.findings,
            title=self.kind.title,
            council=str(request.user.authority),
            day=self.period.words,
            reckoning=[("Question", self.kind.question), ("Period", self.period.words)],
        )
        make = workbook_bytes if file_kind == "xlsx" else pdf_bytes
        return download(f"{self.kind.key}.{file_kind}", make(report))


class ReportCsv(ReportView):
    """One table of a report as CSV."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file; the first table where none is named."""
        if not self.form.is_valid():
            raise Http404
        key = request.GET.get("table") or self.findings.tables[0].key
        try:
            content = csv_of(self.findings, key)
        except KeyError as unknown:
            raise Http404 from unknown
        return download(f"{self.kind.key}-{key}.csv", content)
