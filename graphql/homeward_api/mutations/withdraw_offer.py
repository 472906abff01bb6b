"""Take an offer back."""

from typing import Any

import graphene

from cms_models.brokerage.models import Offer
from cms_models.brokerage.services import offers
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import offer_rows
from homeward_api.types.offers import Offer as OfferType


@mutation(
    gives={"offer": graphene.Field(OfferType, description="The offer as it stands.")},
    offer=graphene.ID(required=True, description="The offer's public id."),
    reason=graphene.String(required=True, description="Why you take it back."),
)
def withdraw_offer(ask: Ask, *, offer: str, reason: str) -> dict[str, Any]:
    """Take an offer back while the package is open; you may offer again until it closes."""
    row = found(Offer.objects.visible_to(ask.user), offer, "offer")
    offers.withdraw_offer(actor=ask.user, offer=row, reason=reason, now=ask.now)
    return {"offer": offer_rows(Offer.objects.filter(pk=row.pk))[0]}
