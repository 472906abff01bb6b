"""Where the own second factor is found: among the pages of one's account."""

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks


@hooks.register("register_account_menu_item")
def second_factor_item(request: HttpRequest) -> dict[str, str]:
    """Lead to the own second factor and its recovery codes."""
    return {
        "url": reverse("second_factor_own"),
        "label": "Second factor",
        "help_text": "Your authenticator app and recovery codes.",
    }
