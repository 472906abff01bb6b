"""Every address of the site."""

from django.urls import include, path
from wagtail.admin import urls as admin_urls

urlpatterns = [
    path("", include("homeward_api.urls")),
    path("", include("theme.public_urls")),
    path("portal/", include("theme.portal_urls")),
    path("admin/", include("theme.urls")),
    path("admin/", include(admin_urls)),
]
