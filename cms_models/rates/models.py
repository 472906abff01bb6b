"""Rate cards, their lines, and the budgets planned cost is held against."""

from datetime import date
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel
from cms_models.publication.models import DatedPublishable, PublishedQuerySet
from cms_models.rates.domain import MINUTES_PER_DAY, Line, pounds


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


class DayType(models.TextChoices):
    """What kind of day a visit starts on; a bank holiday wins over a weekend."""

    WEEKDAY = "weekday", "Weekday"
    WEEKEND = "weekend", "Weekend"
    BANK_HOLIDAY = "bank_holiday", "Bank holiday"


class RateLineQuerySet(PublishedQuerySet):
    """Lines, as visible as their card."""

    state_path = "card__state"


class RateCard(DatedPublishable):
    """Rates in force on `[valid_from, valid_to)` once published; a later card supersedes.

    A card that `corrects` another puts its rates right for days that have gone by: the other one
    and its lines stay as they were, for what was known at the time.
    """

    name = models.CharField(max_length=120)
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        help_text="The card whose rates this one puts right; empty for a card of its own.",
    )

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

    @property
    def over_on(self) -> date | None:
        """The first day no longer in force: a correction ends with the card it corrects."""
        ends = self.corrects.over_on if self.corrects else None
        return min(filter(None, (self.valid_to, ends)), default=None)

    @property
    def root(self) -> "RateCard":
        """The card at the bottom of a chain of corrections; a card of its own is its root."""
        return self.corrects.root if self.corrects else self


class RateLine(TenantModel):
    """Pence an hour for the visits it asks for; empty means any.

    Two lines may say the same while the card is a draft: what overlaps keeps it from going live.
    """

    part_of: ClassVar = "card"

    card = models.ForeignKey(RateCard, on_delete=models.CASCADE, related_name="lines")
    pathway = models.CharField(max_length=4, choices=Pathway.choices, blank=True)
    area = models.CharField(max_length=6, choices=Area.choices, blank=True)
    visit_kind = models.CharField(
        max_length=10, choices=VisitKind.choices, default=VisitKind.HOURLY
    )
    day_type = models.CharField("type of day", max_length=12, choices=DayType.choices, blank=True)
    from_minutes = models.PositiveSmallIntegerField(
        "starts from", null=True, blank=True, validators=[MaxValueValidator(MINUTES_PER_DAY - 1)]
    )
    to_minutes = models.PositiveSmallIntegerField(
        "starts before",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MINUTES_PER_DAY)],
    )
    least_minutes = models.PositiveSmallIntegerField("lasts from", null=True, blank=True)
    most_minutes = models.PositiveSmallIntegerField(
        "lasts less than", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    pence_per_hour = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    objects = RateLineQuerySet.as_manager()

    class Meta:
        ordering = [
            *("visit_kind", "pathway", "area", "day_type", "from_minutes", "least_minutes", "id")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_minutes=None)
                | Q(to_minutes=None)
                | ~Q(from_minutes=F("to_minutes")),
                name="rateline_starts",
            ),
            models.CheckConstraint(
                condition=Q(least_minutes=None)
                | Q(most_minutes=None)
                | Q(least_minutes__lt=F("most_minutes")),
                name="rateline_lasts",
            ),
        ]

    def __str__(self) -> str:
        return f"{pounds(self.pence_per_hour)}/h, {self.terms.words}"

    @property
    def terms(self) -> Line:
        """The line as the pure rules want it."""
        return Line(
            self.pathway or None,
            self.area or None,
            self.visit_kind,
            self.pence_per_hour,
            self.day_type or None,
            self.from_minutes,
            self.to_minutes,
            self.least_minutes,
            self.most_minutes,
        )


class BankHoliday(TenantModel):
    """A day that counts as a bank holiday, such as gov.uk's calendar names it."""

    on = models.DateField("day")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "on"], name="one_bank_holiday_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.on:%d/%m/%Y}"


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
