"""Where the editor of a quality framework lives in the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from theme.admin.quality.views import NextQuality, QualityPage, SaveQuality


@hooks.register("register_admin_urls")
def quality_urls() -> list[URLPattern]:
    """Return the addresses of a framework, of saving it and of its next version."""
    one = "quality/<int:pk>/"
    return [
        path(one, QualityPage.as_view(), name="quality_page"),
        path(f"{one}contents/", SaveQuality.as_view(), name="quality_contents"),
        path(f"{one}next/", NextQuality.as_view(), name="quality_next"),
    ]
