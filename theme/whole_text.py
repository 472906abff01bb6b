"""Refuses, before any page reads it, a request with a character no database keeps."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse

NUL = "\0"
PORTAL = "/portal/"
REFUSAL = (
    "This request holds a NUL character, which no text here may have. Go back, take it out and "
    "send it again."
)


class WholeText:
    """Answers 400 where an address, a query or a form of either door holds a NUL character."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse before the view begins; the form was read already, to know where it comes from."""
        doors = (reverse("wagtailadmin_home"), PORTAL)
        if not request.path_info.startswith(doors):
            return None
        if NUL in request.path_info or _holds_nul(request.GET) or _holds_nul(request.POST):
            return HttpResponseBadRequest(REFUSAL, content_type="text/plain; charset=utf-8")
        return None


def _holds_nul(sent: Any) -> bool:
    return any(
        NUL in name or any(NUL in value for value in values) for name, values in sent.lists()
    )
