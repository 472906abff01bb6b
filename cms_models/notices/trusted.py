"""Documents a provider registered: its keys may be locked to these."""

import hashlib

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.market.models import Provider, providers_of
from cms_models.notices.models import TrustedDocument

MOST_DOCUMENTS = 200


def register_document(*, actor: User, provider: Provider, text: str) -> TrustedDocument:
    """Keep a document of a provider's under its SHA-256; the same text again is the same row."""
    if provider.pk not in providers_of(actor):
        raise PermissionDenied(f"{actor} does not act for {provider}.")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    own = TrustedDocument.objects.filter(provider=provider)
    found = own.filter(sha256=sha256).first()
    if found is not None:
        return found
    if own.count() >= MOST_DOCUMENTS:
        raise ValidationError(
            f"{provider} has {MOST_DOCUMENTS} documents registered, the most there may be: "
            "ask the council to remove those no longer used."
        )
    with transaction.atomic():
        row = TrustedDocument.objects.create(
            authority=provider.authority, provider=provider, sha256=sha256, text=text
        )
        record(actor=actor, action="register_document", subject=row, after={"sha256": sha256})
    return row


def document_text(*, user: User, sha256: str) -> str | None:
    """Return the text of a document one of the user's providers registered."""
    rows = TrustedDocument.objects.visible_to(user).filter(sha256=sha256)
    return rows.values_list("text", flat=True).first()
