"""A council's own fields and records in the schema: typed at once, council by council.

The schema everybody shares is extended by what one council made and gives to providers, and kept
until that council changes its fields. A field is shown only where the council ticked that it is
given to providers.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, extend_schema, parse

from cms_models.accounts.models import Authority
from cms_models.fields.own.domain import FieldDefinition, FieldKind
from cms_models.fields.own.selectors import all_fields_of, types_given_to_providers
from homeward_api.documents import Library
from homeward_api.lists import BY_PAGE, PAGE_DEFAULT, sizes_of
from homeward_api.own_values import reader_of_field, resolve_records
from homeward_api.scopes import READ, guarded

# Which type of the schema shows which kind of record. An open package shows none: before an award
# nothing of the council's own making may tell who the person is.
TYPES: Mapping[str, str] = {
    "market.provider": "ProviderRef",
    "market.lot": "Lot",
    "market.lotaward": "LotPlace",
    "care.carepackage": "AwardedPackage",
    "quality.qualityframework": "QualityFramework",
}
SCALARS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "String",
    FieldKind.LONG_TEXT: "String",
    FieldKind.NUMBER: "Float",
    FieldKind.MONEY: "OwnMoney",
    FieldKind.DATE: "Date",
    FieldKind.YES_NO: "Boolean",
    FieldKind.CHOICE: "OwnChoice",
    FieldKind.CHOICES: "[OwnChoice!]",
    FieldKind.LINK: "OwnLink",
    FieldKind.FILE: "OwnFile",
    FieldKind.LOCATION: "OwnLocation",
}
COMMON = '''
"""An amount of money."""
type OwnMoney { "Pounds and pence, such as 15.80." pounds: String! }
"""A choice out of the council's list."""
type OwnChoice { "What is kept." code: String! "What is read." label: String! }
"""A record of the council's that this one names."""
type OwnLink { "Its name." name: String! }
"""A file kept with the record."""
type OwnFile {
  "Its name." name: String!
  "Its size in bytes." size: Int!
  "Its SHA-256." sha256: String!
}
"""A place, WGS84 degrees."""
type OwnLocation {
  latitude: Float!
  longitude: Float!
  "The postcode, where it was given." postcode: String
}
'''
CHOICES_COUNTED = 10
# A link outside a page of own records is looked up for itself, so it weighs as a list does.
LINK_COUNTED = 20
WEIGHED: Mapping[FieldKind, int] = {
    FieldKind.CHOICES: CHOICES_COUNTED,
    FieldKind.LINK: LINK_COUNTED,
}
KEPT_MOST = 16


@dataclass(frozen=True)
class OwnType:
    """A type of record the council made: how the schema names it, and its fields."""

    slug: str
    name: str
    root: str
    description: str
    fields: Mapping[str, FieldDefinition]

    @property
    def links(self) -> list[str]:
        """The names of its links to other records."""
        return [key for key, one in self.fields.items() if one.kind == FieldKind.LINK]


@dataclass(frozen=True)
class Desk:
    """A schema ready to be asked, with its library of documents."""

    schema: GraphQLSchema
    library: Library


class Desks:
    """The councils' schemas asked last; safe between threads."""

    def __init__(self, base: GraphQLSchema) -> None:
        self.common = Desk(base, Library(base))
        self._kept: OrderedDict[int, tuple[str, Desk]] = OrderedDict()
        self._lock = Lock()

    def of(self, authority: Authority) -> Desk:
        """Return a council's desk, made anew when its own fields have changed."""
        stamp = authority.own_fields_stamp
        if not stamp:
            return self.common
        with self._lock:
            kept = self._kept.get(authority.pk)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        desk = self._made(authority)
        with self._lock:
            self._kept[authority.pk] = (stamp, desk)
            self._kept.move_to_end(authority.pk)
            while len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return desk

    def _made(self, authority: Authority) -> Desk:
        schema = extended(self.common.schema, authority)
        return self.common if schema is self.common.schema else Desk(schema, Library(schema))


def extended(base: GraphQLSchema, authority: Authority) -> GraphQLSchema:
    """Return the schema with what a council made and shows to providers; itself when nothing is."""
    fields = {
        TYPES[label]: named(shown)
        for label, definitions in all_fields_of(authority).items()
        if label in TYPES and (shown := shown_to_providers(definitions))
    }
    types = list(own_types(authority))
    if not fields and not types:
        return base
    schema = extend_schema(base, parse("".join(written(fields, types))))
    sizes = dict(sizes_of(base))
    _keep_enums(base, schema)
    for type_name, found in fields.items():
        _read(schema, f"{type_name}Own", found, sizes)
        _object(schema, type_name).fields["own"].resolve = _own
    for one in types:
        _read(schema, one.name, one.fields, sizes)
        # What a page of records links to is looked up once for the whole page.
        sizes.update({(one.name, key): 1 for key in one.links})
        _object(schema, "Query").fields[one.root].resolve = guarded(
            one.root, READ, resolve_records(one.slug, list(one.fields.values()))
        )
        sizes["Query", one.root] = BY_PAGE
    schema.extensions = {"sizes": sizes}
    return schema


def _keep_enums(base: GraphQLSchema, schema: GraphQLSchema) -> None:
    """Let an extended schema's enums take the values that the base's take."""
    for name, kind in schema.type_map.items():
        known = base.type_map.get(name)
        if isinstance(kind, GraphQLEnumType) and isinstance(known, GraphQLEnumType):
            kind.serialize = known.serialize  # type: ignore[method-assign]


def shown_to_providers(definitions: Sequence[FieldDefinition]) -> list[FieldDefinition]:
    """Return the fields in use that are given to providers."""
    return [one for one in definitions if one.to_providers and not one.retired]


def named(definitions: Sequence[FieldDefinition]) -> dict[str, FieldDefinition]:
    """Return fields by their name in the schema; two keys of one name keep their own spelling."""
    camel = [to_camel_case(one.key) for one in definitions]
    return {
        (name if camel.count(name) == 1 else one.key): one
        for name, one in zip(camel, definitions, strict=True)
    }


def own_types(authority: Authority) -> Iterator[OwnType]:
    """Yield the types of records the council shows to providers, with the fields shown."""
    fields = all_fields_of(authority)
    for row in types_given_to_providers(authority):
        words = [word.capitalize() for word in row.slug.split("-") if word]
        name = f"Own{''.join(words)}"
        shown = named(shown_to_providers(fields.get(row.label, ())))
        taken = {"id", "title"}
        yield OwnType(
            slug=row.slug,
            name=name,
            root=f"own{''.join(words)}",
            description=row.description or row.plural,
            fields={key: one for key, one in shown.items() if key not in taken},
        )


def written(
    fields: Mapping[str, Mapping[str, FieldDefinition]], types: Sequence[OwnType]
) -> Iterator[str]:
    """Yield the extension in GraphQL's own language."""
    yield COMMON
    for name, found in fields.items():
        yield f'"""What the council added to {name}."""\ntype {name}Own {{\n{lines_of(found)}}}\n'
        yield f'extend type {name} {{\n"What the council added."\nown: {name}Own!\n}}\n'
    for one in types:
        told = quoted(one.description)
        yield (
            f"{told}\ntype {one.name} {{\nid: ID!\ntitle: String!\n{lines_of(one.fields)}}}\n"
            f'"A page of them."\ntype {one.name}Page {{\nnodes: [{one.name}!]!\n'
            f"totalCount: Int!\nhasNextPage: Boolean!\nendCursor: ID\n}}\n"
            f"extend type Query {{\n{told}\n{one.root}(first: Int = {PAGE_DEFAULT}, "
            f'"The id after which to go on." after: ID): {one.name}Page!\n}}\n'
        )


def lines_of(fields: Mapping[str, FieldDefinition]) -> str:
    """Return the fields of a type, each with the council's own words."""
    return "".join(
        f"{quoted(told(one))}\n{name}: {SCALARS[one.kind]}\n" for name, one in fields.items()
    )


def told(definition: FieldDefinition) -> str:
    """Return a field's description: its label, help and unit."""
    unit = f" ({definition.unit})" if definition.unit else ""
    return f"{definition.label}{unit}. {definition.help}".strip()


def quoted(text: str) -> str:
    """Return a text as a GraphQL string: nothing in it can end it."""
    safe = "".join(
        letter if letter.isprintable() and letter not in '"\\' else f"\\u{ord(letter):04x}"
        for letter in text
        if ord(letter) < 0x10000
    )
    return f'"{safe}"'


def _own(row: Any, _info: Any) -> Mapping[str, Any]:
    return row["custom"] if isinstance(row, Mapping) else row.custom


def _object(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    kind = schema.type_map[name]
    if not isinstance(kind, GraphQLObjectType):
        raise TypeError(f"{name} is no type with fields.")
    return kind


def _read(
    schema: GraphQLSchema,
    name: str,
    fields: Mapping[str, FieldDefinition],
    sizes: dict[tuple[str, str], int],
) -> None:
    for key, one in fields.items():
        _object(schema, name).fields[key].resolve = reader_of_field(one)
        if one.kind in WEIGHED:
            sizes[name, key] = WEIGHED[one.kind]
