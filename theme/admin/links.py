"""Addresses of the richer pages, where they are installed."""

from typing import Any

from django.urls import NoReverseMatch, reverse


def page_url(name: str, *args: Any) -> str | None:
    """Return a page's address, or None where no screen of that name is registered."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None
