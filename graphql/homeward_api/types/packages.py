"""Packages, twice: what anybody in the lot may read of an open one, and what its winner reads.

Two types, not one with hidden fields: an open package has no field that could name the person.
"""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any

import graphene

from cms_models.care.provider_selectors import awards_now, calls_of, people_of
from homeward_api.connections import Row, connection_of
from homeward_api.execution import Ask
from homeward_api.lists import BoundedList
from homeward_api.types.choices import InvitationState, OfferState, Setting, Urgency
from homeward_api.types.offers import QUESTIONS_COUNTED, OfferQuestion, Question
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

    def __init__(self, rows: list[dict[str, Any]], *, ask: Ask, as_of: date | None) -> None:
        self._rows, self._ask, self._as_of = rows, ask, as_of
        for row in rows:
            row["companions"] = self

    @cached_property
    def calls(self) -> Any:
        """The calls of every package of the page."""
        return calls_of((row["pk"] for row in self._rows), as_of=self._as_of)

    @cached_property
    def people(self) -> Any:
        """The people of the page the user may see by name: that they were shown is logged."""
        found = people_of({row["person_id"] for row in self._rows}, user=self._ask.user)
        self._ask.shown.update(found)
        return found

    @cached_property
    def awards(self) -> Any:
        """The user's awards of the page."""
        return awards_now((row["pk"] for row in self._rows), user=self._ask.user)


def with_companions(
    read: Callable[..., list[dict[str, Any]]], *, ask: Ask, as_of: date | None
) -> Callable[..., list[dict[str, Any]]]:
    """Return a reader of rows that gives them their companions."""

    def rows(packages: Any) -> list[dict[str, Any]]:
        found = read(packages)
        Companions(found, ask=ask, as_of=as_of)
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


class StandingOffer(graphene.ObjectType):
    """Your offer for an open package, as it stands."""

    id = graphene.ID(required=True, description="The offer's public id.")
    state = graphene.Field(OfferState, required=True, description="How it stands.")
    starts_on = graphene.Date(required=True, description="The first day you can give care.")
    weekly_minutes = graphene.Int(required=True, description="Carer-minutes a week you can give.")
    conditions = graphene.String(required=True, description="Your conditions; empty for none.")
    price_pence = graphene.Int(description="Your price; null where the lot sets it.")
    made_at = graphene.DateTime(required=True, description="When you made it.")


def _lines(description: str) -> graphene.List:
    return graphene.List(graphene.NonNull(graphene.String), required=True, description=description)


class OpenPackage(Terms, graphene.ObjectType):
    """A package that needs a provider, as a provider asked reads it: never who it is for."""

    postcode_district = graphene.String(
        description="The postcode district, such as HR4; null where so few packages are open in "
        "the zone that it could tell who it is."
    )
    postcode_sector = graphene.String(
        description="The postcode sector, such as HR4 9, where the council shows it; else null."
    )
    coarsened = graphene.Boolean(
        required=True, description="Whether the place is held back because few are open there."
    )
    setting = graphene.Field(Setting, required=True, description="Where care is given.")
    needs = _lines("Kinds of help needed.")
    must_haves = _lines("What an offer must meet.")
    nice_to_haves = _lines("What is wished besides.")
    outcomes = _lines("What the care is for.")
    urgency = graphene.Field(Urgency, required=True, description="How soon care must begin.")
    start_by = graphene.Date(description="The last day care may begin; null where none is stated.")
    invitation = graphene.ID(required=True, description="Your invitation: offers name it.")
    state = graphene.Field(InvitationState, required=True, description="How far you got with it.")
    sent_at = graphene.DateTime(required=True, description="When you were asked.")
    opened_at = graphene.DateTime(description="When you first opened it; null if you have not.")
    closes_at = graphene.DateTime(required=True, description="Until when you may answer.")
    names_price = graphene.Boolean(
        required=True, description="Whether an offer names a price of its own."
    )
    offer_questions = BoundedList(
        OfferQuestion, most=QUESTIONS_COUNTED, description="What every offer answers."
    )
    questions = BoundedList(
        Question,
        most=QUESTIONS_COUNTED,
        description="What was asked about the package: answered ones, and yours that wait.",
    )
    my_offer = graphene.Field(StandingOffer, description="Your offer; null while there is none.")

    @staticmethod
    def resolve_offer_questions(row: Row, _info: Any) -> Any:
        """Return what an offer answers."""
        return row["questions"]

    @staticmethod
    def resolve_questions(row: Row, _info: Any) -> Any:
        """Return what was asked about the package."""
        return row["asked"]

    @staticmethod
    def resolve_my_offer(row: Row, _info: Any) -> Any:
        """Return the caller's offer that stands."""
        return row["offer"]


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
