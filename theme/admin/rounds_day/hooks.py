"""Where the rounds of a day live in the admin."""

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms_models.rounds.models import PlanRun
from theme.admin.rounds_day.moving import LeaveOut, MoveVisit, PinVisit, ReplanDay, VisitOptions
from theme.admin.rounds_day.studies import PlanWeek, PricePage, PriceRules, ScorePage, WeekPage
from theme.admin.rounds_day.views import DayProgress, PlanDay, PublishRounds, RoundsDayPage


class RoundsDayItem(MenuItem):
    """The menu's way to the day, for roles that see rounds."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Show it to roles that may view plan runs."""
        return request.user.may_view(PlanRun)


@hooks.register("register_admin_urls")
def rounds_day_urls() -> list[URLPattern]:
    """Return the addresses of the day, what may be done to it, and the pages that look closer."""
    return [
        path("rounds-day/", RoundsDayPage.as_view(), name="rounds_day_page"),
        path("rounds-day/plan/", PlanDay.as_view(), name="rounds_day_plan"),
        path("rounds-day/progress/", DayProgress.as_view(), name="rounds_day_progress"),
        path("rounds-day/<int:pk>/", RoundsDayPage.as_view(), name="rounds_day_page"),
        path("rounds-day/replan/", ReplanDay.as_view(), name="rounds_day_replan"),
        path("rounds-day/price/", PricePage.as_view(), name="rounds_day_price"),
        path("rounds-day/price/find/", PriceRules.as_view(), name="rounds_day_price_find"),
        path("rounds-day/week/", WeekPage.as_view(), name="rounds_day_week"),
        path("rounds-day/week/plan/", PlanWeek.as_view(), name="rounds_day_week_plan"),
        path("rounds-day/<int:pk>/publish/", PublishRounds.as_view(), name="rounds_day_publish"),
        path("rounds-day/<int:pk>/score/", ScorePage.as_view(), name="rounds_day_score"),
        path("rounds-day/<int:pk>/options/", VisitOptions.as_view(), name="rounds_day_options"),
        path("rounds-day/<int:pk>/move/", MoveVisit.as_view(), name="rounds_day_move"),
        path("rounds-day/<int:pk>/leave-out/", LeaveOut.as_view(), name="rounds_day_leave_out"),
        path("rounds-day/<int:pk>/pin/", PinVisit.as_view(), name="rounds_day_pin"),
    ]


@hooks.register("register_rounds_menu_item")
def rounds_day_item() -> MenuItem:
    """Return the menu item."""
    return RoundsDayItem(
        "Rounds of a day",
        reverse("rounds_day_page"),
        name="rounds-day",
        icon_name="calendar",
        order=1,
    )
