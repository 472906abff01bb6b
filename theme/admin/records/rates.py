"""Rate cards, their lines and budgets."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.jobs.models import Job
from cms_models.jobs.services import enqueue
from cms_models.places.models import PublicationState
from cms_models.rates import services
from cms_models.rates.models import Budget, RateCard, RateLine
from theme.admin import vocabularies
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Pounds, Several, State
from theme.admin.forms import CodesField, PoundsField, RecordForm
from theme.admin.showing import Related


def _publish(user: User, record: RateCard, data: dict[str, Any]) -> str:
    services.publish_card(actor=user, card=record)
    return (
        f"{record} is in force from {record.valid_from:%d/%m/%Y}; the card before it ends that "
        "day and stays on file. “Resolve and price again” re-prices packages."
    )


def reprice(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that resolves and prices every running package again."""
    job = enqueue(actor=user, kind="resolve_packages", params={})
    return f"{job} is waiting for the worker: zone, lot and price of every package follow."


REPRICE = Action(
    "reprice",
    "Resolve and price again",
    reprice,
    model=Job,
    explanation="Every running package gets its zone, lot and price again, as of today.",
)


class RateCardForm(RecordForm):
    """A draft card's name and dates."""

    class Meta(RecordForm.Meta):
        model = RateCard
        fields: ClassVar = ["name", "valid_from", "valid_to"]


class RateCardViewSet(RecordViewSet):
    """Rate cards: dated, published once, never edited afterwards."""

    model = RateCard
    icon = "table"
    record_form = RateCardForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        State("state", "State", sort_key="state"),
        Day("valid_from", "In force from", sort_key="valid_from"),
        Day("valid_to", "Until (first day not in force)", sort_key="valid_to"),
    )
    list_filter = ["state"]
    search_fields = ["name"]
    introduction = "A later card supersedes an earlier one on its date; nothing is overwritten."
    empty = "No rate card yet. Add one with its lines, then publish it: nothing has a price before."
    list_actions = (REPRICE,)
    actions = (
        Action(
            "publish",
            "Publish this card",
            _publish,
            verb="publish",
            shown=lambda record: record.state == PublicationState.DRAFT,
            explanation="From its first day visits are priced by this card. It cannot be edited "
            "afterwards.",
        ),
    )

    def locked_because(self, record: RateCard) -> str:
        """Refuse to edit what visits were priced by."""
        if record.state != PublicationState.PUBLISHED:
            return ""
        return (
            f"{record} is published: visits were priced by it, so it stays as it is. Add a new "
            "card with a later date and publish that."
        )

    def related(self, user: User, record: RateCard) -> list[Related]:
        """Show the card's lines."""
        draft = record.state == PublicationState.DRAFT and user.may("add", RateLine)
        return [
            Related(
                "Lines",
                LINE_CELLS[1:],
                list(RateLine.objects.visible_to(user).filter(card=record)),
                "No lines yet: a card needs an hourly line before it can be published.",
                url=lambda row: reverse("rateline:inspect", args=[row.pk]),
                add_url=reverse("rateline:add") if draft else "",
            )
        ]


LINE_CELLS: Sequence[Cell] = (
    Cell("card", "Card", sort_key="card__name"),
    Cell("visit_kind", "Kind of visit", sort_key="visit_kind"),
    Cell("pathway", "Pathway", lambda row: row.get_pathway_display() or "Any"),
    Cell("area", "Area", lambda row: row.get_area_display() or "Any"),
    Pounds("pence_per_hour", "£ an hour", sort_key="pence_per_hour"),
)


class RateLineForm(RecordForm):
    """A line of a draft card, in pounds an hour."""

    broken_rules: ClassVar = {
        "one_line_a_case": "This card already has a line for that pathway, area and kind of visit."
    }
    pence_per_hour = PoundsField(label="Pounds an hour")

    class Meta(RecordForm.Meta):
        model = RateLine
        fields: ClassVar = ["card", "visit_kind", "pathway", "area", "pence_per_hour"]

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer drafts only: a published card stays as it is."""
        return super().offered(name, model).filter(state=PublicationState.DRAFT)


class RateLineViewSet(RecordViewSet):
    """The lines of every card."""

    model = RateLine
    icon = "list-ul"
    record_form = RateLineForm
    related_fields = ("card",)
    cells = LINE_CELLS
    list_filter = ["card", "visit_kind", "pathway", "area"]
    search_fields = ["card__name"]
    introduction = "The most exact line is used: pathway and area, then either, then neither."
    empty = "No lines yet. Add a rate card first, then its lines."

    def locked_because(self, record: RateLine) -> str:
        """Refuse to edit a line of a published card."""
        if record.card.state != PublicationState.PUBLISHED:
            return ""
        return f"{record.card} is published, so its lines stay as they are. Draft a new card."


class BudgetForm(RecordForm):
    """A budget in pounds for some pathways."""

    pathways = CodesField(codes=vocabularies.pathways)
    amount_pence = PoundsField(label="Amount in pounds")

    class Meta(RecordForm.Meta):
        model = Budget
        fields: ClassVar = ["name", "starts_on", "ends_on", "pathways", "amount_pence"]


class BudgetViewSet(RecordViewSet):
    """Budgets that planned cost is held against on the dashboard."""

    model = Budget
    icon = "tasks"
    record_form = BudgetForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Day("starts_on", "From", sort_key="starts_on"),
        Day("ends_on", "Until (first day not covered)", sort_key="ends_on"),
        Several("pathways", "Pathways"),
        Pounds("amount_pence", "Amount", sort_key="amount_pence"),
    )
    search_fields = ["name"]
    empty = "No budget yet. Add one and the dashboard holds the planned cost against it."
