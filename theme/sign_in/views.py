"""Pages of signing in: the second factor, a new password, and the wait after wrong passwords."""

from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.contrib.auth.views import RedirectURLMixin
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django_otp import login as remember_device
from wagtail.admin.views.account import PasswordResetConfirmView, PasswordResetView

from cms_models.audit import second_factors
from cms_models.audit.second_factors import TooManyCodes
from cms_models.audit.services import record
from theme.sign_in.addresses import client_address

ENTER = "wagtailadmin.access_admin"
MAILS_AN_HOUR = 5
HOUR_SECONDS = 3600


class CodeForm(forms.Form):
    """A code of the app, or one of the recovery codes."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


@method_decorator(never_cache, name="dispatch")
class SecondFactorView(PermissionRequiredMixin, RedirectURLMixin, View):
    """Asks for a code of the user's app; without an app, lets them enrol one first."""

    permission_required = ENTER
    next_page = reverse_lazy("wagtailadmin_home")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the field for the code, with the app's square before there is an app."""
        if request.user.is_verified():
            return redirect(self.get_success_url())
        return self._page(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the code; a first one enrols the app and shows the recovery codes once."""
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=400)
        enrolling = second_factors.app_of(request.user) is None
        take = second_factors.confirm_enrolment if enrolling else second_factors.verify
        try:
            device = take(user=request.user, code=form.cleaned_data["code"])
        except ValidationError as refusal:
            form.add_error("code", refusal)
            return self._page(form, status=429 if isinstance(refusal, TooManyCodes) else 400)
        request.session.cycle_key()
        remember_device(request, device)
        return self._codes() if enrolling else redirect(self.get_success_url())

    def _page(self, form: CodeForm, *, status: int = 200) -> HttpResponse:
        said: dict[str, Any] = {"form": form, "next": self.get_redirect_url()}
        if second_factors.app_of(self.request.user) is None:
            device = second_factors.begin_enrolment(user=self.request.user)
            square = segno.make(device.config_url, error="m")
            said["square"] = square.svg_data_uri(scale=5, border=3)
            said["key"] = _in_fours(device.config_url)
        return render(self.request, "theme/sign_in/second_factor.html", said, status=status)

    def _codes(self) -> HttpResponse:
        codes = second_factors.new_recovery_codes(user=self.request.user)
        said = {"codes": codes, "next": self.get_success_url()}
        return render(self.request, "theme/sign_in/recovery_codes.html", said)


def _in_fours(url: str) -> str:
    """Return the app's key as people type it, from the address the square holds."""
    key = url.partition("secret=")[2].partition("&")[0]
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@method_decorator(never_cache, name="dispatch")
class OwnSecondFactorView(PermissionRequiredMixin, View):
    """One's own second factor: since when, how many recovery codes are left, and new ones."""

    permission_required = ENTER

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say how the second factor stands."""
        said = {
            "app": second_factors.app_of(request.user),
            "left": second_factors.recovery_codes_left(request.user),
        }
        return render(request, "theme/sign_in/own.html", said)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make ten new recovery codes and show them once."""
        if second_factors.app_of(request.user) is None:
            return redirect("second_factor")
        codes = second_factors.new_recovery_codes(user=request.user)
        said = {"codes": codes, "next": reverse("second_factor_own")}
        return render(request, "theme/sign_in/recovery_codes.html", said)


class AskPasswordView(PasswordResetView):
    """Mails a link for a new password, a few times an hour and never saying who is known."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the mail unless this name or address asked too often already."""
        named = form.cleaned_data["email"].casefold()
        if all([_within(named), _within(client_address(self.request))]):
            return super().form_valid(form)
        return redirect(self.get_success_url())


def _within(key: str) -> bool:
    """Count one more mail asked for under a key and return whether it may still be sent."""
    name = f"password-mails:{key}"
    cache.add(name, 0, HOUR_SECONDS)
    try:
        return cache.incr(name) <= MAILS_AN_HOUR
    except ValueError:  # it ran out in between
        return True


class NewPasswordView(PasswordResetConfirmView):
    """Sets the password a mailed link asks for, with its audit entry."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password and say on file that it was reset by mail."""
        answer = super().form_valid(form)
        if self.user.authority_id is not None:
            record(actor=self.user, action="reset_password", subject=self.user)
        return answer


def locked(request: HttpRequest, answer: HttpResponse | None, credentials: Any) -> HttpResponse:
    """Say in words that too many passwords were wrong, and how long to wait."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    page = render(request, "theme/sign_in/locked.html", {"minutes": minutes}, status=429)
    page["Retry-After"] = str(60 * minutes)
    return page
