"""The schema: every question a provider may ask, everything it may do, and no name of a table."""

import graphene
from graphql import print_schema

from homeward_api import scopes
from homeward_api.mutations.registry import Mutations
from homeward_api.queries.configuration import ConfigurationQueries
from homeward_api.queries.life import LifeQueries
from homeward_api.queries.market import MarketQueries
from homeward_api.queries.notices import NoticeQueries
from homeward_api.queries.offers import OfferQueries
from homeward_api.queries.packages import PackageQueries
from homeward_api.queries.rule_book import RuleBookQueries
from homeward_api.queries.stated import StatedQueries


class Query(
    MarketQueries,
    PackageQueries,
    OfferQueries,
    LifeQueries,
    StatedQueries,
    NoticeQueries,
    ConfigurationQueries,
    RuleBookQueries,
    graphene.ObjectType,
):
    """What a provider may ask of its council. Every answer is what the key's owner may read."""


class Mutation(Mutations, graphene.ObjectType):
    """What a provider may do. Each is done once a key, in one transaction with what it changes."""


schema = graphene.Schema(query=Query, mutation=Mutation)
scopes.guard(schema.graphql_schema)


def sdl() -> str:
    """Return the schema in GraphQL's own language, the same bytes every time."""
    return print_schema(schema.graphql_schema) + "\n"
