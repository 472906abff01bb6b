"""What every view of a record is built on: rows of another council do not exist."""

from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.filters import WagtailFilterSet

from cms_models.accounts.models import User
from theme.admin.own_fields.reading import OwnFields


def no_lock(record: models.Model) -> str:
    """Return no reason: the record may be edited."""
    return ""


class Scoped:
    """Of a view of one kind of record: rows of another council do not exist (404).

    Wagtail's generic views ask a policy about the model only (wagtail#13314), so every view that
    reads rows takes them from here.
    """

    request: Any
    model: Any
    viewset: Any = None
    index_url_name: Any = ""
    related_fields: Sequence[str] = ()
    heavy_fields: Sequence[str] = ()
    prefetched: Sequence[Any] = ()
    person_of: str = ""
    locked_because: Callable[[models.Model], str] = staticmethod(no_lock)

    @property
    def user(self) -> User:
        """The user who asks."""
        return self.request.user

    @cached_property
    def own_fields(self) -> OwnFields:
        """The council's own fields of this kind of record, read once."""
        return OwnFields.of(self.user, self.model)

    def list_url(self) -> str:
        """Return the address of the list."""
        return reverse(self.index_url_name)

    def rows(self) -> QuerySet:
        """Return the rows the user may see, without their heavy columns."""
        rows = self.model.objects.visible_to(self.user)
        if self.related_fields:  # without names select_related would follow every link
            rows = rows.select_related(*self.related_fields)
        rows = rows.defer(*self.heavy_fields)
        return rows.prefetch_related(*self.prefetched)

    def get_queryset(self) -> QuerySet:
        """Return the rows Django's single-object views choose from."""
        return self.rows()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a role that does not see this kind of record at all."""
        if not self.user.may_view(self.model):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class ScopedFilterSet(WagtailFilterSet):
    """Filters whose choices are rows of the user's own council."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in self.filters.values():
            if isinstance(item, django_filters.ModelChoiceFilter):
                item.queryset = item.queryset.model.objects.visible_to(self.request.user)
