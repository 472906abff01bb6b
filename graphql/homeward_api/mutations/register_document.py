"""Register a document, to ask it by its digest."""

from typing import Any

import graphene
from django.core.exceptions import ValidationError

from cms_models.notices import trusted
from homeward_api.documents import Invalid
from homeward_api.errors import Refusal
from homeward_api.execution import Ask
from homeward_api.finding import provider_of
from homeward_api.mutations.writing import mutation


@mutation(
    gives={
        "document_id": graphene.String(
            description="Its SHA-256: send it as documentId in place of the text."
        )
    },
    text=graphene.String(required=True, description="The document."),
    provider=graphene.String(description="Which of yours, by ref; not needed for one."),
)
def register_document(ask: Ask, *, text: str, provider: str | None = None) -> dict[str, Any]:
    """Register a document: ask it by its digest; the council may lock your keys to these."""
    own = provider_of(ask, provider)
    _refuse_what_would_not_run(ask, text)
    row = trusted.register_document(actor=ask.user, provider=own, text=text)
    return {"document_id": row.sha256}


def _refuse_what_would_not_run(ask: Ask, text: str) -> None:
    if ask.prepare is None:
        raise TypeError("Documents are registered through the door that runs them.")
    try:
        ask.prepare(text, {})
    except Invalid as invalid:
        raise ValidationError({"text": [error.message for error in invalid.errors]}) from None
    except Refusal as refusal:
        raise ValidationError({"text": refusal.message}) from None
