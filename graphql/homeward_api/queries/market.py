"""The caller, and its lots."""

from datetime import date
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from cms_models.market.provider_selectors import own_lots, own_providers
from homeward_api.execution import Ask
from homeward_api.lists import BoundedList
from homeward_api.types.market import Lot, Me

LOTS_COUNTED = 30


class MarketQueries:
    """What a provider may ask about itself."""

    me = graphene.Field(Me, required=True, description="Who the key acts for.")
    lots = BoundedList(
        Lot,
        most=LOTS_COUNTED,
        description="The lots in which you hold a place, past ones too.",
        as_of=graphene.Date(description="The cascade as on this day; today when left out."),
    )

    @staticmethod
    def resolve_me(_root: Any, info: GraphQLResolveInfo) -> dict[str, Any]:
        """Return the council and the providers of the caller."""
        ask: Ask = info.context
        providers = own_providers(user=ask.user)
        return {
            "authority": ask.user.authority,
            "provider": providers[0] if providers else None,
            "providers": providers,
        }

    @staticmethod
    def resolve_lots(
        _root: Any, info: GraphQLResolveInfo, as_of: date | None = None
    ) -> list[dict[str, Any]]:
        """Return the caller's lots."""
        ask: Ask = info.context
        return own_lots(user=ask.user, on=as_of or ask.on)
