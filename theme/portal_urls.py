"""Addresses of the provider portal, below /portal/."""

from django.urls import path

from theme.portal import (
    answering,
    awarded,
    home,
    homes,
    keys,
    messages,
    notices,
    offers,
    organisation,
    packages,
    registering,
    signing,
)

app_name = "portal"

SIGNING = [
    path("sign-in/", signing.SignIn.as_view(), name="sign_in"),
    path("sign-out/", signing.SignOut.as_view(), name="sign_out"),
    path("password/", signing.Forgotten.as_view(), name="forgotten"),
    path("password/sent/", signing.ForgottenSent.as_view(), name="forgotten_sent"),
    path("password/<uidb64>/<token>/", signing.NewPassword.as_view(), name="new_password"),
    path("register/", registering.Register.as_view(), name="register"),
    path("register/sent/", registering.RegisterSent.as_view(), name="register_sent"),
    path("register/waiting/", registering.RegisterDone.as_view(), name="register_done"),
    path("register/<str:secret>/", registering.Confirm.as_view(), name="confirm"),
]
PACKAGES = [
    path("packages/", packages.OpenPackages.as_view(), name="packages"),
    path("packages/<uuid:pk>/", packages.PackagePage.as_view(), name="package"),
    path("packages/<uuid:pk>/ask/", packages.AskQuestion.as_view(), name="ask"),
    path("packages/<uuid:pk>/offer/", answering.MakeOffer.as_view(), name="offer"),
    path("packages/<uuid:pk>/decline/", answering.Decline.as_view(), name="decline"),
    path("packages/<uuid:pk>/withdraw/", answering.Withdraw.as_view(), name="withdraw"),
    path("packages/<uuid:pk>/decision/", offers.DecisionFile.as_view(), name="decision_file"),
    path("offers/", offers.OwnOffers.as_view(), name="offers"),
    path("awarded/", awarded.AwardedPackages.as_view(), name="awarded"),
    path("awarded/<uuid:pk>/", awarded.AwardedPackage.as_view(), name="awarded_package"),
    path("awarded/<uuid:pk>/hand-back/", awarded.GiveBack.as_view(), name="hand_back"),
    path(
        "awarded/<uuid:pk>/hand-back/withdraw/",
        awarded.TakeBackHandBack.as_view(),
        name="withdraw_hand_back",
    ),
    path("reviews/<uuid:pk>/", awarded.CompleteReview.as_view(), name="review"),
    path("messages/", messages.Messages.as_view(), name="messages"),
]
ORGANISATION = [
    path("organisation/", organisation.Profile.as_view(), name="profile"),
    path("organisation/choose/", signing.ChooseProvider.as_view(), name="choose_provider"),
    path("organisation/documents/add/", organisation.AddDocument.as_view(), name="add_document"),
    path("organisation/documents/<uuid:pk>/", organisation.OwnDocument.as_view(), name="document"),
    path("organisation/lots/<uuid:pk>/", organisation.DeclareCapacity.as_view(), name="capacity"),
    path("organisation/homes/add/", homes.AddHome.as_view(), name="add_home"),
    path("organisation/homes/<uuid:pk>/", homes.HomePage.as_view(), name="home_page"),
    path("organisation/homes/<uuid:pk>/beds/", homes.SetBeds.as_view(), name="beds"),
]
SETTINGS = [
    path("settings/notices/", notices.NoticesPage.as_view(), name="notices"),
    path("settings/webhooks/", notices.WebhookList.as_view(), name="webhooks"),
    path("settings/webhooks/<uuid:pk>/", notices.WebhookPage.as_view(), name="webhook"),
    path(
        "settings/webhooks/<uuid:pk>/<slug:act>/", notices.WebhookAct.as_view(), name="webhook_act"
    ),
    path("settings/keys/", keys.KeyList.as_view(), name="keys"),
    path("settings/keys/<slug:prefix>/<slug:act>/", keys.KeyAct.as_view(), name="key_act"),
    path("settings/documents/", keys.TrustedDocuments.as_view(), name="trusted"),
]

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    *SIGNING,
    *PACKAGES,
    *ORGANISATION,
    *SETTINGS,
]
