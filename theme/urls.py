"""Doors of Wagtail's that Homeward keeps shut, in front of the admin's own addresses.

Its pages, images, documents, snippets, groups and users know nothing of councils: the users' list
would show every council's. Homeward's own screens replace what is needed of them.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path

CLOSED = (
    "api",
    "api-tokens",
    "block-preview",
    "bulk",
    "choose-anchor-link",
    "choose-email-link",
    "choose-external-link",
    "choose-page",
    "choose-phone-link",
    "collections",
    "documents",
    "editing-sessions",
    "failwhale",
    "groups",
    "images",
    "locales",
    "pages",
    "reports",
    "snippets",
    "tag-autocomplete",
    "test404",
    "users",
    "workflows",
)


def closed(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
    """Answer that nothing is here."""
    raise Http404("Homeward has no such page.")


urlpatterns = [
    path("", include("theme.sign_in.urls")),
    re_path(rf"^(?:{'|'.join(CLOSED)})/", closed, name="closed"),
]
