"""The sandbox and the page of one of its figures."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.care.models import CarePackage
from cms_models.planning.explaining import explained
from cms_models.planning.models import Scenario
from cms_models.planning.selectors import sheet_of, sheets_of
from cms_models.planning.sheet import Sheet
from cms_models.rates.models import RateCard
from theme.admin.pages import CouncilPage, download, refusal_words, rule_in_words, whole_number
from theme.admin.sandbox.asking import HOURS, RULE, OptionForm, option_form
from theme.admin.sandbox.reports import file_of, sheet_report
from theme.admin.sandbox.showing import (
    MAIN,
    PAYERS,
    Shown,
    balances_shown,
    budgets_shown,
    floor_percent,
    meters,
    packages_shown,
    unpriced_shown,
)

FLOOR = "market.viability_floor_hours"


class PlannersPage(CouncilPage):
    """A page for roles that see both rate cards and packages."""

    model = RateCard
    header_icon = "sliders"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse a role that sees no packages: sums over nothing would mislead."""
        if not request.user.may_view(CarePackage):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def trail(self, *links: tuple[str, str]) -> list[dict[str, Any]]:
        """Return the way home by (address, label), this page last."""
        steps = [{"url": url, "label": label} for url, label in links]
        return [*self.breadcrumbs_items, *steps, {"url": "", "label": self.get_page_title()}]


class SandboxView(PlannersPage):
    """What every page about one option begins with: the option its address asks for."""

    @cached_property
    def form(self) -> OptionForm:
        """What is asked for; a version of another council is not found."""
        form = option_form(self.request.user, self.request.GET)
        form.is_valid()
        form.must_exist()
        return form

    @cached_property
    def sheets(self) -> tuple[Sheet, Sheet | None]:
        """What is asked for, and what is in force (None where nothing else is tried).

        ValidationError where it cannot be tried.
        """
        form, user = self.form, self.request.user
        if not form.trying:
            return sheet_of(form.in_force, user=user), None
        tried, in_force = sheets_of([form.option, form.in_force], user=user)
        return tried, in_force


class SandboxPage(SandboxView):
    """Any draft tried before it is published: hours, clients, cost, viability, balance."""

    template_name = "theme/sandbox/page.html"
    page_title = "Sandbox"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return self.trail()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the option asked for, or say in words why it cannot be tried."""
        try:
            found = self.result() if self.form.is_valid() else {}
        except ValidationError as refusal:
            found = {"refusal": refusal_words(refusal)}
        status = 200 if "shown" in found else 400
        found["form"] = self.form
        if "part" in request.GET:
            return TemplateResponse(request, "theme/sandbox/_result.html", found, status=status)
        return self.render_page(status=status, **self.fields_context(), **found)

    def fields_context(self) -> dict[str, Any]:
        """Return the form's fields grouped as the page groups them."""
        form = self.form
        return {
            "hours_fields": [form[name] for name in form.fields if name.startswith(HOURS)],
            "rule_fields": [form[name] for name in form.fields if name.startswith(RULE)],
            "rules_open": bool(form.is_valid() and form.typed_rules)
            or any(name.startswith(RULE) for name in form.errors),
        }

    def result(self) -> dict[str, Any]:
        """Return what the page says of the option."""
        sheet, base = self.sheets
        shown, rules = Shown(sheet, base=base), self.form.option.rules
        return {
            "shown": shown,
            "sheet": sheet,
            "query": self.form.query,
            "tried": self.form.option.tried,
            "divisions": shown.divisions(),
            "headlines": shown.headlines(),
            "main_columns": MAIN,
            "payer_columns": PAYERS,
            "zone_meters": meters(sheet.viability),
            "lot_meters": meters(sheet.lot_viability),
            "zone_floor": floor_percent(sheet.viability),
            "lot_floor": floor_percent(sheet.lot_viability),
            "budgets": budgets_shown(sheet, base=base),
            "balances": balances_shown(sheet),
            "unpriced": unpriced_shown(sheet),
            "floor_rule": rule_in_words(FLOOR, rules[FLOOR]),
            "may_save": self.request.user.may("add", Scenario),
        }


class CellPage(SandboxView):
    """One figure of a sheet: its formula, inputs, rounding and the packages behind it."""

    template_name = "theme/sandbox/cell.html"

    def get_page_title(self) -> str:
        """Name the figure."""
        return self.explanation.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Lead back to the sandbox as it was asked for."""
        return self.trail((f"{reverse('sandbox')}?{self.form.query}", "Sandbox"))

    @cached_property
    def explanation(self) -> Any:
        """The figure opened; a cell that is none is not found."""
        asked = self.request.GET
        names = {name: asked.get(name, "") for name in ("table", "row", "column")}
        page = whole_number(asked.get("page", "")) or 1
        try:
            return explained(sheet_of(self.form.option, user=self.request.user), **names, page=page)
        except (KeyError, ValidationError) as unknown:
            raise Http404 from unknown

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the figure as a page, or its part for the panel of the sandbox."""
        if not self.form.is_valid():
            raise Http404
        asked = request.GET.copy()
        for name in ("page", "part"):
            asked.pop(name, None)
        found = self.explanation
        context = {
            "explanation": found,
            "lines": packages_shown(found),
            "previous": found.page - 1 if found.page > 1 else None,
            "next": found.page + 1 if found.page < found.pages else None,
            "cell_query": asked.urlencode(),
        }
        if "part" in request.GET:
            return TemplateResponse(request, "theme/sandbox/_cell.html", context)
        return self.render_page(**context, query=self.form.query)


class SandboxFile(SandboxView):
    """A sheet as a file: a workbook or pages."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file; an option that cannot be tried has none."""
        if not self.form.is_valid():
            raise Http404
        try:
            sheet, base = self.sheets
            report = sheet_report(
                sheet,
                base=base,
                council=str(request.user.authority),
                day=f"packages of {self.form.option.on:%d/%m/%Y}",
            )
        except ValidationError as refusal:
            raise Http404 from refusal
        return download(*file_of(report, kwargs["kind"]))
