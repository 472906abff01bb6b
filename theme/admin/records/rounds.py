"""Carers, shifts, visits and plan runs."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.admin.widgets import AdminDateInput

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.care.models import CarePackage, VisitPriority
from cms_models.jobs.services import enqueue
from cms_models.rounds.jobs import enqueue_days
from cms_models.rounds.models import (
    Carer,
    PlanRun,
    PlanState,
    Shift,
    UnplacedVisit,
    Visit,
)
from cms_models.rounds.services import planning, visits
from theme.admin import vocabularies
from theme.admin.actions import Action, DayForm, ReasonForm
from theme.admin.base import RecordViewSet
from theme.admin.cells import (
    Cell,
    Clock,
    Day,
    Hours,
    Moment,
    Number,
    Sentences,
    Several,
    State,
)
from theme.admin.forms import ClockField, CodesField, HoursField, RecordForm
from theme.admin.links import page_url
from theme.admin.records.care import known_postcode
from theme.admin.scope import ScopedFilterSet
from theme.admin.showing import Related


def plan(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that proposes a day's rounds."""
    day = data["on"]
    job = enqueue(actor=user, kind="plan_rounds", params={"on": day.isoformat(), "seed": 1})
    return f"{job} is waiting for the worker: it proposes the rounds of {day:%d/%m/%Y}."


def plan_days(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue a job for each of the coming days."""
    queued = enqueue_days(actor=user, first=data["on"])
    return f"{len(queued)} jobs are waiting for the workers, one for each day."


def plan_week(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that proposes seven days planned as one."""
    day = data["on"]
    job = enqueue(actor=user, kind="plan_week", params={"first": day.isoformat(), "seed": 1})
    return f"{job} is waiting for the worker: it proposes seven days from {day:%d/%m/%Y} on."


def replan(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that proposes what to change in a published day."""
    day = data["on"]
    job = enqueue(actor=user, kind="replan", params={"on": day.isoformat()})
    return f"{job} is waiting for the worker: it proposes changes for {day:%d/%m/%Y}."


def add_visit(user: User, record: Any, data: dict[str, Any]) -> str:
    """Add a visit that no weekly pattern holds."""
    added = visits.add_visit(actor=user, **data)
    return f"{added} is added. Plan that day again to place it."


def make(user: User, record: Any, data: dict[str, Any]) -> str:
    """Queue the job that makes dated visits."""
    day = data["on"]
    job = enqueue(actor=user, kind="make_visits", params={"first": day.isoformat()})
    return f"{job} is waiting for the worker: it makes the visits from {day:%d/%m/%Y} on."


def _publish(user: User, record: PlanRun, data: dict[str, Any]) -> str:
    planning.publish(actor=user, run=record, reason=data["reason"])
    return f"The rounds of {record.on:%d/%m/%Y} are published."


PLAN = Action(
    "plan",
    "Plan rounds",
    plan,
    model=PlanRun,
    form_class=DayForm,
    explanation="Proposes the day's rounds with a reason for every visit left out.",
)
PLAN_DAYS = Action(
    "plan-days",
    "Plan several days",
    plan_days,
    model=PlanRun,
    form_class=DayForm,
    explanation="Queues a job for each day, as many as the rule “Days planned at once” says.",
)
PLAN_WEEK = Action(
    "plan-week",
    "Plan a week as one",
    plan_week,
    model=PlanRun,
    form_class=DayForm,
    explanation="Proposes seven days together: few faces for a person, fair weeks for carers.",
)
REPLAN = Action(
    "replan",
    "Plan a published day again",
    replan,
    model=PlanRun,
    form_class=DayForm,
    explanation="After an absence or an added visit: moves only what pays, and says what moves.",
)


class AddVisitForm(forms.Form):
    """A visit of one day that no pattern holds."""

    package = forms.ModelChoiceField(CarePackage.objects.none())
    on = forms.DateField(label="Day", widget=AdminDateInput)
    earliest_minutes = ClockField(label="Start no earlier than")
    latest_minutes = ClockField(label="Start no later than")
    minutes = forms.IntegerField(min_value=1, max_value=1440, initial=30)
    carers = forms.IntegerField(min_value=1, max_value=4, initial=1)
    priority = forms.ChoiceField(
        choices=[("", "As the package says"), *VisitPriority.choices], required=False
    )
    reason = forms.CharField(max_length=500)


ADD_VISIT = Action(
    "add-visit",
    "Add a visit",
    add_visit,
    verb="add",
    model=Visit,
    form_class=AddVisitForm,
    explanation="A visit that no weekly pattern holds, as in an emergency.",
)
MAKE = Action(
    "make",
    "Make visits",
    make,
    model=Visit,
    form_class=DayForm,
    explanation="Makes the dated visits of the weekly patterns, as far ahead as the rule says.",
)


class CarerForm(RecordForm):
    """A carer; the home's place follows from its postcode."""

    broken_rules: ClassVar = {}
    skills = CodesField(codes=vocabularies.skills, required=False)
    contract_minutes_per_week = HoursField(label="Contract hours a week", required=False)

    class Meta(RecordForm.Meta):
        model = Carer
        fields: ClassVar = [
            "ref",
            "first_name",
            "last_name",
            "gender",
            "home_postcode",
            "skills",
            "contract_minutes_per_week",
            "travel_mode",
            "team",
            "user",
        ]

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer carers' sign-ins only."""
        return super().offered(name, model).filter(role=Role.CARER)

    def clean_contract_minutes_per_week(self) -> int:
        """Return minutes, none for an empty field."""
        return self.cleaned_data["contract_minutes_per_week"] or 0

    def clean_home_postcode(self) -> str:
        """Refuse a postcode the council does not know; take the home's place from it."""
        found = known_postcode(self.user, self.cleaned_data["home_postcode"])
        self.instance.latitude, self.instance.longitude = found.latitude, found.longitude
        return found.code


SHIFT_CELLS: Sequence[Cell] = (
    Cell("carer", "Carer", sort_key="carer__last_name"),
    Cell("weekday", "Day", sort_key="weekday"),
    Clock("starts_minutes", "From", sort_key="starts_minutes"),
    Clock("ends_minutes", "To", sort_key="ends_minutes"),
    Day("valid_from", "In force from", sort_key="valid_from"),
    Day("valid_to", "Until (first day not in force)", sort_key="valid_to"),
)


class CarerViewSet(RecordViewSet):
    """The in-house carers."""

    model = Carer
    icon = "user"
    record_form = CarerForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", str, sort_key="last_name"),
        Cell("ref", "Carer ref", sort_key="ref"),
        Cell("team", "Team", sort_key="team"),
        Cell("home_postcode", "Home", sort_key="home_postcode"),
        Cell("travel_mode", "Travels", sort_key="travel_mode"),
        Hours("contract_minutes_per_week", "Contract", sort_key="contract_minutes_per_week"),
        Several("skills", "Skills"),
    )
    export_only_cells: Sequence[Cell] = (Cell("gender", "Gender"),)
    detail_cells: Sequence[Cell] = (*cells, *export_only_cells)
    list_filter = ["team", "travel_mode"]
    search_fields = ["first_name", "last_name", "ref", "home_postcode"]
    empty = "No carers yet. Import them with their shifts, or add the first by hand."

    def related(self, user: User, record: Carer) -> list[Related]:
        """Show the carer's week."""
        return [
            Related(
                "Shifts",
                SHIFT_CELLS[1:],
                list(Shift.objects.visible_to(user).filter(carer=record)),
                "No shifts: this carer is in no round.",
                url=lambda row: reverse("shift:inspect", args=[row.pk]),
                add_url=reverse("shift:add") if user.may("add", Shift) else "",
            )
        ]


class ShiftForm(RecordForm):
    """A weekly shift in clock times."""

    broken_rules: ClassVar = {"shift_length": "The shift must end after it starts."}
    starts_minutes = ClockField(label="From")
    ends_minutes = ClockField(label="To", help_text="HH:MM; 24:00 ends a shift at midnight")

    class Meta(RecordForm.Meta):
        model = Shift
        fields: ClassVar = [
            "carer",
            "weekday",
            "starts_minutes",
            "ends_minutes",
            "valid_from",
            "valid_to",
        ]


class ShiftViewSet(RecordViewSet):
    """Weekly shifts."""

    model = Shift
    icon = "time"
    record_form = ShiftForm
    related_fields = ("carer",)
    cells = SHIFT_CELLS
    list_filter = ["weekday", "carer"]
    search_fields = ["carer__last_name", "carer__ref"]
    empty = "No shifts yet. Import them, or add the first by hand."


class VisitForm(RecordForm):
    """One visit of one day: its window, length and whether it is wanted."""

    earliest_minutes = ClockField(label="Start no earlier than")
    latest_minutes = ClockField(label="Start no later than")
    skills = CodesField(codes=vocabularies.skills, required=False)

    class Meta(RecordForm.Meta):
        model = Visit
        fields: ClassVar = [
            "state",
            "earliest_minutes",
            "latest_minutes",
            "minutes",
            "carers",
            "skills",
            "priority",
        ]
        widgets: ClassVar = {"state": forms.RadioSelect}

    def clean(self) -> dict[str, Any]:
        """Refuse a window that ends before it begins, and lengths nobody can work."""
        data = super().clean()
        if data.get("latest_minutes", 0) < data.get("earliest_minutes", 0):
            raise ValidationError("The latest start lies before the earliest.")
        if not 1 <= data.get("minutes", 1) <= 1440 or not 1 <= data.get("carers", 1) <= 4:
            raise ValidationError("A visit lasts 1 to 1440 minutes and takes 1 to 4 carers.")
        return data


class VisitFilters(ScopedFilterSet):
    """Filters of the visit list."""

    class Meta:
        model = Visit
        fields: ClassVar = {"on": ["range"], "state": ["exact"], "visit_kind": ["exact"]}


class VisitViewSet(RecordViewSet):
    """Dated visits, made from the weekly patterns."""

    model = Visit
    icon = "date"
    record_form = VisitForm
    may_add = False
    may_delete = False
    related_fields = ("package",)
    cells: Sequence[Cell] = (
        Cell("visit", "Package", "package", sort_key="package__package_ref"),
        Day("on", "Day", sort_key="on"),
        Clock("earliest_minutes", "Not before", sort_key="earliest_minutes"),
        Clock("latest_minutes", "Not after", sort_key="latest_minutes"),
        Number("minutes", "Minutes", sort_key="minutes"),
        Number("carers", "Carers", sort_key="carers"),
        Several("skills", "Skills"),
        Cell("visit_kind", "Kind"),
        Cell("priority", "Priority", sort_key="priority"),
        State("state", "State", sort_key="state"),
    )
    filterset_class = VisitFilters
    search_fields = ["package__package_ref"]
    empty = "No visits yet. Use “Make visits” to date the weekly patterns."
    list_actions = (MAKE, ADD_VISIT)


class PlanRunViewSet(RecordViewSet):
    """Proposals and publications of a day's rounds."""

    model = PlanRun
    icon = "calendar-check"
    heavy_fields = ("problem", "plan")
    related_fields = ("published_by",)
    cells: Sequence[Cell] = (
        Cell("run", "Rounds", str, sort_key="on"),
        State("state", "State", sort_key="state"),
        Number("placed", "Placed", lambda row: row.totals.get("placed")),
        Number("unplaced", "Not placed", lambda row: row.totals.get("unplaced")),
        Cell("contact", "Contact time", lambda row: _percent(row.totals.get("contact_percent"))),
        Number("travel_minutes", "Travel, min", lambda row: row.totals.get("travel_minutes")),
        Moment("created_at", "Made", sort_key="created_at"),
    )
    detail_cells: Sequence[Cell] = (
        *cells,
        Cell("engine", "Engine"),
        Cell("travel", "Travel times"),
        Sentences("notes", "Notes"),
        Number("seed", "Seed"),
        Number("seconds", "Time limit, seconds"),
        Cell("published_by", "Published by"),
        Moment("published_at", "Published"),
    )
    list_filter = ["state", "on"]
    introduction = "The engine proposes a day's rounds; a coordinator publishes them."
    empty = "No rounds yet. Choose a day and use “Plan rounds”."
    list_actions = (PLAN, PLAN_DAYS, PLAN_WEEK, REPLAN, MAKE)
    actions = (
        Action(
            "publish",
            "Publish these rounds",
            _publish,
            verb="publish",
            form_class=ReasonForm,
            shown=lambda record: record.state == PlanState.PROPOSED,
            explanation="What was published for that day before is superseded.",
        ),
    )

    def record_url(self, user: User, record: PlanRun) -> str | None:
        """Lead to the day's page."""
        return page_url("rounds_day_page", record.pk)

    def related(self, user: User, record: PlanRun) -> list[Related]:
        """Show the visits that no round holds, with the reasons."""
        left_out = UnplacedVisit.objects.visible_to(user).filter(run=record)
        return [
            Related(
                "Visits not placed",
                (
                    Cell("visit", "Visit"),
                    Sentences("reasons", "Why"),
                    Sentences("relaxations", "What would help"),
                ),
                list(left_out.select_related("visit__package")),
                "Every visit is in a round.",
                url=lambda row: reverse("visit:inspect", args=[row.visit_id]),
            )
        ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0f} %"
