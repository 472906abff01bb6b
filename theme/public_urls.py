"""Addresses that anybody may open."""

from django.urls import path

from theme.public.quality import QualityBookPage
from theme.public.rule_book import RuleBookPage

urlpatterns = [
    path("quality/<slug:council>/", QualityBookPage.as_view(), name="quality_book"),
    path(
        "quality/<slug:council>/<slug:title>/<int:edition>/",
        QualityBookPage.as_view(),
        name="quality_book",
    ),
    path("rule-book/<slug:council>/", RuleBookPage.as_view(), name="rule_book"),
    path("rule-book/<slug:council>/<int:number>/", RuleBookPage.as_view(), name="rule_book"),
]
