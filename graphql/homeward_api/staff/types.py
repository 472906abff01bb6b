"""What brokers read of packages, releases, offers and awards: never who a package is for."""

import graphene

from cms_models.brokerage.models import ReleaseState as ReleaseStates
from cms_models.brokerage.models import Route as Routes
from cms_models.care.models import AwardSource as AwardSources
from homeward_api.connections import connection_of
from homeward_api.types.choices import InvitationState, OfferState, Urgency, named
from homeward_api.types.terms import LotRef, Pathway, ProviderRef, Status, ZoneRef

Route = named("Route", Routes, "To whom a package is released.")
ReleaseState = named("ReleaseState", ReleaseStates, "How a release stands.")
AwardSource = named("AwardSource", AwardSources, "How an award came about.")


class StaffMe(graphene.ObjectType):
    """Who is signed in."""

    name = graphene.String(required=True, description="Your name.")
    role = graphene.String(required=True, description="Your role.")


class StaffPackage(graphene.ObjectType):
    """A package as the board shows it: the work, not the person."""

    id = graphene.ID(required=True, description="The package's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    status = graphene.Field(Status, required=True, description="Where it stands.")
    pathway = graphene.Field(Pathway, required=True, description="The pathway.")
    zone = graphene.Field(ZoneRef, description="The zone; null when in none.")
    lot = graphene.Field(LotRef, description="The lot; null when in none.")
    starts_on = graphene.Date(required=True, description="The first day of care.")
    weekly_minutes = graphene.Int(required=True, description="Carer-minutes a week.")
    weekly_pence = graphene.Int(description="Pence a week; null when it could not be priced.")
    urgency = graphene.Field(Urgency, description="How soon care must begin; null if not stated.")
    on_file_since = graphene.DateTime(required=True, description="When it was registered.")
    decisions_needed = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Why it is decided individually; empty when it is not.",
    )


class Release(graphene.ObjectType):
    """One time a package was offered to providers."""

    id = graphene.ID(required=True, description="The release's public id.")
    package_id = graphene.ID(required=True, description="The package's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    route = graphene.Field(Route, required=True, description="To whom.")
    state = graphene.Field(ReleaseState, required=True, description="How it stands.")
    reason = graphene.String(required=True, description="Why by this route; empty for tiers.")
    released_at = graphene.DateTime(required=True, description="When.")
    ended_at = graphene.DateTime(description="When it ended; null while open.")
    ended_because = graphene.String(required=True, description="Why it ended; empty while open.")


class StaffInvitation(graphene.ObjectType):
    """A provider asked about a package: when it was sent, opened, answered or lapsed."""

    id = graphene.ID(required=True, description="The invitation's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Who is asked.")
    state = graphene.Field(InvitationState, required=True, description="How far it got.")
    sent_at = graphene.DateTime(required=True, description="When it was asked.")
    opened_at = graphene.DateTime(description="When it first looked; null if it has not.")
    answered_at = graphene.DateTime(description="When it answered; null if it has not.")
    closes_at = graphene.DateTime(required=True, description="Until when it may answer.")


class StaffOffer(graphene.ObjectType):
    """What a provider offers for a package."""

    id = graphene.ID(required=True, description="The offer's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Who offers.")
    state = graphene.Field(OfferState, required=True, description="How it stands.")
    starts_on = graphene.Date(required=True, description="The first day it can give care.")
    weekly_minutes = graphene.Int(required=True, description="Carer-minutes a week it can give.")
    conditions = graphene.String(required=True, description="Its conditions; empty for none.")
    price_pence = graphene.Int(description="Its price; null where the lot sets it.")
    made_at = graphene.DateTime(required=True, description="When it was made.")


class StaffAward(graphene.ObjectType):
    """A package given to a provider by a person, with the reason."""

    id = graphene.ID(required=True, description="The award's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Who got it.")
    source = graphene.Field(AwardSource, required=True, description="How it came about.")
    override = graphene.Boolean(
        required=True, description="Whether another was chosen than was proposed or due."
    )
    reason = graphene.String(required=True, description="Why.")
    starts_on = graphene.Date(required=True, description="The first day awarded.")
    ends_on = graphene.Date(description="The first day no longer awarded; null for no end.")
    current = graphene.Boolean(required=True, description="Whether it is the one in force.")
    decided_at = graphene.DateTime(required=True, description="When it was decided.")


PackagePages = connection_of(StaffPackage, name="StaffPackage", of_what="packages")
ReleasePages = connection_of(Release, name="Release", of_what="releases")
InvitationPages = connection_of(StaffInvitation, name="StaffInvitation", of_what="invitations")
OfferPages = connection_of(StaffOffer, name="StaffOffer", of_what="offers")
AwardPages = connection_of(StaffAward, name="StaffAward", of_what="awards")
