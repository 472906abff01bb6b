"""Say that the council's messages were read."""

from typing import Any

import graphene

from cms_models.brokerage.models import Message
from cms_models.brokerage.services import talk
from homeward_api.execution import Ask
from homeward_api.finding import provider_of
from homeward_api.mutations.writing import mutation


@mutation(
    gives={"unread": graphene.Int(description="How many messages are unread now.")},
    provider=graphene.String(description="Which of yours read, by ref; not needed for one."),
)
def mark_messages_read(ask: Ask, *, provider: str | None = None) -> dict[str, Any]:
    """Say that every message of the council's has been read."""
    own = provider_of(ask, provider)
    talk.mark_read(actor=ask.user, provider=own, now=ask.now)
    unread = Message.objects.filter(provider=own, from_provider=False, read_at=None)
    return {"unread": unread.count()}
