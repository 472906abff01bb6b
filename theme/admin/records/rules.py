"""Rules of the council: every rule with its value, its sentence, and where it acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.fields.domain import GROUPS, RULES, Rule
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import settings_in_force, versions_by_rule
from cms_models.fields.services import change_draft_rule, draft_rule, set_rule
from cms_models.publication.domain import Standing
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment, State
from theme.admin.editing import RecordEditView
from theme.admin.forms import RecordForm
from theme.admin.listing import RecordIndexView
from theme.admin.review.actions import review_actions
from theme.admin.review.words import TONES, review_url

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
    "brokerage.suspension_paid_days": "What a suspended package is paid, and its adjustments",
    "brokerage.review_days": "When a task that follows by itself is due",
    "brokerage.hand_back_notice_days": "The last day of a provider that hands a package back",
    "brokerage.hand_back_evidence": "Hand-backs for an allowed reason",
    "accounts.staff_need_second_factor": "Every page of the admin",
}
for _key, _rule in RULES.items():
    if _key.startswith("rounds.weight."):
        ACTS[_key] = "The cost of a plan, and so what the engine prefers"
    if _key.startswith("brokerage.hand_back_") and _key not in ACTS:
        ACTS[_key] = "Which hand-backs are refused at once"
YES_NO = (("yes", "Yes"), ("no", "No"))
# The version a form carries for a rule that the council never set.
NEVER_SET = 0


@dataclass(frozen=True)
class RuleVersion:
    """One value of a rule with its days and where it stands."""

    value: str
    period: str
    standing: str
    tone: str
    by: str
    url: str


@dataclass(frozen=True)
class RuleRow:
    """A rule as the page shows it: its value on the day, what comes, and what there was."""

    rule: Rule
    value: str
    default: str
    own: bool
    acts: str
    bounds: str
    url: str
    coming: Sequence[RuleVersion]
    history: Sequence[RuleVersion]


def bounds_words(rule: Rule) -> str:
    """Return what values a rule takes."""
    if rule.choices:
        return " or ".join(label for _, label in rule.choices)
    if isinstance(rule.default, bool):
        return "yes or no"
    return f"{rule.least} to {rule.most} {rule.unit}".strip()


def rule_version(row: RuleSetting, *, on: date) -> RuleVersion:
    """Return a stored value in words."""
    standing = row.standing(on)
    until = f" until {row.valid_to:%d/%m/%Y}" if row.valid_to else ""
    who = row.approved_by or row.submitted_by
    return RuleVersion(
        value=row.rule.say(row.value),
        period=f"from {row.valid_from:%d/%m/%Y}{until}",
        standing=standing.words,
        tone=TONES[standing],
        by=str(who) if who else "",
        url=review_url(row),
    )


def rule_rows(user: User, *, on: date) -> list[RuleRow]:
    """Return every rule there is as it stands on a day, in two queries."""
    own = dict(settings_in_force(user.authority, on=on).values_list("key", "value"))
    stored = versions_by_rule(user)
    return [
        RuleRow(
            rule=rule,
            value=rule.say(own.get(key, rule.default)),
            default=rule.say(rule.default),
            own=key in own,
            acts=ACTS.get(key, ""),
            bounds=bounds_words(rule),
            url=reverse("rulesetting:set", args=[key]),
            coming=[rule_version(row, on=on) for row in stored.get(key, []) if is_to_come(row, on)],
            history=[
                rule_version(row, on=on) for row in stored.get(key, []) if not is_to_come(row, on)
            ],
        )
        for key, rule in RULES.items()
    ]


def is_to_come(row: RuleSetting, on: date) -> bool:
    """Return whether a value is not in force yet: a draft, one that waits, or one scheduled."""
    return row.standing(on) in (Standing.DRAFT, Standing.SUBMITTED, Standing.SCHEDULED)


def rule_groups(user: User, *, on: date) -> list[tuple[str, list[RuleRow]]]:
    """Return every rule under what it is about, in the order of the groups."""
    order = [title for _, title in GROUPS]
    rows = sorted(rule_rows(user, on=on), key=lambda row: order.index(row.rule.group))
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
    """The value of one rule, and its first day where a second person approves it."""

    value = forms.Field()
    valid_from = forms.DateField(
        label="First day",
        widget=AdminDateInput,
        help_text="The value is a draft until somebody else approves it, then it holds from here.",
    )

    class Meta(RecordForm.Meta):
        model = RuleSetting
        fields: ClassVar = ["value", "valid_from"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance.rule
        self.fields["value"] = value_field(rule)
        self.fields["value"].label = rule.title
        value = rule.default if self.instance.value is None else self.instance.value
        if isinstance(rule.default, bool):
            value = "yes" if value else "no"
        self.initial["value"] = value
        if not rule.reviewed:
            del self.fields["valid_from"]

    def clean_value(self) -> Any:
        """Return the value as the rule keeps it, or its refusal."""
        value, rule = self.cleaned_data["value"], self.instance.rule
        if isinstance(rule.default, bool):
            value = value == "yes"
        refusal = rule.refusal(value)
        if refusal:
            raise ValidationError(refusal)
        return value

    def clean_valid_from(self) -> date:
        """Refuse a day that is past: what was decided on it went by the rule of then."""
        day: date = self.cleaned_data["valid_from"]
        if day < timezone.localdate():
            raise ValidationError("Choose today or a later day: past days keep their rule.")
        return day

    def save_as(self, *, actor: User) -> RuleSetting:
        """Set the rule at once, or keep a draft where a second person approves it."""
        row, value = self.instance, self.cleaned_data["value"]
        if not row.rule.reviewed:
            self.refuse_if_set_meanwhile()
            return set_rule(actor=actor, key=row.key, value=value)
        valid_from = self.cleaned_data["valid_from"]
        if row.pk is None:
            return draft_rule(actor=actor, key=row.key, value=value, valid_from=valid_from)
        return change_draft_rule(
            actor=actor,
            setting=row,
            value=value,
            valid_from=valid_from,
            expected_version=self.expected_version(),
        )

    def refuse_if_set_meanwhile(self) -> None:
        """Refuse when the value in force is not the one this form was opened on."""
        stored = value_in_force(self.user, self.instance.key)
        if self.cleaned_data.get("version") != (stored.version if stored else NEVER_SET):
            raise ValidationError("Somebody set this rule meanwhile. Open it again to see it.")

    def said(self, name: str, value: Any) -> str:
        """Return a value in the rule's own words."""
        if name != "value":
            return super().said(name, value)
        return value if value in ("yes", "no") else self.instance.rule.say(value)


def value_in_force(user: User, key: str) -> RuleSetting | None:
    """Return the council's own value of a rule today, None where its default holds."""
    return settings_in_force(user.authority).filter(key=key).last()


class RuleSetView(RecordEditView):
    """Sets one rule, or drafts its next value; a draft's own address edits that draft."""

    template_name = "theme/admin/rule_form.html"

    def get_object(self, queryset: Any = None) -> RuleSetting:
        """Return the draft asked for, or a new value that begins as the one in force."""
        if "pk" in self.kwargs:
            return get_object_or_404(self.rows(), pk=self.kwargs["pk"])
        key = self.kwargs["key"]
        if key not in RULES:
            raise Http404
        now = value_in_force(self.user, key)
        return RuleSetting(
            authority=self.user.authority,
            key=key,
            value=now.value if now else RULES[key].default,
            version=now.version if now else NEVER_SET,
        )

    def get_edit_url(self) -> str:
        """Return this page's address."""
        return self.request.path

    def get_success_url(self) -> str:
        """Lead to the review of a draft, or back to the list of rules."""
        return (
            review_url(self.object) if self.object.rule.reviewed else reverse("rulesetting:index")
        )

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
        """Add the rule's sentence, where it acts, and the values there are."""
        context = super().get_context_data(**kwargs)
        rule, today = self.object.rule, timezone.localdate()
        context["rule"], context["acts"] = rule, ACTS.get(rule.key, "")
        context["default"], context["bounds"] = rule.say(rule.default), bounds_words(rule)
        stored = versions_by_rule(self.user).get(rule.key, [])
        context["versions"] = [rule_version(row, on=today) for row in stored]
        return context


class DayShownForm(forms.Form):
    """The day the rules are shown for."""

    on = forms.DateField(label="As on", widget=AdminDateInput)


class RuleIndexView(RecordIndexView):
    """Every rule, set or default, as on a day."""

    template_name = "theme/admin/rules.html"

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the rules of today or of the day asked for."""
        context = super().get_context_data(*args, **kwargs)
        today = timezone.localdate()
        form = DayShownForm({"on": self.request.GET.get("on", f"{today:%d/%m/%Y}")})
        on = form.cleaned_data["on"] if form.is_valid() else today
        context["form"], context["on"], context["today"] = form, on, today
        context["groups"] = rule_groups(self.user, on=on)
        context["may_change"] = self.user.may("change", RuleSetting) and on == today
        context["media"] += form.media
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
        State("state", "State", sort_key="state"),
        Day("valid_from", "In force from", sort_key="valid_from"),
        Day("valid_to", "Until (first day not in force)", sort_key="valid_to"),
        Cell("default", "Default", lambda row: row.rule.say(row.rule.default)),
        Cell("sentence", "What it means", lambda row: row.rule.sentence),
        Cell("acts", "Where it acts", lambda row: ACTS.get(row.key, "")),
        Moment("updated_at", "Set", sort_key="updated_at"),
    )
    introduction = "Every number a council may want to change, and where it acts."
    empty = "Every rule has its default."

    actions = review_actions()

    def locked_because(self, record: RuleSetting) -> str:
        """Refuse to edit or delete what was submitted or went by: it is history."""
        return record.locked_because

    def get_urlpatterns(self) -> list[URLPattern]:
        """Set a rule by its key: it may have no row yet."""
        return [
            *super().get_urlpatterns(),
            path("set/<str:key>/", self.edit_view, name="set"),
        ]
