"""Tenders in the list; each is worked on its own page (theme/admin/tender)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.market.models import LotAward
from cms_models.tenders.domain import lead_places_refusal
from cms_models.tenders.models import Tender, TenderState
from cms_models.tenders.services import (
    begin_scoring,
    close_scoring,
    decide,
    give_places,
    open_tender,
)
from theme.admin.actions import Action, ReasonForm
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, Pounds, State
from theme.admin.forms import PoundsField, RecordForm


class TenderForm(RecordForm):
    """What bidders are asked, and by which rules they are judged."""

    ceiling_pence = PoundsField(
        label="Price ceiling",
        required=False,
        help_text="£; a bid above it fails and is not scored.",
    )
    award_cap_pence = PoundsField(
        label="Most that may be awarded",
        required=False,
        help_text="£; a dearer bid cannot win without a higher approval.",
    )

    class Meta(RecordForm.Meta):
        model = Tender
        fields: ClassVar = [
            "name",
            "framework",
            "lot",
            "price_rule",
            "price_basis",
            "contract_years",
            "ceiling_pence",
            "award_cap_pence",
            "quality_weight",
            "most_score",
            "lead_places",
            "additional_places",
            "published_on",
            "closes_on",
        ]

    broken_rules: ClassVar = {"tender_period": "Bids close on the day it is published or later."}

    def clean_lead_places(self) -> int:
        """Refuse more than one lead."""
        count: int = self.cleaned_data["lead_places"]
        refusal = lead_places_refusal(count)
        if refusal:
            raise ValidationError(refusal)
        return count

    def clean(self) -> dict[str, Any]:
        """Refuse a lot of another framework."""
        data = super().clean()
        lot, framework = data.get("lot"), data.get("framework")
        if lot is not None and framework is not None and lot.framework_id != framework.pk:
            raise ValidationError(f"Lot {lot} is not one of {framework}.")
        return data


class DecideForm(ReasonForm):
    """The decision, with the day its letters go out."""

    letters_on = forms.DateField(
        label="Letters of",
        widget=AdminDateInput,
        help_text="The standstill counts from the day after.",
    )


class PlacesForm(forms.Form):
    """From when the winners hold their places."""

    starts_on = forms.DateField(label="Places begin on", widget=AdminDateInput)


def _open(user: User, record: Tender, data: dict[str, Any]) -> str:
    open_tender(actor=user, tender=record)
    return f"{record} takes bids; its rules stay as they are."


def _begin(user: User, record: Tender, data: dict[str, Any]) -> str:
    begin_scoring(actor=user, tender=record, on=timezone.localdate())
    return f"{record} is closed for bids: score those whose price passes."


def _close(user: User, record: Tender, data: dict[str, Any]) -> str:
    close_scoring(actor=user, tender=record)
    return "Scoring is closed: agree on one score for each bid and criterion."


def _decide(user: User, record: Tender, data: dict[str, Any]) -> str:
    decide(actor=user, tender=record, letters_on=data["letters_on"], reason=data["reason"])
    return f"Decided. Places may be given from {record.places_from:%d/%m/%Y}."


def _give(user: User, record: Tender, data: dict[str, Any]) -> str:
    given = give_places(
        actor=user, tender=record, starts_on=data["starts_on"], on=timezone.localdate()
    )
    return f"{len(given)} {'place' if len(given) == 1 else 'places'} in {record.framework} given."


class TenderViewSet(RecordViewSet):
    """Tenders, each for a lot of a framework or for all its lots."""

    model = Tender
    icon = "tasks"
    record_form = TenderForm
    related_fields = ("framework", "lot")
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("framework", "Framework", sort_key="framework__name"),
        Cell("lot", "Lot", lambda row: row.lot or "every lot"),
        State("state", "State", sort_key="state"),
        Day("closes_on", "Bids to", sort_key="closes_on"),
        Day("standstill_ends_on", "Standstill to", sort_key="standstill_ends_on"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("price_rule", "Price is"),
        Pounds("ceiling_pence", "Price ceiling"),
        Number("quality_weight", "Quality weighs, %"),
        Number("most_score", "Highest score"),
        Pounds("award_cap_pence", "Most that may be awarded"),
        Cell("decision_reason", "Decided because"),
    )
    list_filter = ["state", "framework"]
    search_fields = ["name", "framework__name", "lot__name"]
    introduction = "Evaluators do not see each other's scores until scoring is closed."
    empty = "No tender yet. Add one for a lot of a framework, then say what quality is judged by."
    actions = (
        Action(
            "open",
            "Open for bids",
            _open,
            shown=lambda row: row.state == TenderState.DRAFT,
            explanation="From then on its rules stay as bidders were told them.",
        ),
        Action(
            "begin-scoring",
            "Close for bids and score",
            _begin,
            shown=lambda row: row.state == TenderState.OPEN,
        ),
        Action(
            "close-scoring",
            "Close scoring",
            _close,
            shown=lambda row: row.state == TenderState.SCORING,
            explanation="From then on evaluators see each other's scores.",
        ),
        Action(
            "decide",
            "Decide",
            _decide,
            form_class=DecideForm,
            shown=lambda row: row.state == TenderState.MODERATED,
            serious=True,
        ),
        Action(
            "give-places",
            "Give the winners their places",
            _give,
            form_class=PlacesForm,
            verb="add",
            model=LotAward,
            shown=lambda row: row.state == TenderState.DECIDED and not row.places_given,
            explanation="Refused until the standstill is over.",
        ),
    )

    def locked_because(self, record: Tender) -> str:
        """Refuse to change or delete what bidders were told."""
        if record.state == TenderState.DRAFT:
            return ""
        return f"{record} is {record.get_state_display().lower()}: its rules stay as told."

    def record_url(self, user: User, record: Tender) -> str:
        """Lead to the tender's own page."""
        return reverse("tender_page", args=[record.pk])

    def after_action(self, user: User, record: models.Model | None) -> str:
        """Return to the tender's own page."""
        if record is None:
            return super().after_action(user, record)
        return reverse("tender_page", args=[record.pk])
