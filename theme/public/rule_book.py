"""A council's rule book: open to everybody, every edition, any day."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from cms_models.accounts.models import Authority
from cms_models.rulebook.domain import changes_between
from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.selectors import edition_asked, edition_before
from theme.admin.pages import date_asked


class RuleBookPage(TemplateView):
    """The edition in force, one by its number, or the one that held on a day (`?on=`)."""

    template_name = "theme/public/rule_book.html"

    @cached_property
    def authority(self) -> Authority:
        """The council whose book it is."""
        return get_object_or_404(Authority, code=self.kwargs["council"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find the edition and what it changed."""
        asked = self.request.GET.get("on")
        day = date_asked(asked)
        editions = RuleBookEdition.objects.visible_to(self.request.user).filter(
            authority=self.authority
        )
        edition = edition_asked(editions, number=self.kwargs.get("number"), on=day)
        if edition is None and "number" in self.kwargs:
            raise Http404("No such edition.")
        earlier = edition_before(edition) if edition else None
        return super().get_context_data(
            authority=self.authority,
            edition=edition,
            earlier=earlier,
            changes=(
                changes_between(earlier.chapters, edition.chapters) if edition and earlier else []
            ),
            editions=editions.defer("chapters"),
            on=day,
            refused=asked if asked and day is None else "",
            **kwargs,
        )
