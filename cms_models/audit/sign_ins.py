"""Users' passwords and keys with their audit entries.

The accounts app comes before the audit, so what it writes is recorded here: that a password was
set or a key issued and revoked, never the password or the key itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from cms_models.accounts import services as accounts
from cms_models.accounts.models import ApiKey, User
from cms_models.audit.services import record, save_record


def _require(actor: User, model: type) -> None:
    if not actor.may("change", model):
        raise PermissionDenied(f"{actor} ({actor.get_role_display()}) does not manage sign-ins.")


def save_user(*, actor: User, user: User, expected_version: int | None, password: str = "") -> User:
    """Save a user of the actor's council, with a new password where one is given.

    Raises StaleEdit when somebody saved the user in between; nothing is written then.
    """
    _require(actor, User)
    with transaction.atomic():
        if expected_version is None and not password:
            user.set_unusable_password()
        save_record(actor=actor, record_=user, expected_version=expected_version)
        if password:
            user.set_password(password)
            user.save(update_fields=["password"])
            record(actor=actor, action="set_password", subject=user)
    return user


def _require_key_of(actor: User, user: User) -> None:
    """Refuse whoever is not the user meant, nor manages the sign-ins of the user's council."""
    if user.pk == actor.pk:
        return
    _require(actor, ApiKey)
    if user.authority_id != actor.authority_id:
        raise PermissionDenied(f"{user} belongs to another council.")


def issue_key(
    *,
    actor: User,
    user: User,
    name: str,
    now: datetime,
    days: int,
    scopes: Sequence[str] = (),
) -> accounts.IssuedKey:
    """Issue a key that acts as the actor or a user of the actor's council."""
    _require_key_of(actor, user)
    with transaction.atomic():
        issued = accounts.issue_key(user=user, name=name, now=now, days=days, scopes=scopes)
        record(actor=actor, action="issue_key", subject=issued.row, after=_said_of(issued.row))
    return issued


def rotate_key(
    *, actor: User, key: ApiKey, now: datetime, overlap_days: int = accounts.OVERLAP_DAYS
) -> accounts.IssuedKey:
    """Issue a key's successor; both open for the days of overlap, then only the new one."""
    _require_key_of(actor, key.user)
    with transaction.atomic():
        issued = accounts.rotate_key(key=key, now=now, overlap_days=overlap_days)
        ended = ApiKey.objects.get(pk=key.pk)
        record(
            actor=actor,
            action="rotate_key",
            subject=key,
            before={"expires_at": key.expires_at},
            after={"expires_at": ended.expires_at, "successor": issued.row.prefix},
        )
        record(actor=actor, action="issue_key", subject=issued.row, after=_said_of(issued.row))
    return issued


def _said_of(row: ApiKey) -> dict[str, Any]:
    stated = {"name": row.name, "prefix": row.prefix, "user": row.user_id}
    return {**stated, "expires_at": row.expires_at, "scopes": row.scopes}


def revoke_key(*, actor: User, key: ApiKey, now: datetime, reason: str) -> None:
    """Stop a key at once; ValueError when it was stopped before."""
    _require_key_of(actor, key.user)
    if key.revoked_at is not None:
        raise ValueError(f"{key} was revoked on {key.revoked_at:%d/%m/%Y} already.")
    with transaction.atomic():
        accounts.revoke_key(key=key, now=now)
        record(
            actor=actor,
            action="revoke_key",
            subject=key,
            before={"revoked_at": None},
            after={"revoked_at": now},
            reason=reason,
        )
