"""The addresses of the machines' door."""

from django.urls import path

from homeward_api.views import GraphQLView, docs, schema_text

app_name = "homeward_api"
urlpatterns = [
    path("graphql", GraphQLView.as_view(), name="graphql"),
    path("graphql/docs", docs, name="docs"),
    path("graphql/schema.graphql", schema_text, name="schema"),
]
