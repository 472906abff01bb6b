"""The rounds of a day: map, one timeline row a carer, what is left out, plan again, publish."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.care.domain import hours_words
from cms_models.care.models import CarePackage
from cms_models.care.patterns import clock
from cms_models.fields.selectors import rule_values
from cms_models.jobs.models import Job
from cms_models.jobs.services import enqueue
from cms_models.rounds.models import PlanRun, PlanState
from cms_models.rounds.selectors.day import (
    DayRounds,
    RoundLine,
    UnplacedLine,
    carer_names,
    day_rounds,
    day_to_open,
    planning_job,
    runs_of,
    runs_on,
    visit_names,
    with_names,
)
from cms_models.rounds.selectors.planning import impact_of
from cms_models.rounds.selectors.whatif import pins_on
from cms_models.rounds.services.planning import publish
from theme.admin.pages import (
    CouncilPage,
    RoleGate,
    date_asked,
    refusal_words,
    rule_in_words,
    whole_number,
)
from theme.admin.rounds_day.mapping import day_for_map, skill_words, window_words
from theme.admin.rounds_day.timeline import rows_of, scale_of

MOST_SEED = 1_000_000
RULES_SHOWN = ("rounds.travel", "rounds.seconds", "rounds.break_minutes", "rounds.day_minutes")


class RoundsDayPage(CouncilPage):
    """A day's rounds by date (`?date=`) or by plan run; the published run opens first."""

    model = PlanRun
    template_name = "theme/rounds_day/page.html"
    header_icon = "calendar"

    @cached_property
    def day(self) -> date:
        """The day shown: the run's, the one asked for, or the next with a plan."""
        if "pk" in self.kwargs:
            return self.run.on
        asked = date_asked(self.request.GET.get("date"))
        return asked or day_to_open(self.request.user, today=timezone.localdate())

    @cached_property
    def runs(self) -> list[PlanRun]:
        """Every run of the day."""
        return runs_on(self.request.user, on=self.day)

    @cached_property
    def run(self) -> PlanRun | None:
        """The run shown; another council's is not found."""
        if "pk" in self.kwargs:
            return get_object_or_404(runs_of(self.request.user), pk=self.kwargs["pk"])
        return self.runs[0] if self.runs else None

    @cached_property
    def impact(self) -> dict[str, Any] | None:
        """What publishing the proposal shown would change in the rounds published (SC-10)."""
        run = self.run
        if run is None or run.state != PlanState.PROPOSED:
            return None
        published = next((each for each in self.runs if each.state == PlanState.PUBLISHED), None)
        before = published or run.based_on
        if before is None or not (run.problem and before.plan):
            return None
        return impact_shown(run, before=before, user=self.request.user)

    def get_page_title(self) -> str:
        """Name the day."""
        return f"Rounds of {self.day:%A} {self.day.day} {self.day:%B %Y}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the day: run, timeline, map, unplaced visits, rules and what may be done."""
        user, rules = self.request.user, rule_values(self.request.user.authority)
        shown = day_rounds(self.run, user=user) if self.run else None
        published = any(run.state == PlanState.PUBLISHED for run in self.runs)
        may_plan = user.may("change", PlanRun)
        return super().get_context_data(
            day=self.day,
            previous_day=self.day - timedelta(days=1),
            next_day=self.day + timedelta(days=1),
            run=self.run,
            runs=self.runs,
            job=planning_job(user, on=self.day),
            may_plan=may_plan,
            may_move=may_plan and self.run is not None,
            replan_words="Re-solve" if published else "Re-solve with pins",
            carers=carers_on(shown) if shown else [],
            may_publish=user.may("publish", PlanRun),
            impact=self.impact,
            notes=notes_of(self.run, user=user) if self.run else [],
            next_seed=len(self.runs) + 1,
            rules=[rule_in_words(key, rules[key]) for key in RULES_SHOWN],
            **(drawn(shown, user=user) if shown else {}),
            **kwargs,
        )


def impact_shown(run: PlanRun, *, before: PlanRun, user: User) -> dict[str, Any]:
    """Return what a proposal changes against other rounds of its day, in names and words."""
    found, names = impact_of(run, before=before), carer_names(user)
    return {
        "before": before,
        "moves": [with_names(words, names) for words in found.moves],
        "newly_placed": found.newly_placed,
        "newly_unplaced": found.newly_unplaced,
        "changes": (
            ("Visits with another carer", f"{found.changed_carer}"),
            ("Visits at another time", f"{found.moved_start}"),
            ("Furthest moved", f"{found.most_minutes_moved} min"),
            ("Visits by usual carers", signed(found.usual_carer_stops)),
            ("Minutes late", signed(found.late_minutes)),
            ("Minutes of travel", signed(found.travel_minutes)),
        ),
    }


def signed(number: int) -> str:
    """Return a difference with its sign."""
    return f"−{-number:,}" if number < 0 else f"+{number:,}"


def notes_of(run: PlanRun, *, user: User) -> list[str]:
    """Return what planning could not keep to, in names."""
    names = carer_names(user) | visit_names(user, run.notes) if run.notes else {}
    return [with_names(note, names) for note in run.notes]


def carers_on(shown: DayRounds) -> list[tuple[int, str]]:
    """Return the carers with a round, by name."""
    return sorted({(line.carer_id, line.carer) for line in shown.rounds}, key=lambda pair: pair[1])


def drawn(shown: DayRounds, *, user: User) -> dict[str, Any]:
    """Return what the template draws of a run."""
    scale, shows_packages = scale_of(shown.rounds), user.may_view(CarePackage)
    visits = {stop.visit.visit_id for line in shown.rounds for stop in line.stops}
    pins = pins_on(user, visits)
    return {
        "scale": scale,
        "rows": rows_of(shown.rounds, scale, pins),
        "table": [table_part(line, pins) for line in shown.rounds],
        "figures": figures_of(shown),
        "unplaced": [_unplaced(line) for line in shown.unplaced],
        "shows_packages": shows_packages,
        "map_data": day_for_map(shown.rounds, shown.unplaced, shows_packages=shows_packages),
    }


def figures_of(shown: DayRounds) -> list[dict[str, str]]:
    """Return the run's totals in words; planned = placed + unplaced is said, not left to trust."""
    totals = shown.run.totals
    planned, placed = totals.get("planned", 0), totals.get("placed", 0)
    unplaced, travel = totals.get("unplaced", 0), totals.get("travel_minutes", 0)
    contact, waiting = totals.get("contact_minutes", 0), totals.get("waiting_minutes", 0)
    return [
        {
            "name": "Visits planned",
            "value": f"{planned:,}",
            "note": f"{placed:,} placed + {unplaced:,} not placed",
        },
        {
            "name": "Contact time",
            "value": f"{totals.get('contact_percent', 0):.1f} %",
            "note": f"{hours_words(contact)} with people, of paid time",
        },
        {"name": "Travel", "value": hours_words(travel), "note": f"{travel:,} minutes"},
        {"name": "Waiting", "value": hours_words(waiting), "note": f"{waiting:,} minutes"},
        {
            "name": "Carers",
            "value": f"{shown.carers}",
            "note": f"{len(shown.rounds)} rounds",
        },
    ]


def table_part(line: RoundLine, pins: Mapping[int, Collection[int]]) -> dict[str, Any]:
    """Return a round as the table says it: the same as map and timeline, in words."""
    return {
        "carer": line.carer,
        "carer_id": line.carer_id,
        "rest": _rest_words(line),
        "shift": f"{clock(line.shift_starts_minutes)}–{clock(line.shift_ends_minutes)}",
        "leaves": clock(line.leaves_home_minutes),
        "back": clock(line.back_home_minutes),
        "stops": [
            {
                "id": stop.stop_id,
                "visit_id": stop.visit.visit_id,
                "pinned": line.carer_id in pins.get(stop.visit.visit_id, ()),
                "number": stop.number,
                "times": f"{clock(stop.start_minutes)}–{clock(stop.leave_minutes)}",
                "arrives": clock(stop.arrive_minutes),
                "travel": stop.travel_minutes,
                "waits": stop.waiting_minutes,
                "who": stop.visit.who,
                "package_id": stop.visit.package_id,
                "postcode": stop.visit.postcode,
                "window": window_words(stop.visit),
                "together": " and ".join(stop.together_with),
            }
            for stop in line.stops
        ],
    }


def _rest_words(line: RoundLine) -> str:
    starts = line.break_starts_minutes
    return f", break {clock(starts)}, {line.break_minutes} min" if starts is not None else ""


def _unplaced(line: UnplacedLine) -> dict[str, Any]:
    visit = line.visit
    return {
        "line": line,
        "window": window_words(visit),
        "needs": skill_words(visit.skills),
    }


class PlanDay(RoleGate):
    """Queue a new proposal for a day."""

    model = PlanRun
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go back to the day, which shows how far it is."""
        day = date_asked(request.POST.get("date"))
        seed = whole_number(request.POST.get("seed", ""))
        if day is None or not 1 <= seed <= MOST_SEED:
            messages.error(request, f"Choose a day, and a seed from 1 to {MOST_SEED:,}.")
            return redirect("rounds_day_page")
        job = enqueue(
            actor=request.user,
            kind="plan_rounds",
            params={"on": day.isoformat(), "seed": seed},
        )
        messages.success(request, f"{job} is queued; its proposal will appear here.")
        return HttpResponseRedirect(f"{reverse('rounds_day_page')}?date={day.isoformat()}")


class PublishRounds(RoleGate):
    """Publish a proposal: a person's act."""

    model = PlanRun
    action = "publish"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish, or say why not."""
        run = get_object_or_404(runs_of(request.user), pk=pk)
        try:
            publish(actor=request.user, run=run, reason=request.POST.get("reason", "").strip())
        except ValidationError as refusal:
            messages.error(request, refusal_words(refusal))
        else:
            messages.success(request, f"{run} are published; what was before is superseded.")
        return redirect("rounds_day_page", pk=run.pk)


class DayProgress(RoleGate):
    """How far the planning of a day is, for the page to ask every two seconds."""

    model = PlanRun

    def get(self, request: HttpRequest) -> JsonResponse:
        """Return the job's state; `over` tells the page to load the day anew."""
        job = get_object_or_404(
            Job.objects.visible_to(request.user), pk=whole_number(request.GET.get("job", ""))
        )
        return JsonResponse(
            {
                "over": job.is_over,
                "state": job.get_state_display(),
                "percent": job.progress_percent,
                "note": job.progress_note,
            }
        )
