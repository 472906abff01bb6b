"""Who is asking: the key in the Authorization header, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from cms_models.accounts.models import ApiKey, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import key_of
from cms_models.market.models import ProviderMembership
from homeward_api.errors import Code, Refusal

SCHEME = "bearer"
KEY_LONGEST = 200


@dataclass(frozen=True)
class Caller:
    """Whose key a request carries, and whether it may ask registered documents only."""

    user: User
    key: ApiKey
    trusted_only: bool


def caller_of(request: HttpRequest, *, now: datetime) -> Caller:
    """Return the caller whose key the request carries; cookies are never looked at.

    Refused (401) without a live key, the same for unknown, expired and revoked ones, and (403)
    for a key of anybody who is not a provider.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    known = scheme.lower() == SCHEME and len(text) <= KEY_LONGEST and text.isascii()
    key = key_of(text, now=now) if known and "\0" not in text else None
    if key is None:
        raise Refusal(
            Code.UNAUTHENTICATED,
            "Send a live key as “Authorization: Bearer hw_…”; the council issues keys.",
            status=401,
        )
    if key.user.role != Role.PROVIDER or key.user.authority_id is None:
        raise Refusal(Code.FORBIDDEN, "This address answers providers' keys only.", status=403)
    return Caller(key.user, key, _acts_by_trusted_documents_only(key.user))


def _acts_by_trusted_documents_only(user: User) -> bool:
    """Return whether any of the user's providers is locked; its providers are known afterwards."""
    rows = ProviderMembership.objects.filter(
        user=user, provider__authority_id=user.authority_id
    ).values_list("provider_id", "provider__trusted_documents_only")
    locked = dict(rows)
    user.known_provider_ids = list(locked)  # type: ignore[attr-defined]
    return any(locked.values())
