"""What pages of the admin showed of whom: one line a page, kept for good."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from cms_models.audit.services import record_reads


def note_reads(request: HttpRequest, *, person_of: str, records: Iterable[Any]) -> None:
    """Note whose personal data a page shows; `person_of` is the way from a record to the id."""
    if not person_of:
        return
    people = {attrgetter(person_of)(record) for record in records}
    note_people(request, people)


def note_people(request: HttpRequest, people: Iterable[int]) -> None:
    """Note the people of whom a page shows personal data."""
    record_reads(reader=request.user, people=people, where=request.path, now=timezone.now())
