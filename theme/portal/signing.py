"""Signing in and out of the portal, and a password forgotten."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.views.generic import TemplateView

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from theme.portal.base import CHOSEN_PROVIDER, REFUSED, PortalForm, PortalPage, style
from theme.sign_in.views import AskPasswordView, NewPasswordView


class SignInForm(AuthenticationForm, PortalForm):
    """A name and a password; staff are answered as if the password were wrong."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Enter the right user name and password. Both count capitals.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        for field in self.fields.values():
            style(field)

    def confirm_login_allowed(self, user: User) -> None:  # type: ignore[override]
        """Let in people who act for providers: the admin's own sign-in asks staff for more."""
        super().confirm_login_allowed(user)
        if user.role != Role.PROVIDER:
            raise self.get_invalid_login_error()


class SignIn(auth.LoginView):
    """The sign-in page of providers."""

    template_name = "theme/portal/sign_in.html"
    authentication_form = SignInForm
    next_page = reverse_lazy("portal:home")
    extra_context = {"page_title": "Sign in"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Lead a provider who is signed in already to the portal."""
        if getattr(request.user, "role", None) == Role.PROVIDER:
            return redirect("portal:home")
        return super().dispatch(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again, saying what is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=REFUSED)


class SignOut(auth.LogoutView):
    """Ends the session, by POST only."""

    next_page = reverse_lazy("portal:sign_in")


class ForgottenForm(PasswordResetForm, PortalForm):
    """The e-mail address a new password is asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        style(self.fields["email"])

    def get_users(self, email: str) -> Iterable[User]:
        """Return the providers' users with this address, those too who never chose a password."""
        found = User.objects.filter(email__iexact=email, is_active=True, role=Role.PROVIDER)
        return [one for one in found if one.email.casefold() == email.casefold()]


class Forgotten(AskPasswordView):
    """Sends a link to choose a new password; answers alike whether the address is known."""

    template_name = "theme/portal/forgotten.html"
    email_template_name = "theme/portal/forgotten_mail.txt"
    subject_template_name = "theme/portal/forgotten_subject.txt"
    success_url = reverse_lazy("portal:forgotten_sent")
    extra_context = {"page_title": "Choose a new password"}

    def get_form_class(self) -> type[ForgottenForm]:
        """Return the form that knows providers only."""
        return ForgottenForm

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again, saying what is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=REFUSED)


class ForgottenSent(TemplateView):
    """Says that a link is on its way, if the address is known."""

    template_name = "theme/portal/outside_words.html"
    extra_context = {
        "page_title": "Look into your e-mail",
        "words": [
            "If somebody signs in here with that address, a link to choose a new password is on "
            "its way to it.",
            "It works once, for three days. Nothing came? Look among unwanted mail, or write to "
            "the council.",
        ],
    }


class NewPasswordForm(SetPasswordForm, PortalForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style(field)


class NewPassword(NewPasswordView):
    """Chooses a new password by the link of the e-mail."""

    template_name = "theme/portal/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("portal:sign_in")
    extra_context = {"page_title": "Choose a new password"}

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again, saying what is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=REFUSED)

    def get_user(self, uidb64: str) -> User | None:
        """Return the provider's user the link is for; nobody else's link works here."""
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.role == Role.PROVIDER else None


class ChooseProvider(PortalPage):
    """Changes the provider somebody acts for, of those they may act for."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the choice in the session; an id that is not one of theirs changes nothing."""
        wanted = request.POST.get("provider", "")
        if wanted in {str(one.public_id) for one in self.providers}:
            request.session[CHOSEN_PROVIDER] = wanted
        return redirect(reverse("portal:home"))
