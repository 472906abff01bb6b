"""Who is asking, and the lots it holds places in."""

from typing import Any

import graphene

from cms_models.market.domain import Tier as Tiers
from homeward_api.connections import Row
from homeward_api.lists import BoundedList
from homeward_api.types.terms import Pathway, ProviderRef

PROVIDERS_COUNTED = 5
PLACES_COUNTED = 5

Tier = graphene.Enum(
    "Tier",
    [(tier.name, tier.value) for tier in Tiers],
    description=lambda value: (
        "The order in which a lot's providers are offered work."
        if value is None
        else Tiers(value.value).words.capitalize()
    ),
)


class Authority(graphene.ObjectType):
    """The council whose work this is."""

    code = graphene.String(required=True, description="The council's short name.")
    name = graphene.String(required=True, description="The council's name.")


class Me(graphene.ObjectType):
    """Who the key acts for."""

    authority = graphene.Field(Authority, required=True, description="Your council.")
    provider = graphene.Field(
        ProviderRef, description="Your provider; the first by name when you act for several."
    )
    providers = BoundedList(
        ProviderRef, most=PROVIDERS_COUNTED, description="Every provider you act for."
    )


class LotPlace(graphene.ObjectType):
    """A place of yours in a lot, in force on `[startsOn, endsOn)`."""

    provider = graphene.Field(ProviderRef, required=True, description="The provider that holds it.")
    tier = graphene.Field(Tier, required=True, description="The tier.")
    rank = graphene.Int(required=True, description="The rank within the tier, 1 first.")
    capacity_minutes_per_week = graphene.Int(
        description="Agreed minutes a week; null where no limit is agreed."
    )
    starts_on = graphene.Date(required=True, description="The first day in force.")
    ends_on = graphene.Date(description="The first day no longer in force; null for no end.")


class Lot(graphene.ObjectType):
    """A lot in which you hold a place, and how it offers work."""

    code = graphene.String(required=True, description="The lot's code.")
    name = graphene.String(required=True, description="The lot's name.")
    framework = graphene.String(required=True, description="The framework agreement's name.")
    pathways = graphene.List(
        graphene.NonNull(Pathway), required=True, description="The pathways it covers."
    )
    zones = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Codes of the zones it covers.",
    )
    cascade = graphene.String(
        required=True, description="Where offers begin today, such as “no lead: starts at …”."
    )
    places = BoundedList(LotPlace, most=PLACES_COUNTED, description="Your places in it.")

    @staticmethod
    def resolve_places(row: Row, _info: Any) -> Any:
        """Return the caller's places in the lot."""
        return row["places"]
