"""Addresses that anybody may open."""

from django.urls import path

from theme.public.rule_book import RuleBookPage

urlpatterns = [
    path("rule-book/<slug:council>/", RuleBookPage.as_view(), name="rule_book"),
    path("rule-book/<slug:council>/<int:number>/", RuleBookPage.as_view(), name="rule_book"),
]
