"""The schema as a page people read: types and fields with their descriptions."""

from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)


@dataclass(frozen=True)
class Entry:
    """A field, an argument or a value of an enum."""

    name: str
    kind: str
    says: str
    arguments: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class DescribedType:
    """A type with its entries."""

    name: str
    kind: str
    says: str
    entries: tuple[Entry, ...]


def described_types(schema: GraphQLSchema) -> list[DescribedType]:
    """Return every type of the schema that is ours, the questions first."""
    kinds = [
        kind
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(kind)
    ]
    return [
        _described(kind) for kind in sorted(kinds, key=lambda one: (one.name != "Query", one.name))
    ]


def _described(kind: GraphQLNamedType) -> DescribedType:
    words = {GraphQLObjectType: "object", GraphQLEnumType: "choice", GraphQLScalarType: "value"}
    word = next(word for parent, word in words.items() if isinstance(kind, parent))
    return DescribedType(kind.name, word, kind.description or "", _entries(kind))


def _entries(kind: GraphQLNamedType) -> tuple[Entry, ...]:
    if isinstance(kind, GraphQLEnumType):
        return tuple(
            Entry(name, "", value.description or "") for name, value in kind.values.items()
        )
    if not isinstance(kind, GraphQLObjectType):
        return ()
    return tuple(
        Entry(
            name,
            str(field.type),
            field.description or "",
            tuple(
                Entry(argument, str(one.type), one.description or "")
                for argument, one in field.args.items()
            ),
        )
        for name, field in kind.fields.items()
    )
