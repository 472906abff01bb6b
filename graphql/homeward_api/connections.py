"""Pages by key: sorted by a day or a moment and a public id, continued by a signed cursor.

An offset would read every row before it (35.9 ms against 0.2 ms at row 480,000 of PostgreSQL);
a cursor here is the last row's sort key, signed for one user and one field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import graphene
from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet

from cms_models.accounts.models import User
from homeward_api.errors import Code, Refusal
from homeward_api.lists import PAGE_DEFAULT, PAGE_MOST, BoundedList

TOTAL_MOST = 1000
CURSOR_LONGEST = 400
Row = Mapping[str, Any]


class PageInfo(graphene.ObjectType):
    """Where a page ends."""

    has_next_page = graphene.Boolean(required=True, description="Whether there are more rows.")
    end_cursor = graphene.String(
        description="Pass it as `after` to get the next page; null on an empty page."
    )


def arguments(**filters: Any) -> dict[str, Any]:
    """Return the arguments of a connection: its page, then its filters."""
    return {
        "first": graphene.Int(
            default_value=PAGE_DEFAULT, description=f"Rows a page, 1 to {PAGE_MOST}."
        ),
        "after": graphene.String(description="The cursor after which to go on."),
        **filters,
    }


@dataclass(frozen=True)
class Sort:
    """What a list is sorted by: a day or moment, then a public id; as fields and as row keys."""

    field: str = "starts_on"
    id_field: str = "public_id"
    key: str = "starts_on"
    id_key: str = "public_id"
    newest_first: bool = False

    @property
    def order(self) -> tuple[str, str]:
        """The fields to order by."""
        sign = "-" if self.newest_first else ""
        return f"{sign}{self.field}", f"{sign}{self.id_field}"

    def beyond(self, value: date | datetime, public_id: UUID) -> Q:
        """Return the condition for the rows after one."""
        further = "lt" if self.newest_first else "gt"
        return Q(**{f"{self.field}__{further}": value}) | Q(
            **{self.field: value, f"{self.id_field}__{further}": public_id}
        )


BY_START = Sort()


class Page:
    """One page of rows: `queryset` is filtered, `read` turns a slice of it into rows."""

    def __init__(
        self,
        queryset: QuerySet,
        *,
        read: Callable[[QuerySet], list[dict[str, Any]]],
        cursors: "Cursors",
        first: int | None,
        after: str | None,
    ) -> None:
        size = PAGE_DEFAULT if first is None else first
        if not 1 <= size <= PAGE_MOST:
            raise Refusal(Code.BAD_USER_INPUT, f"first: 1 to {PAGE_MOST} rows a page, not {size}.")
        self.cursors = cursors
        self.all = queryset
        wanted = queryset if after is None else queryset.filter(cursors.beyond(after))
        found = read(wanted.order_by(*cursors.sort.order)[: size + 1])
        self.has_next_page = len(found) > size
        self.nodes = found[:size]

    @property
    def edges(self) -> list["Edge"]:
        """The rows with their cursors."""
        return [Edge(row, self.cursors) for row in self.nodes]

    @property
    def page_info(self) -> "Page":
        """Where the page ends."""
        return self

    @property
    def end_cursor(self) -> str | None:
        """The last row's cursor."""
        return self.cursors.of(self.nodes[-1]) if self.nodes else None

    @cached_property
    def _counted(self) -> int:
        return self.all.order_by()[: TOTAL_MOST + 1].count()

    @property
    def total_count(self) -> int:
        """How many rows there are, counted up to TOTAL_MOST."""
        return min(self._counted, TOTAL_MOST)

    @property
    def total_count_is_capped(self) -> bool:
        """Whether there are more than were counted."""
        return self._counted > TOTAL_MOST


class Edge:
    """A row with its cursor, made when asked."""

    def __init__(self, row: Row, cursors: "Cursors") -> None:
        self.node = row
        self._cursors = cursors

    @property
    def cursor(self) -> str:
        """The row's cursor."""
        return self._cursors.of(self.node)


class Cursors:
    """Signed cursors of one field for one user: another's, or a changed one, is refused."""

    def __init__(self, *, field: str, user: User, sort: Sort = BY_START) -> None:
        self.sort = sort
        self._signer = Signer(salt=f"homeward_api.cursor.{field}.{user.pk}")

    def of(self, row: Row) -> str:
        """Return the cursor of a row."""
        public_id = UUID(str(row[self.sort.id_key]))
        return self._signer.sign_object([row[self.sort.key].isoformat(), public_id.hex])

    def beyond(self, cursor: str) -> Q:
        """Return the condition for the rows after a cursor."""
        value, public_id = unsigned(self._signer, cursor)
        kind = datetime if "T" in value else date
        return self.sort.beyond(kind.fromisoformat(value), UUID(public_id))


def unsigned(signer: Signer, cursor: str) -> Any:
    """Return what a cursor holds; Refusal for one that is not of this list and user."""
    try:
        if len(cursor) > CURSOR_LONGEST or not cursor.isascii():
            raise BadSignature
        return signer.unsign_object(cursor)
    except BadSignature:
        raise Refusal(
            Code.BAD_USER_INPUT,
            "after: this is no cursor of this list; pass an endCursor you were given.",
        ) from None


def connection_of(
    node: type[graphene.ObjectType], *, name: str, of_what: str
) -> type[graphene.ObjectType]:
    """Return the connection type of a node type, such as OpenPackageConnection."""
    edge = type(
        f"{name}Edge",
        (graphene.ObjectType,),
        {
            "__doc__": f"One of {of_what}, with its cursor.",
            "node": graphene.Field(node, required=True, description="The row."),
            "cursor": graphene.String(required=True, description="Where to go on after this row."),
        },
    )
    # The page is counted once, where the connection is asked for: its lists count as one.
    return type(
        f"{name}Connection",
        (graphene.ObjectType,),
        {
            "__doc__": f"A page of {of_what}.",
            "nodes": BoundedList(node, most=1, description="The rows of the page."),
            "edges": BoundedList(edge, most=1, description="The rows with their cursors."),
            "page_info": graphene.Field(PageInfo, required=True, description="Where it ends."),
            "total_count": graphene.Int(
                required=True,
                description=f"How many rows there are in all, counted up to {TOTAL_MOST}.",
            ),
            "total_count_is_capped": graphene.Boolean(
                required=True, description=f"True when there are more than {TOTAL_MOST}."
            ),
        },
    )
