"""Give a webhook another secret."""

from typing import Any

import graphene

from cms_models.notices import services
from cms_models.notices.models import Webhook
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.set_webhook import SECRET_SAYS
from homeward_api.mutations.writing import Once, mutation
from homeward_api.reading.statements import webhook_rows
from homeward_api.types.notices import Webhook as WebhookType


@mutation(
    gives={
        "webhook": graphene.Field(WebhookType, description="The webhook."),
        "secret": graphene.String(description=SECRET_SAYS),
    },
    webhook=graphene.ID(required=True, description="The webhook's public id."),
)
def rotate_webhook_secret(ask: Ask, *, webhook: str) -> dict[str, Any]:
    """Give a webhook another secret: what is posted from now on is signed with it."""
    row = found(Webhook.objects.visible_to(ask.user), webhook, "webhook")
    secret = services.rotate_secret(actor=ask.user, webhook=row)
    return {
        "webhook": webhook_rows(Webhook.objects.filter(pk=row.pk))[0],
        "secret": Once(secret),
    }
