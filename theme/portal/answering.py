"""A provider answers: it offers, declines, or takes its offer back."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cms_models.brokerage.domain import MOST_WORDS, OfferTerms
from cms_models.brokerage.models import DeclineReason
from cms_models.brokerage.services import offers
from theme.portal.base import REFUSED, FormPage, PortalForm, day_field, style, words_field
from theme.portal.packages import InvitationPage, PackagePage

MINUTES_AN_HOUR, PENCE_A_POUND = 60, 100


def number_field(label: str, *, unit: str, most: int, hint: str = "", **more: Any) -> Any:
    """Return a field for an amount with at most two decimals."""
    field = forms.DecimalField(
        label=label,
        max_value=most,
        max_digits=10,
        decimal_places=2,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-5"}),
        error_messages={
            "required": f"{label}: enter a number",
            "invalid": f"{label}: enter a number, such as 3.5",
        },
        **more,
    )
    field.unit = unit  # type: ignore[attr-defined]
    return field


class OfferForm(PortalForm):
    """An offer: start, capacity, conditions, a price where one may be named, answers."""

    starts_on = day_field("First day of care")
    weekly_hours = number_field("Capacity", unit="hours a week", most=2000)
    price = number_field("Price", unit="£", most=1_000_000, required=False)
    conditions = words_field("Conditions", required=False, most=MOST_WORDS, rows=3)

    def __init__(self, *args: Any, package: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions, self.needed = package["questions"], package["weekly_minutes"]
        if package["start_by"]:
            self.fields[
                "starts_on"
            ].help_text = f"Care must begin by {package['start_by']:%-d %B %Y}."
        if self.needed:
            hint = f"The package needs {package['hours']} a week."
            self.fields["weekly_hours"].help_text = hint
        else:
            del self.fields["weekly_hours"]
        self.fields["conditions"].help_text = "Leave out names, telephone numbers and addresses."
        if package["names_price"]:
            self.fields["price"].help_text = f"In pounds {package['price_unit']}."
        else:
            del self.fields["price"]
        for one in self.questions:
            hint = f"Scored, {one['most_points']:f} points at most." if one["scored"] else ""
            missing = f"Answer the question “{one['text']}”"
            answer = words_field(one["text"], most=MOST_WORDS, rows=3, hint=hint, missing=missing)
            style(answer)
            self.fields[f"answer_{one['id']}"] = answer

    def terms(self) -> OfferTerms:
        """Return the offer as the service wants it."""
        data = self.cleaned_data
        price: Decimal | None = data.get("price")
        return OfferTerms(
            starts_on=data["starts_on"],
            weekly_minutes=round(data["weekly_hours"] * MINUTES_AN_HOUR) if self.needed else 0,
            conditions=data["conditions"],
            price_pence=None if price is None else round(price * PENCE_A_POUND),
            answers={one["id"]: data[f"answer_{one['id']}"] for one in self.questions},
        )


class AnswerPage(InvitationPage, FormPage):
    """A page that answers about one package; a closed one shows what came of it."""

    template_name = "theme/portal/form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form while the package is open."""
        if self.row is None:
            return self.closed_page()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer; after the decision or the clock the page says so."""
        if self.row is None:
            return self.closed_page()
        return super().post(request, *args, **kwargs)

    def closed_page(self) -> HttpResponse:
        """Show the outcome: a late or repeated answer changes nothing."""
        page = PackagePage()
        page.setup(self.request, **self.kwargs)
        late = self.request.method == "POST"
        return page.closed(status=REFUSED if late else 200, late=late)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the package."""
        package = self.row or {}
        return super().get_context_data(
            package=package,
            back=reverse("portal:package", args=[self.invitation.public_id]),
            lead=f"Package {package.get('reference', '')}. {package.get('clock_words', '')}",
            **kwargs,
        )


class MakeOffer(AnswerPage):
    """Makes an offer; one stands at a time."""

    page_title = "Make an offer"
    template_name = "theme/portal/offer.html"
    form_class = OfferForm
    submit_label = "Send the offer"

    def make_form(self, *args: Any) -> PortalForm:
        """Return the form for this package's questions and price."""
        return OfferForm(*args, initial=self.initial(), package=self.row or {})

    def initial(self) -> dict[str, Any]:
        """Begin with the capacity the package needs."""
        minutes = Decimal((self.row or {}).get("weekly_minutes", 0))
        hours = (minutes / MINUTES_AN_HOUR).quantize(Decimal("0.01"))
        return {"weekly_hours": f"{hours.normalize():f}"}

    def act(self, form: PortalForm) -> HttpResponse:
        """Make the offer."""
        terms = form.terms()  # type: ignore[attr-defined]
        offers.make_offer(actor=self.user, invitation=self.invitation, terms=terms, now=self.now)
        return self.done("Your offer is sent.", "portal:package", self.invitation.public_id)


class DeclineForm(PortalForm):
    """Why a provider does not offer."""

    reason = forms.ChoiceField(
        label="Why do you decline?",
        choices=DeclineReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why you decline"},
    )
    words = words_field("More about it", required=False, most=300, rows=3)


class Decline(AnswerPage):
    """Says that the provider does not offer, and why."""

    page_title = "Decline"
    form_class = DeclineForm
    submit_label = "Decline the package"

    def act(self, form: PortalForm) -> HttpResponse:
        """Decline."""
        offers.decline(
            actor=self.user, invitation=self.invitation, now=self.now, **form.cleaned_data
        )
        return self.done("You declined the package.", "portal:packages")


class WithdrawForm(PortalForm):
    """Why an offer is taken back."""

    reason = words_field(
        "Why do you withdraw it?", most=300, rows=3, missing="Say why you withdraw it"
    )


class Withdraw(AnswerPage):
    """Takes back the offer that stands."""

    page_title = "Withdraw your offer"
    form_class = WithdrawForm
    submit_label = "Withdraw the offer"

    def act(self, form: PortalForm) -> HttpResponse:
        """Withdraw."""
        offer = self.standing_offer()
        if offer is None:
            raise ValidationError("No offer of yours stands: it was withdrawn before.")
        offers.withdraw_offer(
            actor=self.user, offer=offer, reason=form.cleaned_data["reason"], now=self.now
        )
        return self.done("Your offer is withdrawn.", "portal:package", self.invitation.public_id)
