"""Change a key for a new one."""

from typing import Any

import graphene

from cms_models.accounts.models import ApiKey
from cms_models.accounts.services import rotate_key
from homeward_api.errors import Code, Refusal
from homeward_api.execution import Ask
from homeward_api.mutations.writing import Once, mutation
from homeward_api.reading.statements import key_rows
from homeward_api.types.notices import ApiKey as ApiKeyType


@mutation(
    gives={
        "api_key": graphene.Field(ApiKeyType, description="The new key, without its text."),
        "text": graphene.String(
            description="The key itself: shown once, null when the same ask is answered again."
        ),
    },
)
def rotate_api_key(ask: Ask) -> dict[str, Any]:
    """Change the key you ask with for a new one of the same name, scopes and user."""
    if ask.key is None:
        raise Refusal(Code.FORBIDDEN, "Only a key can be changed for a new one.")
    issued = rotate_key(key=ask.key, now=ask.now)
    (row,) = key_rows(ApiKey.objects.filter(pk=issued.row.pk), own=ask.key.pk)
    return {"api_key": row, "text": Once(issued.text)}
