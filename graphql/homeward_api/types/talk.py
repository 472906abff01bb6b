"""Messages between a provider and its council."""

import graphene

from homeward_api.connections import connection_of
from homeward_api.types.terms import ProviderRef


class Message(graphene.ObjectType):
    """One message between you and the council."""

    id = graphene.ID(required=True, description="The message's public id.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours it is with.")
    reference = graphene.String(description="The package it is about; null for none.")
    text = graphene.String(required=True, description="What it says.")
    from_provider = graphene.Boolean(required=True, description="Whether you wrote it.")
    sent_at = graphene.DateTime(required=True, description="When it was sent.")
    read_at = graphene.DateTime(description="When the other side read it; null if not yet.")


MessageConnection = connection_of(Message, name="Message", of_what="your messages")
