"""What a person does with a package after its award, on the package's page."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header

from cms_models.accounts.models import User
from cms_models.brokerage.life_domain import last_day_owed
from cms_models.brokerage.models import HandBack, HandBackState, ReviewTask, Suspension, Transfer
from cms_models.brokerage.services import hand_backs, life
from cms_models.care.models import Award, CarePackage
from cms_models.care.selectors import allocation_of
from cms_models.market.models import Provider
from theme.admin.package.deciding import Decide
from theme.admin.package.forms import DecisionForm
from theme.admin.package.life_forms import (
    DecideHandBackForm,
    DoneForm,
    HandBackForm,
    ResumeForm,
    SuspendForm,
)
from theme.admin.package.life_section import LifeOf, amend_form, review_form, transfer_form
from theme.admin.pages import RoleGate, whole_number


class Live(Decide):
    """Something done with a package in its life."""

    needs: tuple[type[models.Model], ...] = (CarePackage,)

    @property
    def life(self) -> LifeOf:
        """The package's life as the page shows it."""
        user = self.request.user
        award = allocation_of(self.package, user=user).award
        return LifeOf(self.package, user=user, award=award, today=timezone.localdate())


class Amend(Live):
    """Give the package another week."""

    act = "amend"

    def form(self) -> Form:
        """Return the form as sent."""
        return amend_form(self.life, self.request.POST)

    def decide(self, form: Form) -> str:
        """Amend unless the package was changed since it was on the screen."""
        data = form.cleaned_data
        amended = life.amend_package(
            actor=self.request.user,
            package=self.package,
            pattern=data["pattern"],
            skills=data.get("skills", self.package.skills),
            from_day=data["from_day"],
            reason=data["reason"],
            expected_version=data["version"],
        )
        return f"{amended} has another week from {data['from_day']:%d/%m/%Y}."


class Suspend(Live):
    """Pause the care."""

    needs = (Suspension,)
    act = "suspend"

    def form(self) -> Form:
        """Return the form as sent."""
        return SuspendForm(self.request.POST, auto_id="suspend-%s")

    def decide(self, form: Form) -> str:
        """Suspend; the sentence names the day."""
        data = form.cleaned_data
        row = life.suspend(
            actor=self.request.user,
            package=self.package,
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            reason=data["why"],
            words=data["words"],
        )
        return f"{self.package} is suspended from {row.starts_on:%d/%m/%Y}."


class Resume(Live):
    """Let the care begin again."""

    needs = (Suspension,)
    act = "resume"

    def form(self) -> Form:
        """Return the form as sent."""
        return ResumeForm(self.request.POST, auto_id="resume-%s")

    def decide(self, form: Form) -> str:
        """Resume; the sentence names the day."""
        data = form.cleaned_data
        life.resume(
            actor=self.request.user,
            package=self.package,
            on=data["on"],
            reason=data["reason"],
            review=data["review"],
        )
        return f"Care of {self.package} is given again from {data['on']:%d/%m/%Y}."


class TransferPackage(Live):
    """Give the package to another provider from a day on."""

    needs = (Transfer, Award)
    act = "transfer"

    def form(self) -> Form:
        """Return the form as sent, with the providers there are."""
        return transfer_form(self.life, self.choices_in_words(), self.request.POST)

    def decide(self, form: Form) -> str:
        """Transfer, or let it wait for its day."""
        data = form.cleaned_data
        chosen = next(
            one.provider for one in self.choices if str(one.provider.pk) == data["provider"]
        )
        row = life.transfer(
            actor=self.request.user,
            package=self.package,
            to_provider=chosen,
            on=data["on"],
            reason=data["reason"],
            now=timezone.now(),
        )
        return f"{self.package} goes to {row.to_provider} on {row.on:%d/%m/%Y}; both are told."


class CallOffTransfer(Live):
    """Call off the transfer that waits."""

    needs = (Transfer, Award)
    act = "call_off"

    def form(self) -> Form:
        """Return the form as sent."""
        return DecisionForm(self.request.POST, auto_id="call-off-%s")

    def decide(self, form: Form) -> str:
        """Call it off with the reason."""
        waiting = self.life.transfer
        if waiting is None:
            raise ValidationError(f"No transfer of {self.package} waits any more.")
        life.cancel_transfer(
            actor=self.request.user,
            waiting=waiting,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return f"{self.package} stays with {waiting.from_award.provider}."


class HandBackPackage(Live):
    """Record that the provider hands the package back."""

    needs = (HandBack,)
    act = "hand_back"

    def form(self) -> Form:
        """Return the form as sent, with its document."""
        return HandBackForm(self.request.POST, self.request.FILES, auto_id="hand-back-%s")

    def decide(self, form: Form) -> str:
        """Hand back; the sentence says at once where the reason is not allowed."""
        row = hand_backs.hand_back(
            actor=self.request.user,
            package=self.package,
            reason=form.cleaned_data["why"],
            words=form.cleaned_data["words"],
            evidence=form.document(),
            now=timezone.now(),
        )
        if row.state == HandBackState.REFUSED_AT_ONCE:
            return row.decision_words
        return f"{row.provider}'s hand-back waits for the contract managers."


class DecideHandBack(Live):
    """Accept or refuse a hand-back."""

    needs = (HandBack, Provider)
    act = "decide"

    def form(self) -> Form:
        """Return the form as sent."""
        return DecideHandBackForm(self.request.POST, auto_id="decide-%s")

    def decide(self, form: Form) -> str:
        """Decide with the reason; accepted, the sentence names the last day."""
        data = form.cleaned_data
        found = HandBack.objects.visible_to(self.request.user).filter(package=self.package)
        row = hand_backs.decide_hand_back(
            actor=self.request.user,
            hand_back=get_object_or_404(found, pk=data["hand_back"]),
            accept=data["decision"] == "accept",
            words=data["reason"],
            now=timezone.now(),
        )
        return decided_words(row)


def decided_words(row: HandBack) -> str:
    """Return what a decision on a hand-back comes to."""
    if row.ends_on is None:
        return f"Refused: {row.provider} goes on delivering {row.package}."
    last = last_day_owed(row.ends_on)
    until = f"{row.provider} owes the care until another begins, or to the end of {last:%d/%m/%Y}"
    again = "it is on offer again" if row.release else "release it by hand: a task says why"
    return f"Accepted: {until}; {again}."


class AddReview(Live):
    """Ask somebody to look at the package."""

    needs = (ReviewTask,)
    act = "review"

    def form(self) -> Form:
        """Return the form as sent."""
        return review_form(self.life, self.request.POST)

    def decide(self, form: Form) -> str:
        """Make the task."""
        data = form.cleaned_data
        row = life.add_review(
            actor=self.request.user,
            package=self.package,
            kind=data["kind"],
            due_on=data["due_on"],
            words=data["words"],
            **self.who(data["who"]),
        )
        return f"“{row.get_kind_display()}” is due on {row.due_on:%d/%m/%Y}."

    def who(self, chosen: str) -> dict[str, Any]:
        """Return whom a choice names: the provider's assessor, somebody of the staff, nobody."""
        award = self.life.award
        if chosen == "provider":
            return {"provider": award.provider if award else None}
        staff = User.objects.visible_to(self.request.user)
        return {"assigned_to": staff.filter(pk=whole_number(chosen)).first()}


class CompleteReview(Live):
    """Say what came of a task."""

    needs = (ReviewTask,)

    @property
    def act(self) -> str:  # type: ignore[override]
        """The form of this task, among those of the page."""
        return f"done-{whole_number(self.request.POST.get('task', ''))}"

    def form(self) -> Form:
        """Return the form as sent."""
        return DoneForm(self.request.POST, auto_id=f"{self.act}-%s")

    def decide(self, form: Form) -> str:
        """Complete the task with its outcome."""
        found = ReviewTask.objects.visible_to(self.request.user).filter(package=self.package)
        task = get_object_or_404(found, pk=form.cleaned_data["task"])
        outcome = form.cleaned_data["outcome"]
        life.complete_review(
            actor=self.request.user, task=task, outcome=outcome, now=timezone.now()
        )
        return f"“{task.get_kind_display()}” is done."


class Evidence(RoleGate):
    """The document of a hand-back, sent to keep."""

    model = HandBack

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it; what is not seen does not exist."""
        if not request.user.may_view(HandBack):
            raise PermissionDenied
        row = get_object_or_404(HandBack.objects.visible_to(request.user), pk=pk)
        if row.evidence is None:
            raise Http404
        response = HttpResponse(bytes(row.evidence), content_type="application/octet-stream")
        response["Content-Disposition"] = content_disposition_header(True, row.evidence_name)
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
