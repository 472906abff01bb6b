"""What a provider states of itself: profile, documents, lots and capacity."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.care.domain import hours_words
from cms_models.market import registration
from cms_models.market.models import (
    CareHome,
    DeclaredCapacity,
    DocumentKind,
    Lot,
    ProviderDocument,
)
from cms_models.market.provider_selectors import own_lots
from theme.admin.pages import download
from theme.portal.answering import MINUTES_AN_HOUR, number_field
from theme.portal.base import FormPage, PortalForm, PortalPage, day_field

MOST_BYTES = 5 * 1024 * 1024
ACCEPTED = (".pdf", ".png", ".jpg", ".jpeg", ".docx")
SOON = timedelta(days=30)


class Profile(PortalPage):
    """The organisation as the council knows it."""

    section = "organisation"
    page_title = "Your organisation"
    template_name = "theme/portal/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add documents, lots with places and declared capacity, and homes."""
        own = {"provider": self.acting}
        papers = ProviderDocument.objects.visible_to(self.user).filter(**own, replaced=False)
        homes = CareHome.objects.visible_to(self.user).filter(**own)
        return super().get_context_data(
            papers=[self.paper(row) for row in papers.defer("content")],
            lots=self.lots(),
            homes=homes.prefetch_related("vacancies"),
            **kwargs,
        )

    def paper(self, row: ProviderDocument) -> dict[str, Any]:
        """Return a document with how its validity stands."""
        today = self.today
        over = row.expires_on is not None and row.expires_on <= today
        soon = row.expires_on is not None and not over and row.expires_on <= today + SOON
        return {"row": row, "over": over, "soon": soon}

    def lots(self) -> list[dict[str, Any]]:
        """Return the lots the acting provider holds a place in, with what it declared."""
        today = self.today
        declared = capacities(self)
        ids = dict(Lot.objects.visible_to(self.user).values_list("pk", "public_id"))
        found = []
        for lot in own_lots(user=self.user, on=today):
            places = [
                place
                for place in lot["places"]
                if place.provider_id == self.acting.pk and place.terms.in_force(today)
            ]
            for place in places:
                agreed = place.capacity_minutes_per_week
                said = declared.get(place.lot_id)
                found.append(
                    {
                        **lot,
                        "place": place,
                        "agreed": "no limit" if agreed is None else hours_words(agreed),
                        "declared": said,
                        "declared_hours": hours_words(said.minutes_per_week) if said else "",
                        "lot_id": ids[place.lot_id],
                    }
                )
        return found


def capacities(page: PortalPage) -> dict[int, DeclaredCapacity]:
    """Return what the acting provider declared last for each lot."""
    rows = DeclaredCapacity.objects.visible_to(page.user).filter(provider=page.acting)
    return {row.lot_id: row for row in rows.order_by("from_day", "pk")}


class DocumentForm(PortalForm):
    """A document with the day it stops being valid."""

    kind = forms.ChoiceField(label="Kind of document", choices=DocumentKind.choices)
    file = forms.FileField(
        label="File",
        max_length=120,
        help_text="PDF, PNG, JPEG or Word (.docx), at most 5 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ACCEPTED)}),
        error_messages={
            "required": "Choose a file",
            "empty": "The file is empty: choose another",
            "max_length": "The file's name is longer than 120 characters: shorten it",
        },
    )
    expires_on = day_field(
        "Valid until", required=False, hint="The first day it is no longer valid, if it ends."
    )

    def clean_file(self) -> Any:
        """Refuse a file too large before it is read."""
        sent = self.cleaned_data["file"]
        if sent.size > MOST_BYTES:
            raise forms.ValidationError(
                f"{sent.name} is larger than 5 MB: send a smaller scan of it."
            )
        return sent


class AddDocument(FormPage):
    """Sends the council a document; one of the same kind before it is replaced."""

    section = "organisation"
    page_title = "Add a document"
    form_class = DocumentForm
    submit_label = "Send the document"

    def act(self, form: PortalForm) -> HttpResponse:
        """Keep the document."""
        sent = form.cleaned_data["file"]
        registration.add_document(
            actor=self.user,
            provider=self.acting,
            kind=form.cleaned_data["kind"],
            name=sent.name,
            content=sent.read(),
            expires_on=form.cleaned_data["expires_on"],
        )
        return self.done("The document is kept.", "portal:profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lead back to the profile."""
        return super().get_context_data(back=reverse("portal:profile"), **kwargs)


class OwnDocument(PortalPage):
    """A document of the provider's own, as it was sent."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file as a download."""
        rows = ProviderDocument.objects.visible_to(self.user).filter(provider=self.acting)
        row = get_object_or_404(rows, public_id=kwargs["pk"])
        return download(row.name, bytes(row.content))


class CapacityForm(PortalForm):
    """What a provider can take in a lot, and from when."""

    weekly_hours = number_field("Hours a week you can take", unit="hours a week", most=100_000)
    from_day = day_field("From")
    words = forms.CharField(label="More about it", max_length=200, required=False)


class DeclareCapacity(FormPage):
    """Says how many hours a week the provider can take in a lot."""

    section = "organisation"
    page_title = "Declare capacity"
    form_class = CapacityForm
    submit_label = "Declare"

    @cached_property
    def lot(self) -> Lot:
        """The lot asked for, in which the acting provider holds a place."""
        rows = Lot.objects.visible_to(self.user).filter(awards__provider=self.acting).distinct()
        return get_object_or_404(rows, public_id=self.kwargs["pk"])

    def initial(self) -> dict[str, Any]:
        """Begin with what was declared last, from today."""
        said = capacities(self).get(self.lot.pk)
        hours = "" if said is None else f"{said.minutes_per_week / MINUTES_AN_HOUR:g}"
        return {"weekly_hours": hours, "from_day": self.today}

    def act(self, form: PortalForm) -> HttpResponse:
        """Declare it."""
        data = form.cleaned_data
        registration.declare_capacity(
            actor=self.user,
            provider=self.acting,
            lot=self.lot,
            minutes_per_week=round(data["weekly_hours"] * MINUTES_AN_HOUR),
            from_day=data["from_day"],
            words=data["words"],
        )
        return self.done(f"Your capacity in {self.lot} is declared.", "portal:profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the lot."""
        return super().get_context_data(
            lead=f"Lot {self.lot}", back=reverse("portal:profile"), **kwargs
        )
