"""Where lot structures, transitions and tenders live in the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from theme.admin.tender.lots import FrameworkLots, FrameworkTransition
from theme.admin.tender.results import TenderExport, TenderLetter
from theme.admin.tender.views import (
    TenderBids,
    TenderCriteria,
    TenderModeration,
    TenderPage,
    TenderScores,
    TenderTie,
)


@hooks.register("register_admin_urls")
def tender_urls() -> list[URLPattern]:
    """Return the addresses of a framework's lots and of a tender's steps."""
    lots, one = "framework-lots/<int:pk>/", "tenders/<int:pk>/"
    return [
        path(lots, FrameworkLots.as_view(), name="framework_lots"),
        path(f"{lots}transition/", FrameworkTransition.as_view(), name="framework_transition"),
        path(one, TenderPage.as_view(), name="tender_page"),
        path(f"{one}criteria/", TenderCriteria.as_view(), name="tender_criteria"),
        path(f"{one}bids/", TenderBids.as_view(), name="tender_bids"),
        path(f"{one}scores/", TenderScores.as_view(), name="tender_scores"),
        path(f"{one}moderation/", TenderModeration.as_view(), name="tender_moderation"),
        path(f"{one}tie/", TenderTie.as_view(), name="tender_tie"),
        path(f"{one}export/", TenderExport.as_view(), name="tender_export"),
        path("tenders/letters/<int:pk>/", TenderLetter.as_view(), name="tender_letter"),
    ]
