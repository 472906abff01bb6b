"""The only writers of councils, users and keys."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from cms_models.accounts.models import ApiKey, Authority, User
from cms_models.accounts.roles import Role

KEY_LIFE_DAYS_MOST = 365


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


def issue_key(*, user: User, name: str, now: datetime, days: int = KEY_LIFE_DAYS_MOST) -> IssuedKey:
    """Issue a key that acts as `user` for at most a year.

    Raises ValueError for a life outside 1 to 365 days.
    """
    if not 1 <= days <= KEY_LIFE_DAYS_MOST:
        raise ValueError(f"A key lives 1 to {KEY_LIFE_DAYS_MOST} days; {days} asked.")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=digest_of(secret),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return IssuedKey(row=row, text=f"hw_{prefix}_{secret}")


def revoke_key(*, key: ApiKey, now: datetime) -> None:
    """Stop a key at once."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)


def user_of_key(text: str, *, now: datetime | None = None) -> User | None:
    """Return the user a key acts as, or None when it is unknown, expired or revoked.

    `last_used_at` is stamped at most once an hour, so that reading stays reading.
    """
    now = now or timezone.now()
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
    return key.user
