"""The only writers of notices: what providers are told, where it goes, who wants what."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import delete_record, hold_chain, record, save_record
from cms_models.market.models import Provider, providers_of
from cms_models.notices.domain import MAILED_AT_FIRST, address_refusal, wants
from cms_models.notices.models import Delivery, EventKind, NoticeWish, OutboxEvent, Webhook

MOST_WEBHOOKS = 5


def tell(
    *,
    actor: User,
    provider: Provider,
    kind: Any,
    package: Any | None = None,
    payload: Mapping[str, Any] | None = None,
) -> OutboxEvent:
    """Write an event for a provider and its deliveries, in the caller's transaction.

    `kind` is one of EventKind; `package` is a care package; `payload` holds public ids and
    references only, never a name. The provider is told after the commit, not at all if undone.
    """
    said = {"reference": package.package_ref} if package is not None else {}
    with transaction.atomic():
        hold_chain(actor.authority)  # a council's events are committed in the order of their ids
        event = OutboxEvent.objects.create(
            authority=actor.authority,
            provider=provider,
            kind=EventKind(kind),
            package_id=package.public_id if package is not None else None,
            payload={**said, **(payload or {})},
        )
        _address(event)
    return event


def _address(event: OutboxEvent) -> None:
    """Write a delivery for every webhook and e-mail address that wants the event."""
    hooks = Webhook.objects.filter(provider_id=event.provider_id, active=True)
    to_hooks = [{"webhook": hook} for hook in hooks if wants(hook.kinds, event.kind)]
    to_people = [{"email": address} for address in sorted(_mailed(event))]
    Delivery.objects.bulk_create(
        Delivery(authority_id=event.authority_id, event=event, next_at=timezone.now(), **where)
        for where in (*to_hooks, *to_people)
    )


def _mailed(event: OutboxEvent) -> set[str]:
    people = User.objects.filter(
        provider_memberships__provider_id=event.provider_id, is_active=True
    ).exclude(email="")
    return {
        user.email
        for user in people.select_related("notice_wish")
        if event.kind in kinds_wished(user)
    }


def kinds_wished(user: User) -> Collection[str]:
    """Return the kinds of event a person is mailed."""
    wish: NoticeWish | None = getattr(user, "notice_wish", None)
    return MAILED_AT_FIRST if wish is None else wish.kinds


def set_notice_wish(*, actor: User, kinds: Collection[str]) -> NoticeWish:
    """Keep which kinds of event the actor wants by e-mail; none is a wish too."""
    if not providers_of(actor):
        raise PermissionDenied(f"{actor} acts for no provider, so there is nothing to be told.")
    _require_kinds(kinds)
    row = NoticeWish.objects.filter(user=actor).first()
    version = row.version if row else None
    row = row or NoticeWish(authority=actor.authority, user=actor)
    row.kinds = sorted(kinds)
    return save_record(actor=actor, record_=row, expected_version=version)


def _require_kinds(kinds: Collection[str]) -> None:
    known = [kind for kind in EventKind.values if kind != EventKind.TEST]
    unknown = sorted(set(kinds) - set(known))
    if unknown:
        raise ValidationError(
            f"There is no notice called {unknown[0]!r}; there are {', '.join(known)}."
        )


def _require_own(actor: User, provider: Provider) -> None:
    """Refuse whoever neither acts for the provider nor looks after providers' settings."""
    if provider.pk in providers_of(actor):
        return
    actor.must("change", Webhook)
    if provider.authority_id != actor.authority_id:
        raise PermissionDenied(f"{provider} belongs to another council.")


def set_webhook(
    *,
    actor: User,
    provider: Provider,
    url: str,
    kinds: Collection[str] = (),
    webhook: Webhook | None = None,
    active: bool = True,
) -> Webhook:
    """Add a webhook of a provider's, or change the one given; a paused one is let run again."""
    _require_own(actor, provider)
    _require_kinds(kinds)
    if webhook is not None and webhook.provider_id != provider.pk:
        raise PermissionDenied(f"This webhook is not one of {provider}.")
    plain_allowed = settings.DEBUG or settings.HOMEWARD_WEBHOOK_PRIVATE
    refusal = address_refusal(url, plain_allowed=plain_allowed)
    if refusal:
        raise ValidationError(refusal)
    others = Webhook.objects.filter(provider=provider)
    if webhook is None and others.count() >= MOST_WEBHOOKS:
        raise ValidationError(
            f"{provider} has {MOST_WEBHOOKS} webhooks, the most there may be: remove one first."
        )
    version = webhook.version if webhook else None
    row = webhook or Webhook(
        authority=provider.authority, provider=provider, secret=secrets.token_urlsafe(32)
    )
    row.url, row.kinds, row.active = url, sorted(kinds), active
    if active:
        row.paused_because = ""
    return save_record(actor=actor, record_=row, expected_version=version)


def rotate_secret(*, actor: User, webhook: Webhook) -> str:
    """Give a webhook another secret and return it; what is posted from now on is signed with it."""
    _require_own(actor, webhook.provider)
    webhook.secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        webhook.save(update_fields=["secret", "updated_at"])
        record(actor=actor, action="rotate_secret", subject=webhook)
    return webhook.secret


def remove_webhook(*, actor: User, webhook: Webhook, reason: str = "") -> None:
    """Remove a webhook with what is still on its way to it; the events stay readable."""
    _require_own(actor, webhook.provider)
    delete_record(actor=actor, record_=webhook, reason=reason)


def send_test(*, actor: User, webhook: Webhook) -> OutboxEvent:
    """Send a webhook an event of the kind `test`, whatever kinds it wants."""
    _require_own(actor, webhook.provider)
    if not webhook.active:
        raise ValidationError(f"{webhook} is paused: save it again to let it run, then test it.")
    with transaction.atomic():
        hold_chain(webhook.authority)
        event = OutboxEvent.objects.create(
            authority=webhook.authority, provider=webhook.provider, kind=EventKind.TEST
        )
        Delivery.objects.create(
            authority=webhook.authority, event=event, webhook=webhook, next_at=timezone.now()
        )
        record(actor=actor, action="test", subject=webhook)
    return event
