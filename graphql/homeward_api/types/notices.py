"""What providers are told, and where it goes."""

import graphene

from homeward_api.lists import BoundedList
from homeward_api.types.choices import EventKind
from homeward_api.types.terms import ProviderRef


class PackageChange(graphene.ObjectType):
    """Something that happened to a package or to your dealings with the council."""

    id = graphene.ID(required=True, description="The event's public id, as webhooks give it.")
    kind = graphene.Field(EventKind, required=True, description="What happened.")
    provider = graphene.Field(ProviderRef, required=True, description="Which of yours is told.")
    package_id = graphene.ID(description="The package's public id; null for none.")
    reference = graphene.String(description="The package's reference; null for none.")
    at = graphene.DateTime(required=True, description="When it happened.")


class PackageChanges(graphene.ObjectType):
    """Changes in the order they happened, and where to go on."""

    nodes = BoundedList(PackageChange, most=1, description="The changes, the oldest first.")
    cursor = graphene.String(
        required=True, description="Pass it next time: what is new since then is given."
    )
    has_more = graphene.Boolean(required=True, description="Whether more are waiting already.")


class Webhook(graphene.ObjectType):
    """An address of yours that events are posted to; its secret is never read here."""

    id = graphene.ID(required=True, description="The webhook's public id.")
    provider = graphene.Field(ProviderRef, required=True, description="Whose webhook it is.")
    url = graphene.String(required=True, description="The address.")
    kinds = graphene.List(
        graphene.NonNull(EventKind),
        required=True,
        description="The kinds of event it wants; empty for every kind.",
    )
    active = graphene.Boolean(required=True, description="Whether events are posted to it.")
    paused_because = graphene.String(
        required=True, description="Why it was paused; empty while it runs."
    )


class ApiKey(graphene.ObjectType):
    """A key of yours; the key itself is shown once, when it is made."""

    prefix = graphene.String(required=True, description="How it begins, after hw_.")
    name = graphene.String(required=True, description="What it is for.")
    scopes = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What it may do; empty for everything its user may.",
    )
    created_at = graphene.DateTime(required=True, description="When it was made.")
    expires_at = graphene.DateTime(required=True, description="When it ends.")
    last_used_at = graphene.DateTime(description="When it was last used, to the hour.")
    revoked_at = graphene.DateTime(description="When it was revoked, if it was.")
    own = graphene.Boolean(required=True, description="Whether it is the one you ask with now.")


class AllocationFile(graphene.ObjectType):
    """How a decision you took part in was made; of the other providers nothing is told."""

    reference = graphene.String(required=True, description="The package's reference.")
    document = graphene.JSONString(
        required=True, description="The file as you may read it, as JSON in a text."
    )
