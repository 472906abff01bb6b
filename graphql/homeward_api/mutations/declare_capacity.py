"""Say what you can take in a lot."""

from datetime import date
from typing import Any

import graphene

from cms_models.market import registration
from cms_models.market.models import DeclaredCapacity, Lot
from homeward_api.errors import not_found
from homeward_api.execution import Ask
from homeward_api.finding import provider_of
from homeward_api.mutations.writing import mutation
from homeward_api.reading.statements import capacity_rows
from homeward_api.types.stated import DeclaredCapacity as CapacityType


@mutation(
    gives={"capacity": graphene.Field(CapacityType, description="What you declared.")},
    lot=graphene.String(required=True, description="The lot's code."),
    minutes_per_week=graphene.Int(required=True, description="Carer-minutes a week."),
    from_day=graphene.Date(required=True, description="From this day on."),
    words=graphene.String(default_value="", description="Anything to add."),
    provider=graphene.String(description="Which of yours, by ref; not needed for one."),
)
def declare_capacity(
    ask: Ask,
    *,
    lot: str,
    minutes_per_week: int,
    from_day: date,
    words: str = "",
    provider: str | None = None,
) -> dict[str, Any]:
    """Say how many carer-minutes a week you can take in a lot, from a day on."""
    row = Lot.objects.visible_to(ask.user).filter(code=lot).first()
    if row is None:
        raise not_found("lot")
    declared = registration.declare_capacity(
        actor=ask.user,
        provider=provider_of(ask, provider),
        lot=row,
        minutes_per_week=minutes_per_week,
        from_day=from_day,
        words=words,
    )
    return {"capacity": capacity_rows(DeclaredCapacity.objects.filter(pk=declared.pk))[0]}
