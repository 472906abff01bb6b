"""How every mutation is made: an idempotency key, one transaction, a payload with problems."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import graphene
from django.core.exceptions import PermissionDenied
from django.db import transaction
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLResolveInfo

from cms_models.market.models import Provider
from cms_models.notices import answering
from homeward_api.errors import Code, Refusal
from homeward_api.execution import Ask
from homeward_api.finding import any_provider
from homeward_api.mutations.problems import MENDABLE, problems_field, problems_of
from homeward_api.types.terms import plain

Act = Callable[..., Mapping[str, Any]]
KEY_SAYS = (
    "Your own key of this ask, at most 80 characters: the same ask with the same key is done once "
    "and answered the same again."
)


@dataclass(frozen=True)
class Once:
    """A value shown once and never kept: null when the same ask is answered again."""

    value: Any


def mutation(
    *, gives: Mapping[str, graphene.Field], **takes: Any
) -> Callable[[Act], graphene.Field]:
    """Return a decorator that makes a field of a function: its docstring describes it.

    The function gets the ask and the arguments, calls one service and returns the payload's rows.
    """

    def made(act: Act) -> graphene.Field:
        return graphene.Field(
            payload_of(act, gives),
            required=True,
            description=words_of(act),
            resolver=_resolver(act),
            idempotency_key=graphene.String(required=True, description=KEY_SAYS),
            **takes,
        )

    return made


def words_of(act: Act) -> str:
    """Return what a mutation does, in the words of its docstring."""
    return " ".join((act.__doc__ or "").split())


def payload_of(act: Act, gives: Mapping[str, graphene.Field]) -> type[graphene.ObjectType]:
    """Return the type of a mutation's answer: what it gives, and problems."""
    name = "".join(word.capitalize() for word in act.__name__.split("_"))
    fields = {
        "__doc__": f"What came of {to_camel_case(act.__name__)}.",
        **gives,
        "problems": problems_field(),
    }
    return type(f"{name}Payload", (graphene.ObjectType,), fields)


def _resolver(act: Act) -> Callable[..., dict[str, Any]]:
    def resolve(
        _root: Any, info: GraphQLResolveInfo, idempotency_key: str, **values: Any
    ) -> dict[str, Any]:
        ask: Ask = info.context
        given = said(values)
        try:
            return _once(ask, act, idempotency_key, given)
        except answering.AnotherAsk as refusal:
            raise Refusal(Code.CONFLICT, refusal.messages[0]) from None
        except PermissionDenied as refusal:
            raise Refusal(Code.FORBIDDEN, str(refusal)) from None
        except MENDABLE as refusal:
            return {"problems": problems_of(refusal)}

    return resolve


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments said: a null is as good as leaving an argument out."""
    return {name: value for name, value in plain(values).items() if value is not None}


def _once(ask: Ask, act: Act, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked and keep the answer in one transaction, or give the answer kept.

    A refused ask leaves nothing behind, so the same key may be used again once it is mended.
    """
    provider: Provider = any_provider(ask)
    asked = answering.asked_digest(act.__name__, given)
    with transaction.atomic():
        row, is_new = answering.reserve(provider=provider, key=key, asked=asked)
        if not is_new:
            return {**answering.unpacked(row.answer), "problems": []}
        done = {**act(ask, **given), "problems": []}
        answering.keep(row, {name: one for name, one in done.items() if not _is_once(one)})
    return {name: one.value if isinstance(one, Once) else one for name, one in done.items()}


def _is_once(value: Any) -> bool:
    return isinstance(value, Once)
