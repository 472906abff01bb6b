"""What the portal's pages share: the door for providers, the provider acted for, forms."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import StaleEdit
from cms_models.brokerage.models import Message
from cms_models.market.models import Provider

CHOSEN_PROVIDER = "portal_provider"
REFUSED = 422


class PortalPage(TemplateView):
    """A page for somebody who acts for a provider; anybody else is sent to sign in or refused."""

    section = ""
    page_title = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in providers only: staff have the admin, and a new provider waits for the council."""
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path(), reverse("portal:sign_in"))
        if user.role != Role.PROVIDER or not user.is_active:
            return render(request, "theme/portal/not_for_you.html", status=403)
        if self.provider is None:
            return render(request, "theme/portal/waiting.html", status=403)
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Http404:
            # Another provider's, another council's and nobody's are answered alike.
            response = render(request, "theme/portal/not_found.html", status=404)
        # What a provider saw is not kept by a browser or a cache: access may end with a decision.
        response["Cache-Control"] = "private, no-store"
        return response

    @cached_property
    def user(self) -> User:
        """Who is signed in."""
        found = self.request.user
        if not isinstance(found, User):
            raise PermissionDenied("Sign in first.")
        return found

    @cached_property
    def now(self) -> datetime:
        """The server's time, one for the whole page."""
        return timezone.now()

    @property
    def today(self) -> date:
        """The day it is here."""
        return timezone.localdate(self.now)

    @cached_property
    def providers(self) -> list[Provider]:
        """Every provider the user acts for."""
        return list(Provider.objects.visible_to(self.user).select_related("authority"))

    @cached_property
    def provider(self) -> Provider | None:
        """The provider the user acts for now: the one chosen, or the first."""
        chosen = self.request.session.get(CHOSEN_PROVIDER)
        by_id = {str(one.public_id): one for one in self.providers}
        return by_id.get(chosen) or (self.providers[0] if self.providers else None)

    @property
    def acting(self) -> Provider:
        """The provider acted for, where the door has made sure of one."""
        if self.provider is None:
            raise PermissionDenied("You act for no provider yet.")
        return self.provider

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the frame of every page shows."""
        unread = Message.objects.visible_to(self.user).filter(
            provider=self.acting, from_provider=False, read_at=None
        )
        frame = {
            "provider": self.acting,
            "providers": self.providers,
            "section": self.section,
            "page_title": self.page_title,
            "now": self.now,
            "unread": unread.count(),
        }
        return super().get_context_data(**{**frame, **kwargs})

    def done(self, words: str, to: str, *args: Any) -> HttpResponseRedirect:
        """Say what was done on the next page."""
        messages.success(self.request, words)
        return HttpResponseRedirect(reverse(to, args=args))


class PortalForm(forms.Form):
    """A form in the style of the portal: errors listed on top, each leading to its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style(field)

    @property
    def listed_errors(self) -> list[tuple[str, str]]:
        """Where each error leads (the id of its field, or nothing) and its words."""
        return [
            ("" if name == "__all__" else self[name].id_for_label or f"id_{name}_0", words)
            for name, found in self.errors.items()
            for words in found
        ]

    def refuse(self, refusal: Exception) -> None:
        """Show why a service refused: at the field it names, or on top."""
        if not isinstance(refusal, ValidationError):
            self.add_error(None, str(refusal) or "You may not do this.")
            return
        named = getattr(refusal, "error_dict", None) or {}
        if named and set(named) <= set(self.fields):
            self.add_error(None, refusal)
        else:
            self.add_error(None, list(refusal.messages))


STYLES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.Textarea, "govuk-textarea"),
    (forms.Select, "govuk-select"),
    (forms.ClearableFileInput, "govuk-file-upload"),
    (forms.widgets.Input, "govuk-input"),
)


def style(field: forms.Field) -> None:
    """Give a field's input the class of its kind."""
    widget = field.widget
    kind = next((name for type_, name in STYLES if isinstance(widget, type_)), "")
    own = widget.attrs.get("class", "")
    widget.attrs["class"] = f"{kind} {own}".strip()
    if isinstance(widget, forms.Textarea):
        widget.attrs["rows"] = widget.attrs.get("data-rows", 5)


def day_field(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    """Return a field for one day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date", "class": "govuk-input--width-10"}
        ),
        error_messages={
            "required": f"{label}: enter a day",
            "invalid": f"{label}: enter a real day, such as 2026-11-30",
        },
    )


def words_field(
    label: str,
    *,
    required: bool = True,
    most: int = 4000,
    hint: str = "",
    rows: int = 5,
    missing: str = "",
) -> forms.CharField:
    """Return a field for some words."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=hint,
        widget=forms.Textarea(attrs={"data-rows": rows}),
        error_messages={"required": missing or f"{label}: enter something"},
    )


class FormPage(PortalPage):
    """A page with one form: what was typed stays when it is refused."""

    template_name = "theme/portal/form.html"
    form_class: type[PortalForm] = PortalForm
    submit_label = "Save"

    def initial(self) -> dict[str, Any]:
        """Return what the form begins with."""
        return {}

    def make_form(self, *args: Any) -> PortalForm:
        """Return the form, filled with what was sent if anything was."""
        return self.form_class(*args, initial=self.initial())

    def act(self, form: PortalForm) -> HttpResponse:
        """Do what the form asks by one service call."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Act on the form, or show it again with what is wrong."""
        form = self.make_form(request.POST, request.FILES)
        if form.is_valid():
            try:
                return self.act(form)
            except (ValidationError, PermissionDenied, StaleEdit) as refusal:
                form.refuse(refusal)
        return self.render_to_response(self.get_context_data(form=form), status=REFUSED)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, empty at first."""
        if "form" not in kwargs:
            kwargs["form"] = self.make_form()
        kwargs.setdefault("submit_label", self.submit_label)
        return super().get_context_data(**kwargs)
