"""A package after its award, as the provider that delivers it sees it."""

import graphene

from homeward_api.connections import connection_of
from homeward_api.types.choices import HandBackReason, HandBackState, ReviewKind
from homeward_api.types.terms import ProviderRef


class HandBack(graphene.ObjectType):
    """You ask to give a package back, and what the council decided."""

    id = graphene.ID(required=True, description="The hand-back's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours asks.")
    reason = graphene.Field(HandBackReason, required=True, description="Why.")
    words = graphene.String(required=True, description="Why, in your words.")
    evidence_name = graphene.String(
        required=True, description="The name of the evidence you sent; empty for none."
    )
    state = graphene.Field(HandBackState, required=True, description="How it stands.")
    submitted_at = graphene.DateTime(required=True, description="When you asked.")
    decided_at = graphene.DateTime(description="When the council decided; null while it has not.")
    decision_words = graphene.String(required=True, description="What the council said to it.")
    ends_on = graphene.Date(
        description="The first day you no longer owe the care; null unless accepted."
    )


class ReviewTask(graphene.ObjectType):
    """Something you are asked to look at by a day, and what came of it."""

    id = graphene.ID(required=True, description="The task's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours is asked.")
    kind = graphene.Field(ReviewKind, required=True, description="What is asked.")
    words = graphene.String(required=True, description="What is asked, in words.")
    due_on = graphene.Date(required=True, description="The day it is due.")
    done_at = graphene.DateTime(description="When it was done; null while it is not.")
    outcome = graphene.String(required=True, description="What came of it; empty while not done.")


HandBackConnection = connection_of(HandBack, name="HandBack", of_what="your hand-backs")
ReviewTaskConnection = connection_of(ReviewTask, name="ReviewTask", of_what="your review tasks")
