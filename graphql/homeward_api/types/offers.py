"""What a provider was asked, what it offered, and what was asked back."""

import graphene

from homeward_api.connections import connection_of
from homeward_api.lists import BoundedList
from homeward_api.types.choices import DeclineReason, InvitationState, OfferState
from homeward_api.types.terms import ProviderRef

# Questions of an offer and their answers: ten of them are already rare.
QUESTIONS_COUNTED = 10


class OfferQuestion(graphene.ObjectType):
    """A question every offer for the package answers."""

    id = graphene.ID(required=True, description="The question's public id: answers name it.")
    text = graphene.String(required=True, description="The question.")
    scored = graphene.Boolean(required=True, description="Whether the answer gives points.")
    most_points = graphene.String(
        description="The most points it gives, a decimal; null where it gives none."
    )


class Question(graphene.ObjectType):
    """A question asked about an open package; everybody asked reads it, nobody who asked it."""

    id = graphene.ID(required=True, description="The question's public id.")
    text = graphene.String(required=True, description="What was asked.")
    asked_at = graphene.DateTime(required=True, description="When it was asked.")
    answer = graphene.String(required=True, description="The answer; empty while there is none.")
    answered_at = graphene.DateTime(description="When it was answered; null while it is not.")
    own = graphene.Boolean(required=True, description="Whether you asked it.")


class OfferAnswer(graphene.ObjectType):
    """Your answer to one of the package's questions."""

    question = graphene.String(required=True, description="The question as it was answered.")
    answer = graphene.String(required=True, description="Your answer.")


class Offer(graphene.ObjectType):
    """What you offered for a package."""

    id = graphene.ID(required=True, description="The offer's public id.")
    invitation_id = graphene.ID(required=True, description="The invitation it answers.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours offered.")
    state = graphene.Field(OfferState, required=True, description="How it stands.")
    starts_on = graphene.Date(required=True, description="The first day you can give care.")
    weekly_minutes = graphene.Int(required=True, description="Carer-minutes a week you can give.")
    conditions = graphene.String(required=True, description="Your conditions; empty for none.")
    price_pence = graphene.Int(
        description="Your price, pence an hour (a week in a care home); null where the lot sets it."
    )
    answers = BoundedList(
        OfferAnswer, most=QUESTIONS_COUNTED, description="Your answers to the questions asked."
    )
    made_at = graphene.DateTime(required=True, description="When you made it.")
    withdrawn_at = graphene.DateTime(description="When you withdrew it, if you did.")
    withdrawn_because = graphene.String(required=True, description="Why you withdrew it.")


class Invitation(graphene.ObjectType):
    """You, asked about a package: when it was sent, opened and answered."""

    id = graphene.ID(required=True, description="The invitation's public id: offers name it.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours is asked.")
    state = graphene.Field(InvitationState, required=True, description="How far you got.")
    sent_at = graphene.DateTime(required=True, description="When you were asked.")
    opened_at = graphene.DateTime(description="When you first opened it; null if you have not.")
    answered_at = graphene.DateTime(description="When you offered or declined, if you did.")
    closes_at = graphene.DateTime(required=True, description="Until when you may answer.")
    decline_reason = graphene.Field(DeclineReason, description="Why you declined, if you did.")
    outcome = graphene.String(
        required=True, description="What became of it, in words; empty while it is open."
    )


OfferConnection = connection_of(Offer, name="Offer", of_what="your offers")
InvitationConnection = connection_of(Invitation, name="Invitation", of_what="your invitations")
