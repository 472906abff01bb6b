"""Where reviews live in the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from cms_models.publication.registry import PUBLICATIONS
from theme.admin.review.calendar import ReviewCalendar
from theme.admin.review.queue import ReviewQueue
from theme.admin.review.views import ReviewComment, ReviewPage, ReviewStep


class ReviewItem(MenuItem):
    """A menu item for the roles that see any configuration."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to whoever may view one of the kinds."""
        return any(request.user.may_view(kind.model) for kind in PUBLICATIONS.values())


@hooks.register("register_admin_urls")
def review_urls() -> list[URLPattern]:
    """Return the addresses of the queue, the calendar, a version's review and its steps."""
    one = "review/<slug:kind>/<int:pk>/"
    return [
        path("review/", ReviewQueue.as_view(), name="review_queue"),
        path("review/calendar/", ReviewCalendar.as_view(), name="review_calendar"),
        path(one, ReviewPage.as_view(), name="review_page"),
        path(f"{one}comment/", ReviewComment.as_view(), name="review_comment"),
        path(f"{one}act/<slug:name>/", ReviewStep.as_view(), name="review_step"),
    ]


@hooks.register("register_admin_menu_item")
def review_menu() -> Any:
    """Return the group of the menu."""
    items = [
        ReviewItem(
            "Waiting for approval",
            reverse("review_queue"),
            name="review-queue",
            icon_name="tasks",
            order=1,
        ),
        ReviewItem(
            "What comes into force",
            reverse("review_calendar"),
            name="review-calendar",
            icon_name="calendar-check",
            order=2,
        ),
    ]
    return SubmenuMenuItem("Review", Menu(items=items), name="review", icon_name="tasks", order=650)
