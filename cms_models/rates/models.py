"""Rate cards, their lines, and the budgets planned cost is held against."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel
from cms_models.places.models import PublicationState, PublishedQuerySet
from cms_models.rates.domain import pounds


class Pathway(models.TextChoices):
    """The pathways of Help to Live at Home (S4)."""

    ONGOING = "O", "Ongoing (O)"
    COMPLEX = "D", "Complex (D)"
    ENABLEMENT = "M", "Enablement (M)"


class Area(models.TextChoices):
    """Where a person lives, as the rates see it."""

    URBAN = "urban", "Urban"
    RURAL = "rural", "Rural"


class VisitKind(models.TextChoices):
    """What kind of attendance is paid."""

    HOURLY = "hourly", "Hourly"
    DAY = "24_hour", "24-hour"
    SLEEP_IN = "sleep_in", "Sleep-in"


class RateLineQuerySet(PublishedQuerySet):
    """Lines, as visible as their card."""

    state_path = "card__state"


class RateCard(TenantModel):
    """Rates in force on `[valid_from, valid_to)` once published; a later card supersedes."""

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

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_card_a_name"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="ratecard_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RateLine(TenantModel):
    """Pence an hour for a pathway, an area and a kind of visit; empty means any."""

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="lines")
    pathway = models.CharField(max_length=4, choices=Pathway.choices, blank=True)
    area = models.CharField(max_length=6, choices=Area.choices, blank=True)
    visit_kind = models.CharField(
        max_length=10, choices=VisitKind.choices, default=VisitKind.HOURLY
    )
    pence_per_hour = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    objects = RateLineQuerySet.as_manager()

    class Meta:
        ordering = ["visit_kind", "pathway", "area"]
        constraints = [
            models.UniqueConstraint(
                fields=["card", "pathway", "area", "visit_kind"],
                name="one_line_a_case",
            )
        ]

    def __str__(self) -> str:
        where = self.get_area_display() if self.area else "any area"
        return f"{pounds(self.pence_per_hour)}/h, {self.get_visit_kind_display()}, {where}"


class Budget(TenantModel):
    """What a council means to spend on some pathways in `[starts_on, ends_on)`."""

    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="First day no longer covered.")
    pathways = models.JSONField(default=list)
    amount_pence = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "name", "starts_on"], name="one_budget_a_period"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="budget_period"),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.starts_on:%d/%m/%Y}"
