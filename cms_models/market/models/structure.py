"""Providers, what they hold, and the lots they may be offered work in."""

from datetime import date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from cms_models.accounts.models import TenantModel, TenantQuerySet, User
from cms_models.accounts.roles import Role
from cms_models.market.domain import AwardTerms, LeadPromise, LotTerms, Tier, last_day
from cms_models.publication.models import PublicationState, Publishable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def providers_of(user: "User | AnonymousUser") -> list[int]:
    """Return the ids of the providers a provider user acts for, asked once a user object."""
    if not isinstance(user, User) or not user.is_active or user.role != Role.PROVIDER:
        return []
    known: list[int] | None = getattr(user, "known_provider_ids", None)
    if known is None:
        known = list(
            ProviderMembership.objects.filter(
                user=user, provider__authority_id=user.authority_id
            ).values_list("provider_id", flat=True)
        )
        user.known_provider_ids = known  # type: ignore[attr-defined]
    return known


class Skill(TenantModel):
    """A word of the council's vocabulary of skills, such as medication or PEG."""

    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "code"], name="one_skill_a_code")
        ]

    def __str__(self) -> str:
        return self.name


class ProviderQuerySet(TenantQuerySet):
    """Providers: council staff see all of theirs, a provider sees itself."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the providers this user may see."""
        own = providers_of(user)
        return self.filter(pk__in=own) if own else super().visible_to(user)


class ProviderState(models.TextChoices):
    """Whether new work may go to a provider."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended for new work"
    CLOSED = "closed", "Closed"


class Provider(TenantModel):
    """An organisation that delivers home care; the council's own Home First is one of them."""

    ref = models.CharField("organisation ref", max_length=30)
    name = models.CharField(max_length=120)
    cqc_provider_id = models.CharField("CQC provider ID", max_length=20, blank=True)
    cqc_location_id = models.CharField("CQC location ID", max_length=20, blank=True)
    cqc_rating = models.CharField("CQC rating", max_length=30, blank=True)
    skills = models.JSONField(default=list, blank=True)
    in_house = models.BooleanField(default=False)
    postcode = models.CharField(max_length=8, blank=True)
    state = models.CharField(
        max_length=10, choices=ProviderState.choices, default=ProviderState.ACTIVE
    )
    trusted_documents_only = models.BooleanField(
        default=False, help_text="Its keys ask GraphQL only documents that it registered."
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "ref"], name="one_provider_a_ref")
        ]

    def __str__(self) -> str:
        return self.name


class ProviderMembership(TenantModel):
    """A user who acts for a provider."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_memberships"
    )
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        ordering = ["provider", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "provider"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} for {self.provider}"


class Framework(Publishable):
    """A framework agreement with its lots, in force on `[starts_on, ends_on)` once published.

    A draft is a lot structure to try in a sandbox: nothing is offered by it.
    """

    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="First day no longer covered.")
    latest_end_on = models.DateField(
        null=True, blank=True, help_text="First day after the longest extension."
    )
    standstill_ends_on = models.DateField(
        null=True, blank=True, help_text="Last day of the standstill; awards begin the day after."
    )
    has_break_clause = models.BooleanField(
        default=False, help_text="Whether the council may end the whole framework early."
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "name"], name="one_framework_a_name"),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="framework_period"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def begins_on(self) -> date | None:
        """The first day work is offered by it."""
        return self.starts_on

    @property
    def over_on(self) -> date | None:
        """The first day no longer covered."""
        return self.ends_on

    @property
    def last_day(self) -> date | None:
        """The last day covered, as contracts state it."""
        return last_day(self.ends_on)

    @property
    def latest_last_day(self) -> date | None:
        """The last day covered after the longest extension."""
        return last_day(self.latest_end_on)


class LotQuerySet(TenantQuerySet):
    """Lots: staff see all of theirs, a provider those it holds a place in."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the lots this user may see."""
        own = providers_of(user)
        if own:
            places = LotAward.objects.visible_to(user)
            return self.filter(pk__in=places.values("lot_id"))
        return super().visible_to(user)


class Lot(TenantModel):
    """A part of a framework: some pathways in some zones (by code, so it outlives a zone map)."""

    part_of: ClassVar = "framework"

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="lots")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    pathways = models.JSONField(default=list)
    zones = models.JSONField(default=list)
    least_providers = models.PositiveSmallIntegerField(
        "least number of providers", default=1, validators=[MinValueValidator(1)]
    )
    providers_wanted = models.PositiveSmallIntegerField(
        "number of providers wanted", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    offers_name_price = models.BooleanField(
        "offers may name a price",
        default=False,
        help_text="Otherwise the rate card's price stands and an offer names none.",
    )
    lead_promise = models.CharField(
        "lead's share of new referrals",
        max_length=10,
        blank=True,
        default=LeadPromise.NONE.value,
        choices=[
            (LeadPromise.MAJORITY.value, "a majority: more than 50 %"),
            (LeadPromise.PERCENT.value, "at least a percentage"),
        ],
    )
    lead_promise_percent = models.DecimalField(
        "lead's percentage",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Only where a percentage is promised.",
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="one_lot_a_code"),
            models.CheckConstraint(
                condition=(Q(lead_promise="percent") & Q(lead_promise_percent__isnull=False))
                | (~Q(lead_promise="percent") & Q(lead_promise_percent=None)),
                name="lot_promise",
            ),
            models.CheckConstraint(
                condition=Q(providers_wanted=None) | Q(providers_wanted__gte=F("least_providers")),
                name="lot_wanted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def terms(self) -> LotTerms:
        """The lot as the pure rules want it."""
        return LotTerms(
            self.code,
            self.name,
            frozenset(self.pathways),
            frozenset(self.zones),
            self.framework.starts_on,
            self.pk or 0,
        )


class LotAwardQuerySet(TenantQuerySet):
    """Places in lots: staff see all of theirs, a provider its own."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the places this user may see."""
        own = providers_of(user)
        if not own:
            return super().visible_to(user)
        published = PublicationState.PUBLISHED
        return self.filter(provider_id__in=own, lot__framework__state=published)


class LotAward(TenantModel):
    """A provider's place in a lot on `[starts_on, ends_on)`: tier, rank and weekly capacity."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="awards")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="lot_awards")
    tier = models.PositiveSmallIntegerField(
        choices=[(tier.value, tier.words.capitalize()) for tier in Tier]
    )
    rank = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    capacity_minutes_per_week = models.PositiveIntegerField(
        null=True, blank=True, help_text="Minutes a week; empty where no limit is agreed."
    )
    starts_on = models.DateField()
    ends_on = models.DateField(
        null=True, blank=True, help_text="First day no longer in force; empty for no end."
    )

    objects = LotAwardQuerySet.as_manager()

    class Meta:
        ordering = ["lot__code", "tier", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "provider", "starts_on"], name="one_place_a_start"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="lotaward_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}, {self.get_tier_display().lower()} in {self.lot}"

    @property
    def terms(self) -> AwardTerms:
        """The place as the pure rules want it."""
        return AwardTerms(
            self.provider.ref, Tier(self.tier), self.rank, self.starts_on, self.ends_on
        )
