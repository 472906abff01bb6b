"""Ask about an open package."""

from typing import Any

import graphene

from cms_models.brokerage.models import Invitation
from cms_models.brokerage.services import talk
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.types.offers import Question as QuestionType


@mutation(
    gives={"question": graphene.Field(QuestionType, description="The question.")},
    invitation=graphene.ID(required=True, description="The invitation's public id."),
    text=graphene.String(required=True, description="What you ask; name nobody in it."),
)
def ask_question(ask: Ask, *, invitation: str, text: str) -> dict[str, Any]:
    """Ask about an open package: every provider asked reads question and answer, not who asked."""
    row = found(Invitation.objects.visible_to(ask.user), invitation, "invitation")
    question = talk.ask(actor=ask.user, invitation=row, text=text, now=ask.now)
    return {
        "question": {
            "id": str(question.public_id),
            "text": question.text,
            "asked_at": question.asked_at,
            "answer": question.answer,
            "answered_at": question.answered_at,
            "own": True,
        }
    }
