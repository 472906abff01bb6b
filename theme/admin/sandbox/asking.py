"""What a sandbox is asked to try: read from an address, so that it can be kept and passed on."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.functional import cached_property

from cms_models.accounts.models import User
from cms_models.fields.domain import RULES, Rule
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.planning.options import RULES_USED, Option, option_in_force, with_drafts
from cms_models.publication.models import PublicationState, Publishable
from cms_models.rates.models import Pathway, RateCard
from theme.admin.pages import FIRST_YEAR, LAST_YEAR

HOURS, RULE = "hours-", "rule-"
LEAST_PERCENT, MOST_PERCENT = -100, 1000
IN_FORCE = "What is in force on the day"


def rules_tried() -> list[Rule]:
    """Return the rules that a sandbox's figures go by: these can be tried with a typed value."""
    return [RULES[key] for key in RULES_USED]


def version_words(version: Publishable) -> str:
    """Return a version with where it stands: `2017 card (published, from 01/07/2017)`."""
    begins = version.begins_on
    since = f", from {begins:%d/%m/%Y}" if begins else ""
    return f"{version} ({PublicationState(version.state).label.lower()}{since})"


class VersionField(forms.ModelChoiceField):
    """One version of a configuration; nothing chosen is what is in force."""

    def label_from_instance(self, obj: Any) -> str:
        """Say where the version stands."""
        return version_words(obj)


class SettingsField(forms.ModelMultipleChoiceField):
    """Drafts of rules to try."""

    def label_from_instance(self, obj: RuleSetting) -> str:
        """Name the rule and the value drafted."""
        rule = RULES.get(obj.key)
        return f"{rule.title}: {rule.say(obj.value)} (draft)" if rule else str(obj)


class NumberOrNothing(forms.Field):
    """A rule's number as typed: whole stays whole, empty is nothing."""

    def to_python(self, value: Any) -> int | float | None:
        """Return the number, or refuse in words."""
        if value in self.empty_values:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError) as broken:
            raise forms.ValidationError(f"A number is needed, not “{str(value)[:40]}”.") from broken
        return int(number) if number.is_integer() else number


def rule_field(rule: Rule, in_force: Any) -> forms.Field:
    """Return a form field for a rule's value; empty keeps what is in force."""
    said = {"required": False, "label": rule.title}
    said["help_text"] = f"{rule.sentence} In force: {rule.say(in_force)}."
    if rule.choices or isinstance(rule.default, bool):
        choices = rule.choices or (("yes", "yes"), ("no", "no"))
        return forms.ChoiceField(choices=[("", IN_FORCE), *choices], **said)
    attrs = {"step": 1 if isinstance(rule.default, int) else "any", "inputmode": "decimal"}
    attrs |= {"placeholder": rule.say(in_force)}
    return NumberOrNothing(widget=forms.NumberInput(attrs=attrs), **said)


class OptionForm(forms.Form):
    """What to try and on which day; every field may be left as it is in force."""

    on = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "A day such as 01/04/2027 is needed."},
    )
    zone_map = VersionField(ZoneMap.objects.none(), required=False, empty_label=IN_FORCE)
    card = VersionField(
        RateCard.objects.none(), label="Rate card", required=False, empty_label=IN_FORCE
    )
    framework = VersionField(
        Framework.objects.none(), label="Lots", required=False, empty_label=IN_FORCE
    )
    rule = SettingsField(
        RuleSetting.objects.none(),
        label="Drafts of rules",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Mapping[str, Any] | None, *, user: User, today: date) -> None:
        super().__init__(data or {}, auto_id="try-%s")
        self.user, self.today = user, today
        for name, model in (("zone_map", ZoneMap), ("card", RateCard), ("framework", Framework)):
            self._offer(name, model.objects.visible_to(user))
        asked = data.getlist("rule") if isinstance(data, QueryDict) else []
        numbers = [int(key) for key in asked if key.isdecimal() and len(key) < 16]
        settings = RuleSetting.objects.visible_to(user)
        self._offer(
            "rule", settings.filter(~Q(state=PublicationState.PUBLISHED) | Q(pk__in=numbers))
        )
        for code, label in Pathway.choices:
            self.fields[f"{HOURS}{code}"] = percent_field(label)
        values = rule_values(user.authority, on=today)
        for rule in rules_tried():
            self.fields[f"{RULE}{rule.key}"] = rule_field(rule, values[rule.key])

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = rows

    def clean_on(self) -> date:
        """Return the day asked for, today when none is; refuse one that is none of our times."""
        asked: date = self.cleaned_data.get("on") or self.today
        if not FIRST_YEAR <= asked.year <= LAST_YEAR:
            raise forms.ValidationError(f"A day between {FIRST_YEAR} and {LAST_YEAR} is needed.")
        return asked

    def must_exist(self) -> None:
        """Answer “not found” where a version is none of this council's."""
        for name in ("zone_map", "card", "framework", "rule"):
            codes = {error.code for error in self.errors.as_data().get(name, [])}
            if codes & {"invalid_choice", "invalid_pk_value"}:
                raise Http404

    @property
    def percents(self) -> dict[str, Decimal]:
        """The changes in hours asked for, by pathway."""
        asked = {code: self.cleaned_data.get(f"{HOURS}{code}") for code in Pathway.values}
        return {code: percent for code, percent in asked.items() if percent}

    @property
    def typed_rules(self) -> dict[str, Any]:
        """The values typed for rules, by key."""
        found = {}
        for rule in rules_tried():
            value = self.cleaned_data.get(f"{RULE}{rule.key}")
            if value not in (None, ""):
                found[rule.key] = value == "yes" if isinstance(rule.default, bool) else value
        return found

    @property
    def trying(self) -> bool:
        """Whether what is asked for differs from what is in force."""
        return bool(self.option.tried)

    @property
    def asks(self) -> bool:
        """Whether anything but the day was asked for."""
        chosen = ("zone_map", "card", "framework")
        return bool(
            any(self.cleaned_data.get(name) for name in chosen)
            or self.cleaned_data.get("rule")
            or self.percents
            or self.typed_rules
        )

    @cached_property
    def in_force(self) -> Option:
        """What is in force on the day."""
        return option_in_force(self.user, self.cleaned_data["on"])

    @cached_property
    def option(self) -> Option:
        """What is asked for; ValidationError in sentences where it cannot be tried."""
        if not self.asks:
            return self.in_force
        return with_drafts(
            self.in_force,
            name="Tried",
            zone_map=self.cleaned_data.get("zone_map"),
            card=self.cleaned_data.get("card"),
            framework=self.cleaned_data.get("framework"),
            settings=tuple(self.cleaned_data.get("rule") or ()),
            rules=self.typed_rules,
            hours_percent=self.percents,
        )

    @property
    def query(self) -> str:
        """The address of what is asked for: no field that is left as it is in force."""
        return urlencode(list(self.asked()))

    def asked(self) -> Iterable[tuple[str, str]]:
        """Yield what is asked for as name and value, the day always."""
        yield "on", f"{self.cleaned_data['on']:%Y-%m-%d}"
        for name in ("zone_map", "card", "framework"):
            if chosen := self.cleaned_data.get(name):
                yield name, str(chosen.pk)
        for setting in self.cleaned_data.get("rule") or ():
            yield "rule", str(setting.pk)
        for code, percent in self.percents.items():
            yield f"{HOURS}{code}", f"{percent.normalize():f}"
        for key, value in self.typed_rules.items():
            said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            yield f"{RULE}{key}", said


def percent_field(label: str) -> forms.DecimalField:
    """Return the field of a percentage change in a pathway's hours."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=LEAST_PERCENT,
        max_value=MOST_PERCENT,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.5", "placeholder": "0", "data-slide": "50"}),
    )


def option_form(user: User, data: Mapping[str, Any]) -> OptionForm:
    """Return the form of what an address asks for, as of today."""
    return OptionForm(data, user=user, today=timezone.localdate())
