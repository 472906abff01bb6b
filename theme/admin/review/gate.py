"""Who enters the pages of a review, and which version they are about."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import View

from cms_models.publication.models import Publishable
from cms_models.publication.registry import PUBLICATIONS, Publication, publication_named
from theme.admin.pages import RoleGate

PEOPLE = ("authority", "submitted_by", "approved_by")


class ReviewGate(View):
    """A page about every kind of configuration, for roles that see at least one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse a role that sees no configuration at all."""
        if not any(request.user.may_view(kind.model) for kind in PUBLICATIONS.values()):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class OneVersion(RoleGate):
    """A view of one version of one kind; another council's is not found."""

    publication: Publication

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the kind that the address names."""
        super().setup(request, *args, **kwargs)
        found = publication_named(self.kwargs["kind"])
        if found is None:
            raise Http404
        self.publication, self.model = found, found.model

    @cached_property
    def version(self) -> Publishable:
        """The version, if this user may see it."""
        rows: models.QuerySet = self.model.objects.visible_to(self.request.user)  # type: ignore[attr-defined]
        version: Publishable = get_object_or_404(rows.select_related(*PEOPLE), pk=self.kwargs["pk"])
        return version
