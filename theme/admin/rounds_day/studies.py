"""Looking closer: a plan's score, the price of rules, and a week of rounds."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.care.domain import hours_words
from cms_models.fields.selectors import rule_values
from cms_models.jobs.services import enqueue
from cms_models.rounds.models import PlanRun
from cms_models.rounds.selectors.day import day_to_open, runs_of
from cms_models.rounds.selectors.week import CarerWeek, price_jobs, week_job, week_of
from cms_models.rounds.selectors.whatif import ScoreLine, score_tables
from optimiser.rounds.problem import ProblemError
from theme.admin.charts import bars
from theme.admin.pages import CouncilPage, RoleGate, date_asked, rule_in_words

PRICE_RULES = ("rounds.price_seconds", "rounds.carer_hour_pence")
WEEK_RULES = ("rounds.week_seconds", "rounds.week_minutes")


class DayStudy(CouncilPage):
    """A page about a day of rounds, by `?date=`."""

    model = PlanRun
    header_icon = "calendar"
    title = ""

    @cached_property
    def day(self) -> date:
        """The day asked for, or the next with a plan."""
        asked = date_asked(self.request.GET.get("date"))
        return asked or day_to_open(self.request.user, today=timezone.localdate())

    def get_page_title(self) -> str:
        """Name the page and the day."""
        return f"{self.title} {self.day:%A} {self.day.day} {self.day:%B %Y}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home, by the day."""
        return [
            *self.breadcrumbs_items,
            {"url": day_url(self.day), "label": "Rounds of a day"},
            {"url": "", "label": self.get_page_title()},
        ]


class ScorePage(DayStudy):
    """What a plan costs, by constraint, by carer and by visit."""

    template_name = "theme/rounds_day/score.html"
    title = "Score of the rounds of"

    @cached_property
    def run(self) -> PlanRun:
        """The run looked at; another council's is not found."""
        run: PlanRun = get_object_or_404(runs_of(self.request.user), pk=self.kwargs["pk"])
        return run

    @cached_property
    def day(self) -> date:
        """The run's day."""
        return self.run.on

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Split the cost up; a run kept without its problem says so."""
        try:
            tables, refusal = score_tables(self.run, user=self.request.user), ""
        except ProblemError as error:
            tables, refusal = None, str(error)
        return super().get_context_data(
            run=self.run,
            tables=tables,
            refusal=refusal,
            weights=weight_bars(tables.by_weight) if tables else [],
            **kwargs,
        )


def weight_bars(lines: tuple[ScoreLine, ...]) -> list[dict[str, Any]]:
    """Return the weights with a bar each, the dearest first."""
    ordered = sorted(lines, key=lambda line: -line.minutes)
    drawn = bars([(line.name, line.minutes, f"{line.minutes:,.1f}") for line in ordered])
    return [{"line": line, "bar": bar} for line, bar in zip(ordered, drawn, strict=True)]


class PricePage(DayStudy):
    """What each family of rules costs a day, in minutes and pounds."""

    template_name = "theme/rounds_day/price.html"
    title = "Price of rules,"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show the newest prices of the day, and the job that finds new ones."""
        user, rules = self.request.user, rule_values(self.request.user.authority)
        job, found = price_jobs(user, on=self.day)
        return super().get_context_data(
            day=self.day,
            job=job,
            found=found,
            prices=price_rows(found) if found else [],
            may_plan=user.may("change", PlanRun),
            rules=[rule_in_words(key, rules[key]) for key in PRICE_RULES],
            **kwargs,
        )


def price_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the prices as table rows with a bar each; a saving below zero has no bar."""
    prices = found["prices"]
    drawn = bars([(p["title"], max(0, p["idle_minutes"]), "") for p in prices])
    return [
        {
            **price,
            "percent": bar.percent,
            "pounds": pounds(price["pence"]),
            "travel": _signed(price["travel_minutes"]),
            "idle": _signed(price["idle_minutes"]),
        }
        for price, bar in zip(prices, drawn, strict=True)
    ]


def _signed(minutes: int) -> str:
    return f"−{-minutes:,}" if minutes < 0 else f"{minutes:,}"


def pounds(pence: int) -> str:
    """Return pence as pounds."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


class PriceRules(RoleGate):
    """Queue the pricing of a day's rules."""

    model = PlanRun
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go back to the page, which shows how far it is."""
        day = date_asked(request.POST.get("date"))
        if day is None:
            messages.error(request, "Choose a day whose rules are to be priced.")
            return redirect("rounds_day_price")
        job = enqueue(actor=request.user, kind="price_rules", params={"on": day.isoformat()})
        messages.success(request, f"{job} is queued; the prices will appear here.")
        return HttpResponseRedirect(f"{reverse('rounds_day_price')}?date={day.isoformat()}")


class WeekPage(DayStudy):
    """Seven days of rounds from a day on, and who works how long."""

    template_name = "theme/rounds_day/week.html"
    title = "Rounds of the week from"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the days, the carers' hours and the week's job."""
        user, rules = self.request.user, rule_values(self.request.user.authority)
        week = week_of(user, first=self.day)
        return super().get_context_data(
            day=self.day,
            previous_day=self.day - timedelta(days=7),
            next_day=self.day + timedelta(days=7),
            week=week,
            carers=[carer_row(line, whole=week.is_planned) for line in week.carers],
            job=week_job(user, first=self.day),
            may_plan=user.may("change", PlanRun),
            rules=[rule_in_words(key, rules[key]) for key in WEEK_RULES],
            **kwargs,
        )


def carer_row(line: CarerWeek, *, whole: bool) -> dict[str, Any]:
    """Return a carer's week in words; a week not planned `whole` says nothing of the contract."""
    off = line.off_contract_minutes if whole else 0
    return {
        "carer": line.carer,
        "days": [hours_words(minutes) if minutes else "–" for minutes in line.minutes],
        "total": hours_words(line.total_minutes),
        "contract": hours_words(line.contract_minutes) if line.contract_minutes else "none",
        "off": f"{'+' if off > 0 else '−'}{hours_words(abs(off))}" if off else "",
    }


class PlanWeek(RoleGate):
    """Queue the planning of seven days as one."""

    model = PlanRun
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go back to the week, which shows how far it is."""
        day = date_asked(request.POST.get("date"))
        if day is None:
            messages.error(request, "Choose the first day of the week to plan.")
            return redirect("rounds_day_week")
        params = {"first": day.isoformat(), "seed": 1}
        job = enqueue(actor=request.user, kind="plan_week", params=params)
        messages.success(request, f"{job} is queued; seven proposals will appear here.")
        return HttpResponseRedirect(f"{reverse('rounds_day_week')}?date={day.isoformat()}")


def day_url(day: date) -> str:
    """Return the address of a day's rounds."""
    return f"{reverse('rounds_day_page')}?date={day.isoformat()}"
