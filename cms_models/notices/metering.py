"""What a key asks in a minute, counted by one statement a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from cms_models.accounts.models import ApiKey
from cms_models.notices.models import KeyMinute

MINUTE = timedelta(minutes=1)
# Minutes past are kept for a look at who asked much, not for good.
KEPT = timedelta(hours=24)
COUNT = """
INSERT INTO notices_keyminute (api_key_id, minute, requests, cost) VALUES (%s, %s, 1, %s)
ON CONFLICT (api_key_id, minute) DO UPDATE
SET requests = notices_keyminute.requests + 1, cost = notices_keyminute.cost + excluded.cost
RETURNING requests, cost
"""


@dataclass(frozen=True)
class Spent:
    """What a key has asked in the minute that ends at `resets_at`, this request included."""

    requests: int
    cost: int
    resets_at: datetime


def count(*, key: ApiKey, cost: int, now: datetime) -> Spent:
    """Count a request of a key's and return what its minute holds: safe under any race.

    Django's own upsert cannot add to what is there, and reading before writing would lose counts.
    """
    minute = now.replace(second=0, microsecond=0)
    kept = connection.ops.adapt_datetimefield_value(minute)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key.pk, kept, cost])
        requests, spent = cursor.fetchone()
    if requests == 1:
        KeyMinute.objects.filter(api_key=key, minute__lt=minute - KEPT).delete()
    return Spent(requests, spent, minute + MINUTE)
