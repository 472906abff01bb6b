"""What planners keep: options to come back to, and printed tables held against their own sums."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from cms_models.accounts.models import TenantModel
from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.planning.printed import printed_table
from cms_models.planning.sheet import TABLES
from cms_models.rates.models import Pathway, RateCard


class Scenario(TenantModel):
    """An option somebody keeps: the drafts, rules and changes in hours to try on a day.

    Drafts are linked, so that a scenario follows them while they are worked on; `rules` maps a
    rule's key to a value tried, `hours_percent` a pathway to a percentage as text.
    """

    name = models.CharField(max_length=120)
    on = models.DateField("day", help_text="Packages that run on this day are reckoned.")
    zone_map = models.ForeignKey(
        ZoneMap, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    card = models.ForeignKey(
        RateCard,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="rate card",
    )
    framework = models.ForeignKey(
        Framework,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="lot structure",
    )
    rules = models.JSONField(default=dict, blank=True)
    hours_percent = models.JSONField("change in hours", default=dict, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_scenario_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class SavedReport(TenantModel):
    """A printed table of planned hours and cost, kept as it was printed.

    `rows` and `total` are as `printed.printed_table` reads them. `table` and `pathways` say which
    rows of a sheet are the same today, so that a printed figure can be seen beside today's.
    """

    name = models.CharField(max_length=120)
    source = models.CharField(
        max_length=200, blank=True, help_text="Where it is printed: title, date and page."
    )
    weeks = models.PositiveSmallIntegerField(
        "weeks in its year",
        default=52,
        validators=[MinValueValidator(1), MaxValueValidator(53)],
    )
    mix = models.JSONField(
        "rates",
        help_text="Shares in percent and pence an hour, such as [[70, 1280], [30, 1580]].",
    )
    table = models.CharField(max_length=10, default="zone")
    pathways = models.JSONField(default=list, blank=True)
    rows = models.JSONField()
    total = models.JSONField(null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_report_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse figures that cannot be read, and tables and pathways that are none, in words."""
        if self.table not in TABLES:
            raise ValidationError(
                f"No table is called {self.table}; there are {', '.join(TABLES)}."
            )
        unknown = sorted(set(self.pathways) - set(Pathway.values))
        if unknown:
            raise ValidationError(f"No pathway is called {unknown[0]}.")
        try:
            printed_table(self)
        except ValueError as unreadable:
            raise ValidationError(str(unreadable)) from unreadable
