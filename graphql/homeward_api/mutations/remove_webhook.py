"""Stop posting to an address."""

from typing import Any

import graphene

from cms_models.notices import services
from cms_models.notices.models import Webhook
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation


@mutation(
    gives={"removed": graphene.ID(description="The public id of the webhook removed.")},
    webhook=graphene.ID(required=True, description="The webhook's public id."),
)
def remove_webhook(ask: Ask, *, webhook: str) -> dict[str, Any]:
    """Remove a webhook with what is still on its way to it; the events stay readable."""
    row = found(Webhook.objects.visible_to(ask.user), webhook, "webhook")
    removed = str(row.public_id)
    services.remove_webhook(actor=ask.user, webhook=row)
    return {"removed": removed}
