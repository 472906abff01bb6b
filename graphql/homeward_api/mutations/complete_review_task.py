"""Say what came of a review."""

from typing import Any

import graphene

from cms_models.brokerage.models import ReviewTask
from cms_models.brokerage.services import reviews
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import review_rows
from homeward_api.types.life import ReviewTask as ReviewTaskType


@mutation(
    gives={"review_task": graphene.Field(ReviewTaskType, description="The task, done.")},
    review_task=graphene.ID(required=True, description="The task's public id."),
    outcome=graphene.String(required=True, description="What came of it."),
)
def complete_review_task(ask: Ask, *, review_task: str, outcome: str) -> dict[str, Any]:
    """Say what came of something you were asked to look at."""
    row = found(ReviewTask.objects.visible_to(ask.user), review_task, "review task")
    reviews.complete_review(actor=ask.user, task=row, outcome=outcome, now=ask.now)
    return {"review_task": review_rows(ReviewTask.objects.filter(pk=row.pk))[0]}
