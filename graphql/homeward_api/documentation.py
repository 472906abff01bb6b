"""The schema as a page people read: types and fields with their descriptions."""

from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)

from homeward_api.examples import EXAMPLES, Example

FIRST = {"Query": 0, "Mutation": 1}


@dataclass(frozen=True)
class Entry:
    """A field, an argument or a value of an enum."""

    name: str
    kind: str
    says: str
    arguments: tuple["Entry", ...] = ()
    example: Example | None = None


@dataclass(frozen=True)
class DescribedType:
    """A type with its entries."""

    name: str
    kind: str
    says: str
    entries: tuple[Entry, ...]


def described_types(schema: GraphQLSchema) -> list[DescribedType]:
    """Return every type of the schema that is ours, questions and mutations first."""
    kinds = [
        kind
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(kind)
    ]
    kinds.sort(key=lambda one: (FIRST.get(one.name, len(FIRST)), one.name))
    return [_described(kind) for kind in kinds]


def _described(kind: GraphQLNamedType) -> DescribedType:
    words = {
        GraphQLObjectType: "object",
        GraphQLInputObjectType: "argument",
        GraphQLEnumType: "choice",
        GraphQLScalarType: "value",
    }
    word = next(word for parent, word in words.items() if isinstance(kind, parent))
    return DescribedType(kind.name, word, kind.description or "", _entries(kind))


def _entries(kind: GraphQLNamedType) -> tuple[Entry, ...]:
    if isinstance(kind, GraphQLEnumType):
        return tuple(
            Entry(name, "", value.description or "") for name, value in kind.values.items()
        )
    if isinstance(kind, GraphQLInputObjectType):
        return tuple(
            Entry(name, str(field.type), field.description or "")
            for name, field in kind.fields.items()
        )
    if not isinstance(kind, GraphQLObjectType):
        return ()
    examples = EXAMPLES if kind.name in FIRST else {}
    return tuple(
        Entry(
            name,
            str(field.type),
            field.description or "",
            tuple(
                Entry(argument, str(one.type), one.description or "")
                for argument, one in field.args.items()
            ),
            examples.get(name),
        )
        for name, field in kind.fields.items()
    )
