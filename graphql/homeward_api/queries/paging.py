"""One page of a list of the caller's, whatever it is of."""

from typing import Any

from django.db.models import QuerySet

from homeward_api.connections import Cursors, Page, Sort
from homeward_api.execution import Ask


def page(
    field: str,
    rows: QuerySet,
    *,
    ask: Ask,
    read: Any,
    sort: Sort,
    first: int | None,
    after: str | None,
) -> Page:
    """Return a page of rows, read as plain ones."""
    cursors = Cursors(field=field, user=ask.user, sort=sort)
    return Page(rows, read=read, cursors=cursors, first=first, after=after)
