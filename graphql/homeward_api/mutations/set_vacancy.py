"""Say how many beds are free."""

from typing import Any

import graphene

from cms_models.market import homes
from cms_models.market.models import CareHome
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.statements import home_rows
from homeward_api.types.choices import HomeKind
from homeward_api.types.stated import CareHome as HomeType


@mutation(
    gives={"home": graphene.Field(HomeType, description="The home with its free beds.")},
    home=graphene.ID(required=True, description="The home's public id."),
    kind=HomeKind(required=True, description="The kind of bed."),
    free=graphene.Int(required=True, description="How many are free."),
    weekly_pence=graphene.Int(required=True, description="What a week costs, in pence."),
)
def set_vacancy(ask: Ask, *, home: str, kind: str, free: int, weekly_pence: int) -> dict[str, Any]:
    """Say how many beds of a kind are free in a home of yours today, and what a week costs."""
    row = found(CareHome.objects.visible_to(ask.user), home, "home")
    homes.set_vacancy(
        actor=ask.user,
        home=row,
        kind=kind,
        free=free,
        weekly_pence=weekly_pence,
        as_at=ask.on,
        today=ask.on,
    )
    return {"home": home_rows(CareHome.objects.filter(pk=row.pk))[0]}
