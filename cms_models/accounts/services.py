"""The only writers of councils, users and keys."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.domain import MOST_LIVE_KEYS, scopes_refusal
from cms_models.accounts.models import ApiKey, Authority, User
from cms_models.accounts.roles import Role

KEY_LIFE_DAYS_MOST = 365
OVERLAP_DAYS = 7


def register_authority(*, code: str, name: str) -> Authority:
    """Return the council with this code, created or renamed as needed."""
    authority, _ = Authority.objects.update_or_create(code=code, defaults={"name": name})
    return authority


def system_actor(*, authority: Authority) -> User:
    """Return the named actor for what the machine does in a council; nobody can sign in as it."""
    actor, created = User.objects.get_or_create(
        username=f"homeward@{authority.code}",
        defaults={"authority": authority, "role": Role.SYSTEM, "first_name": "Homeward"},
    )
    if created:
        actor.set_unusable_password()
        actor.save(update_fields=["password"])
    return actor


def register_user(
    *, authority: Authority, username: str, role: Role, password: str, name: str = ""
) -> User:
    """Return the user with this name, created with the role and password if there was none."""
    user = User.objects.filter(username=username).first()
    if user is not None:
        return user
    first_name, _, last_name = name.partition(" ")
    return User.objects.create_user(
        username=username,
        password=password,
        authority=authority,
        role=role,
        first_name=first_name,
        last_name=last_name,
    )


@dataclass(frozen=True)
class IssuedKey:
    """A key as shown once: the row, and the text nobody can read again."""

    row: ApiKey
    text: str


def digest_of(secret: str) -> str:
    """Return what is stored of a key: 32 random characters need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_key(
    *,
    user: User,
    name: str,
    now: datetime,
    days: int = KEY_LIFE_DAYS_MOST,
    scopes: Sequence[str] = (),
) -> IssuedKey:
    """Issue a key that acts as `user` for at most a year, within scopes if any are given.

    Raises ValueError for a life outside 1 to 365 days, ValidationError for an unknown scope or
    one live key too many.
    """
    if not 1 <= days <= KEY_LIFE_DAYS_MOST:
        raise ValueError(f"A key lives 1 to {KEY_LIFE_DAYS_MOST} days; {days} asked.")
    refusal = scopes_refusal(scopes)
    if refusal:
        raise ValidationError(refusal)
    _require_room(user, now, most=MOST_LIVE_KEYS)
    return _made(user=user, name=name, now=now, life=timedelta(days=days), scopes=scopes)


def rotate_key(*, key: ApiKey, now: datetime, overlap_days: int = OVERLAP_DAYS) -> IssuedKey:
    """Issue the successor of a live key; the old one still opens for the days of overlap.

    The successor acts as the same user, within the same scopes, for as long as the old one lived.
    """
    if key.revoked_at is not None or key.expires_at <= now:
        raise ValidationError(f"{key} opens nothing any more: issue another key instead.")
    if not 0 <= overlap_days <= OVERLAP_DAYS:
        raise ValidationError(f"The old key lives on for 0 to {OVERLAP_DAYS} days.")
    # The one that is replaced is on its way out: one more than otherwise may live meanwhile.
    _require_room(key.user, now, most=MOST_LIVE_KEYS + 1)
    ends_at = min(key.expires_at, now + timedelta(days=overlap_days))
    life = min(key.expires_at - key.created_at, timedelta(days=KEY_LIFE_DAYS_MOST))
    with transaction.atomic():
        ApiKey.objects.filter(pk=key.pk).update(expires_at=ends_at)
        return _made(user=key.user, name=key.name, now=now, life=life, scopes=key.scopes)


def _require_room(user: User, now: datetime, *, most: int) -> None:
    live = ApiKey.objects.live(now).filter(user=user).count()
    if live >= most:
        raise ValidationError(f"{user} has {live} live keys, the most there may be: revoke one.")


def _made(
    *, user: User, name: str, now: datetime, life: timedelta, scopes: Sequence[str]
) -> IssuedKey:
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + life,
    )
    return IssuedKey(row=row, text=f"hw_{prefix}_{secret}")


def revoke_key(*, key: ApiKey, now: datetime) -> None:
    """Stop a key at once."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def key_of(text: str, *, now: datetime) -> ApiKey | None:
    """Return the live key a text is, with its user, or None: unknown, expired and revoked alike.

    `last_used_at` is stamped at most once an hour, so that reading stays reading.
    """
    marker, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if marker != "hw" or not prefix or not secret:
        return None
    key = ApiKey.objects.select_related("user__authority").filter(prefix=prefix).first()
    if key is None or not secrets.compare_digest(key.digest, digest_of(secret)):
        return None
    if key.revoked_at is not None or key.expires_at <= now or not key.user.is_active:
        return None
    if key.last_used_at is None or now - key.last_used_at > timedelta(hours=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def user_of_key(text: str, *, now: datetime | None = None) -> User | None:
    """Return the user a live key acts as, or None."""
    key = key_of(text, now=now or timezone.now())
    return None if key is None else key.user
