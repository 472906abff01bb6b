"""A package's page: its week, its price with the rule, who delivers and why, its life."""

from datetime import timedelta
from typing import Any

from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.brokerage.costs import week_shares
from cms_models.care.domain import hours_words
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
from cms_models.fields.selectors import rule_values
from cms_models.rates.domain import pounds
from theme.admin.links import page_url
from theme.admin.own_fields.columns import own_details
from theme.admin.own_fields.reading import OwnFields
from theme.admin.package.forms import ChoiceForm, ProposalForm
from theme.admin.package.life_section import LifeOf, life_acts, tasks_shown
from theme.admin.package.timeline import timeline_of
from theme.admin.package.week import table_of, week_of
from theme.admin.pages import CouncilPage, rule_in_words
from theme.admin.reads import note_people


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
        if names_people:
            note_people(self.request, [package.person_id])
        kind = self.request.GET.get("kind", "")
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
            timeline=timeline_of(package, user=user, names_people=names_people, kind=kind),
            **self.own_context(),
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
        life = LifeOf(package, user=user, award=found.award, today=timezone.localdate())
        to_follow = life.to_follow is not None
        may_award = user.may("change", Award) and (
            package.status == PackageStatus.REFERRED or to_follow
        )
        forms: dict[str, Form] = {}
        if may_award:
            if found.proposal and found.proposal.state == ProposalState.PROPOSED:
                initial = {"proposal": found.proposal.pk}
                forms["award"] = ProposalForm(initial=initial, auto_id="award-%s")
                forms["decline"] = ProposalForm(initial=initial, auto_id="decline-%s")
            forms["choose"] = self.choice_form()
        forms |= life.forms(self.choices_in_words)
        forms |= {name: form for name, form in refused.items() if name in forms}
        place = self.place_of(found.proposal)
        return {
            "allocation": found,
            "life": life,
            "to_follow": to_follow,
            "place": place,
            "board_url": page_url("board_package", package.pk),
            "forms": forms,
            "tasks": tasks_shown(life, forms),
            "life_acts": life_acts(package, forms),
            "shares": week_shares(package, found.award),
            "notice_rule": rule_in_words("care.notice_days", self.rules["care.notice_days"]),
        }

    def place_of(self, proposal: AllocationProposal | None) -> str:
        """Return the tier of a proposed provider in words."""
        return proposal.get_tier_display().lower() if proposal and proposal.tier else ""

    def choices_in_words(self) -> dict[str, Any]:
        """Return the providers a form offers, and what those of the lot are called."""
        lot = self.package.lot
        return {"choices": self.choices, "label": f"In lot {lot}" if lot else "In its lot"}

    def choice_form(self, data: Any = None) -> ChoiceForm:
        """Return the form that names another provider."""
        return ChoiceForm(data, **self.choices_in_words(), auto_id="choose-%s")


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
