"""Offer for a package."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import graphene
from django.core.exceptions import ValidationError

from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import Invitation, Offer
from cms_models.brokerage.services import offers
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import offer_rows
from homeward_api.types.offers import Offer as OfferType


class AnswerInput(graphene.InputObjectType):
    """An answer to one of the package's questions."""

    question = graphene.ID(required=True, description="The question's public id.")
    answer = graphene.String(required=True, description="Your answer.")


@mutation(
    gives={"offer": graphene.Field(OfferType, description="The offer as it stands.")},
    invitation=graphene.ID(required=True, description="The invitation's public id."),
    starts_on=graphene.Date(required=True, description="The first day you can give care."),
    weekly_minutes=graphene.Int(required=True, description="Carer-minutes a week you can give."),
    conditions=graphene.String(default_value="", description="Your conditions, if any."),
    price_pence=graphene.Int(
        description="Your price, pence an hour (a week in a care home), where the lot allows one."
    ),
    answers=graphene.List(
        graphene.NonNull(AnswerInput),
        default_value=(),
        description="Your answers to the package's questions.",
    ),
)
def make_offer(
    ask: Ask,
    *,
    invitation: str,
    starts_on: date,
    weekly_minutes: int,
    conditions: str = "",
    price_pence: int | None = None,
    answers: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Offer for a package you were asked about; one offer stands a package and provider."""
    given = {str(one["question"]): one["answer"] for one in answers}
    if len(given) != len(answers):
        raise ValidationError({"answers": "Answer each question once."})
    terms = OfferTerms(
        starts_on=starts_on,
        weekly_minutes=weekly_minutes,
        conditions=conditions,
        price_pence=price_pence,
        answers=given,
    )
    row = found(Invitation.objects.visible_to(ask.user), invitation, "invitation")
    offer = offers.make_offer(actor=ask.user, invitation=row, terms=terms, now=ask.now)
    return {"offer": offer_rows(Offer.objects.filter(pk=offer.pk))[0]}
