"""Registering as a provider: an address, a mailed link, an organisation; the council decides."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from cms_models.accounts.models import Authority
from cms_models.market import registration
from cms_models.market.cqc import cqc_suggestions
from cms_models.market.models import ApplicationState, CqcLocation, ProviderApplication
from theme.portal.base import REFUSED, PortalForm, words_field

SEND = "send"


def link_of(token: str) -> str:
    """Return the address of a mailed link."""
    return f"{settings.BASE_URL}{reverse('portal:confirm', args=[token])}"


class OutsidePage(TemplateView):
    """A page with one form for somebody who is not signed in."""

    def answer(self, *, status: int = 200, **context: Any) -> HttpResponse:
        """Return the page."""
        response = self.render_to_response(self.get_context_data(**context), status=status)
        response["Cache-Control"] = "private, no-store"
        return response


class RegisterForm(PortalForm):
    """The e-mail address to register with, and the council where there are several."""

    council = forms.ModelChoiceField(
        Authority.objects.none(),
        label="Council",
        to_field_name="code",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose the council"},
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="We send a link to it. Nothing else is needed to begin.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter your e-mail address",
            "invalid": "Enter an e-mail address, such as office@example.org",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        councils = Authority.objects.order_by("name")
        self.fields["council"].queryset = councils  # type: ignore[attr-defined]
        self.only = councils.first() if councils.count() == 1 else None
        if self.only is not None:
            del self.fields["council"]

    def authority(self) -> Authority:
        """Return the council meant."""
        chosen: Authority = self.only or self.cleaned_data["council"]
        return chosen


class Register(OutsidePage):
    """Begins a registration: it is free, and an e-mail address is enough."""

    template_name = "theme/portal/register.html"
    extra_context = {"page_title": "Register as a provider"}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.answer(form=RegisterForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the link; the answer is the same whether the address is known."""
        form = RegisterForm(request.POST)
        if not form.is_valid():
            return self.answer(form=form, status=REFUSED)
        try:
            registration.start_application(
                authority=form.authority(),
                email=form.cleaned_data["email"],
                now=timezone.now(),
                link_of=link_of,
            )
        except ValidationError as refusal:
            form.refuse(refusal)
            return self.answer(form=form, status=REFUSED)
        return HttpResponseRedirect(reverse("portal:register_sent"))


class RegisterSent(OutsidePage):
    """Says that a link is on its way."""

    template_name = "theme/portal/outside_words.html"
    extra_context = {
        "page_title": "Look into your e-mail",
        "words": [
            "A link to go on with is on its way. It works for two days.",
            "Nothing came? Look among unwanted mail, or begin again in five minutes.",
        ],
    }


class RegisterDone(OutsidePage):
    """Says that the council decides now."""

    template_name = "theme/portal/outside_words.html"
    extra_context = {
        "page_title": "Your registration is with the council",
        "words": [
            "The council looks at it and decides. You are told by e-mail either way.",
            "Once you are accepted you choose a password and sign in here. It costs nothing.",
        ],
    }


class OrganisationForm(PortalForm):
    """The organisation that registers, and its CQC location."""

    name = forms.CharField(
        label="Name of the organisation",
        max_length=120,
        error_messages={"required": "Enter the organisation's name"},
    )
    cqc_location_id = forms.CharField(
        label="CQC location ID",
        max_length=20,
        required=False,
        help_text="Such as 1-123456789. Leave it empty if you have none or do not know it.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    words = words_field("What the council should know", required=False, most=2000, rows=4)
    step = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)


class Confirm(OutsidePage):
    """Behind the mailed link: the organisation, its CQC location and rating, and off it goes."""

    template_name = "theme/portal/confirm.html"
    extra_context = {"page_title": "Your organisation"}

    @cached_property
    def application(self) -> ProviderApplication:
        """The application the link opens."""
        return registration.confirm(token=self.kwargs["secret"], now=timezone.now())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say so where the link no longer works, or where the application was sent already."""
        try:
            state = self.application.state
        except ValidationError as refusal:
            self.template_name = "theme/portal/outside_words.html"
            words = [*refusal.messages, "It costs nothing to begin again."]
            return self.answer(page_title="This link does not work", words=words, status=404)
        if state not in (ApplicationState.CONFIRMED, ApplicationState.STARTED):
            return HttpResponseRedirect(reverse("portal:register_done"))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.answer(form=OrganisationForm(), application=self.application)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the matched location and its rating first, and send on the second look."""
        form = OrganisationForm(request.POST)
        if not form.is_valid():
            return self.answer(form=form, application=self.application, status=REFUSED)
        stated = form.cleaned_data["cqc_location_id"].strip()
        locations = CqcLocation.objects.filter(authority=self.application.authority)
        found = locations.filter(location_id=stated).first() if stated else None
        if form.cleaned_data["step"] == SEND and (found or not stated):
            return self.send(form)
        if stated and found is None:
            form.add_error(
                "cqc_location_id", f"{stated} is not in the CQC's register as the council loaded it"
            )
        return self.answer(
            form=form,
            application=self.application,
            checked=not form.errors,
            location=found,
            suggestions=[] if found else self.suggestions(form),
            status=REFUSED if form.errors else 200,
        )

    def suggestions(self, form: OrganisationForm) -> list[CqcLocation]:
        """Return registered locations that may be meant."""
        return cqc_suggestions(
            authority=self.application.authority, name=form.cleaned_data["name"], most=5
        )

    def send(self, form: OrganisationForm) -> HttpResponse:
        """Hand the application to the council."""
        stated = {name: form.cleaned_data[name] for name in ("name", "cqc_location_id", "words")}
        try:
            registration.submit(token=self.kwargs["secret"], now=timezone.now(), **stated)
        except ValidationError as refusal:
            form.refuse(refusal)
            return self.answer(form=form, application=self.application, status=REFUSED)
        return HttpResponseRedirect(reverse("portal:register_done"))
