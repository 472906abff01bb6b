"""A short way through plain rows: fields that are only looked up need no resolver call each.

graphql-core spends about 12 µs on every field; a page of 20 packages with 7 calls has some 900. A
field whose value is just a row's key is read here by a function made once a request; anything
unusual (a null where none may be, a value its type does not take) is left to graphql-core, which
says what is wrong and where.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from graphene.types.resolver import dict_or_attr_resolver
from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)

Convert = Callable[[Any], Any]
Fields = Mapping[str, list[FieldNode]]


class Unusual(Exception):  # noqa: N818 - it reads as what the value is
    """Raised for a value the short way does not take."""


def reader_of(
    execution: ExecutionContext, parent: GraphQLObjectType, nodes: list[FieldNode]
) -> Convert | None:
    """Return what reads a field of a row, or None when the field needs its resolver."""
    name = nodes[0].name.value
    if name == "__typename":
        return lambda _row: parent.name
    field = parent.fields.get(name)
    if field is None or field.args:
        return None
    key, convert = _key_of(field), converter(execution, field.type, nodes)
    if key is None or convert is None:
        return None
    return lambda row: convert(row[key])


def _key_of(field: GraphQLField) -> str | None:
    """Return the key a field is looked up by; None when it has a resolver of its own."""
    resolve = field.resolve
    if isinstance(resolve, partial) and resolve.func is dict_or_attr_resolver:
        return resolve.args[0]
    return None


def converter(execution: ExecutionContext, kind: Any, nodes: list[FieldNode]) -> Convert | None:
    """Return what completes values of a type, or None when some field below needs its resolver."""
    if isinstance(kind, GraphQLNonNull):
        return _present(converter(execution, kind.of_type, nodes))
    if isinstance(kind, GraphQLList):
        return _listed(converter(execution, kind.of_type, nodes))
    if isinstance(kind, GraphQLObjectType):
        return _object(execution, kind, nodes)
    if isinstance(kind, GraphQLEnumType):
        return _or_none(_names_of(kind).__getitem__)
    if isinstance(kind, GraphQLScalarType):
        return _or_none(kind.serialize)
    return None


def _or_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _present(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None

    def present(value: Any) -> Any:
        converted = convert(value)
        if converted is None:
            raise Unusual
        return converted

    return present


def _listed(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None

    def listed(values: Any) -> Any:
        if values is None:
            return None
        if not isinstance(values, list):
            raise Unusual
        return [convert(value) for value in values]

    return listed


def _object(
    execution: ExecutionContext, kind: GraphQLObjectType, nodes: list[FieldNode]
) -> Convert | None:
    readers = []
    for name, below in execution.collect_subfields(kind, nodes).items():
        reader = reader_of(execution, kind, below)
        if reader is None:
            return None
        readers.append((name, reader))

    def read(row: Any) -> Any:
        if row is None:
            return None
        if not isinstance(row, dict):
            raise Unusual
        execution.context_value.refuse_when_late()
        return {name: reader(row) for name, reader in readers}

    return read


@lru_cache(maxsize=64)
def _names_of(kind: GraphQLEnumType) -> dict[Any, str]:
    """Return an enum's names by the values that rows hold."""
    return {getattr(value.value, "value", value.value): name for name, value in kind.values.items()}
