"""Reading the values of a council's own fields and records for a provider."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo

from cms_models.fields.own.domain import FieldDefinition, FieldKind
from cms_models.fields.own.models import Entry
from cms_models.fields.own.selectors import linked_names, names_of, rows_of_kind
from homeward_api.errors import Code, Refusal
from homeward_api.execution import Ask
from homeward_api.lists import PAGE_DEFAULT, PAGE_MOST

Resolver = Callable[[Mapping[str, Any], GraphQLResolveInfo], Any]


def reader_of_field(definition: FieldDefinition) -> Resolver:
    """Return what reads a field out of a record's own values; null where there is none."""
    shape = SHAPES.get(definition.kind, _plain)

    def read(values: Mapping[str, Any], info: GraphQLResolveInfo) -> Any:
        value = values.get(definition.key)
        return None if value is None else shape(definition, value, info.context)

    return read


def _plain(_definition: FieldDefinition, value: Any, _ask: Ask) -> Any:
    return value


def _money(_definition: FieldDefinition, value: int, _ask: Ask) -> dict[str, str]:
    pounds, pence = divmod(abs(value), 100)
    return {"pounds": f"{'-' if value < 0 else ''}{pounds}.{pence:02d}"}


def _choice(definition: FieldDefinition, value: str, _ask: Ask) -> dict[str, str]:
    return {"code": value, "label": definition.label_of(value)}


def _choices(definition: FieldDefinition, value: list[str], ask: Ask) -> list[dict[str, str]]:
    return [_choice(definition, code, ask) for code in value]


def _link(definition: FieldDefinition, value: Any, ask: Ask) -> dict[str, str] | None:
    """Return the linked record's name, if the caller may see that record."""
    if isinstance(value, Mapping):  # looked up with the rest of its page
        return dict(value)
    name = names_of(rows_of_kind(ask.user, definition.link_to).filter(pk=value)).get(value)
    return None if name is None else {"name": name}


def _date(_definition: FieldDefinition, value: str, _ask: Ask) -> date:
    return date.fromisoformat(value)


SHAPES: Mapping[FieldKind, Callable[[FieldDefinition, Any, Ask], Any]] = {
    FieldKind.MONEY: _money,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.LINK: _link,
}


def resolve_records(
    slug: str, definitions: Sequence[FieldDefinition]
) -> Callable[..., dict[str, Any]]:
    """Return what answers a page of the council's own records, the newest first."""

    def resolve(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = PAGE_DEFAULT,
        after: str | None = None,
    ) -> dict[str, Any]:
        ask: Ask = info.context
        size = PAGE_DEFAULT if first is None else first
        if not 1 <= size <= PAGE_MOST:
            raise Refusal(Code.BAD_USER_INPUT, f"first: 1 to {PAGE_MOST} rows a page, not {size}.")
        rows = Entry.objects.visible_to(ask.user).filter(record_type__slug=slug).order_by("-id")
        page = list(_beyond(rows, after)[: size + 1])
        nodes = page[:size]
        return {
            "nodes": _nodes(nodes, definitions, ask),
            "totalCount": rows.count(),
            "hasNextPage": len(page) > size,
            "endCursor": str(nodes[-1].public_id) if nodes else None,
        }

    return resolve


def _nodes(
    page: Sequence[Entry], definitions: Sequence[FieldDefinition], ask: Ask
) -> list[dict[str, Any]]:
    """Return records with what they link to by name, a query a link for the whole page."""
    names = linked_names(ask.user, definitions, page)
    rows = []
    for one in page:
        linked = {
            key: {"name": found[one.custom[key]]} if one.custom.get(key) in found else None
            for key, found in names.items()
        }
        rows.append({**one.custom, **linked, "id": str(one.public_id), "title": one.title})
    return rows


def _beyond(rows: Any, after: str | None) -> Any:
    if after is None:
        return rows
    try:
        last = rows.filter(public_id=UUID(after)).first()
    except ValueError:
        last = None
    if last is None:
        raise Refusal(Code.BAD_USER_INPUT, "after: this is no id of a record listed here.")
    return rows.filter(pk__lt=last.pk)
