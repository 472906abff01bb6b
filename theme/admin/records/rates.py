"""Rate cards, their lines and budgets."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.jobs.models import Job
from cms_models.jobs.services import enqueue
from cms_models.publication.models import PublicationState
from cms_models.rates import services
from cms_models.rates.models import BankHoliday, Budget, RateCard, RateLine
from theme.admin import vocabularies
from theme.admin.actions import Action
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Clock, Day, Number, Pounds, Several, State
from theme.admin.forms import ClockField, CodesField, PoundsField, RecordForm
from theme.admin.links import page_url
from theme.admin.review.actions import review_actions
from theme.admin.showing import Related


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
        Day("valid_to", "Until (first day not in force)", "over_on", sort_key="valid_to"),
        Cell("corrects", "Corrects", sort_key="corrects__name"),
    )
    related_fields = ("corrects",)
    list_filter = ["state"]
    search_fields = ["name"]
    introduction = "A later card supersedes an earlier one on its date; nothing is overwritten."
    empty = "No rate card yet. Add one with its lines and have it approved: nothing has a price."
    list_actions = (REPRICE,)
    actions = review_actions()

    def record_url(self, user: User, record: RateCard) -> str | None:
        """Lead to the card with its lines in one grid."""
        return page_url("rate_card_page", record.pk)

    def after_action(self, user: User, record: RateCard | None) -> str:
        """Lead back to the card with its lines, or to the list."""
        own = page_url("rate_card_page", record.pk) if record is not None else None
        return own or super().after_action(user, record)

    def locked_because(self, record: RateCard) -> str:
        """Refuse to edit what was submitted or what visits were priced by."""
        return record.locked_because

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
    Cell("day_type", "Day", lambda row: row.get_day_type_display() or "Any"),
    Clock("from_minutes", "Starts from", sort_key="from_minutes"),
    Clock("to_minutes", "Starts before"),
    Number("least_minutes", "Lasts from (min)"),
    Number("most_minutes", "Lasts less than (min)"),
    Pounds("pence_per_hour", "£ an hour", sort_key="pence_per_hour"),
)


class RateLineForm(RecordForm):
    """A line of a draft card, in pounds an hour."""

    broken_rules: ClassVar = {
        "rateline_starts": "The band of starts ends when it begins: leave both empty for any time.",
        "rateline_lasts": "No visit is that long: the second length must be more than the first.",
    }
    from_minutes = ClockField(label="Starts from", required=False)
    to_minutes = ClockField(
        label="Starts before",
        required=False,
        help_text="HH:MM; earlier than the first for a band that runs over midnight",
    )
    pence_per_hour = PoundsField(label="Pounds an hour")

    class Meta(RecordForm.Meta):
        model = RateLine
        fields: ClassVar = [
            *("card", "visit_kind", "pathway", "area", "day_type", "from_minutes", "to_minutes"),
            *("least_minutes", "most_minutes", "pence_per_hour"),
        ]

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
    list_filter = ["card", "visit_kind", "pathway", "area", "day_type"]
    search_fields = ["card__name"]
    introduction = "The narrowest line is used: the one that asks for most things."
    empty = "No lines yet. Add a rate card first, then its lines."

    def locked_because(self, record: RateLine) -> str:
        """Refuse to edit a line of a card that was submitted or approved."""
        return record.card.locked_because


def _fill(user: User, record: Any, data: dict[str, Any]) -> str:
    added = services.fill_bank_holidays(actor=user)
    return f"{added} bank holidays of England and Wales were added." if added else "All are there."


class BankHolidayForm(RecordForm):
    """A day and its name."""

    class Meta(RecordForm.Meta):
        model = BankHoliday
        fields: ClassVar = ["on", "name"]


class BankHolidayViewSet(RecordViewSet):
    """The days that count as bank holidays: gov.uk's, and what the council adds or takes back."""

    model = BankHoliday
    icon = "date"
    record_form = BankHolidayForm
    cells: Sequence[Cell] = (
        Day("on", "Day", sort_key="on"),
        Cell("weekday", "Weekday", lambda row: f"{row.on:%A}"),
        Cell("name", "Name", sort_key="name"),
    )
    search_fields = ["name"]
    introduction = "A visit that starts on one of these days is a bank holiday's, whatever weekday."
    empty = "No bank holidays yet. Add those of England and Wales by the button, or your own."
    list_actions = (
        Action(
            "fill",
            "Add those of England and Wales",
            _fill,
            explanation="From gov.uk's calendar as it ships with Homeward; what is there stays.",
        ),
    )


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
