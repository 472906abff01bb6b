"""Choose which events are e-mailed."""

from collections.abc import Sequence
from typing import Any

import graphene

from cms_models.notices import services
from homeward_api.execution import Ask
from homeward_api.mutations.writing import mutation
from homeward_api.types.choices import EventKind


@mutation(
    gives={
        "kinds": graphene.List(
            graphene.NonNull(EventKind), description="The kinds of event you are e-mailed."
        )
    },
    kinds=graphene.List(
        graphene.NonNull(EventKind),
        required=True,
        description="The kinds of event to e-mail; none is a wish too.",
    ),
)
def set_notice_wishes(ask: Ask, *, kinds: Sequence[Any]) -> dict[str, Any]:
    """Choose which kinds of event the user of this key gets by e-mail."""
    row = services.set_notice_wish(actor=ask.user, kinds=list(kinds))
    return {"kinds": row.kinds}
