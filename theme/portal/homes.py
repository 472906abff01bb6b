"""Care homes of the provider and their free beds."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.market.homes import set_home, set_vacancy
from cms_models.market.models import CareHome, HomeKind, Vacancy
from theme.portal.answering import PENCE_A_POUND, number_field
from theme.portal.base import FormPage, PortalForm
from theme.portal.showing import pounds


class HomeForm(PortalForm):
    """A care home: where it is and what for."""

    name = forms.CharField(
        label="Name of the home",
        max_length=120,
        error_messages={"required": "Enter the home's name"},
    )
    postcode = forms.CharField(
        label="Postcode",
        max_length=8,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Enter the home's postcode"},
    )
    kinds = forms.MultipleChoiceField(
        label="Registered for",
        choices=HomeKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what the home is registered for"},
    )
    beds = forms.IntegerField(
        label="Beds",
        required=False,
        min_value=1,
        max_value=1000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
    )
    cqc_location_id = forms.CharField(
        label="CQC location ID",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AddHome(FormPage):
    """Adds a care home."""

    section = "organisation"
    page_title = "Add a care home"
    form_class = HomeForm
    submit_label = "Add the home"

    def act(self, form: PortalForm) -> HttpResponse:
        """Add the home."""
        data = dict(form.cleaned_data)
        data.pop("version")
        row = set_home(actor=self.user, provider=self.acting, **data)
        return self.done(f"{row} is added.", "portal:home_page", row.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lead back to the profile."""
        return super().get_context_data(back=reverse("portal:profile"), **kwargs)


class OneHome(FormPage):
    """What the pages about one home share."""

    section = "organisation"

    @cached_property
    def home(self) -> CareHome:
        """The home asked for; another provider's is not found."""
        rows = CareHome.objects.visible_to(self.user).filter(provider=self.acting)
        return get_object_or_404(rows, public_id=self.kwargs["pk"])


class HomePage(OneHome):
    """One home: its free beds, and its details to change."""

    template_name = "theme/portal/home_page.html"
    form_class = HomeForm

    def initial(self) -> dict[str, Any]:
        """Return the home as it is."""
        names = ("name", "postcode", "kinds", "beds", "cqc_location_id", "version")
        return {name: getattr(self.home, name) for name in names}

    def act(self, form: PortalForm) -> HttpResponse:
        """Save the home, unless somebody else did meanwhile."""
        data = dict(form.cleaned_data)
        row = set_home(
            actor=self.user,
            provider=self.acting,
            home=self.home,
            expected_version=data.pop("version"),
            **data,
        )
        return self.done(f"{row} is saved.", "portal:home_page", row.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the home's free beds."""
        beds = Vacancy.objects.visible_to(self.user).filter(home=self.home)
        return super().get_context_data(
            home=self.home,
            beds=[{"row": one, "pounds": pounds(one.weekly_pence)} for one in beds],
            page_title=self.home.name,
            back=reverse("portal:profile"),
            **kwargs,
        )


class BedsForm(PortalForm):
    """Free beds of one kind, and what a week costs."""

    kind = forms.ChoiceField(
        label="Kind of bed",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the kind of bed"},
    )
    free = forms.IntegerField(
        label="Free beds today",
        min_value=0,
        max_value=1000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-3"}),
        error_messages={"required": "Enter how many beds are free"},
    )
    weekly_price = number_field("Price a week", unit="£", most=10_000)

    def __init__(self, *args: Any, home: CareHome, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, words) for kind, words in HomeKind.choices if kind in home.kinds]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class SetBeds(OneHome):
    """States how many beds are free today."""

    page_title = "Free beds"
    form_class = BedsForm

    def make_form(self, *args: Any) -> PortalForm:
        """Return the form for this home's kinds."""
        return BedsForm(*args, home=self.home)

    def act(self, form: PortalForm) -> HttpResponse:
        """State it as at today."""
        row = set_vacancy(
            actor=self.user,
            home=self.home,
            kind=form.cleaned_data["kind"],
            free=form.cleaned_data["free"],
            weekly_pence=round(form.cleaned_data["weekly_price"] * PENCE_A_POUND),
            as_at=self.today,
            today=self.today,
        )
        return self.done(f"{row} is stated.", "portal:home_page", self.home.public_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the home."""
        return super().get_context_data(
            lead=f"{self.home}.",
            back=reverse("portal:home_page", args=[self.home.public_id]),
            **kwargs,
        )
