"""A package's page: its week, its price with the rule, who delivers and why, its history."""

from abc import ABC, abstractmethod
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.audit.selectors import history_of
from cms_models.care.domain import hours_words, last_paid_day
from cms_models.care.models import (
    AllocationProposal,
    Award,
    CarePackage,
    PackageStatus,
    Person,
    ProposalState,
)
from cms_models.care.on_day import package_on
from cms_models.care.selectors import ProviderChoice, allocation_of, provider_choices
from cms_models.care.services.awards import (
    AlreadyPlaced,
    award,
    award_proposals,
    decline_proposal,
    end_package,
)
from cms_models.fields.selectors import rule_values
from cms_models.rates.domain import pounds
from theme.admin.own_fields.columns import own_details
from theme.admin.own_fields.history import Told
from theme.admin.own_fields.reading import OwnFields
from theme.admin.package.forms import ChoiceForm, EndForm, ProposalForm
from theme.admin.package.history import told
from theme.admin.package.week import table_of, week_of
from theme.admin.pages import CouncilPage, refusal_words, rule_in_words

HISTORY_SHOWN = 100


class PackagePage(CouncilPage):
    """One package with everything that was decided about it."""

    model = CarePackage
    template_name = "theme/package/page.html"
    header_icon = "clipboard-list"

    @cached_property
    def package(self) -> CarePackage:
        """The package; another council's is not found."""
        packages = CarePackage.objects.visible_to(self.request.user)
        links = ("zone__zone_map", "lot__framework", "person", "authority")
        return get_object_or_404(packages.select_related(*links), pk=self.kwargs["pk"])

    @cached_property
    def rules(self) -> dict[str, Any]:
        """The council's rules."""
        return rule_values(self.package.authority, on=self.on)

    @cached_property
    def choices(self) -> list[ProviderChoice]:
        """The providers a broker may choose, asked only where one may."""
        return provider_choices(self.package, user=self.request.user, on=timezone.localdate())

    def get_page_title(self) -> str:
        """Name the package."""
        return f"Package {self.package.package_ref}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the package: week, price, allocation, forms where allowed, history."""
        user, today = self.request.user, timezone.localdate()
        seen = package_on(self.package, on=self.on, today=today)
        package, shown = seen.package, seen.patterns
        names_people = user.may_view(Person)
        history = list(history_of(package, user=user)[: HISTORY_SHOWN + 1])
        return super().get_context_data(
            package=package,
            on=self.on,
            another_day=self.on != today,
            person=package.person if names_people else None,
            week=week_of(shown),
            patterns=table_of(shown),
            weekly_hours=hours_words(package.weekly_minutes),
            price=price_shown(package, rules=self.rules),
            decision_rules=decision_rules(self.rules),
            last_day=package.ends_on - timedelta(days=1) if package.ends_on else None,
            history=told(history[:HISTORY_SHOWN], reader=Told(user), names_people=names_people),
            **self.own_context(),
            history_cut=len(history) > HISTORY_SHOWN,
            **self.allocation_context(kwargs.pop("refused", {})),
            **kwargs,
        )

    def own_context(self) -> dict[str, Any]:
        """Return the council's own fields the role sees, and where it may change them."""
        own = OwnFields.of(self.request.user, self.package)
        may_edit = own.editable and self.request.user.may("change", CarePackage)
        url = reverse("carepackage:edit", args=[self.package.pk]) if may_edit else ""
        return {"own_details": own_details(own, self.package), "own_edit_url": url}

    def allocation_context(self, refused: dict[str, Form]) -> dict[str, Any]:
        """Return who delivers, what is proposed, and the forms this user may fill in."""
        user, package = self.request.user, self.package
        found = allocation_of(package, user=user)
        may_award = user.may("change", Award) and package.status == PackageStatus.REFERRED
        may_end = user.may("change", CarePackage) and package.status != PackageStatus.ENDED
        forms: dict[str, Form] = {}
        if may_award:
            if found.proposal and found.proposal.state == ProposalState.PROPOSED:
                initial = {"proposal": found.proposal.pk}
                forms["award"] = ProposalForm(initial=initial, auto_id="award-%s")
                forms["decline"] = ProposalForm(initial=initial, auto_id="decline-%s")
            forms["choose"] = self.choice_form()
        if may_end:
            notice = {"notice_on": timezone.localdate()}
            forms["end"] = EndForm(initial=notice, auto_id="end-%s")
        place = self.place_of(found.proposal)
        return {
            "allocation": found,
            "place": place,
            "forms": {**forms, **{name: form for name, form in refused.items() if name in forms}},
            "notice_rule": rule_in_words("care.notice_days", self.rules["care.notice_days"]),
        }

    def place_of(self, proposal: AllocationProposal | None) -> str:
        """Return the tier of a proposed provider in words."""
        return proposal.get_tier_display().lower() if proposal and proposal.tier else ""

    def choice_form(self, data: Any = None) -> ChoiceForm:
        """Return the form that names another provider."""
        lot = self.package.lot
        return ChoiceForm(
            data,
            choices=self.choices,
            label=f"In lot {lot}" if lot else "In its lot",
            auto_id="choose-%s",
        )


def price_shown(package: CarePackage, *, rules: dict[str, Any]) -> dict[str, Any]:
    """Return the price as shown: each line with its rule, the rounding rule, week and year."""
    lines = [
        {
            "when": line["when"],
            "visits": line["visits_per_week"],
            "each": pounds(line["pence"]),
            "week": pounds(line["pence"] * line["visits_per_week"]),
            "rule": line["rule"],
        }
        for line in package.price_lines
    ]
    weeks, weekly = int(rules["rates.planning_weeks"]), package.weekly_pence
    by_line = sum(line["pence"] * line["visits_per_week"] for line in package.price_lines)
    return {
        "lines": lines,
        "weekly": None if weekly is None else pounds(weekly),
        "annual": None if weekly is None else pounds(weekly * weeks),
        "weeks": weeks,
        "rounded_apart": weekly is not None and by_line != weekly,
        "rounding": rule_in_words("rates.rounding", rules["rates.rounding"]),
        "year": rule_in_words("rates.planning_weeks", weeks),
    }


def decision_rules(rules: dict[str, Any]) -> list[dict[str, str]]:
    """Return the rules that flag a package for an individual decision."""
    keys = (
        "care.individual_decision_hours",
        "care.individual_decision_operator",
        "care.two_carers_need_decision",
    )
    return [rule_in_words(key, rules[key]) for key in keys]


class Decide(ABC, PackagePage):
    """A decision on a package: a form, one service call, the page again with what came of it."""

    http_method_names = ["post"]
    needs: type[Award] | type[CarePackage] = Award
    act = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, or show the page with the refusal in words and the form as it was filled in."""
        if not request.user.may("change", self.needs):
            raise PermissionDenied
        package, form = self.package, self.form()
        if form.is_valid():
            try:
                messages.success(request, self.decide(form))
                return redirect("package_page", pk=package.pk)
            except (AlreadyPlaced, ValidationError) as refusal:
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
        award(
            actor=self.request.user,
            package=self.package,
            provider=chosen,
            lot=self.package.lot,
            reason=form.cleaned_data["reason"],
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

    needs = CarePackage
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
        ended = end_package(
            actor=self.request.user,
            package=self.package,
            notice_on=form.cleaned_data["notice_on"],
            died_on=form.cleaned_data["died_on"],
            reason=form.cleaned_data["reason"],
        )
        return f"{ended} ends; its last paid day is {ended.ends_on - timedelta(days=1):%d/%m/%Y}."
