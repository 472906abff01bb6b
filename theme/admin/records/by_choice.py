"""Who is away, whose carers are whose by choice, and which visits are pinned."""

from collections.abc import Sequence
from typing import ClassVar

from wagtail.admin.widgets import AdminDateInput

from cms_models.rounds.models import CarerAbsence, CarerPreference, VisitPin
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Clock, Day, Moment
from theme.admin.forms import ClockField, RecordForm
from theme.admin.records.rounds import REPLAN


class AbsenceForm(RecordForm):
    """A carer away from a minute of a day on."""

    broken_rules: ClassVar = {
        "one_absence_a_carer_a_day": "This carer's absence of that day is there already."
    }
    from_minutes = ClockField(label="From", help_text="HH:MM; 00:00 for the whole day")

    class Meta(RecordForm.Meta):
        model = CarerAbsence
        fields: ClassVar = ["carer", "on", "from_minutes", "reason"]
        widgets: ClassVar = {"on": AdminDateInput}


class CarerAbsenceViewSet(RecordViewSet):
    """Days on which a carer is away."""

    model = CarerAbsence
    icon = "warning"
    record_form = AbsenceForm
    related_fields = ("carer",)
    cells: Sequence[Cell] = (
        Cell("carer", "Carer", sort_key="carer__last_name"),
        Day("on", "Day", sort_key="on"),
        Clock("from_minutes", "From", sort_key="from_minutes"),
        Cell("reason", "Reason"),
    )
    list_filter = ["on", "carer"]
    search_fields = ["carer__last_name", "carer__ref"]
    introduction = "A carer away is in no round from then on. Plan a published day again after."
    empty = "Nobody is away."
    list_actions = (REPLAN,)


class PreferenceForm(RecordForm):
    """A person's word on a carer."""

    broken_rules: ClassVar = {
        "one_preference_a_pair": "There is a preference of this person and carer already."
    }

    class Meta(RecordForm.Meta):
        model = CarerPreference
        fields: ClassVar = ["person", "carer", "kind", "reason"]


class CarerPreferenceViewSet(RecordViewSet):
    """Usual, required and refused carers."""

    model = CarerPreference
    icon = "user"
    record_form = PreferenceForm
    related_fields = ("person", "carer")
    person_of = "person_id"
    cells: Sequence[Cell] = (
        Cell("person", "Person", sort_key="person__last_name"),
        Cell("carer", "Carer", sort_key="carer__last_name"),
        Cell("kind", "Preference", sort_key="kind"),
        Cell("reason", "Reason"),
    )
    list_filter = ["kind", "carer"]
    search_fields = ["person__last_name", "person__mosaic_person_id", "carer__ref"]
    introduction = (
        "A refused carer never visits; required carers alone do; a usual one is preferred. "
        "Those who came most in the last four weeks count as usual without a word."
    )
    empty = "No preferences yet. Import them, or add the first by hand."


class VisitPinViewSet(RecordViewSet):
    """Visits pinned to carers, on the day's page."""

    model = VisitPin
    icon = "lock"
    related_fields = ("visit__package", "carer")
    cells: Sequence[Cell] = (
        Cell("visit", "Visit", sort_key="visit__on"),
        Cell("carer", "Carer", sort_key="carer__last_name"),
        Cell("reason", "Reason"),
        Moment("created_at", "Pinned", sort_key="created_at"),
    )
    list_filter = ["carer"]
    search_fields = ["visit__package__package_ref", "carer__ref"]
    introduction = "The engine keeps to a pin. Pins are set and lifted on the day's page."
    empty = "No visit is pinned."
