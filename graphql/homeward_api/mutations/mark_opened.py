"""Say that a package was opened."""

from typing import Any

import graphene

from cms_models.brokerage.models import Invitation
from cms_models.brokerage.services import offers
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import invitation_rows
from homeward_api.types.offers import Invitation as InvitationType


@mutation(
    gives={"invitation": graphene.Field(InvitationType, description="The invitation, opened.")},
    invitation=graphene.ID(required=True, description="The invitation's public id."),
)
def mark_opened(ask: Ask, *, invitation: str) -> dict[str, Any]:
    """Say that somebody of yours has looked at a package: the first time is kept."""
    row = found(Invitation.objects.visible_to(ask.user), invitation, "invitation")
    offers.open_invitation(actor=ask.user, invitation=row, now=ask.now)
    return {"invitation": invitation_rows(Invitation.objects.filter(pk=row.pk))[0]}
