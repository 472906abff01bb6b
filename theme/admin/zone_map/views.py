"""The zone map: zones, packages, providers and centres, with the tables that say the same."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from cms_models.care.models import CarePackage, PackageStatus
from cms_models.care.selectors import PackageSpot, load_of, running_spots
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Provider
from cms_models.market.selectors import awards_of, lots_in_force
from cms_models.places.domain import METRES_PER_MILE, ZoneFault
from cms_models.places.models import UrbanCentre, Zone, ZoneMap
from cms_models.places.selectors import (
    points_of,
    zone_map_faults,
    zone_map_to_open,
    zone_maps_of,
)
from cms_models.publication.models import PublicationState
from cms_models.rates.domain import pounds
from cms_models.rates.models import Pathway
from theme.admin.pages import CouncilPage, rule_in_words
from theme.admin.zone_map.tables import lot_rows, offers_of, week_words, zone_rows

STATUSES_SHOWN = ("active", "referred", "suspended")
FAULTS_SHOWN = 100


class ZoneMapPage(CouncilPage):
    """A zone map (the one in force when none is named), for one pathway or all."""

    model = ZoneMap
    template_name = "theme/zone_map/page.html"
    header_icon = "site"

    @cached_property
    def zone_map(self) -> ZoneMap | None:
        """The map shown; another council's is not found."""
        if "pk" in self.kwargs:
            maps = ZoneMap.objects.visible_to(self.request.user).select_related("authority")
            return get_object_or_404(maps, pk=self.kwargs["pk"])
        return zone_map_to_open(self.request.user, on=self.on)

    @cached_property
    def pathway(self) -> str:
        """The pathway asked for; ongoing care when none is, empty for all."""
        asked = self.request.GET.get("pathway", Pathway.ONGOING)
        return asked if asked in Pathway.values else ""

    def get_page_title(self) -> str:
        """Name the map."""
        return f"Zone map: {self.zone_map}" if self.zone_map else "Zone map"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the map, its tables, its faults while a draft, and the rules that act here."""
        found = self.map_context(self.zone_map) if self.zone_map else {}
        return super().get_context_data(
            zone_map=self.zone_map,
            maps=zone_maps_of(self.request.user),
            on=self.on,
            pathway=self.pathway,
            pathways=[*Pathway.choices, ("all", "All pathways")],
            may_add=self.request.user.may("add", ZoneMap),
            may_change=self.request.user.may("change", ZoneMap),
            **found,
            **kwargs,
        )

    def map_context(self, zone_map: ZoneMap) -> dict[str, Any]:
        """Return everything the template says of one map."""
        user, today = self.request.user, self.on
        rules, zones = rule_values(zone_map.authority, on=today), list(zone_map.zones.all())
        spots = running_spots(user, zone_map=zone_map, on=today)
        counted = [spot for spot in spots if self.pathway in (spot.pathway, "")]
        lots = lots_in_force(zone_map.authority, on=today)
        offers = offers_of(lots, awards_of(lots), on=today)
        floor = Decimal(str(rules["market.viability_floor_hours"]))
        draft = zone_map.state == PublicationState.DRAFT
        faults = zone_map_faults(zone_map) if draft else []
        radius = float(rules["places.urban_radius_miles"])
        outside = load_of(spot for spot in counted if spot.zone is None)
        total = load_of(counted)
        return {
            "today": today,
            "draft": draft,
            "faults": faults[:FAULTS_SHOWN],
            "faults_in_all": len(faults),
            "rows": zone_rows(zones, counted, offers, pathway=self.pathway, floor_hours=floor),
            "lot_rows": lot_rows(counted, offers, pathway=self.pathway),
            "total": total,
            "total_hours": week_words(total.weekly_minutes),
            "total_pounds": pounds(total.weekly_pence),
            "outside": outside,
            "floor": rule_in_words(
                "market.viability_floor_hours", rules["market.viability_floor_hours"]
            ),
            "radius": rule_in_words("places.urban_radius_miles", radius),
            "shows_packages": user.may_view(CarePackage),
            "status_counts": _status_counts(spots),
            "map_data": {
                "zones": zones_for_map(zones),
                "centres": centres_for_map(self.request, radius_miles=radius),
                "providers": providers_for_map(self.request),
                "packages": packages_for_map(spots),
                "packageUrl": reverse("package_page", args=[0]),
                "faults": faults_for_map(faults[:FAULTS_SHOWN]),
            },
        }


def _status_counts(spots: Sequence[PackageSpot]) -> list[dict[str, Any]]:
    return [
        {
            "status": status,
            "label": PackageStatus(status).label,
            "count": sum(spot.status == status for spot in spots),
        }
        for status in STATUSES_SHOWN
    ]


def zones_for_map(zones: Sequence[Zone]) -> list[dict[str, Any]]:
    """Return zones as GeoJSON features with code and name."""
    return [
        {
            "type": "Feature",
            "properties": {"code": zone.code, "name": zone.name},
            "geometry": zone.boundary,
        }
        for zone in zones
    ]


def centres_for_map(request: HttpRequest, *, radius_miles: float) -> list[dict[str, Any]]:
    """Return urban centres with the circle of the rule, in metres."""
    return [
        {
            "name": row.name,
            "at": [row.latitude, row.longitude],
            "metres": radius_miles * METRES_PER_MILE,
            "words": f"{row.name}: within {radius_miles:g} miles is urban",
        }
        for row in UrbanCentre.objects.visible_to(request.user)
    ]


def providers_for_map(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the providers whose postcode the council knows."""
    rows = list(Provider.objects.visible_to(request.user).exclude(postcode=""))
    points = points_of(request.user.authority, [row.postcode for row in rows])
    return [
        {
            "name": row.name,
            "at": list(points[row.postcode]),
            "words": f"{row.name}, {row.postcode}, {row.get_state_display().lower()}",
        }
        for row in rows
        if row.postcode in points
    ]


def packages_for_map(spots: Sequence[PackageSpot]) -> list[list[Any]]:
    """Return packages as short rows: id, reference, latitude, longitude, status, pathway, words."""
    return [
        [
            *(spot.package_id, spot.package_ref, spot.latitude, spot.longitude),
            *(spot.status, spot.pathway),
            f"{spot.weekly_minutes / 60:.2f} h a week, {spot.area}",
        ]
        for spot in spots
    ]


def faults_for_map(faults: Sequence[ZoneFault]) -> list[dict[str, Any]]:
    """Return faults as GeoJSON features."""
    return [
        {
            "type": "Feature",
            "properties": {"kind": fault.kind, "words": fault.sentence},
            "geometry": fault.where,
        }
        for fault in faults
    ]
