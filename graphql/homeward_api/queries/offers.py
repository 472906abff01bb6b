"""What the caller was asked, what it offered, and how it was decided."""

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from cms_models.brokerage.file_selectors import file_for_provider
from cms_models.brokerage.models import Invitation, Offer
from homeward_api.connections import Page, Sort, arguments
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.lists import Connection
from homeward_api.queries.paging import page
from homeward_api.reading.dealings import invitation_rows, offer_rows
from homeward_api.types.choices import InvitationState, OfferState
from homeward_api.types.notices import AllocationFile
from homeward_api.types.offers import InvitationConnection, OfferConnection

BY_SENT = Sort(field="sent_at", key="sent_at", newest_first=True)
BY_MADE = Sort(field="made_at", key="made_at", newest_first=True)


class OfferQueries:
    """What a provider may ask about its own offers."""

    invitations = Connection(
        InvitationConnection,
        required=True,
        description="Packages you were asked about, the newest first: of a closed one nothing but "
        "its reference and what became of it.",
        **arguments(state=InvitationState(description="Only those that stand so.")),
    )
    my_offers = Connection(
        OfferConnection,
        required=True,
        description="Your offers, the newest first.",
        **arguments(state=OfferState(description="Only those that stand so.")),
    )
    allocation_file = graphene.Field(
        AllocationFile,
        description="How a decision you took part in was made, without the others' data; null "
        "while nothing is decided.",
        invitation=graphene.ID(required=True, description="The invitation's public id."),
    )

    @staticmethod
    def resolve_invitations(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        state: Any = None,
    ) -> Page:
        """Return a page of the caller's invitations."""
        ask: Ask = info.context
        rows = Invitation.objects.visible_to(ask.user)
        rows = rows if state is None else rows.filter(state=state.value)
        return page(
            "invitations",
            rows,
            ask=ask,
            read=invitation_rows,
            sort=BY_SENT,
            first=first,
            after=after,
        )

    @staticmethod
    def resolve_my_offers(
        _root: Any,
        info: GraphQLResolveInfo,
        first: int | None = None,
        after: str | None = None,
        state: Any = None,
    ) -> Page:
        """Return a page of the caller's offers."""
        ask: Ask = info.context
        rows = Offer.objects.visible_to(ask.user)
        rows = rows if state is None else rows.filter(state=state.value)
        return page(
            "myOffers", rows, ask=ask, read=offer_rows, sort=BY_MADE, first=first, after=after
        )

    @staticmethod
    def resolve_allocation_file(
        _root: Any, info: GraphQLResolveInfo, invitation: str
    ) -> dict[str, Any] | None:
        """Return the caller's version of the file of a decision."""
        ask: Ask = info.context
        own = Invitation.objects.visible_to(ask.user).select_related("provider", "release__package")
        row = found(own, invitation, "invitation")
        document = file_for_provider(ask.user, row)
        if document is None:
            return None
        return {"reference": row.package.package_ref, "document": document}
