"""What a council publishes: rates, zones and the quality framework."""

from typing import Any

import graphene
from graphql import GraphQLError

from homeward_api.lists import BoundedList
from homeward_api.types.terms import Area, DayType, Pathway, VisitKind, ZoneRef, choices

LINES_COUNTED = 20
ZONES_COUNTED = 50
DOMAINS_COUNTED = 10
STANDARDS_COUNTED = 20
CRITERIA_COUNTED = 4
KPIS_COUNTED = 20


class RateLine(graphene.ObjectType):
    """An hourly rate for the visits it asks for; null means any. The narrowest line counts."""

    pathway = graphene.Field(Pathway, description="The pathway; null for any.")
    area = graphene.Field(Area, description="The area; null for any.")
    visit_kind = graphene.Field(VisitKind, required=True, description="The kind of visit.")
    day_type = graphene.Field(
        DayType, description="The type of day on which the visit starts; null for any."
    )
    starts_from = graphene.String(
        description="The earliest clock time of the start, HH:MM, Europe/London; null for any."
    )
    starts_before = graphene.String(
        description="The clock time the start lies before, HH:MM (24:00 ends the day); earlier "
        "than startsFrom for a band that runs over midnight; null for any."
    )
    least_minutes = graphene.Int(description="The visit lasts at least so long; null for any.")
    most_minutes = graphene.Int(description="The visit lasts less than this; null for any.")
    pence_per_hour = graphene.Int(required=True, description="Pence an hour.")
    pounds_per_hour = graphene.String(
        required=True, description="The same in pounds, such as 15.80."
    )


class Rates(graphene.ObjectType):
    """The rate card in force on a day, and its lines that fit what was asked."""

    as_of = graphene.Date(required=True, description="The day asked about.")
    known_on = graphene.Date(
        description="The day whose knowledge was asked for; null for what is known now."
    )
    card = graphene.String(required=True, description="The card's name.")
    corrects = graphene.String(
        description="The card whose rates this one puts right; null for a card of its own."
    )
    valid_from = graphene.Date(required=True, description="The card's first day.")
    valid_to = graphene.Date(description="The first day no longer in force; null for no end.")
    lines = BoundedList(
        RateLine,
        most=LINES_COUNTED,
        description="The lines that fit, the narrowest first: of one kind of visit the first line "
        "prices it.",
    )


class GeoJSON(graphene.Scalar):
    """A GeoJSON object (RFC 7946), WGS84, longitude before latitude."""

    @staticmethod
    def serialize(value: Any) -> Any:
        """Return the object as it is."""
        return value

    @staticmethod
    def parse_value(_value: Any) -> Any:
        """Refuse it as input: zones are read here, not drawn."""
        raise GraphQLError("GeoJSON is only given, never taken.")

    @staticmethod
    def parse_literal(_node: Any, _variables: Any = None) -> Any:
        """Refuse it as input: zones are read here, not drawn."""
        raise GraphQLError("GeoJSON is only given, never taken.")


class ZoneMap(graphene.ObjectType):
    """The published division of the council into zones, in force on a day."""

    as_of = graphene.Date(required=True, description="The day asked about.")
    name = graphene.String(required=True, description="The map's name.")
    valid_from = graphene.Date(required=True, description="The map's first day.")
    valid_to = graphene.Date(description="The first day no longer in force; null for no end.")
    attribution = graphene.String(required=True, description="Whose data the boundaries hold.")
    zones = BoundedList(ZoneRef, most=ZONES_COUNTED, description="The zones, by code.")
    geojson = graphene.Field(
        GeoJSON,
        required=True,
        description="A FeatureCollection of the zones, each with its code and name.",
    )


KpiSense = choices(
    "KpiSense",
    {"AT_LEAST": "at_least", "AT_MOST": "at_most"},
    {"at_least": "The target or more.", "at_most": "The target or less."},
    "On which side of its target an indicator should lie.",
)


class QualityCriterion(graphene.ObjectType):
    """What an assessor looks at for a standard."""

    text = graphene.String(required=True, description="What is looked at.")
    weight = graphene.Decimal(
        required=True, description="Its share of the standard; all criteria of one make 100."
    )
    evidence = graphene.String(required=True, description="What shows it.")


class Kpi(graphene.ObjectType):
    """A key performance indicator of the framework."""

    code = graphene.String(required=True, description="The indicator's code.")
    name = graphene.String(required=True, description="Its name.")
    unit = graphene.String(required=True, description="The unit of its target, such as %.")
    sense = graphene.Field(
        KpiSense, required=True, description="Whether the target is the least or the most."
    )
    target = graphene.Decimal(required=True, description="What is aimed at.")
    formula = graphene.String(required=True, description="How it is counted, in words.")


class QualityStandard(graphene.ObjectType):
    """One thing the council asks of its providers."""

    code = graphene.String(required=True, description="The standard's code.")
    statement = graphene.String(required=True, description="The standard.")
    weight = graphene.Decimal(required=True, description="Its weight; all weights make 100.")
    evidence = graphene.String(required=True, description="The evidence asked for.")
    criteria = BoundedList(
        QualityCriterion, most=CRITERIA_COUNTED, description="What an assessor looks at, in order."
    )

    @staticmethod
    def resolve_criteria(root: Any, _info: Any) -> list[Any]:
        """Return the criteria, read with the framework."""
        return list(root.criteria.all())


class QualityDomain(graphene.ObjectType):
    """An aim of the framework, with its standards."""

    title = graphene.String(required=True, description="The aim.")
    weight = graphene.Decimal(required=True, description="What its standards weigh together.")
    standards = BoundedList(
        QualityStandard, most=STANDARDS_COUNTED, description="Its standards, in order."
    )


class QualityFramework(graphene.ObjectType):
    """A published version of what the council asks of its providers."""

    title = graphene.String(required=True, description="The framework's title.")
    edition = graphene.Int(required=True, description="Its version.")
    published_on = graphene.Date(required=True, description="The day it was published.")
    introduction = graphene.String(required=True, description="What it is for.")
    domains = BoundedList(
        QualityDomain, most=DOMAINS_COUNTED, description="Its aims, in order, with standards."
    )
    kpis = BoundedList(Kpi, most=KPIS_COUNTED, description="Its indicators, in order.")
