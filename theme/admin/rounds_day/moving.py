"""Changing a plan by hand: what a move would cost, moving, leaving out, pinning, planning again."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit, picture
from cms_models.care.patterns import clock
from cms_models.jobs.services import enqueue
from cms_models.rounds.models import Carer, CarerAbsence, PlanRun, PlanState, Visit, VisitPin
from cms_models.rounds.selectors.day import (
    carer_names,
    runs_of,
    runs_on,
    visit_names,
    with_names,
)
from cms_models.rounds.selectors.whatif import moved_plan, plan_without, what_if
from cms_models.rounds.services import planning, workforce
from optimiser.rounds.problem import Plan, ProblemError
from theme.admin.actions import in_words
from theme.admin.pages import RoleGate, date_asked, whole_number

MOST_TOLD = 3
DONE = {"publish_rounds": "published it", "edit_rounds": "moved visits in it"}


class DayEdit(RoleGate):
    """An act on one run of the council, by those who may change it."""

    model = PlanRun
    action = "change"

    def run_asked(self, pk: int) -> PlanRun:
        """Return the run; another council's is not found."""
        run: PlanRun = get_object_or_404(runs_of(self.request.user), pk=pk)
        return run

    def visit_asked(self, run: PlanRun, text: str) -> Visit:
        """Return a visit of the run's day."""
        visits = Visit.objects.visible_to(self.request.user).filter(on=run.on)
        visit: Visit = get_object_or_404(
            visits.select_related("package__person"), pk=whole_number(text)
        )
        return visit

    def carer_asked(self, text: str) -> Carer | None:
        """Return a carer, None where none is asked for."""
        if not text:
            return None
        carer: Carer = get_object_or_404(
            Carer.objects.visible_to(self.request.user), pk=whole_number(text)
        )
        return carer


class VisitOptions(DayEdit):
    """Why a visit is where it is and what every other place would cost, as JSON."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Answer from the run's board; a visit it does not hold is not found."""
        run = self.run_asked(pk)
        visit = self.visit_asked(run, request.GET.get("visit", ""))
        instead_of = self.carer_asked(request.GET.get("instead_of", ""))
        try:
            found = what_if(run, user=request.user, visit=visit, instead_of=instead_of)
        except ProblemError as refusal:
            raise Http404(str(refusal)) from refusal
        return JsonResponse({"version": run.version, **asdict(found)})


class EditPlan(DayEdit):
    """Keep a plan changed by hand, unless somebody else changed the run meanwhile."""

    http_method_names = ["post"]

    def changed(self, run: PlanRun, visit: Visit, sent: Any) -> tuple[Plan, str]:
        """Return the changed plan and what was done, in words."""
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Check the version, make the change, keep it; every refusal is said in words."""
        run, sent = self.run_asked(pk), request.POST
        visit = self.visit_asked(run, sent.get("visit", ""))
        version = whole_number(sent.get("version", ""))
        kept = run
        try:
            if run.version != version:
                raise StaleEdit(record=run, theirs=picture(run))
            plan, words = self.changed(run, visit, sent)
            kept = planning.keep_edit(
                actor=request.user,
                run=run,
                plan=plan,
                expected_version=version,
                reason=sent.get("reason", "").strip()[:300],
            )
        except StaleEdit:
            messages.error(request, stale_words(run, user=request.user))
        except (ProblemError, planning.BrokenPlan) as refusal:
            names = carer_names(request.user) | visit_names(request.user, [str(refusal)])
            messages.error(request, f"Not moved: {with_names(str(refusal), names)}.")
        else:
            new = "" if kept.pk == run.pk else f" It is kept as proposal #{kept.pk}: publish it."
            messages.success(request, words + new)
        return redirect("rounds_day_page", pk=kept.pk)


class MoveVisit(EditPlan):
    """Give a visit, or one carer's part of it, to another carer or another place."""

    def changed(self, run: PlanRun, visit: Visit, sent: Any) -> tuple[Plan, str]:
        """Move it to the cheapest place of the shift."""
        carer = self.carer_asked(sent.get("carer", ""))
        if carer is None:
            raise ProblemError("choose the carer to give the visit to")
        plan = moved_plan(
            run,
            visit=visit,
            carer=carer,
            shift=whole_number(sent.get("shift", "")),
            instead_of=self.carer_asked(sent.get("instead_of", "")),
        )
        return plan, f"{visit.package} {clock(visit.earliest_minutes)} goes to {carer}."


class LeaveOut(EditPlan):
    """Leave a visit out of the rounds by hand."""

    def changed(self, run: PlanRun, visit: Visit, sent: Any) -> tuple[Plan, str]:
        """Take it out of every round."""
        plan = plan_without(run, visit=visit)
        return plan, f"{visit.package} {clock(visit.earliest_minutes)} is in no round now."


class PinVisit(DayEdit):
    """Pin a visit to its carers, or unpin it: what the next search must keep."""

    model = VisitPin
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pin to the carers sent, or unpin where none is."""
        run, sent = self.run_asked(pk), request.POST
        visit = self.visit_asked(run, sent.get("visit", ""))
        carers = [carer for text in sent.getlist("carers") if (carer := self.carer_asked(text))]
        reason = sent.get("reason", "").strip()[:300]
        try:
            if carers:
                planning.pin(actor=request.user, visit=visit, carers=carers, reason=reason)
                named = " and ".join(str(carer) for carer in carers)
                words = f"{visit} is pinned to {named}: planning again keeps it there."
            else:
                planning.unpin(actor=request.user, visit=visit, reason=reason)
                words = f"{visit} is not pinned any more."
        except ValidationError as refusal:
            messages.error(request, in_words(refusal))
        else:
            messages.success(request, words)
        return redirect("rounds_day_page", pk=run.pk)


class ReplanDay(RoleGate):
    """Plan a day again with its pins, and without a carer who has become absent."""

    model = PlanRun
    action = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note the absence where one is sent, queue the job, go back to the day."""
        sent, day = request.POST, date_asked(request.POST.get("date"))
        if day is None:
            messages.error(request, "Choose a day to plan again.")
            return redirect("rounds_day_page")
        runs = runs_on(request.user, on=day)
        published = any(run.state == PlanState.PUBLISHED for run in runs)
        params: dict[str, Any] = {"on": day.isoformat(), "seed": len(runs) + 1}
        try:
            if sent.get("carer"):
                since = self._absent(request, day)
                if published and since:
                    params["from_minutes"] = since
            kind = "replan" if published else "plan_rounds"
            job = enqueue(actor=request.user, kind=kind, params=params)
        except ValidationError as refusal:
            messages.error(request, in_words(refusal))
        else:
            messages.success(request, f"{job} is queued; its proposal will appear here.")
        return HttpResponseRedirect(f"{reverse('rounds_day_page')}?date={day.isoformat()}")

    def _absent(self, request: HttpRequest, day: Any) -> int:
        request.user.must("add", CarerAbsence)
        carers = Carer.objects.visible_to(request.user)
        carer = get_object_or_404(carers, pk=whole_number(request.POST.get("carer", "")))
        since = minutes_of(request.POST.get("from", ""))
        workforce.mark_absent(
            actor=request.user,
            carer=carer,
            on=day,
            from_minutes=since,
            reason=request.POST.get("reason", "").strip()[:200],
        )
        return since


def minutes_of(text: str) -> int:
    """Return minutes after midnight of a time such as 06:40; none is the start of the day."""
    if not text:
        return 0
    hours, _, minutes = text.partition(":")
    found = 60 * whole_number(hours) + whole_number(minutes)
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes[:3]) < 60) or found > 1440:
        raise ValidationError(f"{text} is no time of the day: write it as 06:40.")
    return found


def stale_words(run: PlanRun, *, user: User) -> str:
    """Return who changed a run meanwhile, when and what; nothing of the editor's was kept."""
    last = history_of(run, user=user).first()
    lead = "Nothing of yours was kept, as the plan has changed since you opened it"
    if last is None:
        return f"{lead}. This is the plan as it is now."
    texts = [f"{visit}: {words}" for visit, words in last.after.items()]
    names = carer_names(user) | visit_names(user, texts)
    changes = [with_names(text, names) for text in texts] if last.action == "edit_rounds" else []
    more = f" and {len(changes) - MOST_TOLD} more" if len(changes) > MOST_TOLD else ""
    what = f" ({'; '.join(changes[:MOST_TOLD])}{more})" if changes else ""
    done, at = DONE.get(last.action, "changed it"), timezone.localtime(last.at)
    return (
        f"{lead}: {last.actor} {done} on {at:%d/%m/%Y} at {at:%H:%M}{what}. "
        "This is the plan as it is now."
    )
