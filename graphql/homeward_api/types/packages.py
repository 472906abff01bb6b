"""Packages, twice: what anybody in the lot may read of an open one, and what its winner reads.

Two types, not one with hidden fields: an open package has no field that could name the person.
"""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any

import graphene

from cms_models.accounts.models import User
from cms_models.care.provider_selectors import awards_now, calls_of, people_of
from homeward_api.connections import Row, connection_of
from homeward_api.lists import BoundedList
from homeward_api.types.terms import (
    Area,
    Call,
    LotRef,
    Pathway,
    ProviderRef,
    Status,
    ZoneRef,
)

# A call is a clause of a week and holds for several days: ten of them are already rare.
CALLS_COUNTED = 10


class Companions:
    """What belongs to the rows of one page, read in one query each when first asked for."""

    def __init__(self, rows: list[dict[str, Any]], *, user: User, as_of: date | None) -> None:
        self._rows, self._user, self._as_of = rows, user, as_of
        for row in rows:
            row["companions"] = self

    @cached_property
    def calls(self) -> Any:
        """The calls of every package of the page."""
        return calls_of((row["pk"] for row in self._rows), as_of=self._as_of)

    @cached_property
    def people(self) -> Any:
        """The people of the page the user may see by name."""
        return people_of({row["person_id"] for row in self._rows}, user=self._user)

    @cached_property
    def awards(self) -> Any:
        """The user's awards of the page."""
        return awards_now((row["pk"] for row in self._rows), user=self._user)


def with_companions(
    read: Callable[..., list[dict[str, Any]]], *, user: User, as_of: date | None
) -> Callable[..., list[dict[str, Any]]]:
    """Return a reader of rows that gives them their companions."""

    def rows(packages: Any) -> list[dict[str, Any]]:
        found = read(packages)
        Companions(found, user=user, as_of=as_of)
        return found

    return rows


class Terms:
    """The fields an open and an awarded package share: the work, without the person."""

    id = graphene.ID(required=True, description="The package's public id.")
    reference = graphene.String(required=True, description="The package's reference.")
    pathway = graphene.Field(Pathway, required=True, description="The pathway it is bought under.")
    zone = graphene.Field(ZoneRef, description="The zone it lies in; null when in none.")
    lot = graphene.Field(LotRef, description="The lot it belongs to; null when to none.")
    starts_on = graphene.Date(required=True, description="The first day of care.")
    weekly_minutes = graphene.Int(
        required=True, description="Carer-minutes a week: a double-up minute counts twice."
    )
    skills = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Codes of the skills every visit needs.",
    )
    calls = BoundedList(Call, most=CALLS_COUNTED, description="The calls of the week.")
    decisions_needed = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Why the council decides on it individually; empty when it does not.",
    )

    @staticmethod
    def resolve_calls(row: Row, _info: Any) -> Any:
        """Return the package's calls from its page's."""
        return row["companions"].calls.get(row["pk"], [])


class OpenPackage(Terms, graphene.ObjectType):
    """A package that needs a provider, as any provider of its lot reads it: never who it is for."""

    postcode_district = graphene.String(
        required=True, description="The postcode district, such as HR4."
    )
    postcode_sector = graphene.String(
        description="The postcode sector, such as HR4 9, where the council shows it; else null."
    )


class Person(graphene.ObjectType):
    """The person a package is for, read only by the provider that delivers it."""

    mosaic_person_id = graphene.String(required=True, description="The person's Mosaic number.")
    first_name = graphene.String(required=True, description="First name.")
    last_name = graphene.String(required=True, description="Last name.")
    birth_date = graphene.Date(required=True, description="Date of birth.")
    gender = graphene.String(required=True, description="Gender, as the council recorded it.")
    address = graphene.String(required=True, description="Address.")
    postcode = graphene.String(required=True, description="Postcode.")


class PriceLine(graphene.ObjectType):
    """What one kind of visit of the week costs, and the rule that made it."""

    when = graphene.String(required=True, description="The visit, in words.")
    visits_per_week = graphene.Int(required=True, description="How many of it a week.")
    pence = graphene.Int(required=True, description="Pence for each.")
    rule = graphene.String(required=True, description="The sum in words.")
    card = graphene.String(required=True, description="The rate card it was priced by.")


class PackageAward(graphene.ObjectType):
    """The award that made the package yours."""

    provider = graphene.Field(ProviderRef, required=True, description="The provider awarded.")
    starts_on = graphene.Date(required=True, description="The first day awarded.")
    ends_on = graphene.Date(description="The first day no longer awarded; null for no end.")
    decided_at = graphene.DateTime(required=True, description="When it was decided.")


class AwardedPackage(Terms, graphene.ObjectType):
    """A package awarded to you now, whole: the person, the calls, the price and its reasons."""

    element_id = graphene.String(required=True, description="The Mosaic element.")
    service_type = graphene.String(required=True, description="The service, as Mosaic names it.")
    status = graphene.Field(Status, required=True, description="Where the package stands.")
    ends_on = graphene.Date(description="The first day without care; null for no end.")
    notice_on = graphene.Date(description="The day notice was given, if it was.")
    reason_ended = graphene.String(required=True, description="Why it ended; empty while it runs.")
    area = graphene.Field(Area, required=True, description="Urban or rural, as the rates see it.")
    area_reason = graphene.String(required=True, description="Why urban or rural, in words.")
    housing_with_care = graphene.Boolean(required=True, description="In housing with care.")
    weekly_pence = graphene.Int(description="Pence a week; null when it could not be priced.")
    price_lines = BoundedList(
        PriceLine, most=CALLS_COUNTED, description="What each kind of visit costs."
    )
    priced_on = graphene.Date(description="The day whose rates priced it.")
    unpriced_reason = graphene.String(required=True, description="Why it has no price, if so.")
    person = graphene.Field(Person, description="Who the package is for.")
    award = graphene.Field(PackageAward, description="The award that made it yours.")

    @staticmethod
    def resolve_person(row: Row, _info: Any) -> Any:
        """Return the person, if the caller may know them."""
        return row["companions"].people.get(row["person_id"])

    @staticmethod
    def resolve_award(row: Row, _info: Any) -> Any:
        """Return the caller's award."""
        return row["companions"].awards.get(row["pk"])


OpenPackageConnection = connection_of(OpenPackage, name="OpenPackage", of_what="open packages")
PackageConnection = connection_of(AwardedPackage, name="Package", of_what="your packages")
