"""The addresses of the machines' door."""

from django.urls import path

from homeward_api.staff.views import StaffGraphQLView
from homeward_api.views import GraphQLView, docs, explorer, schema_text

app_name = "homeward_api"
urlpatterns = [
    path("graphql", GraphQLView.as_view(), name="graphql"),
    path("graphql/docs", docs, name="docs"),
    path("graphql/explorer", explorer, name="explorer"),
    path("graphql/schema.graphql", schema_text, name="schema"),
    path("graphql/staff", StaffGraphQLView.as_view(), name="staff"),
]
