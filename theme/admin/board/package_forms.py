"""What a broker fills in on a package's brokerage page."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cms_models.brokerage.domain import Candidate, QuestionTerms
from cms_models.brokerage.models import OfferQuestion, OwnDecision, Requirement, Route, Urgency

LISTS = ("must_haves", "nice_to_haves", "needs", "outcomes")
STATED = (*LISTS, "urgency", "start_by")
MOST_QUESTIONS = 12
EMPTY_ROWS = 2


def lines_of(text: str) -> list[str]:
    """Return the lines of a text area that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class SeenForm(forms.Form):
    """A form that says how its sender saw the package."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class ReasonForm(SeenForm):
    """A decision with its reason, kept in the audit."""

    reason = forms.CharField(
        label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class RequirementForm(forms.Form):
    """What the package asks for; providers read it before anybody is named."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    must_haves = forms.CharField(
        label="Must-haves", help_text="One a line. An offer has to meet each."
    )
    nice_to_haves = forms.CharField(label="Nice to have", help_text="One a line.")
    needs = forms.CharField(label="Needs", help_text="Kinds of help, one a line.")
    outcomes = forms.CharField(label="Outcomes", help_text="What the care is for, one a line.")
    urgency = forms.ChoiceField(
        label="Urgency",
        choices=Urgency.choices,
        help_text="Each has a response clock of its own among the rules.",
    )
    start_by = forms.DateField(
        label="Start by",
        required=False,
        help_text="The last day care may begin.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LISTS:
            self.fields[name].required = False
            self.fields[name].widget = forms.Textarea(attrs={"rows": 4})
        # What the editor opened is sent along: a field left alone takes what is stored since.
        for name in STATED:
            self.fields[name].show_hidden_initial = True

    @staticmethod
    def initial_of(row: Requirement) -> dict[str, Any]:
        """Return what is stored as the form shows it."""
        lists = {name: "\n".join(getattr(row, name)) for name in LISTS}
        version = row.version if row.pk else 0
        return {**lists, "urgency": row.urgency, "start_by": row.start_by, "version": version}

    def values(self) -> dict[str, Any]:
        """Return the values as the service takes them."""
        data = self.cleaned_data
        return {
            **{name: lines_of(data[name]) for name in LISTS},
            "urgency": data["urgency"],
            "start_by": data["start_by"],
        }


class DecisionForm(ReasonForm):
    """Which pathway a large package or one with two carers belongs to."""

    decision = forms.ChoiceField(label="Decision", choices=OwnDecision.choices)
    field_order = ["decision", "reason"]


class ReleaseForm(SeenForm):
    """To whom the package is released."""

    route = forms.ChoiceField(label="To whom", widget=forms.RadioSelect)
    providers = forms.MultipleChoiceField(
        label="Providers",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where you select them or buy on the spot market.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for every way but the tiers in their order.",
    )

    def __init__(
        self, *args: Any, routes: Sequence[Route], candidates: Iterable[Candidate], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route"].choices = [(route.value, route.label) for route in routes]
        self.fields["route"].initial = routes[0].value
        self.fields["providers"].choices = [(str(one.key), one.name) for one in candidates]


class AwardForm(ReasonForm):
    """Give the package to the maker of an offer."""

    offer = forms.IntegerField(widget=forms.HiddenInput)


class GiveForm(ReasonForm):
    """Give the package to a provider without an offer; how it came to be is kept with the award."""

    how = forms.ChoiceField(
        label="How",
        choices=[
            ("chosen", "To a provider of the lot, by your choice"),
            ("spot", "Spot purchase"),
            ("off", "Agreed off the platform"),
        ],
    )
    provider = forms.ChoiceField(label="Provider")
    agreed = forms.DecimalField(
        label="Agreed price",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=8,
        decimal_places=2,
        help_text="In pounds an hour, in a care home a week. A spot purchase always names one.",
    )
    field_order = ["how", "provider", "agreed", "reason"]

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.key), one.name) for one in candidates]
        self.fields["provider"].choices = [("", "Choose a provider"), *choices]

    def agreed_pence(self) -> int | None:
        """Return the agreed price in pence, None where none is named."""
        agreed = self.cleaned_data["agreed"]
        return None if agreed is None else int(agreed * 100)


class ProposalForm(ReasonForm):
    """A decision on the proposal that was on the screen."""

    proposal = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """The answer that everybody asked reads."""

    question = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="Answer", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReadForm(forms.Form):
    """Whose messages were read."""

    provider = forms.IntegerField(widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """A message to one provider about this package."""

    provider = forms.ChoiceField(label="To")
    text = forms.CharField(
        label="Message", max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", "Choose a provider"), *people]


def question_rows(stored: Iterable[OfferQuestion]) -> list[dict[str, Any]]:
    """Return the questions as the form shows them, with empty rows to add some."""
    rows: list[dict[str, Any]] = [
        {"id": str(row.public_id), "text": row.text, "points": points_text(row.most_points)}
        for row in stored
    ]
    return rows + [{"id": "", "text": "", "points": ""} for _ in range(EMPTY_ROWS)]


def points_text(points: Decimal | None) -> str:
    """Return points without idle zeros."""
    return "" if points is None else f"{points.normalize():f}"


def questions_seen(stored: Iterable[OfferQuestion]) -> str:
    """Return what an editor saw of the questions, to tell whether it is still so."""
    return "|".join(f"{row.public_id}:{row.text}:{points_text(row.most_points)}" for row in stored)


def typed_questions(sent: Any) -> list[dict[str, str]]:
    """Return the questions as they were typed."""
    columns = (sent.getlist("question_id"), sent.getlist("text"), sent.getlist("points"))
    return [
        {"id": key, "text": text.strip(), "points": points.strip()}
        for key, text, points in zip(*columns, strict=False)
    ][:MOST_QUESTIONS]


def question_terms(typed: Iterable[Mapping[str, str]]) -> list[QuestionTerms]:
    """Return typed questions as terms: one with points is scored, an emptied one goes."""
    return [
        QuestionTerms(
            text=row["text"],
            scored=bool(row["points"]),
            most_points=decimal_of(row["points"], named=f"The points of “{row['text']}”"),
            public_id=row["id"] or None,
        )
        for row in typed
        if row["text"]
    ]


def decimal_of(text: str, *, named: str) -> Decimal | None:
    """Return a typed number, None for nothing typed."""
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation as refusal:
        raise ValidationError(f"{named} are a number, not “{text}”.") from refusal
    return found
