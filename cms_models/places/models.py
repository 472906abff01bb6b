"""Zone maps, zones, reference areas, urban centres, postcodes and road maps."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantModel
from cms_models.publication.models import DatedPublishable, PublishedQuerySet


class ZoneQuerySet(PublishedQuerySet):
    """Zones, as visible as their map."""

    state_path = "zone_map__state"


class ZoneMap(DatedPublishable):
    """A council's division into zones, in force on `[valid_from, valid_to)` once published."""

    name = models.CharField(max_length=120)
    option = models.CharField(
        max_length=20, blank=True, help_text="A short label to tell options apart, such as A."
    )
    note = models.TextField(blank=True, help_text="Why it is drawn as it is.")
    based_on = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="copies",
        editable=False,
    )
    attribution = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-valid_from", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="zonemap_period",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} (option {self.option})" if self.option else self.name


class Zone(TenantModel):
    """A drawn area of a zone map: a GeoJSON polygon, WGS84."""

    part_of: ClassVar = "zone_map"

    zone_map = models.ForeignKey(ZoneMap, on_delete=models.CASCADE, related_name="zones")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    boundary = models.JSONField(help_text="GeoJSON Polygon or MultiPolygon, longitude, latitude.")

    objects = ZoneQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["zone_map", "code"], name="one_zone_a_code")]

    def __str__(self) -> str:
        return self.name


class AreaKind(models.TextChoices):
    """What an area of reference is."""

    WARD = "ward", "Ward"
    LSOA = "lsoa", "LSOA (lower layer super output area)"
    MSOA = "msoa", "MSOA (middle layer super output area)"
    DISTRICT = "district", "District or borough"
    OTHER = "other", "Other area"


class ReferenceArea(TenantModel):
    """An area others drew, such as a ward or an LSOA: zones are built from lists of them."""

    kind = models.CharField(max_length=8, choices=AreaKind.choices)
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    boundary = models.JSONField(help_text="GeoJSON Polygon or MultiPolygon, longitude, latitude.")
    source = models.CharField(max_length=120, blank=True)
    attribution = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["kind", "name", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "code"], name="one_area_a_kind_and_code"
            )
        ]

    def __str__(self) -> str:
        return self.name


class UrbanCentre(TenantModel):
    """A town whose surroundings are charged as urban."""

    name = models.CharField(max_length=80)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_centre_a_name"),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="centre_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """A postcode's centre point as a council loaded it (Code-Point Open); no personal data."""

    authority = models.ForeignKey("accounts.Authority", on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=8)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "code"], name="one_point_a_postcode")
        ]

    def __str__(self) -> str:
        return self.code


class RoadMap(TenantModel):
    """A council's road graph for travel times, made from OpenStreetMap.

    Kept in the database, so that every worker on every machine plans on the same roads.
    """

    name = models.CharField(max_length=120)
    source_filename = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    graph = models.BinaryField()
    nodes = models.PositiveIntegerField()
    edges = models.PositiveIntegerField()
    attribution = models.CharField(max_length=200, default="© OpenStreetMap contributors, ODbL 1.0")

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
