"""How long a list may be: every list field says so, and the cost of a query counts by it."""

from functools import lru_cache
from typing import Any

import graphene
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLSchema

PAGE_DEFAULT = 20
PAGE_MOST = 100
BY_PAGE = 0


class BoundedList(graphene.Field):
    """A list of objects whose length is counted as `most` in a query's cost."""

    def __init__(self, of_type: Any, *, most: int, **kwargs: Any) -> None:
        items = graphene.NonNull(graphene.List(graphene.NonNull(of_type)))
        super().__init__(items, **kwargs)
        self.most = most


class Connection(graphene.Field):
    """A connection: counted by the page asked for, at most PAGE_MOST."""

    most = BY_PAGE


@lru_cache(maxsize=4)
def sizes_of(schema: GraphQLSchema) -> dict[tuple[str, str], int]:
    """Return the declared length of every list field, by type and field name.

    A schema extended for one council carries its sizes with it.
    """
    if "sizes" in schema.extensions:
        return dict(schema.extensions["sizes"])
    sizes = {}
    for name, kind in schema.type_map.items():
        fields = getattr(getattr(kind, "graphene_type", None), "_meta", None)
        for attribute, field in (getattr(fields, "fields", None) or {}).items():
            if isinstance(field, BoundedList | Connection):
                sizes[name, field.name or to_camel_case(attribute)] = field.most
    return sizes
