"""Have events posted to an address."""

from collections.abc import Sequence
from typing import Any

import graphene

from cms_models.notices import services
from cms_models.notices.models import Webhook
from homeward_api.execution import Ask
from homeward_api.finding import found, provider_of
from homeward_api.mutations.writing import Once, mutation
from homeward_api.reading.statements import webhook_rows
from homeward_api.types.choices import EventKind
from homeward_api.types.notices import Webhook as WebhookType

SECRET_SAYS = "What events are signed with: shown once, null when the same ask is answered again."


@mutation(
    gives={
        "webhook": graphene.Field(WebhookType, description="The webhook."),
        "secret": graphene.String(description=SECRET_SAYS),
    },
    url=graphene.String(required=True, description="The address, https://…"),
    kinds=graphene.List(
        graphene.NonNull(EventKind),
        default_value=(),
        description="The kinds of event to post; empty for every kind.",
    ),
    webhook=graphene.ID(description="The public id of the webhook to change; none for a new one."),
    active=graphene.Boolean(default_value=True, description="Whether to post to it."),
    provider=graphene.String(description="Which of yours, by ref; not needed for one."),
)
def set_webhook(
    ask: Ask,
    *,
    url: str,
    kinds: Sequence[Any] = (),
    webhook: str | None = None,
    active: bool = True,
    provider: str | None = None,
) -> dict[str, Any]:
    """Have events posted to an address, or change a webhook; a new one's secret is shown once."""
    own = Webhook.objects.visible_to(ask.user)
    old = None if webhook is None else found(own, webhook, "webhook")
    kept = services.set_webhook(
        actor=ask.user,
        provider=provider_of(ask, provider) if old is None else old.provider,
        url=url,
        kinds=list(kinds),
        webhook=old,
        active=active,
    )
    secret = Once(kept.secret) if old is None else None
    return {"webhook": webhook_rows(Webhook.objects.filter(pk=kept.pk))[0], "secret": secret}
