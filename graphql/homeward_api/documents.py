"""Documents read once: parsed, validated and weighed, then kept for the next time they come."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from homeward_api.errors import Code, Refusal
from homeward_api.limits import (
    DEPTH_MOST,
    TOKENS_MOST,
    page_variables,
    refuse_too_much_written,
    weigh,
)

KEPT_MOST = 64
COSTS_KEPT_MOST = 16
ERRORS_MOST = 10
DIGITS_MOST = 40


class Invalid(Exception):  # noqa: N818 - it reads as what the document is
    """Raised for a document that breaks GraphQL's own rules, with every error found."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass
class Prepared:
    """A valid document; its cost for each set of page sizes it was asked with."""

    document: DocumentNode
    page_variables: tuple[str, ...]
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def cost(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> int:
        """Return the cost with these variables; Refusal when a limit is passed."""
        sizes = tuple(_size(variables, name) for name in self.page_variables)
        known = self.costs.get(sizes)
        if known is None:
            known = weigh(schema, self.document, variables).cost
            if len(self.costs) < COSTS_KEPT_MOST:
                self.costs[sizes] = known
        return known


def _size(variables: Mapping[str, Any], name: str) -> Any:
    """Return what of a variable decides the weight; 3.0 and true must not pass for 3 and 1."""
    value = variables.get(name, "absent")
    return value if type(value) is int or value == "absent" else "no number"


class Library:
    """The valid documents asked last, up to KEPT_MOST; safe between threads."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._kept: OrderedDict[bytes, Prepared] = OrderedDict()
        self._lock = Lock()

    def prepare(self, text: str, variables: Mapping[str, Any]) -> tuple[DocumentNode, int]:
        """Return a document ready to run and its cost; Refusal or Invalid say why it is not."""
        digest = sha256(text.encode()).digest()
        with self._lock:
            prepared = self._kept.get(digest)
            if prepared is not None:
                self._kept.move_to_end(digest)
        if prepared is not None:
            return prepared.document, prepared.cost(self.schema, variables)
        try:
            prepared, cost = self._read(text, variables)
        except RecursionError:
            raise _too_deep() from None
        with self._lock:
            self._kept[digest] = prepared
            while len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return prepared.document, cost

    def _read(self, text: str, variables: Mapping[str, Any]) -> tuple[Prepared, int]:
        document = _parsed(text)
        refuse_too_much_written(document)
        visit(document, _OddLiterals())
        prepared = Prepared(document, page_variables(document))
        # Before validation, which itself takes long over documents made to take long.
        cost = prepared.cost(self.schema, variables)
        errors = validate(self.schema, document, specified_rules, max_errors=ERRORS_MOST)
        if errors:
            raise Invalid(errors)
        return prepared, cost


def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, max_tokens=TOKENS_MOST)
    except GraphQLError as error:
        if str(TOKENS_MOST) in error.message:
            raise Refusal(
                Code.LIMIT_EXCEEDED, f"The query is too long; the limit is {TOKENS_MOST} tokens."
            ) from None
        if "nested too deeply" in error.message:
            raise _too_deep() from None
        raise Invalid([error]) from None


def _too_deep() -> Refusal:
    return Refusal(
        Code.LIMIT_EXCEEDED, f"The query is nested too deep; the limit is {DEPTH_MOST} levels."
    )


class _OddLiterals(Visitor):
    """Refuses literals no field here takes and some part below trips over."""

    @staticmethod
    def enter_string_value(node: StringValueNode, *_: Any) -> None:
        """Refuse a text with U+0000: no record holds one and PostgreSQL cannot be asked for it."""
        if "\0" in node.value:
            raise Refusal(Code.BAD_USER_INPUT, "A text in the query holds the character U+0000.")

    @staticmethod
    def enter_int_value(node: IntValueNode, *_: Any) -> None:
        """Refuse a number of more digits than Python agrees to read."""
        if len(node.value) > DIGITS_MOST:
            raise Refusal(
                Code.BAD_USER_INPUT, f"A number in the query has more than {DIGITS_MOST} digits."
            )
