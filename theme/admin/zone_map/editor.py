"""The editor of a draft zone map: its page, and what it asks while somebody draws."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify

from cms_models.audit.selectors import history_of
from cms_models.audit.services import StaleEdit
from cms_models.care.models import CarePackage
from cms_models.care.selectors import running_spots
from cms_models.places.drawing import DrawnZone, as_collection, read_drawing, with_shared_edges
from cms_models.places.models import AreaKind, ZoneMap
from cms_models.places.selectors import (
    area_boundaries,
    area_kinds,
    area_names,
    drawing_faults,
    drawing_of,
    postcode_points,
    sector_counts,
    zone_map_in_force,
)
from cms_models.places.services import save_drawing
from cms_models.rates.models import Pathway
from theme.admin.pages import CouncilPage, rule_in_words, whole_number
from theme.admin.review.words import review_url
from theme.admin.zone_map.doors import DraftDoor, DrawingDoor
from theme.admin.zone_map.judging import judge
from theme.admin.zone_map.reshaping import ACTS, DISTRICTS, FILE_BYTES_MOST, SECTORS
from theme.admin.zone_map.tables import differences
from theme.admin.zone_map.views import FAULTS_SHOWN, faults_for_map, packages_for_map


def features_of(zones: list[DrawnZone]) -> list[dict[str, Any]]:
    """Return a drawing as GeoJSON features."""
    found: list[dict[str, Any]] = as_collection(zones)["features"]
    return found


class ZoneEditor(CouncilPage):
    """The page on which a draft is drawn; a map that is no draft is shown instead."""

    model = ZoneMap
    action = "change"
    template_name = "theme/zone_map/editor.html"
    header_icon = "site"

    @cached_property
    def zone_map(self) -> ZoneMap:
        """The draft; another council's is not found."""
        maps = ZoneMap.objects.visible_to(self.request.user).select_related("authority")
        found: ZoneMap = get_object_or_404(maps, pk=self.kwargs["pk"])
        return found

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the editor, or say why this map is not drawn on."""
        if self.zone_map.locked_because:
            messages.warning(request, self.zone_map.locked_because)
            return redirect("zone_map_page", pk=self.zone_map.pk)
        return super().get(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """Name the draft."""
        return f"Draw zones: {self.zone_map}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way home, by the map's page."""
        page = reverse("zone_map_page", args=[self.zone_map.pk])
        title = self.get_page_title()
        return [
            *self.breadcrumbs_items,
            {"url": page, "label": f"Zone map: {self.zone_map}"},
            {"url": "", "label": title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Gather the drawing, the packages, the map in force and what can be laid under them."""
        user, zone_map, today = self.request.user, self.zone_map, timezone.localdate()
        in_force = zone_map_in_force(zone_map.authority, on=today)
        shows_packages = user.may_view(CarePackage)
        spots = running_spots(user, zone_map=in_force or zone_map, on=today)
        return super().get_context_data(
            zone_map=zone_map,
            in_force=in_force,
            shows_packages=shows_packages,
            review_url=review_url(zone_map),
            file_name=f"{slugify(str(zone_map)) or 'zones'}.geojson",
            area_kinds=[
                {"value": kind, "label": AreaKind(kind).label, "count": count}
                for kind, count in sorted(area_kinds(user).items())
            ],
            map_data={
                "zones": features_of(with_shared_edges(drawing_of(zone_map))),
                "version": zone_map.version,
                "packages": packages_for_map(spots) if shows_packages else [],
                "in_force": features_of(drawing_of(in_force)) if in_force else [],
                "pathway": Pathway.ONGOING,
                "fileMost": FILE_BYTES_MOST,
            },
            **kwargs,
        )


class CheckDrawing(DrawingDoor):
    """Says what is wrong with a drawing and what it would do, without keeping anything."""

    def answer(
        self, zone_map: ZoneMap, zones: list[DrawnZone], sent: dict[str, Any]
    ) -> HttpResponse:
        """Return the faults for the map, and both lists as HTML."""
        user, asked = self.request.user, str(sent.get("pathway"))
        pathway = asked if asked in Pathway.values else ""
        faults = drawing_faults(zone_map.authority, zones) if zones else []
        judged = judge(user, zones, zone_map=zone_map, pathway=pathway, on=timezone.localdate())
        shown = faults[:FAULTS_SHOWN]
        said = {"zones": zones, "faults": shown, "faults_in_all": len(faults)}
        tables = {
            "judged": judged,
            "pathway": pathway,
            "pathways": [*Pathway.choices, ("all", "All pathways")],
            "floor": rule_in_words("market.viability_floor_hours", float(judged.floor_hours)),
        }
        return JsonResponse(
            {
                "faults": faults_for_map(shown),
                "faults_html": render_to_string("theme/zone_map/editor/_faults.html", said),
                "tables_html": render_to_string("theme/zone_map/editor/_judged.html", tables),
            }
        )


class ReshapeDrawing(DrawingDoor):
    """Splits, merges, snaps, carves or builds, and returns the new drawing; nothing is kept."""

    def answer(
        self, zone_map: ZoneMap, zones: list[DrawnZone], sent: dict[str, Any]
    ) -> HttpResponse:
        """Do the act asked for; an unknown one is a bug of the page and says so."""
        act: Callable[..., Any] | None = ACTS.get(str(sent.get("act")))
        if act is None:
            return JsonResponse({"refusal": "The editor asked for an unknown act."}, status=400)
        done = act(zones, sent, user=self.request.user)
        return JsonResponse({"zones": features_of(done.zones), "words": " ".join(done.left_out)})


class SaveDrawing(DrawingDoor):
    """Keeps a drawing as the draft, with its faults; a lost race shows both versions (409)."""

    def answer(
        self, zone_map: ZoneMap, zones: list[DrawnZone], sent: dict[str, Any]
    ) -> HttpResponse:
        """Save against the version the editor opened."""
        try:
            saved = save_drawing(
                actor=self.request.user,
                zone_map=zone_map,
                zones=zones,
                expected_version=whole_number(str(sent.get("version", ""))),
            )
        except StaleEdit as stale:
            return self.both_versions(zone_map, zones, stale)
        words = f"The draft is saved: {len(zones)} {'zone' if len(zones) == 1 else 'zones'}."
        return JsonResponse({"version": saved.version, "words": words})

    def both_versions(
        self, zone_map: ZoneMap, zones: list[DrawnZone], stale: StaleEdit
    ) -> HttpResponse:
        """Return what is stored now beside what was drawn; nothing is overwritten."""
        collection = stale.theirs["zones"]
        theirs = read_drawing(collection) if collection["features"] else []
        last = history_of(zone_map, user=self.request.user).first()
        context = {
            "rows": differences(theirs, zones),
            "last": last,
            "zone_map": zone_map,
        }
        return JsonResponse(
            {
                "version": stale.theirs["version"],
                "zones": features_of(theirs),
                "html": render_to_string("theme/zone_map/editor/_stale.html", context),
            },
            status=409,
        )


class AreasToBuildFrom(DraftDoor):
    """The areas of one kind, or the council's postcode sectors or districts, as JSON."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Return code, name and boundary of each; sectors have none."""
        zone_map, kind = self.map_asked(pk), request.GET.get("kind", "")
        if kind in (SECTORS, DISTRICTS):
            return JsonResponse({"areas": _postcode_areas(zone_map, kind)})
        boundaries = area_boundaries(request.user, kind=kind)
        names = area_names(request.user, kind=kind)
        return JsonResponse(
            {
                "areas": [
                    {"code": code, "name": name, "geometry": boundaries[code]}
                    for code, name in names.items()
                ]
            }
        )


def _postcode_areas(zone_map: ZoneMap, kind: str) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for sector, postcodes in sector_counts(zone_map.authority).items():
        code = sector if kind == SECTORS else sector.split(" ")[0]
        counts[code] = counts.get(code, 0) + postcodes
    return [
        {"code": code, "name": f"({count:,} {'postcode' if count == 1 else 'postcodes'})"}
        for code, count in counts.items()
    ]


class PostcodesOfCouncil(DraftDoor):
    """Every postcode of the council with its point, for a layer of dots."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Return rows of postcode, latitude, longitude."""
        points = postcode_points(self.map_asked(pk).authority)
        rows = [[code, round(at[0], 5), round(at[1], 5)] for code, at in points.items()]
        return JsonResponse({"postcodes": rows})
