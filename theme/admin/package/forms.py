"""What a person fills in to decide on a package: a reason always."""

from collections.abc import Sequence
from typing import Any

from django import forms

from cms_models.care.domain import hours_words
from cms_models.care.selectors import ProviderChoice


class DecisionForm(forms.Form):
    """A decision with its reason, kept in the audit."""

    reason = forms.CharField(
        label="Reason", max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ProposalForm(DecisionForm):
    """A decision on the proposal that was on the screen."""

    proposal = forms.IntegerField(widget=forms.HiddenInput)


class ChoiceForm(DecisionForm):
    """Another provider than the one proposed."""

    provider = forms.ChoiceField(label="Provider")
    field_order = ["provider", "reason"]

    def __init__(
        self, *args: Any, choices: Sequence[ProviderChoice], label: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        inside = [(one.provider.pk, words(one)) for one in choices if one.place]
        outside = [(one.provider.pk, one.provider.name) for one in choices if not one.place]
        self.fields["provider"].choices = [
            ("", "Choose a provider"),
            *([(label, inside)] if inside else []),
            *([("Outside the lot", outside)] if outside else []),
        ]


def words(choice: ProviderChoice) -> str:
    """Return a provider of the lot as a choice: tier, rank and what is left of its capacity."""
    free = choice.free_minutes_per_week
    if free is None:
        room = "no limit agreed"
    elif free >= 0:
        room = f"{hours_words(free)} a week free"
    else:
        room = f"{hours_words(-free)} a week over its capacity"
    tier = choice.place.get_tier_display().lower() if choice.place else "outside the lot"
    return f"{choice.provider.name} ({tier}, {room})"


class EndForm(DecisionForm):
    """Notice to end a package, or a death; the last paid day follows from the rule."""

    notice_on = forms.DateField(
        label="Notice given on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    died_on = forms.DateField(
        label="Date of death",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Only where the person has died.",
    )
    field_order = ["notice_on", "died_on", "reason"]
