"""What a person decides on a package's page: awards and the end; each a form, a service, words."""

from abc import ABC, abstractmethod
from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit
from cms_models.brokerage.services.awards import award_package, award_proposals
from cms_models.brokerage.services.endings import end
from cms_models.care.domain import last_paid_day
from cms_models.care.models import AllocationProposal, Award, CarePackage
from cms_models.care.services.awards import decline_proposal
from theme.admin.package.forms import EndForm, ProposalForm
from theme.admin.package.timeline import timeline_of
from theme.admin.package.views import PackagePage
from theme.admin.pages import refusal_words


class Decide(ABC, PackagePage):
    """A decision on a package: a form, one service call, the page again with what came of it."""

    http_method_names = ["post"]
    needs: tuple[type[models.Model], ...] = (Award,)
    act = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, or show the page with the refusal in words and the form as it was filled in."""
        if not all(request.user.may("change", model) for model in self.needs):
            raise PermissionDenied
        package, form = self.package, self.form()
        if form.is_valid():
            try:
                messages.success(request, self.decide(form))
                return redirect("package_page", pk=package.pk)
            except StaleEdit:
                return self.changed_meanwhile(form)
            except (ValidationError, ValueError) as refusal:
                form.add_error(None, refusal_words(refusal))
        # The package may have changed meanwhile: the page shows it as it is now.
        self.__dict__.pop("package", None)
        return self.refused(form)

    def refused(self, form: Form) -> HttpResponse:
        """Return the page with the refused form open."""
        problem = "" if self.act in self.still_open() else " ".join(form.non_field_errors())
        return self.render_page(
            status=422, refused={self.act: form}, opened=self.act, problem=problem
        )

    def changed_meanwhile(self, form: Form) -> HttpResponse:
        """Show the package as somebody else saved it, with the form as it was filled in (BR-10)."""
        self.__dict__.pop("package", None)
        last = history_of(self.package, user=self.request.user).first()
        who = f" by {last.actor} at {timezone.localtime(last.at):%H:%M on %d/%m/%Y}" if last else ""
        shown = timeline_of(self.package, user=self.request.user, names_people=False, kind="")
        changes = shown.events[0].changes if shown.events else []
        became = "; ".join(f"{one['label']}: {one['after']}" for one in changes)
        words = (
            f"{self.package} was changed meanwhile{who}{f' ({became})' if became else ''}. Nothing "
            "of yours was saved: compare the week above with your form, then send it again."
        )
        form.add_error(None, words)
        if "version" in form.fields:
            form.data = form.data.copy()
            form.data["version"] = self.package.version
        return self.render_page(status=409, refused={self.act: form}, opened=self.act, problem="")

    def still_open(self) -> set[str]:
        """Return the acts that the package, as it is now, still offers."""
        return set(self.allocation_context({})["forms"])

    def form(self) -> Form:
        """Return the form as sent."""
        return ProposalForm(self.request.POST, auto_id=f"{self.act}-%s")

    @abstractmethod
    def decide(self, form: Form) -> str:
        """Do it and return what to tell; refusals are raised."""

    def proposal(self, form: Form) -> AllocationProposal:
        """Return the proposal that was on the screen; refused when it is not this package's."""
        found = (
            AllocationProposal.objects.visible_to(self.request.user)
            .filter(package=self.package, pk=form.cleaned_data["proposal"])
            .select_related("package", "provider", "lot")
            .first()
        )
        if found is None:
            raise ValidationError("That proposal is not this package's; open the page again.")
        return found


class AwardProposal(Decide):
    """Give the package to the proposed provider."""

    act = "award"

    def decide(self, form: Form) -> str:
        """Award the proposal that was on the screen, unless it was overtaken."""
        made, refused = award_proposals(
            actor=self.request.user,
            proposals=[self.proposal(form)],
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        if refused:
            raise ValidationError(refused)
        return f"{self.package} is awarded to {made[0].provider}."


class ChooseProvider(Decide):
    """Give the package to a provider the broker chose."""

    act = "choose"

    def form(self) -> Form:
        """Return the form with the providers there are."""
        return self.choice_form(self.request.POST)

    def decide(self, form: Form) -> str:
        """Award to the chosen provider with the reason."""
        chosen = next(
            one.provider
            for one in self.choices
            if str(one.provider.pk) == form.cleaned_data["provider"]
        )
        award_package(
            actor=self.request.user,
            package=self.package,
            provider=chosen,
            lot=self.package.lot,
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        return f"{self.package} is awarded to {chosen}."


class DeclineProposal(Decide):
    """Set the proposal aside; the package stays open."""

    act = "decline"

    def decide(self, form: Form) -> str:
        """Decline with the reason."""
        decline_proposal(
            actor=self.request.user,
            proposal=self.proposal(form),
            reason=form.cleaned_data["reason"],
        )
        return "The proposal is declined; the package still needs a provider."


class EndPackage(Decide):
    """End the package with notice, or at a death."""

    needs = (CarePackage,)
    act = "end"

    def form(self) -> Form:
        """Return the form as sent; to look at the last paid day no reason is needed yet."""
        form = EndForm(self.request.POST, auto_id="end-%s")
        form.fields["reason"].required = "preview" not in self.request.POST
        return form

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the last paid day when only that was asked, else end the package."""
        if "preview" not in request.POST:
            return super().post(request, pk)
        form = self.form()
        last = self.last_paid_day(form) if form.is_valid() else None
        return self.render_page(
            status=200 if last else 422, refused={"end": form}, opened="end", last_paid=last
        )

    def last_paid_day(self, form: Form) -> date:
        """Return the last paid day by the council's rule (AL-10, AL-11)."""
        return last_paid_day(
            notice_on=form.cleaned_data["notice_on"],
            notice_days=int(self.rules["care.notice_days"]),
            died_on=form.cleaned_data["died_on"],
        )

    def decide(self, form: Form) -> str:
        """End it; the sentence names the last paid day."""
        ended = end(
            actor=self.request.user,
            package=self.package,
            notice_on=form.cleaned_data["notice_on"],
            died_on=form.cleaned_data["died_on"],
            reason=form.cleaned_data["reason"],
        )
        return f"{ended} ends; its last paid day is {ended.ends_on - timedelta(days=1):%d/%m/%Y}."
