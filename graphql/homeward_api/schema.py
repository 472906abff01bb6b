"""The schema: every question a provider may ask, and nothing that names a table."""

import graphene
from graphql import print_schema

from homeward_api.queries.configuration import ConfigurationQueries
from homeward_api.queries.market import MarketQueries
from homeward_api.queries.packages import PackageQueries
from homeward_api.queries.rule_book import RuleBookQueries


class Query(
    MarketQueries, PackageQueries, ConfigurationQueries, RuleBookQueries, graphene.ObjectType
):
    """What a provider may ask of its council. Every answer is what the key's owner may read."""


schema = graphene.Schema(query=Query)


def sdl() -> str:
    """Return the schema in GraphQL's own language, the same bytes every time."""
    return print_schema(schema.graphql_schema) + "\n"
