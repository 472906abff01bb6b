"""Finding what a caller names among its own: the same refusal for none and for another's."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cms_models.market.models import Provider
from homeward_api.errors import Code, Refusal, not_found
from homeward_api.execution import Ask


def found(rows: QuerySet[Any], public_id: str, kind: str) -> Any:
    """Return the row of the caller's with this public id; Refusal when there is none."""
    try:
        row = rows.filter(public_id=UUID(public_id)).first()
    except ValueError:
        row = None
    if row is None:
        raise not_found(kind)
    return row


def any_provider(ask: Ask) -> Provider:
    """Return the provider the caller's idempotency keys belong to: always the same one."""
    row = Provider.objects.visible_to(ask.user).order_by("pk").first()
    if row is None:
        raise Refusal(Code.FORBIDDEN, "You act for no provider: the council adds you to one.")
    return row


def provider_of(ask: Ask, ref: str | None) -> Provider:
    """Return the provider meant: the one named, or the only one the caller acts for."""
    own = Provider.objects.visible_to(ask.user).order_by("pk")
    rows = list(own[:2] if ref is None else own.filter(ref=ref))
    if not rows:
        raise not_found("provider")
    if len(rows) > 1:
        raise Refusal(Code.BAD_USER_INPUT, "provider: you act for several; say which by its ref.")
    return rows[0]


def package_of(ask: Ask, public_id: str | None, packages: QuerySet[Any]) -> Any:
    """Return the package meant out of the caller's; None where none is named."""
    return None if public_id is None else found(packages, public_id, "package")
