"""The product's addresses and the peers'."""

from django.urls import include, path

from benchmarks.peer_site.views import by_objects, by_values

urlpatterns = [
    path("peer/objects", by_objects),
    path("peer/values", by_values),
    path("", include("homeward.urls")),
]
