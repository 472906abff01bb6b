"""Where a rate card's pages live in the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from theme.admin.rate_card.adjusting import AdjustmentsPage
from theme.admin.rate_card.uplifting import UpliftCard
from theme.admin.rate_card.views import CopyCard, CorrectCard, RateCardPage, SaveLines


@hooks.register("register_admin_urls")
def rate_card_urls() -> list[URLPattern]:
    """Return the addresses of a card, of saving its lines and of what is drafted from it."""
    one = "rate-card/<int:pk>/"
    return [
        path(one, RateCardPage.as_view(), name="rate_card_page"),
        path(f"{one}lines/", SaveLines.as_view(), name="rate_card_lines"),
        path(f"{one}copy/", CopyCard.as_view(), name="rate_card_copy"),
        path(f"{one}correct/", CorrectCard.as_view(), name="rate_card_correct"),
        path(f"{one}uplift/", UpliftCard.as_view(), name="rate_card_uplift"),
        path(f"{one}adjustments/", AdjustmentsPage.as_view(), name="rate_card_adjustments"),
    ]
