"""The staff's schema: an object of its own, so that no provider's document can name its types."""

import graphene
from graphql import print_schema

from homeward_api.staff.mutations import StaffMutations
from homeward_api.staff.queries import StaffQueries


class Query(StaffQueries, graphene.ObjectType):
    """What staff may ask: what their role sees of their council."""


class Mutation(StaffMutations, graphene.ObjectType):
    """What staff may do: what their role changes, through the same services as the board."""


schema = graphene.Schema(query=Query, mutation=Mutation)


def sdl() -> str:
    """Return the schema in GraphQL's own language, the same bytes every time."""
    return print_schema(schema.graphql_schema) + "\n"
