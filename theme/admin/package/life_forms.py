"""What a person fills in to amend, suspend, transfer, hand back or review a package."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cms_models.accounts.models import User
from cms_models.brokerage.life_domain import MOST_EVIDENCE_BYTES
from cms_models.brokerage.models import HandBackReason, ReviewKind, SuspensionReason
from cms_models.care.patterns import BadPattern, Clause, parse_pattern
from cms_models.care.selectors import ProviderChoice
from theme.admin.package.forms import ChoiceForm, DecisionForm

# Tasks that follow by themselves are not made by hand.
FOLLOWING = frozenset({ReviewKind.OVER_LIMIT, ReviewKind.HAND_BACK})
LONGEST_EVIDENCE_NAME = 120


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


class AmendForm(DecisionForm):
    """Another week from a day on; the version is that of the package on the screen."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    from_day = day_field("First day of the new week")
    pattern = forms.CharField(
        label="Visits of the week",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Such as Mon-Sun 08:00-09:00 30m; Sat,Sun 12:00-13:00 45m x2 medication",
    )
    skills = forms.MultipleChoiceField(
        label="Skills", required=False, widget=forms.CheckboxSelectMultiple
    )
    field_order = ["version", "from_day", "pattern", "skills", "reason"]

    def __init__(self, *args: Any, skills: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["skills"].choices = list(skills)
        if not self.fields["skills"].choices:
            del self.fields["skills"]

    def clean_pattern(self) -> tuple[Clause, ...]:
        """Refuse a pattern that cannot be read, naming the clause."""
        try:
            return parse_pattern(self.cleaned_data["pattern"])
        except BadPattern as refusal:
            raise ValidationError(str(refusal)) from refusal


class SuspendForm(forms.Form):
    """From when care pauses, why, and until when if that is known."""

    starts_on = day_field("First day without care")
    ends_on = day_field(
        "First day of care again", required=False, help_text="Leave empty while nobody knows."
    )
    why = forms.ChoiceField(label="Why", choices=SuspensionReason.choices)
    words = forms.CharField(
        label="In words", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ResumeForm(DecisionForm):
    """From when care is given again."""

    on = day_field("First day of care again")
    review = forms.BooleanField(label="Make a task to look at the care before then", required=False)
    field_order = ["on", "review", "reason"]


class TransferForm(ChoiceForm):
    """To which provider a package goes, and from when."""

    on = day_field("First day with the new provider")
    field_order = ["provider", "on", "reason"]

    def __init__(
        self, *args: Any, choices: Sequence[ProviderChoice], label: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, choices=choices, label=label, **kwargs)
        self.fields["provider"].label = "New provider"


class HandBackForm(forms.Form):
    """A hand-back that a provider told the council of."""

    why = forms.ChoiceField(label="Reason", choices=HandBackReason.choices)
    words = forms.CharField(
        label="What the provider says", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = forms.FileField(
        label="Document that shows it",
        required=False,
        max_length=LONGEST_EVIDENCE_NAME,
        help_text=f"PDF, text or picture, at most {MOST_EVIDENCE_BYTES // 1_000_000} MB",
    )

    def document(self) -> tuple[str, bytes] | None:
        """Return the document's name and content, None where there is none."""
        sent = self.cleaned_data["evidence"]
        if not sent:
            return None
        # One byte more than may be: the service refuses what is too large.
        return sent.name, sent.read(MOST_EVIDENCE_BYTES + 1)


class DecideHandBackForm(DecisionForm):
    """Whether a hand-back is accepted, and why."""

    hand_back = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label="Decision",
        choices=[("accept", "Accept: the notice begins to run"), ("refuse", "Refuse")],
        widget=forms.RadioSelect,
    )
    field_order = ["hand_back", "decision", "reason"]


class ReviewForm(forms.Form):
    """What is looked at, by when and by whom."""

    kind = forms.ChoiceField(
        label="What", choices=[one for one in ReviewKind.choices if one[0] not in FOLLOWING]
    )
    due_on = day_field("Due on")
    who = forms.ChoiceField(label="Who", required=False)
    words = forms.CharField(
        label="What to look at", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, staff: Iterable[User], provider: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [
            ("", "Nobody yet"),
            *([("provider", f"{provider} (its trusted assessor)")] if provider else []),
            ("Staff", [(str(one.pk), str(one)) for one in staff]),
        ]


class DoneForm(forms.Form):
    """What came of a task."""

    task = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.CharField(
        label="What came of it", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
