"""Addresses of signing in, inside the admin's."""

from django.urls import path

from theme.sign_in.views import (
    AskPasswordView,
    NewPasswordView,
    OwnSecondFactorView,
    SecondFactorView,
)

urlpatterns = [
    path("second-factor/", SecondFactorView.as_view(), name="second_factor"),
    path("second-factor/own/", OwnSecondFactorView.as_view(), name="second_factor_own"),
    path("password_reset/", AskPasswordView.as_view(), name="wagtailadmin_password_reset"),
    path(
        "password_reset/confirm/<uidb64>/<token>/",
        NewPasswordView.as_view(),
        name="wagtailadmin_password_reset_confirm",
    ),
]
