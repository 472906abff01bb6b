"""People, care packages, their visit patterns, awards and allocation proposals."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel, TenantQuerySet
from cms_models.care.patterns import Clause, pattern_text
from cms_models.jobs.models import Job
from cms_models.market.domain import Tier
from cms_models.market.models import Lot, OwnedQuerySet, Provider, providers_of
from cms_models.places.models import Zone
from cms_models.rates.models import Area, Pathway, VisitKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from cms_models.accounts.models import User


class PersonQuerySet(TenantQuerySet):
    """People: staff by role; a provider those whose package it delivers now."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the people this user may see by name."""
        own = providers_of(user)
        if own:
            current = Award.objects.filter(provider_id__in=own, current=True)
            return self.filter(pk__in=current.values("package__person_id"))
        return super().visible_to(user)


class CarerGender(models.TextChoices):
    """The gender of carers a person wishes; empty for no wish."""

    FEMALE = "Female", "Female"
    MALE = "Male", "Male"


class VisitPriority(models.TextChoices):
    """How much it matters that a visit is made, as the rounds engine weighs it."""

    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    STANDARD = "standard", "Standard"
    OPTIONAL = "optional", "Optional"


class Person(TenantModel):
    """Somebody who needs care, as Mosaic knows them."""

    mosaic_person_id = models.CharField("Mosaic person ID", max_length=20)
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    birth_date = models.DateField("date of birth")
    gender = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=8)
    carer_gender = models.CharField(
        "wishes carers who are", max_length=10, blank=True, choices=CarerGender.choices
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ["last_name", "first_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "mosaic_person_id"], name="one_person_a_mosaic_id"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class PackageStatus(models.TextChoices):
    """Where a package stands."""

    REFERRED = "referred", "Needs a provider"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    ENDED = "ended", "Ended"


class Setting(models.TextChoices):
    """Where the care is given."""

    HOME = "home", "At home"
    RESIDENTIAL = "residential", "Residential care home"
    NURSING = "nursing", "Nursing home"


class CarePackageQuerySet(TenantQuerySet):
    """Packages: staff by role; a provider those it delivers."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the packages this user may see whole: a provider, those awarded to it now."""
        own = providers_of(user)
        if own:
            return self.filter(
                pk__in=Award.objects.filter(provider_id__in=own, current=True).values("package_id")
            )
        return super().visible_to(user)


class CarePackage(TenantModel):
    """A set of visits bought for one person, with where it falls and what it costs a week."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="packages")
    package_ref = models.CharField("reference", max_length=40)
    element_id = models.CharField("Mosaic element ID", max_length=40)
    element_type = models.CharField(max_length=60)
    service_type = models.CharField(max_length=60, blank=True)
    setting = models.CharField(
        max_length=11, choices=Setting.choices, default=Setting.HOME, db_index=True
    )
    pathway = models.CharField(max_length=4, choices=Pathway.choices, db_index=True)
    status = models.CharField(max_length=10, choices=PackageStatus.choices, db_index=True)
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text="First day without care; empty for no end."
    )
    reason_ended = models.CharField(max_length=120, blank=True)
    notice_on = models.DateField(null=True, blank=True)
    funder = models.CharField(max_length=30, default="Local authority")
    funder_share_percent = models.DecimalField(max_digits=5, decimal_places=2, default=100)
    contribution = models.BooleanField(default=False)
    contribution_most_pence = models.PositiveIntegerField(
        "most a person contributes a week, in pence",
        null=True,
        blank=True,
        help_text="From the financial assessment; empty where none is known: the actual cost.",
    )
    zone_hint = models.CharField(max_length=30, blank=True)
    postcode = models.CharField(max_length=8)
    skills = models.JSONField(default=list, blank=True)
    housing_with_care = models.BooleanField(default=False)
    visit_priority = models.CharField(
        "priority of its visits",
        max_length=8,
        choices=VisitPriority.choices,
        default=VisitPriority.STANDARD,
    )
    least_gap_minutes = models.PositiveSmallIntegerField(
        "least gap between visits of a day", null=True, blank=True
    )
    most_gap_minutes = models.PositiveSmallIntegerField(
        "most gap between visits of a day", null=True, blank=True
    )
    last_changed = models.DateField(null=True, blank=True)

    latitude = models.FloatField(editable=False)
    longitude = models.FloatField(editable=False)
    zone = models.ForeignKey(
        Zone, null=True, on_delete=models.SET_NULL, related_name="packages", editable=False
    )
    lot = models.ForeignKey(
        Lot, null=True, on_delete=models.SET_NULL, related_name="packages", editable=False
    )
    area = models.CharField(max_length=6, choices=Area.choices, editable=False)
    area_sentence = models.CharField(max_length=160, blank=True, editable=False)
    weekly_minutes = models.PositiveIntegerField(editable=False)
    weekly_pence = models.PositiveIntegerField(null=True, editable=False)
    price_lines = models.JSONField(default=list, editable=False)
    priced_on = models.DateField(null=True, editable=False)
    unpriced_reason = models.CharField(max_length=400, blank=True, editable=False)
    decisions_needed = models.JSONField(default=list, editable=False)

    objects = CarePackageQuerySet.as_manager()

    class Meta:
        ordering = ["package_ref"]
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "element_id"], name="one_package_an_element"
            ),
            models.UniqueConstraint(fields=["authority", "package_ref"], name="one_package_a_ref"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="package_period"
            ),
        ]
        indexes = [models.Index(fields=["authority", "status", "lot"])]

    def __str__(self) -> str:
        return self.package_ref


class VisitPattern(models.Model):
    """One clause of a package's week, in force on `[valid_from, valid_to)`."""

    package = models.ForeignKey(CarePackage, on_delete=models.CASCADE, related_name="patterns")
    weekdays = models.JSONField()
    earliest_minutes = models.PositiveSmallIntegerField()
    latest_minutes = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField()
    carers = models.PositiveSmallIntegerField(default=1)
    skills = models.JSONField(default=list, blank=True)
    visit_kind = models.CharField(
        max_length=10, choices=VisitKind.choices, default=VisitKind.HOURLY
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["earliest_minutes", "id"]

    def __str__(self) -> str:
        return pattern_text([self.clause])

    @property
    def clause(self) -> Clause:
        """The pattern as the pure rules want it."""
        return Clause(
            tuple(self.weekdays),
            self.earliest_minutes,
            self.latest_minutes,
            self.minutes,
            self.carers,
            tuple(self.skills),
            self.visit_kind,
        )


class AllocationRun(TenantModel):
    """One proposal of the allocation engine for the packages that need a provider on a day."""

    on = models.DateField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    seed = models.PositiveIntegerField(default=1)
    engine = models.CharField(max_length=60)
    totals = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"Allocation #{self.pk}"


class ProposalState(models.TextChoices):
    """What a person has made of a proposal."""

    PROPOSED = "proposed", "Proposed"
    UNPLACED = "unplaced", "Not placed"
    AWARDED = "awarded", "Awarded"
    DECLINED = "declined", "Declined"
    OVERTAKEN = "overtaken", "Overtaken"


class AllocationProposal(TenantModel):
    """A provider proposed for a package with the reasons, or why none can take it."""

    run = models.ForeignKey(AllocationRun, on_delete=models.CASCADE, related_name="proposals")
    package = models.ForeignKey(CarePackage, on_delete=models.CASCADE, related_name="proposals")
    provider = models.ForeignKey(
        Provider, null=True, on_delete=models.PROTECT, related_name="proposals"
    )
    lot = models.ForeignKey(Lot, null=True, on_delete=models.SET_NULL, related_name="+")
    tier = models.PositiveSmallIntegerField(
        null=True, choices=[(tier.value, tier.words.capitalize()) for tier in Tier]
    )
    state = models.CharField(max_length=10, choices=ProposalState.choices)
    factors = models.JSONField(default=list)
    runner_up = models.TextField(blank=True)
    unplaced_reason = models.TextField(blank=True)
    relaxation = models.TextField(blank=True)

    class Meta:
        ordering = ["run", "package__package_ref"]
        constraints = [
            models.UniqueConstraint(fields=["run", "package"], name="one_proposal_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.package} to {self.provider or 'nobody'}"


class AwardSource(models.TextChoices):
    """How an award came to be."""

    IMPORTED = "imported", "In place when imported"
    PROPOSAL = "proposal", "Proposed by the allocation engine"
    BROKER = "broker", "Chosen by a broker"
    OFFER = "offer", "Offered by the provider"
    SPOT = "spot", "Spot purchase"
    OFF_PLATFORM = "off", "Awarded off the platform"
    TRANSFER = "transfer", "Transferred"


class Award(TenantModel):
    """A package given to a provider by a person, with the reason; one current award a package."""

    package = models.ForeignKey(CarePackage, on_delete=models.PROTECT, related_name="awards")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="awards")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+")
    proposal = models.ForeignKey(
        AllocationProposal, null=True, on_delete=models.SET_NULL, related_name="awards"
    )
    source = models.CharField(max_length=10, choices=AwardSource.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    current = models.BooleanField(default=True)
    reason = models.TextField(blank=True)
    # Another provider than the engine proposed or the tiers would give: kept as such.
    override = models.BooleanField(default=False)
    # Pence an hour (a week in a care home) where the award has a price of its own.
    agreed_pence = models.PositiveIntegerField(null=True, blank=True)
    arrangement_fee_pence = models.PositiveIntegerField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["package"], condition=Q(current=True), name="one_winner_a_package"
            )
        ]

    def __str__(self) -> str:
        return f"{self.package} to {self.provider}"
