"""Zone maps, zones, urban centres and road maps."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.places.domain import BadPlace, boundary_from_geojson
from cms_models.places.models import ReferenceArea, RoadMap, UrbanCentre, Zone, ZoneMap
from cms_models.publication.models import PublicationState
from theme.admin.base import RecordViewSet
from theme.admin.cells import Cell, Day, Moment, Number, State
from theme.admin.forms import RecordForm
from theme.admin.review.actions import review_actions
from theme.admin.showing import Related


class ZoneMapForm(RecordForm):
    """A zone map's name and dates; its zones are records of their own."""

    class Meta(RecordForm.Meta):
        model = ZoneMap
        fields: ClassVar = ["name", "option", "valid_from", "valid_to", "note", "attribution"]


class ZoneMapViewSet(RecordViewSet):
    """Zone maps: drafts are edited, published ones stay as they were."""

    model = ZoneMap
    icon = "site"
    record_form = ZoneMapForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("option", "Option"),
        State("state", "State", sort_key="state"),
        Day("valid_from", "In force from", sort_key="valid_from"),
        Day("valid_to", "Until (first day not in force)", sort_key="valid_to"),
        Cell("attribution", "Attribution"),
    )
    list_filter = ["state"]
    search_fields = ["name"]
    introduction = "The division of the council into zones, from a date on. Packages follow it."
    empty = "No zone map yet. Add one, draw its zones, then ask for approval."
    actions = review_actions()

    def locked_because(self, record: ZoneMap) -> str:
        """Refuse to edit what was submitted or what packages were placed by."""
        return record.locked_because

    def record_url(self, user: User, record: Any) -> str | None:
        """Return the page of the map, with its figures."""
        return reverse("zone_map_page", args=[record.pk])

    def related(self, user: User, record: ZoneMap) -> list[Related]:
        """Show the map's zones."""
        draft = record.state == PublicationState.DRAFT and user.may("change", ZoneMap)
        return [
            Related(
                "Zones",
                (Cell("code", "Code"), Cell("name", "Name")),
                list(Zone.objects.visible_to(user).filter(zone_map=record).defer("boundary")),
                "No zones yet: a map needs at least one before it can be approved.",
                url=lambda row: reverse("zone:inspect", args=[row.pk]),
                add_url=reverse("zone_map_edit", args=[record.pk]) if draft else "",
            )
        ]


class ZoneForm(RecordForm):
    """A zone and its boundary as GeoJSON, in a draft map."""

    class Meta(RecordForm.Meta):
        model = Zone
        fields: ClassVar = ["zone_map", "code", "name", "boundary"]
        widgets: ClassVar = {"boundary": forms.Textarea(attrs={"rows": 8})}

    def offered(self, name: str, model: Any) -> QuerySet:
        """Offer drafts only: a published map stays as it is."""
        return super().offered(name, model).filter(state=PublicationState.DRAFT)

    def clean_boundary(self) -> Any:
        """Refuse a boundary that is no valid polygon, in words."""
        boundary = self.cleaned_data["boundary"]
        try:
            boundary_from_geojson(boundary, name=self.cleaned_data.get("code") or "as typed")
        except (BadPlace, KeyError, TypeError, AttributeError) as refusal:
            raise ValidationError(
                f"{refusal} A GeoJSON Polygon or MultiPolygon is needed."
            ) from refusal
        return boundary


class ZoneViewSet(RecordViewSet):
    """The zones of every map."""

    model = Zone
    icon = "globe"
    record_form = ZoneForm
    related_fields = ("zone_map",)
    heavy_fields = ()
    cells: Sequence[Cell] = (
        Cell("code", "Code", sort_key="code"),
        Cell("name", "Name", sort_key="name"),
        Cell("zone_map", "Zone map", sort_key="zone_map__name"),
        State("zone_map.state", "State of the map", "zone_map.state"),
        Cell("shape", "Boundary", lambda row: _boundary_words(row.boundary)),
    )
    list_filter = ["zone_map"]
    search_fields = ["code", "name"]
    empty = "No zones yet. Add a zone map first, then its zones."

    def locked_because(self, record: Zone) -> str:
        """Refuse to edit a zone of a map that was submitted or approved."""
        return record.zone_map.locked_because


def _boundary_words(boundary: dict[str, Any]) -> str:
    parts = boundary.get("coordinates", [])
    polygons = parts if boundary.get("type") == "MultiPolygon" else [parts]
    points = sum(len(ring) for polygon in polygons for ring in polygon)
    return f"{len(polygons)} {'polygon' if len(polygons) == 1 else 'polygons'}, {points} points"


class UrbanCentreForm(RecordForm):
    """A town whose surroundings are urban."""

    broken_rules: ClassVar = {
        "centre_on_earth": "Latitude runs from -90 to 90, longitude from -180 to 180."
    }

    class Meta(RecordForm.Meta):
        model = UrbanCentre
        fields: ClassVar = ["name", "latitude", "longitude"]


class UrbanCentreViewSet(RecordViewSet):
    """Urban centres: who lives near one is charged as urban."""

    model = UrbanCentre
    icon = "home"
    record_form = UrbanCentreForm
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Number("latitude", "Latitude", sort_key="latitude"),
        Number("longitude", "Longitude", sort_key="longitude"),
    )
    search_fields = ["name"]
    introduction = "A person who lives within the urban radius (Settings, Rules) is urban."
    empty = "No urban centres yet: until there is one, everybody is rural."


class ReferenceAreaViewSet(RecordViewSet):
    """Wards and other areas that zones are built from; loaded by the import “Boundaries”."""

    model = ReferenceArea
    icon = "globe"
    heavy_fields = ("boundary",)
    cells: Sequence[Cell] = (
        Cell("code", "Code", sort_key="code"),
        Cell("name", "Name", sort_key="name"),
        Cell("kind", "Kind", lambda row: row.get_kind_display(), sort_key="kind"),
        Cell("source", "Source"),
        Cell("attribution", "Attribution"),
    )
    list_filter = ["kind"]
    search_fields = ["code", "name"]
    introduction = "Zones can be built from lists of these areas, in the zone map editor."
    empty = "No areas yet. Import boundaries (GeoJSON of the ONS) under Files and jobs."


class RoadMapViewSet(RecordViewSet):
    """Road graphs loaded by `manage.py load_roads`."""

    model = RoadMap
    icon = "redirect"
    heavy_fields = ("graph",)
    cells: Sequence[Cell] = (
        Cell("name", "Name", sort_key="name"),
        Cell("source_filename", "Made from"),
        Number("nodes", "Junctions"),
        Number("edges", "Roads"),
        Cell("attribution", "Attribution"),
        Moment("created_at", "Loaded", sort_key="created_at"),
    )
    search_fields = ["name", "source_filename"]
    introduction = "The newest map gives travel times when the rule “Travel times” says road map."
    empty = "No road map yet. Load one with “manage.py load_roads FILE.osm.pbf”."
