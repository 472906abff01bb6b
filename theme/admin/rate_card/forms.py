"""The card's forms: its lines in one grid, a copy, a correction, an uplift."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.admin.widgets import AdminDateInput

from cms_models.rates.domain import MINUTES_PER_DAY, Line
from cms_models.rates.models import Area, DayType, Pathway, RateCard, VisitKind
from cms_models.rates.selectors import lines_of
from cms_models.rates.services import LINES_MOST
from cms_models.rates.uplift import STEPS, Uplift
from theme.admin.forms import ClockField, PoundsField

ANY = [("", "Any")]
LONGEST_VISIT = MINUTES_PER_DAY
# What makes a row more than an empty one.
ASKED = (
    *("line_id", "pathway", "area", "day_type", "from_minutes", "to_minutes"),
    *("least_minutes", "most_minutes"),
)


class LineForm(forms.Form):
    """One line of the grid; what is left empty means any."""

    line_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    visit_kind = forms.ChoiceField(label="Kind of visit", choices=VisitKind.choices)
    pathway = forms.ChoiceField(label="Pathway", choices=ANY + Pathway.choices, required=False)
    area = forms.ChoiceField(label="Area", choices=ANY + Area.choices, required=False)
    day_type = forms.ChoiceField(label="Day", choices=ANY + DayType.choices, required=False)
    from_minutes = ClockField(label="Starts from", required=False, help_text="")
    to_minutes = ClockField(label="Starts before", required=False, help_text="")
    least_minutes = forms.IntegerField(
        label="Lasts from (min)", required=False, min_value=0, max_value=LONGEST_VISIT
    )
    most_minutes = forms.IntegerField(
        label="Lasts less than (min)", required=False, min_value=1, max_value=LONGEST_VISIT + 1
    )
    pence_per_hour = PoundsField(label="£ an hour", help_text="", required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse bands that hold nothing; a whole day is the same as any time."""
        data = super().clean() or {}
        begins, ends = data.get("from_minutes"), data.get("to_minutes")
        if begins == MINUTES_PER_DAY:
            begins = 0
        if ends == 0:
            ends = MINUTES_PER_DAY
        if (begins or 0, ends or MINUTES_PER_DAY) == (0, MINUTES_PER_DAY):
            begins = ends = None
        if begins is not None and begins == ends:
            self.add_error("to_minutes", "The band ends when it begins.")
        least, most = data.get("least_minutes") or None, data.get("most_minutes")
        if least is not None and most is not None and least >= most:
            self.add_error("most_minutes", "No visit is that long.")
        asked = any(data.get(name) not in (None, "") for name in ASKED)
        if asked and "pence_per_hour" not in self.errors and data.get("pence_per_hour") is None:
            self.add_error("pence_per_hour", "State a rate, or remove the line.")
        return {**data, "from_minutes": begins, "to_minutes": ends, "least_minutes": least}

    @property
    def line(self) -> Line:
        """The typed line as the pure rules want it."""
        data = self.cleaned_data
        return Line(
            data["pathway"] or None,
            data["area"] or None,
            data["visit_kind"],
            data["pence_per_hour"],
            data["day_type"] or None,
            data["from_minutes"],
            data["to_minutes"],
            data["least_minutes"],
            data["most_minutes"],
        )


class LinesFormSet(forms.BaseFormSet):
    """All lines of a card; an empty row and a row ticked for removal are left out."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Name every field with its row, as the columns' headings do not reach a screen reader."""
        super().add_fields(form, index)
        row = "new line" if index is None else f"line {index + 1}"
        form.fields["DELETE"].label = "Remove"
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}, {row}"

    @property
    def typed(self) -> list[tuple[int | None, Line]]:
        """The lines as typed, each with the id of the stored line it changes."""
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("pence_per_hour") and not form.cleaned_data.get("DELETE")
        ]
        return [(form.cleaned_data.get("line_id"), form.line) for form in kept]


Lines = forms.formset_factory(
    LineForm, formset=LinesFormSet, extra=2, can_delete=True, max_num=LINES_MOST, validate_max=True
)


def lines_form(card: RateCard, data: Any = None) -> LinesFormSet:
    """Return the grid of a card: its stored lines and two empty rows, or what was typed."""
    initial = [
        {
            "line_id": row.pk,
            **{name: getattr(row, name) for name in LineForm.base_fields if name != "line_id"},
        }
        for row in lines_of(card)
    ]
    return Lines(data, initial=initial, prefix="lines")


class NamedForm(forms.Form):
    """The name and the first day of a new draft."""

    name = forms.CharField(label="Name of the new card", max_length=120)
    valid_from = forms.DateField(label="In force from", widget=AdminDateInput)


class CorrectionForm(NamedForm):
    """A correction: from a day gone by, to a day or to the corrected card's end."""

    valid_to = forms.DateField(
        label="Until (first day not corrected)",
        required=False,
        widget=AdminDateInput,
        help_text="Empty: to the end of the card it corrects.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that runs backwards."""
        data = super().clean() or {}
        begins, ends = data.get("valid_from"), data.get("valid_to")
        if isinstance(begins, date) and isinstance(ends, date) and ends <= begins:
            self.add_error("valid_to", "The last day must come after the first.")
        return data


class UpliftForm(NamedForm):
    """By how much, rounded how, of which kinds of visit."""

    percent = forms.DecimalField(
        label="Percent",
        required=False,
        min_value=-50,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        help_text="Such as 1.9; or an amount instead.",
    )
    amount = forms.DecimalField(
        label="Amount in pounds an hour",
        required=False,
        min_value=-100,
        max_value=100,
        max_digits=6,
        decimal_places=2,
        help_text="Such as 0.30 or −0.10.",
    )
    step = forms.TypedChoiceField(
        label="Rounded half-up to",
        choices=[(step, f"{step}p") for step in STEPS],
        coerce=int,
        initial=1,
    )
    visit_kinds = forms.MultipleChoiceField(
        label="Kinds of visit",
        choices=VisitKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "theme-ticks"}),
        help_text="None ticked: all of them.",
    )

    def clean(self) -> dict[str, Any]:
        """Make the uplift of what was typed; its own refusal says what is wrong."""
        data = super().clean() or {}
        amount = data.get("amount")
        try:
            data["uplift"] = Uplift(
                percent=data.get("percent"),
                pence=None if amount is None else int(amount * 100),
                step=data.get("step") or 1,
                visit_kinds=tuple(data.get("visit_kinds") or ()),
            )
        except ValueError as refusal:
            raise ValidationError(str(refusal)) from refusal
        return data
