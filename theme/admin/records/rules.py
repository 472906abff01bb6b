"""Rules of the council: every rule with its value, its sentence, and where it acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from cms_models.accounts.models import User
from cms_models.fields.domain import GROUPS, RULES, Rule
from cms_models.fields.models import RuleSetting
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Moment
from theme.admin.editing import RecordEditView
from theme.admin.forms import RecordForm
from theme.admin.listing import RecordIndexView

ACTS: dict[str, str] = {
    "places.urban_radius_miles": "Urban or rural of a package, and so its rate",
    "rates.rounding": "The price of a package's week",
    "rates.planning_weeks": "Planned cost against budget on the dashboard",
    "care.notice_days": "The last paid day when a package is ended",
    "care.individual_decision_hours": "The flag “individual decision needed” of a package",
    "care.individual_decision_operator": "The flag “individual decision needed” of a package",
    "care.two_carers_need_decision": "The flag “individual decision needed” of a package",
    "care.open_location": "What providers see of open packages over the API",
    "market.viability_floor_hours": "Viability of a zone on the dashboard",
    "allocation.seconds": "The job “Propose allocations”",
    "rounds.seconds": "The job “Plan rounds”",
    "rounds.travel": "Travel times of planned rounds",
    "rounds.visits_ahead_days": "The job “Make visits”",
    "rounds.plan_days_ahead": "Planning several days at once",
    "rounds.week_seconds": "The job “Plan a week's rounds”",
    "rounds.replan_seconds": "The job “Plan a published day again”",
    "rounds.threads": "Every job that plans rounds",
    "rounds.split_by": "The job “Plan a day's rounds”",
    "rounds.break_minutes": "Rounds of long shifts",
    "rounds.break_after_hours": "Rounds of long shifts",
    "rounds.day_minutes": "What a carer's rounds of a day may come to",
    "rounds.week_minutes": "What a carer's rounds of a week may come to",
    "rounds.least_gap_minutes": "Starts of a person's visits of a day",
    "rounds.medication_gap_minutes": "Starts of a person's visits with medication",
    "rounds.on_time_minutes": "Which starts a plan counts as late",
    "rounds.gender_wishes": "Which carers may visit a person",
}
for _key, _rule in RULES.items():
    if _key.startswith("rounds.weight."):
        ACTS[_key] = "The cost of a plan, and so what the engine prefers"
YES_NO = (("yes", "Yes"), ("no", "No"))


@dataclass(frozen=True)
class RuleRow:
    """A rule as the page shows it: its value now, and whether the council set it."""

    rule: Rule
    value: str
    default: str
    own: bool
    acts: str
    bounds: str
    url: str


def bounds_words(rule: Rule) -> str:
    """Return what values a rule takes."""
    if rule.choices:
        return " or ".join(label for _, label in rule.choices)
    if isinstance(rule.default, bool):
        return "yes or no"
    return f"{rule.least} to {rule.most} {rule.unit}".strip()


def rule_rows(user: User) -> list[RuleRow]:
    """Return every rule there is, in one query."""
    own = {row.key: row.value for row in RuleSetting.objects.visible_to(user)}
    return [
        RuleRow(
            rule=rule,
            value=rule.say(own.get(key, rule.default)),
            default=rule.say(rule.default),
            own=key in own,
            acts=ACTS.get(key, ""),
            bounds=bounds_words(rule),
            url=reverse("rulesetting:set", args=[key]),
        )
        for key, rule in RULES.items()
    ]


def rule_groups(user: User) -> list[tuple[str, list[RuleRow]]]:
    """Return every rule under what it is about, in the order of the groups."""
    order = [title for _, title in GROUPS]
    rows = sorted(rule_rows(user), key=lambda row: order.index(row.rule.group))
    return [(title, list(some)) for title, some in groupby(rows, key=lambda row: row.rule.group)]


def value_field(rule: Rule) -> forms.Field:
    """Return the field that takes a rule's value: a choice, a yes or no, or a number."""
    if rule.choices:
        return forms.ChoiceField(choices=rule.choices, widget=forms.RadioSelect)
    if isinstance(rule.default, bool):
        return forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)
    number = forms.IntegerField if isinstance(rule.default, int) else forms.FloatField
    return number(min_value=rule.least, max_value=rule.most, help_text=f"{bounds_words(rule)}")


class RuleForm(RecordForm):
    """The value of one rule."""

    value = forms.Field()

    class Meta(RecordForm.Meta):
        model = RuleSetting
        fields: ClassVar = ["value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance.rule
        self.fields["value"] = value_field(rule)
        self.fields["value"].label = rule.title
        value = rule.default if self.instance.value is None else self.instance.value
        if isinstance(rule.default, bool):
            value = "yes" if value else "no"
        self.initial["value"] = value

    def clean_value(self) -> Any:
        """Return the value as the rule keeps it, or its refusal."""
        value, rule = self.cleaned_data["value"], self.instance.rule
        if isinstance(rule.default, bool):
            value = value == "yes"
        refusal = rule.refusal(value)
        if refusal:
            raise ValidationError(refusal)
        return value

    def save_as(self, *, actor: User) -> RuleSetting:
        """Save the value, refusing when somebody set the rule first."""
        key = self.instance.key
        if self.instance.pk is None and RuleSetting.objects.visible_to(actor).filter(key=key):
            raise ValidationError("Somebody set this rule meanwhile. Open it again to see it.")
        return super().save_as(actor=actor)

    def said(self, name: str, value: Any) -> str:
        """Return a value in the rule's own words."""
        return value if value in ("yes", "no") else self.instance.rule.say(value)


class RuleSetView(RecordEditView):
    """Sets one rule: the row is made where the council had none."""

    template_name = "theme/admin/rule_form.html"

    def get_object(self, queryset: Any = None) -> RuleSetting:
        """Return the council's row of the rule, or a new one with the default."""
        key = self.kwargs["key"]
        if key not in RULES:
            raise Http404
        row = self.rows().filter(key=key).first()
        return row or RuleSetting(authority=self.user.authority, key=key)

    def get_edit_url(self) -> str:
        """Return this page's address."""
        return reverse("rulesetting:set", args=[self.kwargs["key"]])

    def get_success_url(self) -> str:
        """Return to the list of rules."""
        return reverse("rulesetting:index")

    def get_history_url(self) -> str | None:
        """Return the row's history, where there is a row."""
        return super().get_history_url() if self.object.pk else None

    def get_delete_url(self) -> str | None:
        """Return the deletion's address, where there is a row."""
        return super().get_delete_url() if self.object.pk else None

    def get_inspect_url(self) -> str | None:
        """Return the row's page, where there is a row."""
        return super().get_inspect_url() if self.object.pk else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rule's sentence and where it acts."""
        context = super().get_context_data(**kwargs)
        rule = self.object.rule
        context["rule"], context["acts"] = rule, ACTS.get(rule.key, "")
        context["default"], context["bounds"] = rule.say(rule.default), bounds_words(rule)
        return context


class RuleIndexView(RecordIndexView):
    """Every rule, set or default."""

    template_name = "theme/admin/rules.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the rules."""
        context = super().get_context_data(*args, **kwargs)
        context["groups"] = rule_groups(self.user)
        context["may_change"] = self.user.may("change", RuleSetting)
        return context


class RuleSettingViewSet(RecordViewSet):
    """The council's own values of the rules."""

    model = RuleSetting
    icon = "sliders"
    index_view_class = RuleIndexView
    edit_view_class = RuleSetView
    record_form = RuleForm
    may_add = False
    cells: Sequence[Cell] = (
        Cell("rule", "Rule", str, sort_key="key"),
        Cell("value", "Value", lambda row: row.rule.say(row.value)),
        Cell("default", "Default", lambda row: row.rule.say(row.rule.default)),
        Cell("sentence", "What it means", lambda row: row.rule.sentence),
        Cell("acts", "Where it acts", lambda row: ACTS.get(row.key, "")),
        Moment("updated_at", "Set", sort_key="updated_at"),
    )
    introduction = "Every number a council may want to change, and where it acts."
    empty = "Every rule has its default."

    def get_urlpatterns(self) -> list[URLPattern]:
        """Set a rule by its key: it may have no row yet."""
        kept = [found for found in super().get_urlpatterns() if found.name != "edit"]
        return [
            *kept,
            path("set/<str:key>/", self.edit_view, name="set"),
            path("edit/<int:pk>/", self.edit_by_row, name="edit"),
        ]

    def edit_by_row(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead from a row to its rule's page."""
        row = RuleSetting.objects.visible_to(request.user).filter(pk=pk).first()
        if row is None:
            raise Http404
        return redirect("rulesetting:set", row.key)
