"""Rates, zones and the quality framework, as the council published them."""

from datetime import date
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from cms_models.places.provider_selectors import zone_sheet_on
from cms_models.quality.selectors import by_domain, framework_on
from cms_models.rates.domain import Line
from cms_models.rates.provider_selectors import card_on, fitting_lines
from homeward_api.execution import Ask
from homeward_api.types.configuration import QualityFramework, Rates, ZoneMap
from homeward_api.types.terms import Area, Pathway, VisitKind, plain


class ConfigurationQueries:
    """What a provider may ask about what its council published."""

    rates = graphene.Field(
        Rates,
        description="The published rates in force on a day; null when none were.",
        as_of=graphene.Date(required=True, description="The day."),
        pathway=Pathway(description="Only lines that may price this pathway."),
        area=Area(description="Only lines that may price this area."),
        visit_kind=VisitKind(description="Only lines of this kind of visit."),
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
        _root: Any, info: GraphQLResolveInfo, as_of: date, **narrowing: Any
    ) -> dict[str, Any] | None:
        """Return the card in force on a day (RT-12) and its fitting lines."""
        ask: Ask = info.context
        card = card_on(user=ask.user, on=as_of)
        if card is None:
            return None
        return {
            "as_of": as_of,
            "card": card.name,
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
        return {
            "title": found.title,
            "edition": found.edition,
            "published_on": found.published_on,
            "introduction": found.introduction,
            "domains": [
                {"title": domain, "standards": standards}
                for domain, standards in by_domain(found).items()
            ],
        }


def _line(line: Line) -> dict[str, Any]:
    pounds, pence = divmod(line.pence_per_hour, 100)
    return {
        "pathway": line.pathway,
        "area": line.area,
        "visit_kind": line.visit_kind,
        "pence_per_hour": line.pence_per_hour,
        "pounds_per_hour": f"{pounds}.{pence:02d}",
    }
