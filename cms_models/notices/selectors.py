"""What was told to whom: events after a place in the row, and what is due to go out."""

from datetime import datetime

from django.db.models import QuerySet

from cms_models.accounts.models import Authority, User
from cms_models.notices.models import Delivery, DeliveryState, OutboxEvent

MOST_EVENTS = 200


def changes_since(*, user: User, after_id: int = 0, limit: int = 50) -> list[OutboxEvent]:
    """Return the user's next events in the order they were written, from after the one given.

    The last one's id is where to go on from; an empty list says that nothing is new.
    """
    events = OutboxEvent.objects.visible_to(user).filter(pk__gt=after_id).order_by("pk")
    return list(events[: max(1, min(limit, MOST_EVENTS))])


def due(*, authority: Authority, now: datetime) -> QuerySet[Delivery]:
    """Return a council's deliveries that wait to be sent, the longest waiting first."""
    return Delivery.objects.filter(
        authority=authority, state=DeliveryState.WAITING, next_at__lte=now
    ).order_by("next_at", "pk")
