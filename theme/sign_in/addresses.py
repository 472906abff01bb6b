"""Who knocks: the address a request comes from, and the name it tries."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address a request comes from.

    Each proxy of ours (HOMEWARD_PROXIES) adds one address at the right of X-Forwarded-For; what a
    caller wrote there itself stands further left and is never believed.
    """
    nearest: str = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES < 1:
        return nearest
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return named[-settings.PROXIES] if len(named) >= settings.PROXIES else nearest


def name_tried(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """Return the user name that is tried, in one spelling however it is written."""
    stated = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(stated).strip().casefold()[:150]
