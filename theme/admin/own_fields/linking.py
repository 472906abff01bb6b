"""Which records a link may lead to: all of them when they are few, else found by their words."""

from django.db import models
from django.db.models import Q, QuerySet

from cms_models.fields.own.selectors import names_of, with_names

OFFERED_MOST = 300
NAMED_MOST = 5


def offered(rows: QuerySet) -> dict[int, str] | None:
    """Return the names of all records by number, None when they are too many to offer."""
    few = names_of(rows[: OFFERED_MOST + 1])
    return few if len(few) <= OFFERED_MOST else None


def matching_rows(rows: QuerySet, text: str) -> QuerySet:
    """Return the records that hold every word of a text somewhere in their own short texts."""
    names = [
        field.name
        for field in rows.model._meta.concrete_fields
        if isinstance(field, models.CharField) and not field.choices
    ]
    for word in text.split()[:8]:
        query = Q()
        for name in names:
            query |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(query)
    return with_names(rows)


def found_by(rows: QuerySet, text: str) -> int | str:
    """Return the number of the one record a text means, or why it means none or several."""
    if text.isdecimal() and len(text) < 16:
        number = rows.filter(pk=int(text)).values_list("pk", flat=True).first()
        if number is not None:
            return int(number)
    found = list(matching_rows(rows, text)[: NAMED_MOST + 1])
    exact = [row for row in found if str(row).casefold() == text.casefold()]
    if len(exact) == 1 or len(found) == 1:
        return int((exact or found)[0].pk)
    if not found:
        return f"Nothing is found for “{text[:60]}”."
    named = "; ".join(f"{row.pk} for {row}" for row in found[:NAMED_MOST])
    return f"Several are found for “{text[:60]}”. Type the number: {named}."
