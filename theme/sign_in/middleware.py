"""No page of the admin without the second factor, where the council asks for it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cms_models.fields.second_factor import needs_second_factor

# What must open before the second factor: signing in and out, and the factor itself.
OPEN = frozenset(
    {
        "wagtailadmin_login",
        "wagtailadmin_logout",
        "wagtailadmin_password_reset",
        "wagtailadmin_password_reset_done",
        "wagtailadmin_password_reset_confirm",
        "wagtailadmin_password_reset_complete",
        "wagtailadmin_javascript_catalog",
        "wagtailadmin_sprite",
        "second_factor",
    }
)


class SecondFactor:
    """Sends a signed-in member of staff to the second factor until this session has shown it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leave everything to the step before the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponse | None:
        """Ask for the second factor before a page of the admin; anything else is let through."""
        if not request.path.startswith(reverse("wagtailadmin_home")):
            return None
        if request.resolver_match is not None and request.resolver_match.view_name in OPEN:
            return None
        user = request.user
        if not user.is_authenticated or user.is_verified() or not needs_second_factor(user):
            return None
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied("Enter the code of your second factor first, then try again.")
        asked = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('second_factor')}?{asked}")
