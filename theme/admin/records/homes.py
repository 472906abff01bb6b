"""Care homes and their vacancies."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.market.homes import set_home, set_vacancy
from cms_models.market.models import CareHome, HomeKind, Vacancy
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Number, Pounds, Several
from theme.admin.forms import CodesField, PoundsField, RecordForm
from theme.admin.showing import Related


def home_kinds(user: User) -> Any:
    """Return what a home may be registered for."""
    return HomeKind.choices


class CareHomeForm(RecordForm):
    """A care home of a provider's."""

    kinds = CodesField(codes=home_kinds, label="Registered for")

    class Meta(RecordForm.Meta):
        model = CareHome
        fields: ClassVar = ["provider", "name", "postcode", "kinds", "beds", "cqc_location_id"]

    def save_as(self, *, actor: User) -> models.Model:
        """Save the home as the market's service does."""
        stated = {name: self.cleaned_data[name] for name in self.Meta.fields}
        row = set_home(
            actor=actor,
            home=self.instance if self.instance.pk else None,
            expected_version=self.expected_version(),
            **stated,
        )
        return self.save_own(actor=actor, record=row)


VACANCY_CELLS: Sequence[Cell] = (
    Cell("kind", "Kind", lambda row: row.get_kind_display(), sort_key="kind"),
    Number("free", "Free beds", sort_key="free"),
    Pounds("weekly_pence", "A week", sort_key="weekly_pence"),
    Day("as_at", "As at", sort_key="as_at"),
)


class CareHomeViewSet(RecordViewSet):
    """Care homes with what is free in them."""

    model = CareHome
    icon = "home"
    record_form = CareHomeForm
    may_delete = False
    related_fields = ("provider",)
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("provider", "Provider", sort_key="provider__name"),
        Several("kinds", "Registered for"),
        Number("beds", "Beds", sort_key="beds"),
        Cell("postcode", "Postcode", sort_key="postcode"),
        Cell("cqc_location_id", "CQC location ID"),
    )
    list_filter = ["provider"]
    search_fields = ["name", "postcode", "provider__name"]
    introduction = "Residential and nursing placements are offered to homes with a free bed."
    empty = "No care homes yet. Add the first, then say what is free in it."

    def related(self, user: User, record: CareHome) -> list[Related]:
        """Show what is free."""
        rows = list(Vacancy.objects.visible_to(user).filter(home=record))
        return [Related("Vacancies", VACANCY_CELLS, rows, "Nothing is stated as free.")]


class VacancyForm(RecordForm):
    """What is free in a home."""

    weekly_pence = PoundsField(label="Price a week")

    class Meta(RecordForm.Meta):
        model = Vacancy
        fields: ClassVar = ["home", "kind", "free", "weekly_pence", "as_at"]
        labels: ClassVar = {"as_at": "As at"}
        widgets: ClassVar = {"kind": forms.Select}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.fields["home"].disabled = self.fields["kind"].disabled = True

    def save_as(self, *, actor: User) -> models.Model:
        """Save the vacancy as the market's service does."""
        stated = {name: self.cleaned_data[name] for name in self.Meta.fields}
        row = set_vacancy(
            actor=actor,
            expected_version=self.expected_version(),
            today=timezone.localdate(),
            **stated,
        )
        return self.save_own(actor=actor, record=row)


class VacancyViewSet(RecordViewSet):
    """Free beds by home and kind."""

    model = Vacancy
    icon = "circle-check"
    record_form = VacancyForm
    related_fields = ("home", "home__provider")
    cells: Sequence[Cell] = (
        Cell("home", "Home", sort_key="home__name"),
        Cell("provider", "Provider", "home.provider.name"),
        *VACANCY_CELLS,
    )
    list_filter = ["kind", "home"]
    search_fields = ["home__name"]
    empty = "No vacancies yet. Homes state them in the portal, or you add what they told you."
