"""Say no to a package."""

from typing import Any

import graphene

from cms_models.brokerage.models import Invitation
from cms_models.brokerage.services import offers
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import invitation_rows
from homeward_api.types.choices import DeclineReason
from homeward_api.types.offers import Invitation as InvitationType


@mutation(
    gives={
        "invitation": graphene.Field(InvitationType, description="The invitation, now declined.")
    },
    invitation=graphene.ID(required=True, description="The invitation's public id."),
    reason=DeclineReason(required=True, description="Why you do not offer."),
    words=graphene.String(default_value="", description="Why, in your words."),
)
def decline_package(ask: Ask, *, invitation: str, reason: str, words: str = "") -> dict[str, Any]:
    """Say no to a package you were asked about, with the reason."""
    row = found(Invitation.objects.visible_to(ask.user), invitation, "invitation")
    offers.decline(actor=ask.user, invitation=row, reason=reason, words=words, now=ask.now)
    return {"invitation": invitation_rows(Invitation.objects.filter(pk=row.pk))[0]}
