"""Zone maps, zones, urban centres, postcodes and road maps."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.accounts.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PublicationState(models.TextChoices):
    """Whether a configuration is still being worked on."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class PublishedQuerySet(TenantQuerySet):
    """Configuration: staff by role see drafts too, a provider its council's published rows.

    `state_path` leads from the row to its publication state.
    """

    state_path = "state"

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the rows this user may see."""
        if isinstance(user, User) and user.is_active and user.role == Role.PROVIDER:
            published = {self.state_path: PublicationState.PUBLISHED}
            return self.filter(authority_id=user.authority_id, **published)
        return super().visible_to(user)


class ZoneQuerySet(PublishedQuerySet):
    """Zones, as visible as their map."""

    state_path = "zone_map__state"


class ZoneMap(TenantModel):
    """A council's division into zones, in force on `[valid_from, valid_to)` once published."""

    name = models.CharField(max_length=120)
    state = models.CharField(
        max_length=10,
        choices=PublicationState.choices,
        default=PublicationState.DRAFT,
        editable=False,
    )
    valid_from = models.DateField()
    valid_to = models.DateField(
        null=True, blank=True, help_text="First day no longer in force; empty for no end."
    )
    attribution = models.CharField(max_length=300, blank=True)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")),
                name="zonemap_period",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Zone(TenantModel):
    """A drawn area of a zone map: a GeoJSON polygon, WGS84."""

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
