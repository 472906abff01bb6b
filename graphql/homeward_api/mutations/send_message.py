"""Write to the council."""

from typing import Any

import graphene

from cms_models.brokerage.models import Message
from cms_models.brokerage.services import talk
from homeward_api.execution import Ask
from homeward_api.finding import package_of, provider_of
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import message_rows
from homeward_api.reading.packages import packages_talked_of
from homeward_api.types.talk import Message as MessageType


@mutation(
    gives={"message": graphene.Field(MessageType, description="The message.")},
    text=graphene.String(required=True, description="What you write."),
    package=graphene.ID(
        description="The public id of the package it is about: one you were asked about or deliver."
    ),
    provider=graphene.String(description="Which of yours writes, by ref; not needed for one."),
)
def send_message(
    ask: Ask, *, text: str, package: str | None = None, provider: str | None = None
) -> dict[str, Any]:
    """Write to the council's brokers, about a package or about none."""
    sent = talk.send_message(
        actor=ask.user,
        provider=provider_of(ask, provider),
        package=package_of(ask, package, packages_talked_of(ask.user)),
        text=text,
        now=ask.now,
    )
    return {"message": message_rows(Message.objects.filter(pk=sent.pk))[0]}
