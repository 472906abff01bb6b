"""What waits for somebody's approval, and the drafts that could."""

from typing import Any

from django.utils import timezone
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms_models.publication.models import Publishable
from cms_models.publication.selectors import drafts_of, waiting_for_approval
from theme.admin.review.gate import ReviewGate
from theme.admin.review.words import version_words


class ReviewQueue(ReviewGate, WagtailAdminTemplateMixin, TemplateView):
    """Every kind of configuration that waits, the one that begins soonest in front."""

    template_name = "theme/review/queue.html"
    page_title = "Waiting for approval"
    header_icon = "tasks"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Divide what waits into what this person may decide and what others must."""
        user, today = self.request.user, timezone.localdate()
        waiting = waiting_for_approval(user)
        own = [row for row in waiting if not self.may_decide(row)]
        theirs = [row for row in waiting if self.may_decide(row)]
        return super().get_context_data(
            to_decide=[version_words(row, on=today) for row in theirs],
            to_watch=[version_words(row, on=today) for row in own],
            drafts=[version_words(row, on=today) for row in drafts_of(user)],
            **kwargs,
        )

    def may_decide(self, version: Publishable) -> bool:
        """Return whether this person may approve a version."""
        user = self.request.user
        return user.may("publish", type(version)) and version.submitted_by_id != user.pk
