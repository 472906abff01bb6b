"""How much one document may ask for: counted before anything is validated or run.

Each fragment is weighed once, so cyclic and doubling fragments cost nothing; lists count by the
page asked for or by the most the field declares. Weights are upper bounds, not measurements.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from homeward_api.errors import Code, Refusal
from homeward_api.lists import BY_PAGE, PAGE_DEFAULT, PAGE_MOST, sizes_of

DEPTH_MOST = 10
ALIASES_MOST = 15
ROOT_FIELDS_MOST = 5
DIRECTIVES_MOST = 30
COST_MOST = 5000
# Standard validation compares fields of one name pair by pair, so what is written is bounded too.
FIELDS_MOST = 300
OPERATIONS_MOST = 5
TOKENS_MOST = 2000
# The schema itself is public; clients' usual introspection nests deeper than any data here.
INTROSPECTION_COST = 500
INTROSPECTION = ("__schema", "__type")


class Weight(NamedTuple):
    """What a selection asks for; `fields` are those at its own level, fragments opened."""

    depth: int = 0
    cost: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0


NOTHING = Weight()


@dataclass(frozen=True)
class Limit:
    """One limit: how it is said, the most allowed, and what of a weight it holds."""

    says: str
    most: int
    measure: Callable[[Weight], int]


LIMITS = (
    Limit("fields at the top", ROOT_FIELDS_MOST, lambda weight: weight.fields),
    Limit("levels deep", DEPTH_MOST, lambda weight: weight.depth),
    Limit("aliases", ALIASES_MOST, lambda weight: weight.aliases),
    Limit("directives", DIRECTIVES_MOST, lambda weight: weight.directives),
    Limit("cost", COST_MOST, lambda weight: weight.cost),
)


def weigh(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> Weight:
    """Return the weight of a document's heaviest operation; Refusal states the limit passed."""
    heaviest = NOTHING
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            scale = _Scale(schema, document, {**_defaults(operation), **variables})
            root = schema.get_root_type(operation.operation)
            weight = scale.weight(operation.selection_set, root, frozenset())
            weight = weight._replace(
                directives=weight.directives + len(operation.directives) + _on_variables(operation)
            )
            _refuse_over(weight)
            heaviest = max(heaviest, weight, key=lambda one: one.cost)
    return heaviest


def _on_variables(operation: OperationDefinitionNode) -> int:
    return sum(len(variable.directives) for variable in operation.variable_definitions)


def _refuse_over(weight: Weight) -> None:
    for limit in LIMITS:
        found = limit.measure(weight)
        if found > limit.most:
            # A doubled fragment may weigh more digits than anybody wants to read.
            shown = found if found < 10**9 else "more than 10^9"
            raise Refusal(
                Code.LIMIT_EXCEEDED,
                f"The query asks for {shown} {limit.says}; the limit is {limit.most}.",
            )


def refuse_too_much_written(document: DocumentNode) -> None:
    """Refuse a document in which more operations, fields or fragments are written than needed."""
    operations = sum(isinstance(one, OperationDefinitionNode) for one in document.definitions)
    if operations > OPERATIONS_MOST:
        raise Refusal(
            Code.LIMIT_EXCEEDED,
            f"The query holds {operations} operations; the limit is {OPERATIONS_MOST}.",
        )
    written = sum(_written(definition) for definition in document.definitions)
    if written > FIELDS_MOST:
        raise Refusal(
            Code.LIMIT_EXCEEDED,
            f"The query has {written} fields and fragments written in it; "
            f"the limit is {FIELDS_MOST}.",
        )


def _written(node: Any) -> int:
    selections = getattr(getattr(node, "selection_set", None), "selections", ())
    return sum(1 + _written(selection) for selection in selections)


class _Scale:
    """Weighs selections of one document; a fragment once."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self.schema = schema
        self.sizes = sizes_of(schema)
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.variables = variables
        self.known: dict[str, Weight] = {}

    def weight(
        self, selection_set: SelectionSetNode | None, parent: Any, within: frozenset[str]
    ) -> Weight:
        """Return what a selection set asks of a type; unknown types weigh as single objects."""
        total = NOTHING
        for node in selection_set.selections if selection_set else ():
            one = self._one(node, parent, within)
            total = Weight(
                max(total.depth, one.depth),
                total.cost + one.cost,
                total.aliases + one.aliases,
                total.directives + one.directives + len(node.directives),
                total.fields + one.fields,
            )
        return total

    def _one(self, node: Any, parent: Any, within: frozenset[str]) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent, within)
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value, within)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            narrowed = self.schema.get_type(condition.name.value) if condition else parent
            return self.weight(node.selection_set, narrowed, within)
        return NOTHING

    def _spread(self, name: str, within: frozenset[str]) -> Weight:
        if name in within or name not in self.fragments:
            return NOTHING  # the standard rules name cycles and unknown fragments
        if name not in self.known:
            fragment = self.fragments[name]
            condition = self.schema.get_type(fragment.type_condition.name.value)
            inner = self.weight(fragment.selection_set, condition, within | {name})
            self.known[name] = inner._replace(
                directives=inner.directives + len(fragment.directives)
            )
        return self.known[name]

    def _field(self, node: FieldNode, parent: Any, within: frozenset[str]) -> Weight:
        name, alias = node.name.value, int(node.alias is not None)
        if name == "__typename":
            return Weight(aliases=alias)
        if name in INTROSPECTION:
            inner = self.weight(node.selection_set, None, within)
            return Weight(1, INTROSPECTION_COST, inner.aliases + alias, inner.directives, 1)
        field = parent.fields.get(name) if isinstance(parent, GraphQLObjectType) else None
        kind = get_named_type(field.type) if field else None
        inner = self.weight(node.selection_set, kind, within)
        size = self.sizes.get((parent.name, name), 1) if field else 1
        times = self._page(node) if size == BY_PAGE else size
        return Weight(
            1 + inner.depth,
            1 + times * inner.cost,
            inner.aliases + alias,
            inner.directives,
            1,
        )

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments:
            if argument.name.value == "first":
                return self._page_asked(argument.value)
        return PAGE_DEFAULT

    def _page_asked(self, value: Any) -> int:
        asked: Any = PAGE_MOST
        if isinstance(value, IntValueNode):
            asked = int(value.value) if len(value.value) < 10 else PAGE_MOST
        elif isinstance(value, VariableNode):
            asked = self.variables.get(value.name.value, PAGE_DEFAULT)
        if isinstance(asked, bool) or not isinstance(asked, int):
            return PAGE_MOST
        return min(max(asked, 0), PAGE_MOST)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Return the whole-number defaults of an operation's variables."""
    return {
        variable.variable.name.value: int(variable.default_value.value)
        for variable in operation.variable_definitions
        if isinstance(variable.default_value, IntValueNode)
        and len(variable.default_value.value) < 10
    }


def page_variables(document: DocumentNode) -> tuple[str, ...]:
    """Return the names of the variables that set a page's size: the weight depends on these."""
    found: set[str] = set()

    def look(selections: Iterable[Any]) -> None:
        for node in selections:
            for argument in getattr(node, "arguments", ()):
                if argument.name.value == "first" and isinstance(argument.value, VariableNode):
                    found.add(argument.value.name.value)
            inner = getattr(node, "selection_set", None)
            look(inner.selections if inner else ())

    for definition in document.definitions:
        inner = getattr(definition, "selection_set", None)
        look(inner.selections if inner else ())
    return tuple(sorted(found))
