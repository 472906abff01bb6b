"""Where a package's page lives in the admin."""

from django.urls import URLPattern, path
from wagtail import hooks

from theme.admin.package import deciding, living
from theme.admin.package.views import PackagePage

# What is decided on the page, by the last part of its address.
ACTS = {
    "award": deciding.AwardProposal,
    "choose": deciding.ChooseProvider,
    "decline": deciding.DeclineProposal,
    "end": deciding.EndPackage,
    "amend": living.Amend,
    "suspend": living.Suspend,
    "resume": living.Resume,
    "transfer": living.TransferPackage,
    "call-off": living.CallOffTransfer,
    "hand-back": living.HandBackPackage,
    "decide": living.DecideHandBack,
    "review": living.AddReview,
    "review-done": living.CompleteReview,
}


@hooks.register("register_admin_urls")
def package_urls() -> list[URLPattern]:
    """Return the addresses of the page and of what may be done on it."""
    return [
        path("package/<int:pk>/", PackagePage.as_view(), name="package_page"),
        path("hand-back/<int:pk>/evidence/", living.Evidence.as_view(), name="hand_back_evidence"),
        *(
            path(
                f"package/<int:pk>/{act}/", view.as_view(), name=f"package_{act.replace('-', '_')}"
            )
            for act, view in ACTS.items()
        ),
    ]
