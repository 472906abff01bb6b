"""What the caller is told: changes since a cursor, webhooks, keys, wishes."""

from typing import Any

import graphene
from django.core.signing import Signer
from graphql import GraphQLResolveInfo

from cms_models.accounts.models import ApiKey, User
from cms_models.notices.models import OutboxEvent, Webhook
from cms_models.notices.services import kinds_wished
from homeward_api.connections import unsigned
from homeward_api.errors import Code, Refusal
from homeward_api.execution import Ask
from homeward_api.lists import PAGE_DEFAULT, PAGE_MOST, BoundedList, Connection
from homeward_api.reading.statements import event_rows, key_rows, webhook_rows
from homeward_api.types.choices import EventKind
from homeward_api.types.notices import ApiKey as ApiKeyType
from homeward_api.types.notices import PackageChanges
from homeward_api.types.notices import Webhook as WebhookType

SETTINGS_COUNTED = 10
KEYS_MOST = 100


class NoticeQueries:
    """What a provider may ask about what it is told, and how."""

    packages_changed_since = Connection(
        PackageChanges,
        required=True,
        description="What happened since a cursor, in the order it happened; from the beginning "
        "without one. Ask again with the cursor of the answer.",
        cursor=graphene.String(description="The cursor of the last answer."),
        first=graphene.Int(
            default_value=PAGE_DEFAULT, description=f"Changes to give, 1 to {PAGE_MOST}."
        ),
    )
    webhooks = BoundedList(
        WebhookType, most=SETTINGS_COUNTED, description="Your webhooks, never their secrets."
    )
    api_keys = BoundedList(
        ApiKeyType,
        most=SETTINGS_COUNTED,
        description="The keys of this key's user, the newest first; never the keys themselves.",
    )
    notice_wishes = graphene.List(
        graphene.NonNull(EventKind),
        required=True,
        description="The kinds of event this key's user gets by e-mail.",
    )

    @staticmethod
    def resolve_packages_changed_since(
        _root: Any,
        info: GraphQLResolveInfo,
        cursor: str | None = None,
        first: int | None = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Return the caller's next events and where to go on."""
        ask: Ask = info.context
        size = PAGE_DEFAULT if first is None else first
        if not 1 <= size <= PAGE_MOST:
            raise Refusal(Code.BAD_USER_INPUT, f"first: 1 to {PAGE_MOST} changes, not {size}.")
        signer = _signer(ask.user)
        after = 0 if cursor is None else int(unsigned(signer, cursor))
        events = OutboxEvent.objects.visible_to(ask.user).filter(pk__gt=after).order_by("pk")
        rows = event_rows(events[: size + 1])
        page = rows[:size]
        last = page[-1]["pk"] if page else after
        return {
            "nodes": page,
            "cursor": signer.sign_object(last),
            "has_more": len(rows) > size,
        }

    @staticmethod
    def resolve_webhooks(_root: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        """Return the caller's webhooks."""
        ask: Ask = info.context
        return webhook_rows(Webhook.objects.visible_to(ask.user))

    @staticmethod
    def resolve_api_keys(_root: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        """Return the keys of the caller's own user."""
        ask: Ask = info.context
        own = ApiKey.objects.filter(user=ask.user).order_by("-created_at", "-pk")[:KEYS_MOST]
        return key_rows(own, own=ask.key.pk if ask.key else None)

    @staticmethod
    def resolve_notice_wishes(_root: Any, info: GraphQLResolveInfo) -> list[str]:
        """Return what the caller is e-mailed."""
        ask: Ask = info.context
        return list(kinds_wished(ask.user))


def _signer(user: User) -> Signer:
    return Signer(salt=f"homeward_api.cursor.packagesChangedSince.{user.pk}")
