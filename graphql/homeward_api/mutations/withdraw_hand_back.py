"""Keep a package after all."""

from typing import Any

import graphene

from cms_models.brokerage.models import HandBack
from cms_models.brokerage.services import hand_backs
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import hand_back_rows
from homeward_api.types.life import HandBack as HandBackType


@mutation(
    gives={"hand_back": graphene.Field(HandBackType, description="The hand-back, withdrawn.")},
    hand_back=graphene.ID(required=True, description="The hand-back's public id."),
)
def withdraw_hand_back(ask: Ask, *, hand_back: str) -> dict[str, Any]:
    """Keep a package after all, while the council has not decided."""
    row = found(HandBack.objects.visible_to(ask.user), hand_back, "hand-back")
    hand_backs.withdraw_hand_back(actor=ask.user, hand_back=row, now=ask.now)
    return {"hand_back": hand_back_rows(HandBack.objects.filter(pk=row.pk))[0]}
