"""Who is asking: the key in the Authorization header, and nothing else."""

from django.http import HttpRequest

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import user_of_key
from homeward_api.errors import Code, Refusal

SCHEME = "bearer"
KEY_LONGEST = 200


def provider_user(request: HttpRequest) -> User:
    """Return the provider user whose key the request carries; cookies are never looked at.

    Refused (401) without a live key, the same for unknown, expired and revoked ones, and (403)
    for a key of anybody who is not a provider.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    known = scheme.lower() == SCHEME and len(text) <= KEY_LONGEST and text.isascii()
    user = user_of_key(text) if known and "\0" not in text else None
    if user is None:
        raise Refusal(
            Code.UNAUTHENTICATED,
            "Send a live key as “Authorization: Bearer hw_…”; the council issues keys.",
            status=401,
        )
    if user.role != Role.PROVIDER or user.authority_id is None:
        raise Refusal(Code.FORBIDDEN, "This address answers providers' keys only.", status=403)
    return user
