"""The small words several types share: pathways, places, calls."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import graphene

from cms_models.care.models import PackageStatus
from cms_models.care.provider_selectors import WEEKDAYS
from cms_models.rates.models import Area as AreaChoices
from cms_models.rates.models import DayType as DayTypeChoices
from cms_models.rates.models import Pathway as PathwayChoices
from cms_models.rates.models import VisitKind as VisitKindChoices


def choices(name: str, pairs: dict[str, str], says: dict[str, str], about: str) -> type:
    """Return an enum whose values are what the rows hold, each with its description."""
    return graphene.Enum(
        name,
        list(pairs.items()),
        description=lambda value: about if value is None else says[value.value],
    )


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with the values that rows hold in place of the words of an enum."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return plain(value)
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


Pathway = choices(
    "Pathway",
    {code: code for code in PathwayChoices.values},
    dict(PathwayChoices.choices),
    "The pathways of Help to Live at Home.",
)
Area = choices(
    "Area",
    {code.upper(): code for code in AreaChoices.values},
    dict(AreaChoices.choices),
    "Where a person lives, as the rates see it.",
)
VisitKind = choices(
    "VisitKind",
    dict(zip(VisitKindChoices.names, VisitKindChoices.values, strict=True)),
    dict(VisitKindChoices.choices),
    "What kind of attendance is paid.",
)
DayType = choices(
    "DayType",
    {code.upper(): code for code in DayTypeChoices.values},
    dict(DayTypeChoices.choices),
    "What kind of day a visit starts on; a bank holiday wins over a weekend.",
)
Status = choices(
    "PackageStatus",
    {code.upper(): code for code in PackageStatus.values},
    dict(PackageStatus.choices),
    "Where a package stands.",
)
Weekday = choices(
    "Weekday",
    {day: day for day in WEEKDAYS},
    {day: day.capitalize() for day in WEEKDAYS},
    "A day of the week.",
)


class ZoneRef(graphene.ObjectType):
    """A zone by its code."""

    code = graphene.String(required=True, description="The zone's code.")
    name = graphene.String(required=True, description="The zone's name.")


class LotRef(graphene.ObjectType):
    """A lot by its code."""

    code = graphene.String(required=True, description="The lot's code.")
    name = graphene.String(required=True, description="The lot's name.")


class ProviderRef(graphene.ObjectType):
    """A provider by the council's reference."""

    ref = graphene.String(required=True, description="The council's reference of the provider.")
    name = graphene.String(required=True, description="The provider's name.")


class Call(graphene.ObjectType):
    """Visits at one time on some days of every week."""

    days = graphene.List(
        graphene.NonNull(Weekday), required=True, description="The days on which the call is made."
    )
    earliest = graphene.String(
        required=True, description="The earliest start, HH:MM, Europe/London."
    )
    latest = graphene.String(required=True, description="The latest start, HH:MM, Europe/London.")
    minutes = graphene.Int(required=True, description="How long each visit lasts, in minutes.")
    carers = graphene.Int(required=True, description="How many carers are there together.")
    skills = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Codes of the skills this call needs.",
    )
    kind = graphene.Field(VisitKind, required=True, description="What kind of attendance it is.")
