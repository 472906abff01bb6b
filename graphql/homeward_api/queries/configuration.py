"""Rates, zones and the quality framework, as the council published them."""

from dataclasses import asdict
from datetime import date
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from cms_models.care.patterns import BadPattern, clock_minutes
from cms_models.places.provider_selectors import zone_sheet_on
from cms_models.quality.selectors import by_domain, framework_on, weights_by_domain
from cms_models.rates.domain import MINUTES_PER_DAY, Line, clock
from cms_models.rates.provider_selectors import card_on, fitting_lines
from homeward_api.errors import Code, Refusal
from homeward_api.execution import Ask
from homeward_api.types.configuration import QualityFramework, Rates, ZoneMap
from homeward_api.types.terms import Area, DayType, Pathway, VisitKind, plain


class ConfigurationQueries:
    """What a provider may ask about what its council published."""

    rates = graphene.Field(
        Rates,
        description="The published rates in force on a day; null when none were.",
        as_of=graphene.Date(required=True, description="The day."),
        pathway=Pathway(description="Only lines that may price this pathway."),
        area=Area(description="Only lines that may price this area."),
        visit_kind=VisitKind(description="Only lines of this kind of visit."),
        day_type=DayType(description="Only lines that may price a visit on such a day."),
        starts_at=graphene.String(
            description="Only lines that may price a visit that starts then, HH:MM, Europe/London."
        ),
        minutes=graphene.Int(description="Only lines that may price a visit of this length."),
        known_on=graphene.Date(
            description="What was known by the end of this day: rates corrected later are given "
            "as they stood. What is known now when left out."
        ),
    )
    zones = graphene.Field(
        ZoneMap,
        description="The published zones in force on a day; null when none were.",
        as_of=graphene.Date(description="The day; today when left out."),
    )
    quality_framework = graphene.Field(
        QualityFramework,
        description="The quality framework published last by a day; null when there is none.",
        as_of=graphene.Date(description="The day; today when left out."),
        title=graphene.String(description="The framework of this title."),
        edition=graphene.Int(description="This version of it, if published by then."),
    )

    @staticmethod
    def resolve_rates(
        _root: Any,
        info: GraphQLResolveInfo,
        as_of: date,
        known_on: date | None = None,
        starts_at: str | None = None,
        **narrowing: Any,
    ) -> dict[str, Any] | None:
        """Return the card in force on a day (RT-12) and its fitting lines."""
        ask: Ask = info.context
        narrowing["starts_at"] = None if starts_at is None else _clock_minutes(starts_at)
        card = card_on(user=ask.user, on=as_of, known_on=known_on)
        if card is None:
            return None
        return {
            "as_of": as_of,
            "known_on": known_on,
            "card": card.name,
            "corrects": card.corrects,
            "valid_from": card.valid_from,
            "valid_to": card.valid_to,
            "lines": [_line(line) for line in fitting_lines(card, **plain(narrowing))],
        }

    @staticmethod
    def resolve_zones(
        _root: Any, info: GraphQLResolveInfo, as_of: date | None = None
    ) -> dict[str, Any] | None:
        """Return the zones in force on a day."""
        ask: Ask = info.context
        day = as_of or ask.on
        sheet = zone_sheet_on(user=ask.user, on=day)
        if sheet is None:
            return None
        return {**sheet.__dict__, "geojson": sheet.geojson, "as_of": day}

    @staticmethod
    def resolve_quality_framework(
        _root: Any,
        info: GraphQLResolveInfo,
        as_of: date | None = None,
        title: str | None = None,
        edition: int | None = None,
    ) -> dict[str, Any] | None:
        """Return the framework in force on a day (QA-01), with its standards by aim."""
        ask: Ask = info.context
        found = framework_on(user=ask.user, on=as_of or ask.on, title=title, edition=edition)
        if found is None:
            return None
        weights = weights_by_domain(found)
        return {
            "title": found.title,
            "edition": found.edition,
            "published_on": found.published_on,
            "introduction": found.introduction,
            "custom": found.custom,
            "domains": [
                {"title": domain, "weight": weights[domain], "standards": standards}
                for domain, standards in by_domain(found).items()
            ],
            "kpis": [asdict(kpi.terms) for kpi in found.kpis.all()],
        }


def _clock_minutes(text: str) -> int:
    try:
        return clock_minutes(text) % MINUTES_PER_DAY
    except BadPattern as refusal:
        raise Refusal(Code.BAD_USER_INPUT, f"startsAt: {refusal}") from refusal


def _line(line: Line) -> dict[str, Any]:
    pounds, pence = divmod(line.pence_per_hour, 100)
    return {
        "pathway": line.pathway,
        "area": line.area,
        "visit_kind": line.visit_kind,
        "day_type": line.day_type,
        "starts_from": None if line.from_minutes is None else clock(line.from_minutes),
        "starts_before": None if line.to_minutes is None else clock(line.to_minutes),
        "least_minutes": line.least_minutes,
        "most_minutes": line.most_minutes,
        "pence_per_hour": line.pence_per_hour,
        "pounds_per_hour": f"{pounds}.{pence:02d}",
    }
