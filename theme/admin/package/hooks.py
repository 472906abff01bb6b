"""Where a package's page lives in the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from theme.admin.package.views import (
    AwardProposal,
    ChooseProvider,
    DeclineProposal,
    EndPackage,
    PackagePage,
)


@hooks.register("register_admin_urls")
def package_urls() -> list[URLPattern]:
    """Return the addresses of the page and of what a broker may decide on it."""
    return [
        path("package/<int:pk>/", PackagePage.as_view(), name="package_page"),
        path("package/<int:pk>/award/", AwardProposal.as_view(), name="package_award"),
        path("package/<int:pk>/choose/", ChooseProvider.as_view(), name="package_choose"),
        path("package/<int:pk>/decline/", DeclineProposal.as_view(), name="package_decline"),
        path("package/<int:pk>/end/", EndPackage.as_view(), name="package_end"),
    ]
