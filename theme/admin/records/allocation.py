"""Allocation runs and their proposals: the machine's suggestions, a broker's decisions."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views import View
from wagtail.admin import messages

from cms_models.accounts.models import User
from cms_models.brokerage.services import awards
from cms_models.care.models import AllocationProposal, AllocationRun, ProposalState
from cms_models.care.services.awards import decline_proposal
from cms_models.jobs.services import enqueue
from theme.admin.actions import Action, ReasonForm, in_words
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment, Number, Pounds, Sentences, State
from theme.admin.showing import RecordInspectView

PROPOSALS_SHOWN = 500


def propose(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that proposes a provider for every package without one."""
    job = enqueue(actor=user, kind="allocate", params={"seed": 1})
    return f"{job} is waiting for the worker. Nothing is awarded until a person does it."


PROPOSE = Action(
    "propose",
    "Propose allocations",
    propose,
    model=AllocationProposal,
    explanation="A provider with reasons for every package that needs one, or why none can.",
)


def award_ticked(user: User, proposals: Sequence[AllocationProposal], reason: str) -> list[str]:
    """Award proposals; returns why others were not awarded."""
    if not reason.strip():
        raise ValidationError("Say why: the reason is kept with the award.")
    _, refused = awards.award_proposals(
        actor=user, proposals=proposals, reason=reason, now=timezone.now()
    )
    return refused


def decline_ticked(user: User, proposals: Sequence[AllocationProposal], reason: str) -> list[str]:
    """Set proposals aside; returns why others were not."""
    refused = []
    for proposal in proposals:
        try:
            decline_proposal(actor=user, proposal=proposal, reason=reason)
        except ValidationError as refusal:
            refused.append(in_words(refusal))
    return refused


class DecideView(View):
    """Awards or declines the proposals ticked on a run's page, each with the one reason given."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, and say how many were decided and why others were not."""
        if not request.user.may("change", AllocationProposal):
            raise PermissionDenied
        run = get_object_or_404(AllocationRun.objects.visible_to(request.user), pk=pk)
        ticked = [int(item) for item in request.POST.getlist("proposal") if item.isdigit()]
        proposals = list(
            AllocationProposal.objects.visible_to(request.user)
            .filter(run=run, pk__in=ticked)
            .select_related("package", "provider", "lot")
        )
        decide = decline_ticked if request.POST.get("decision") == "decline" else award_ticked
        done = "declined" if decide is decline_ticked else "awarded"
        try:
            if not proposals:
                raise ValidationError("Tick at least one proposal.")
            refused = decide(request.user, proposals, request.POST.get("reason", ""))
            if len(proposals) > len(refused):
                messages.success(request, f"{len(proposals) - len(refused)} {done}.")
            for words in refused[:10]:
                messages.error(request, words)
        except (ValidationError, PermissionDenied) as refusal:
            messages.error(request, in_words(refusal))
        return redirect("allocationrun:inspect", pk)


class RunInspectView(RecordInspectView):
    """A run's page: what it proposes, to be ticked and awarded, and what it could not place."""

    template_name = "theme/admin/allocation_run.html"


class AllocationRunViewSet(RecordViewSet):
    """Runs of the allocation engine."""

    model = AllocationRun
    icon = "cogs"
    inspect_view_class = RunInspectView
    cells: Sequence[Cell] = (
        Cell("run", "Run", str, sort_key="id"),
        Day("on", "As of", sort_key="on"),
        Number("packages", "Packages", lambda row: row.totals.get("packages")),
        Number("proposed", "Proposed", lambda row: row.totals.get("proposed")),
        Number("unplaced", "Not placed", lambda row: row.totals.get("unplaced")),
        Cell("engine", "Engine"),
        Number("seed", "Seed"),
        Moment("created_at", "Made", sort_key="created_at"),
    )
    introduction = "Each run proposes; nothing is awarded until a broker does it."
    empty = "No run yet. Use “Propose allocations” to start one."
    list_actions = (PROPOSE,)

    def more(self, user: User, record: AllocationRun) -> dict[str, Any]:
        """Add the proposals in three heaps: to decide, not placed, decided."""
        rows = list(
            AllocationProposal.objects.visible_to(user)
            .filter(run=record)
            .select_related("package", "provider", "lot")[:PROPOSALS_SHOWN]
        )
        by_state = {
            state: [row for row in rows if row.state == state] for state in ProposalState.values
        }
        return {
            "to_decide": by_state[ProposalState.PROPOSED],
            "unplaced": by_state[ProposalState.UNPLACED],
            "decided": [
                row
                for row in rows
                if row.state not in (ProposalState.PROPOSED, ProposalState.UNPLACED)
            ],
            "may_decide": user.may("change", AllocationProposal),
            "decide_url": reverse("allocationrun:decide", args=[record.pk]),
            "shown_most": PROPOSALS_SHOWN if len(rows) == PROPOSALS_SHOWN else None,
        }

    def get_urlpatterns(self) -> list[URLPattern]:
        """Add the address that decides."""
        return [
            *super().get_urlpatterns(),
            path("decide/<int:pk>/", DecideView.as_view(), name="decide"),
        ]


def _award(user: User, record: AllocationProposal, data: dict[str, Any]) -> str:
    refused = award_ticked(user, [record], data["reason"])
    if refused:
        raise ValidationError(refused)
    return f"{record.package} is {record.provider}'s."


def _decline(user: User, record: AllocationProposal, data: dict[str, Any]) -> str:
    decline_proposal(actor=user, proposal=record, reason=data["reason"])
    return f"The proposal for {record.package} is set aside; the package stays open."


def _open(record: AllocationProposal) -> bool:
    return record.state == ProposalState.PROPOSED


class AllocationProposalViewSet(RecordViewSet):
    """Proposals of every run."""

    model = AllocationProposal
    icon = "list-ul"
    related_fields = ("package", "provider", "lot", "run")
    cells: Sequence[Cell] = (
        Cell("package", "Package", sort_key="package__package_ref"),
        State("state", "State", sort_key="state"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Cell("lot", "Lot", "lot.code", sort_key="lot__code"),
        Cell("tier", "Tier", sort_key="tier"),
        Pounds("weekly_pence", "£ a week", "package.weekly_pence"),
        Sentences("factors", "Why"),
        Cell("unplaced_reason", "Why not placed"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("runner_up", "Next best"),
        Cell("relaxation", "What would help"),
        Cell("run", "Run"),
    )
    list_filter = ["state", "run", "provider", "lot"]
    search_fields = ["package__package_ref", "provider__name"]
    empty = "No proposals yet. Use “Propose allocations” to get some."
    list_actions = (PROPOSE,)
    actions = (
        Action("award", "Award", _award, form_class=ReasonForm, shown=_open),
        Action("decline", "Decline", _decline, form_class=ReasonForm, shown=_open, serious=True),
    )
