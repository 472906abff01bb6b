"""Frameworks, their lots, and the places in them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.care.models import CarePackage
from cms_models.market.domain import cascade_words, framework_term, promise_words
from cms_models.market.models import Framework, Lot, LotAward
from cms_models.market.selectors import lot_overlap, place_refusals, second_lead_refusals
from cms_models.market.services import (
    copy_framework,
    end_framework,
    extend_framework,
    set_standstill,
)
from cms_models.publication.models import PublicationState
from cms_models.tenders.models import Tender
from theme.admin import vocabularies
from theme.admin.actions import Action, ReasonForm
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, Several, State, YesNo
from theme.admin.forms import CodesField, HoursField, RecordForm
from theme.admin.records.market import PLACE_CELLS, packages_table, places
from theme.admin.review.actions import review_actions
from theme.admin.showing import Related


class FrameworkForm(RecordForm):
    """A framework agreement's dates, typed as first days not covered or as years from the first."""

    years = forms.IntegerField(
        label="Runs for years",
        required=False,
        min_value=1,
        max_value=30,
        help_text="Fills in where it ends: 5 years from 01/07/2018 are over on 01/07/2023.",
    )
    extension_years = forms.IntegerField(
        label="And may be extended by years",
        required=False,
        min_value=0,
        max_value=30,
        help_text="Fills in the longest extension; 0 for none.",
    )

    class Meta(RecordForm.Meta):
        model = Framework
        fields: ClassVar = [
            "name",
            "starts_on",
            "ends_on",
            "latest_end_on",
            "standstill_ends_on",
            "has_break_clause",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].required = False

    def clean(self) -> dict[str, Any]:
        """Work the ends out from the years where these are typed (PR-06)."""
        data = super().clean()
        if data.get("years") and data.get("starts_on"):
            term = framework_term(
                starts_on=data["starts_on"],
                years=data["years"],
                extension_years=data.get("extension_years") or 0,
            )
            data["ends_on"], data["latest_end_on"] = term.ends_on, term.latest_end_on
        elif not data.get("ends_on") and "ends_on" not in self.errors:
            self.add_error("ends_on", "Type where it ends, or for how many years it runs.")
        return data


class EndForm(ReasonForm):
    """A first day no longer covered, and why."""

    on = forms.DateField(label="First day not covered", widget=AdminDateInput)


class LastDayForm(ReasonForm):
    """A last day, and why."""

    on = forms.DateField(label="Last day of the standstill", widget=AdminDateInput)


class CopyForm(forms.Form):
    """The copy's name and first day."""

    name = forms.CharField(label="Name of the draft", max_length=120)
    on = forms.DateField(label="It begins on", widget=AdminDateInput)


def _extend(user: User, record: Framework, data: dict[str, Any]) -> str:
    extend_framework(actor=user, framework=record, to=data["on"], reason=data["reason"])
    return f"{record} runs to {record.last_day:%d/%m/%Y}."


def _end(user: User, record: Framework, data: dict[str, Any]) -> str:
    end_framework(actor=user, framework=record, on=data["on"], reason=data["reason"])
    return f"{record} ends on {record.last_day:%d/%m/%Y}; its packages are ended one by one."


def _standstill(user: User, record: Framework, data: dict[str, Any]) -> str:
    set_standstill(actor=user, framework=record, ends_on=data["on"], reason=data["reason"])
    return f"Places in {record} may be given from the day after {data['on']:%d/%m/%Y}."


def _copy(user: User, record: Framework, data: dict[str, Any]) -> str:
    copy_framework(actor=user, framework=record, name=data["name"], starts_on=data["on"])
    return f"{data['name']} is a draft with the lots and places of {record}: find it in the list."


def _is_published(record: Framework) -> bool:
    return record.state == PublicationState.PUBLISHED


FRAMEWORK_ACTIONS = (
    Action("copy", "Copy as a draft", _copy, form_class=CopyForm, verb="add"),
    Action("extend", "Extend", _extend, form_class=EndForm, verb="publish", shown=_is_published),
    Action(
        "end",
        "End early",
        _end,
        form_class=EndForm,
        verb="publish",
        shown=_is_published,
        serious=True,
        explanation="Only with a break clause. Without one, end the packages instead.",
    ),
    Action("standstill", "Set the standstill", _standstill, form_class=LastDayForm),
)


LOT_CELLS: Sequence[Cell] = (
    Cell("code", "Code", sort_key="code"),
    Cell("name", "Name", sort_key="name"),
    Several("pathways", "Pathways"),
    Several("zones", "Zones"),
    Cell("cascade", "How work is offered", lambda row: cascade_today(row)),
)


def cascade_today(lot: Lot) -> str:
    """Return how a lot offers work today, such as "no lead: starts at additional" (PR-07)."""
    return cascade_words([row.terms for row in lot.awards.all()], on=timezone.localdate())


def promised(lot: Lot) -> str:
    """Return what share of new referrals the lead was promised."""
    return promise_words(lot.lead_promise, lot.lead_promise_percent)


def lots(user: User, **narrowed: Any) -> QuerySet[Lot]:
    """Return lots with what their cascade is told from."""
    return (
        Lot.objects.visible_to(user)
        .filter(**narrowed)
        .select_related("framework")
        .prefetch_related("awards__provider")
    )


class FrameworkViewSet(RecordViewSet):
    """Framework agreements."""

    model = Framework
    icon = "folder-open-inverse"
    record_form = FrameworkForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Day("starts_on", "From", sort_key="starts_on"),
        Day("last_day", "Last day", sort_key="ends_on"),
        Day("latest_last_day", "Last day if extended", sort_key="latest_end_on"),
        Day("standstill_ends_on", "Standstill to", sort_key="standstill_ends_on"),
        State("state", "State", sort_key="state"),
    )
    detail_cells: Sequence[Cell] = (*cells, YesNo("has_break_clause", "Break clause"))
    list_filter = ["state"]
    search_fields = ["name"]
    empty = "No framework yet. Add one, then its lots."
    actions = (*review_actions(), *FRAMEWORK_ACTIONS)
    inspect_template_name = "theme/tender/framework.html"

    def locked_because(self, record: Framework) -> str:
        """Refuse to edit what was submitted or approved."""
        return record.locked_because

    def related(self, user: User, record: Framework) -> list[Related]:
        """Show the framework's lots and tenders."""
        tenders = Tender.objects.visible_to(user).filter(framework=record).select_related("lot")
        return [
            Related(
                "Lots",
                LOT_CELLS,
                list(lots(user, framework=record)),
                "No lots yet.",
                url=lambda row: reverse("lot:inspect", args=[row.pk]),
                add_url=reverse("lot:add") if user.may("add", Lot) else "",
            ),
            Related(
                "Tenders",
                (Cell("name", "Name"), State("state", "State"), Cell("lot", "Lot")),
                list(tenders),
                "No tender.",
                url=lambda row: reverse("tender_page", args=[row.pk]),
            ),
        ]


class LotForm(RecordForm):
    """A lot: pathways in zones, each pair in one lot of a framework only."""

    pathways = CodesField(codes=vocabularies.pathways)
    zones = CodesField(codes=vocabularies.zones)

    class Meta(RecordForm.Meta):
        model = Lot
        fields: ClassVar = [
            "framework",
            "code",
            "name",
            "pathways",
            "zones",
            "least_providers",
            "providers_wanted",
            "lead_promise",
            "lead_promise_percent",
        ]

    broken_rules: ClassVar = {
        "lot_promise": "Type the lead's percentage where one is promised, and only there.",
        "lot_wanted": "No fewer providers can be wanted than are needed at least.",
    }

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer drafts only: an approved framework stays as it is."""
        return super().offered(name, model).filter(state=PublicationState.DRAFT)

    def clean(self) -> dict[str, Any]:
        """Refuse a pathway and zone that another lot of the framework already covers."""
        data = super().clean()
        if not {"framework", "code", "pathways", "zones"} <= set(data):
            return data
        refusal = lot_overlap(
            data["framework"],
            code=data["code"],
            pathways=data["pathways"],
            zones=data["zones"],
            apart_from=self.instance.pk,
        )
        if refusal:
            raise ValidationError(refusal)
        return data


class LotViewSet(RecordViewSet):
    """Lots and how each offers work."""

    model = Lot
    icon = "snippet"
    record_form = LotForm
    related_fields = ("framework",)
    cells: Sequence[Cell] = (*LOT_CELLS, Cell("framework", "Framework"))
    detail_cells: Sequence[Cell] = (
        *cells,
        Number("least_providers", "Providers at least"),
        Number("providers_wanted", "Providers wanted"),
        Cell("lead_promise", "Promised to the lead", lambda row: promised(row)),
    )
    list_filter = ["framework"]
    search_fields = ["code", "name"]
    introduction = "A lot without a lead starts at its additional providers, and says so."
    empty = "No lots yet. Add a framework first, then its lots."
    prefetched = ("awards__provider",)

    def locked_because(self, record: Lot) -> str:
        """Refuse to edit a lot of a framework that was submitted or approved."""
        return record.framework.locked_because

    def related(self, user: User, record: Lot) -> list[Related]:
        """Show the lot's places in order of offer, and its open packages."""
        waiting = CarePackage.objects.visible_to(user).filter(lot=record, status="referred")
        return [
            Related(
                "Places, in order of offer",
                (PLACE_CELLS[0], *PLACE_CELLS[2:]),
                sorted(places(user, lot=record), key=lambda row: (row.tier, row.rank)),
                "No provider has a place: work cannot be offered.",
                url=lambda row: reverse("lotaward:inspect", args=[row.pk]),
                add_url=reverse("lotaward:add") if user.may("add", LotAward) else "",
            ),
            packages_table(user, "Packages that need a provider", waiting),
        ]


class LotAwardForm(RecordForm):
    """A provider's place in a lot, with its capacity in hours."""

    capacity_minutes_per_week = HoursField(
        label="Capacity in hours a week",
        required=False,
        help_text="Empty where no limit is agreed.",
    )

    class Meta(RecordForm.Meta):
        model = LotAward
        fields: ClassVar = [
            "lot",
            "provider",
            "tier",
            "rank",
            "capacity_minutes_per_week",
            "starts_on",
            "ends_on",
        ]
        widgets: ClassVar = {"tier": forms.RadioSelect}

    def clean(self) -> dict[str, Any]:
        """Refuse a new place in the standstill (PR-04) or outside its time, and a second lead."""
        data = super().clean()
        if {"lot", "provider", "tier", "rank", "starts_on", "ends_on"} <= set(data):
            stated = {name: data[name] for name in ("lot", "provider", "tier", "rank")}
            period = {"starts_on": data["starts_on"], "ends_on": data["ends_on"]}
            second = second_lead_refusals(LotAward(pk=self.instance.pk, **stated, **period))
            if second:
                raise ValidationError(second)
        if self.instance.pk is None and {"lot", "starts_on"} <= set(data):
            refusals = place_refusals(
                data["lot"], starts_on=data["starts_on"], decided_on=timezone.localdate()
            )
            if refusals:
                raise ValidationError(refusals)
        return data


class LotAwardViewSet(RecordViewSet):
    """Places in lots: lead, additional, DPS."""

    model = LotAward
    icon = "pick"
    record_form = LotAwardForm
    related_fields = ("lot", "provider")
    cells = PLACE_CELLS
    list_filter = ["lot", "provider", "tier"]
    search_fields = ["provider__name", "lot__code", "lot__name"]
    empty = "No places yet. Add a lot first, then give providers their places."
