"""What a broker does on a package's brokerage page: one form, one service call each."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit
from cms_models.brokerage.models import Message, OfferQuestion, Question, Release, Requirement
from cms_models.brokerage.selectors import open_release
from cms_models.brokerage.services.releases import pass_on, release, withdraw_release
from cms_models.brokerage.services.requirements import (
    approve_budget,
    decide_individually,
    set_offer_questions,
    set_requirement,
)
from cms_models.brokerage.services.talk import answer, mark_read, send_message
from cms_models.care.models import AllocationProposal, CarePackage
from cms_models.care.proposing import propose_one
from cms_models.care.services.awards import AlreadyPlaced
from cms_models.market.models import Provider
from theme.admin.actions import in_words
from theme.admin.board.package import BrokeragePage
from theme.admin.board.package_forms import (
    STATED,
    AnswerForm,
    DecisionForm,
    ReadForm,
    ReasonForm,
    RequirementForm,
    question_terms,
    questions_seen,
    typed_questions,
)
from theme.admin.board.views import last_to_act, stale_words

# What is decided of the package and kept with its requirement.
KEPT_WITH_IT = ("approve_budget", "decide_individually")
REFUSED = (ValidationError, PermissionDenied, StaleEdit, AlreadyPlaced)


class BrokerageAct(ABC, BrokeragePage):
    """A form of the page: checked, done by one service, answered by the page or by why not."""

    http_method_names = ["post"]
    action = "change"
    act: ClassVar[str]
    model: type[models.Model] = Release
    form_class: ClassVar[type[Form]] = ReasonForm
    # Whether the form says how its sender saw the package, and is stale when that changed.
    guarded = True

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, or show the page with the form as filled in and the refusal in words."""
        form = self.form()
        if form.is_valid():
            try:
                self.refuse_stale(form)
                messages.success(request, self.decide(form, request.user))
                return redirect("board_package", pk=self.package.pk)
            except REFUSED as refusal:
                form.add_error(None, in_words(refusal))
        # Somebody may have changed it meanwhile: the page shows it as it is now.
        for kept in (
            "package",
            "card",
            "shown",
            "requirement",
            "choices",
            "releases",
            "allocation",
        ):
            self.__dict__.pop(kept, None)
        return self.refused(form)

    def refused(self, form: Form) -> HttpResponse:
        """Return the page with the refused form open, what was typed still in it."""
        if "seen" in form.fields:
            form.data = {**form.data.dict(), "seen": self.seen}
        kept = self.forms()
        problem = "" if self.act in kept else " ".join(form.non_field_errors())
        return self.render_page(
            status=422, refused={self.act: form}, opened=self.act, problem=problem
        )

    def refuse_stale(self, form: Form) -> None:
        """Refuse a form whose sender saw another state of the package than there is now."""
        if not self.guarded or form.cleaned_data.get("seen") == self.seen:
            return
        who = last_to_act(self.history)
        if self.card is None:
            closed = f"{self.package} is not open any more: {who} closed it. The page shows it now."
            raise ValidationError(closed)
        raise ValidationError(stale_words(self.card, form.cleaned_data.get("seen", ""), who=who))

    def form(self) -> Form:
        """Return the form as sent."""
        return self.form_class(self.request.POST, auto_id=f"{self.act}-%s")

    @abstractmethod
    def decide(self, form: Form, user: User) -> str:
        """Do it and return what to tell; refusals are raised."""

    def provider(self, text: str) -> Provider:
        """Return a provider of the council."""
        return get_object_or_404(Provider.objects.visible_to(self.request.user), pk=int(text))


class StateRequirement(BrokerageAct):
    """State what the package asks for."""

    act, model, form_class, guarded = "requirement", Requirement, RequirementForm, False

    def decide(self, form: Any, user: User) -> str:
        """Save over the version that was opened, or show both."""
        version = form.cleaned_data["version"] or None
        try:
            set_requirement(
                actor=user,
                package=self.package,
                values=form.values(),
                expected_version=version,
            )
        except StaleEdit:
            raise ValidationError(self.both(form)) from None
        return "What the package asks for is kept."

    def both(self, form: Any) -> list[str]:
        """Return who saved meanwhile, and what of theirs differs, field by field (BR-10).

        What they alone changed is taken over; where both did, what was typed stays in the form.
        """
        self.__dict__.pop("requirement", None)
        stored = RequirementForm.initial_of(self.requirement)
        own = history_of(self.requirement, user=self.request.user)
        who = last_to_act(own, self.history.filter(action__in=KEPT_WITH_IT))
        told = [f"Not saved yet: {who} saved the requirement after you opened it."]
        kept = {**form.data.dict(), "version": stored["version"]}
        for name in STATED:
            theirs, typed = said(stored[name]), said(form.cleaned_data[name])
            title, mine = form.fields[name].label, name in form.changed_data
            if theirs != typed and mine:
                told.append(f"{title}: stored now “{theirs}”, you typed “{typed}”.")
            elif theirs != typed:
                told.append(f"{title}: now “{theirs}”, taken over below.")
            kept[form[name].html_initial_name] = stored[name]
            if not mine:
                kept[name] = stored[name]
        form.data = kept
        return [*told, "Save again to keep what the form says."]


def said(value: Any) -> str:
    """Return a field's value on one line."""
    return "; ".join(str(value or "").split("\n")).replace("\r", "").strip()


class SetQuestions(BrokerageAct):
    """Set the questions that every offer answers."""

    act, model, guarded = "questions", OfferQuestion, False

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep the questions as typed, or show them again with why not."""
        typed = typed_questions(request.POST)
        try:
            self.keep(typed, request)
        except REFUSED as refusal:
            return self.render_page(
                status=422,
                typed_questions=typed,
                opened=self.act,
                question_problem=in_words(refusal),
            )
        messages.success(request, "The questions are kept; every offer answers them.")
        return redirect("board_package", pk=self.package.pk)

    def keep(self, typed: list[dict[str, str]], request: HttpRequest) -> None:
        """Refuse what was typed over another editor's questions, else keep it."""
        if self.requirement.pk is None:
            raise ValidationError("State what the package asks for first, then its questions.")
        stored = list(self.requirement.offer_questions.all())
        if request.POST.get("seen", "") != questions_seen(stored):
            theirs = "; ".join(row.text for row in stored) or "none"
            who = last_to_act(self.history.filter(action="set_offer_questions"))
            raise ValidationError(
                f"Not saved yet: {who} changed the questions after you opened them. Stored now: "
                f"{theirs}. Yours are below: save again to keep them."
            )
        set_offer_questions(
            actor=request.user, requirement=self.requirement, questions=question_terms(typed)
        )

    def decide(self, form: Form, user: User) -> str:
        """Return nothing: the questions are no Django form."""
        return ""


class ApproveBudget(BrokerageAct):
    """Approve a weekly cost above the limit."""

    act, model = "approve", Requirement

    def decide(self, form: Form, user: User) -> str:
        """Approve the cost that was on the screen."""
        approve_budget(actor=user, package=self.package, reason=form.cleaned_data["reason"])
        return f"The weekly cost of {self.package} is approved."


class DecideIndividually(BrokerageAct):
    """Decide on the pathway of a large package."""

    act, model, form_class = "decide", Requirement, DecisionForm

    def decide(self, form: Form, user: User) -> str:
        """Keep the decision with its reason."""
        data = form.cleaned_data
        decide_individually(
            actor=user, package=self.package, decision=data["decision"], reason=data["reason"]
        )
        return f"The individual decision on {self.package} is kept."


class ReleasePackage(BrokerageAct):
    """Release the package to providers."""

    act = "release"

    def form(self) -> Form:
        """Return the form with the routes there are."""
        return self.release_form(self.request.POST)

    def decide(self, form: Form, user: User) -> str:
        """Release by the route chosen."""
        data = form.cleaned_data
        chosen = Provider.objects.visible_to(user).filter(pk__in=data["providers"])
        release(
            actor=user,
            package=self.package,
            route=data["route"],
            providers=list(chosen),
            reason=data["reason"],
            now=timezone.now(),
        )
        return f"{self.package} is released; whoever is asked is told now."


class RunningAct(BrokerageAct):
    """An act on the release that runs."""

    @property
    def running(self) -> Release:
        """The open release; without one the page is stale."""
        found = open_release(self.package)
        if found is None:
            raise ValidationError(f"{self.package} is not open to providers any more.")
        return found


class WithdrawRelease(RunningAct):
    """Take the package back from the providers asked."""

    act = "withdraw"

    def decide(self, form: Form, user: User) -> str:
        """Withdraw with the reason."""
        reason = form.cleaned_data["reason"]
        withdraw_release(actor=user, release=self.running, reason=reason, now=timezone.now())
        return f"The release of {self.package} is withdrawn; providers are told."


class PassOn(RunningAct):
    """Ask the next tier now."""

    act = "pass_on"

    def decide(self, form: Form, user: User) -> str:
        """Ask it with the reason."""
        reason = form.cleaned_data["reason"]
        pass_on(actor=user, release=self.running, reason=reason, now=timezone.now())
        return "The next tier is asked now; where there is none, nobody took it."


class AnswerQuestion(BrokerageAct):
    """Answer a provider's question for everybody asked."""

    act, model, form_class, guarded = "answer", Question, AnswerForm, False

    def decide(self, form: Form, user: User) -> str:
        """Answer it."""
        rows = Question.objects.visible_to(user).filter(release__package=self.package)
        question = get_object_or_404(rows, pk=form.cleaned_data["question"])
        answer(actor=user, question=question, text=form.cleaned_data["text"], now=timezone.now())
        return "The answer is sent to everybody asked."


class WriteMessage(BrokerageAct):
    """Write to a provider about the package."""

    act, model, guarded = "message", Message, False

    def form(self) -> Form:
        """Return the form with the providers there are."""
        return self.message_form(self.request.POST)

    def decide(self, form: Form, user: User) -> str:
        """Send it."""
        to = self.provider(form.cleaned_data["provider"])
        send_message(
            actor=user,
            provider=to,
            package=self.package,
            text=form.cleaned_data["text"],
            now=timezone.now(),
        )
        return f"The message to {to} is sent."


class ReadMessages(BrokerageAct):
    """Keep that a provider's messages were read."""

    act, model, form_class, guarded = "read", Message, ReadForm, False

    def decide(self, form: Form, user: User) -> str:
        """Mark them all: they stand in one conversation."""
        writer = self.provider(str(form.cleaned_data["provider"]))
        mark_read(actor=user, provider=writer, now=timezone.now())
        return f"The messages of {writer} are marked as read."


class ProposeOne(BrokerageAct):
    """Ask the engine for this package alone."""

    act, model, form_class, guarded = "propose", AllocationProposal, Form, False

    def decide(self, form: Form, user: User) -> str:
        """Propose at once."""
        package: CarePackage = self.package
        run = propose_one(actor=user, package=package, on=timezone.localdate())
        if run is None:
            raise ValidationError(f"{package} needs no provider now: there is nothing to propose.")
        found = "a provider" if run.totals["proposed"] else "nobody who can take it"
        return f"The engine found {found} for {package}; a broker decides."
